"""ONNX Runtime's providers for GPUs give the model's answers; here with a fake of it on a fake GPU."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tests.support.host_kernels import fake_cuda

from dualface.errors import DeviceError, ModelError
from dualface.gpu.transfer import Uploader
from dualface.inference.onnxruntime_cuda import OnnxRuntimeCudaInferenceEngine
from dualface.inference.onnxruntime_gpu import OnnxRuntimeGpuEngine
from dualface.inference.tensorrt_rtx import TensorRTRtxInferenceEngine
from dualface.interfaces import InferenceEngine
from dualface.pixels.cuda import CudaPixels
from dualface.pixels.source import Normalisation
from dualface.testing.contracts.inference import InferenceContract
from dualface.testing.fake_cuda import FakeCuda
from dualface.testing.fake_onnxruntime import RTX, FakeOnnxRuntime, FakeRtxPlugin
from dualface.testing.onnx_models import save_face_model, save_mean_model
from dualface.testing.pictures import random_frame
from dualface.types import F32Array

SHAPE = (4, 3, 8, 16)
Opener = Callable[[Path], OnnxRuntimeGpuEngine]


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> FakeCuda:
    cuda = fake_cuda()
    monkeypatch.setitem(sys.modules, "onnxruntime", FakeOnnxRuntime(cuda, rtx_gpus=1))
    monkeypatch.setitem(sys.modules, "onnxruntime_ep_nv_tensorrt_rtx", FakeRtxPlugin())
    return cuda


@pytest.fixture
def ort(cuda: FakeCuda) -> FakeOnnxRuntime:
    module = sys.modules["onnxruntime"]
    assert isinstance(module, FakeOnnxRuntime)
    return module


@pytest.fixture(params=["cuda", "rtx"])
def opened(request: pytest.FixtureRequest, cuda: FakeCuda, tmp_path: Path) -> Opener:
    if request.param == "cuda":
        return lambda model: OnnxRuntimeCudaInferenceEngine(model, SHAPE, runtime=cuda)
    return lambda model: TensorRTRtxInferenceEngine(model, SHAPE, runtime=cuda, cache_dir=tmp_path / "engines")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save_mean_model(tmp_path / "mean.onnx", 16, 8)


@pytest.mark.usefixtures("ort")
class TestContract(InferenceContract):
    """The suite that every engine passes."""

    def make(self, model: Path, input_shape: tuple[int, ...], *, threads: int) -> InferenceEngine:
        fake = sys.modules["onnxruntime"]
        assert isinstance(fake, FakeOnnxRuntime)
        return OnnxRuntimeCudaInferenceEngine(model, input_shape, runtime=fake.cuda)


def batch(count: int, seed: int = 0) -> F32Array:
    return np.random.default_rng(seed).uniform(0, 255, (count, *SHAPE[1:])).astype(np.float32)


def test_answers_are_the_models(opened: Opener, model: Path) -> None:
    """For any number of pictures, again and again."""
    engine = opened(model)
    for count in (1, 4, 3, 2, 1):
        pictures = batch(count, count)
        np.testing.assert_allclose(engine.infer(pictures)[0], pictures.mean((2, 3)), rtol=2e-3)


def test_pictures_on_the_gpu_stay_there(opened: Opener, model: Path, cuda: FakeCuda) -> None:
    frame = random_frame(0, 64, 48)
    uploaded = Uploader(cuda, 64, 48).upload(frame)
    pictures = CudaPixels(cuda).pictures([uploaded] * 3, 16, 8, Normalisation())
    expected = pictures.to_host(cuda).mean((2, 3))
    engine, before = opened(model), sum(cuda.copied.values())
    np.testing.assert_allclose(engine.infer(pictures)[0], expected, rtol=2e-3)
    assert sum(cuda.copied.values()) - before == 3 * 4 * 3 * 8 * 16 + 4 * 4 * 3


def test_many_may_ask_at_a_time(opened: Opener, model: Path) -> None:
    engine = opened(model)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: engine.infer(batch(1 + n % 3, n))[0], range(24)))
    for n, answer in enumerate(answers):
        np.testing.assert_allclose(answer, batch(1 + n % 3, n).mean((2, 3)), rtol=2e-3)


def test_a_model_for_one_picture_gets_one_at_a_time(cuda: FakeCuda, tmp_path: Path) -> None:
    model = save_face_model(tmp_path / "faces.onnx", "yolo-face", 64, 64, [])
    engine = OnnxRuntimeCudaInferenceEngine(model, (4, 3, 64, 64), runtime=cuda)
    assert len(engine.infer(np.zeros((3, 3, 64, 64), np.float32))[0]) == 3


def test_what_was_run_once_is_replayed(cuda: FakeCuda, model: Path) -> None:
    engine = OnnxRuntimeCudaInferenceEngine(model, SHAPE, runtime=cuda)
    for count in (1, 2, 1, 2, 1):
        engine.infer(batch(count))
    assert cuda.graphs == 2


def test_what_is_no_model_is_told(opened: Opener, tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="damaged or no ONNX model"):
        opened(broken)
    with pytest.raises(ModelError, match="takes pictures of 32x8"):
        opened(save_mean_model(tmp_path / "wide.onnx", 32, 8))


def test_what_is_compiled_for_rtx_cards_is_kept_for_model_gpu_and_shape(
    cuda: FakeCuda, ort: FakeOnnxRuntime, model: Path, tmp_path: Path
) -> None:
    for shape in (SHAPE, SHAPE, (1, *SHAPE[1:])):
        TensorRTRtxInferenceEngine(model, shape, runtime=cuda, cache_dir=tmp_path / "engines")
    folders = [settings["nv_runtime_cache_path"] for settings in ort.settings]
    assert folders[0] == folders[1] != folders[2]
    assert all(Path(folder).is_dir() and cuda.gpu in folder for folder in folders)
    assert list(ort.registered) == [RTX]


def test_where_nothing_can_be_kept_it_runs_all_the_same(cuda: FakeCuda, ort: FakeOnnxRuntime, model: Path) -> None:
    TensorRTRtxInferenceEngine(model, SHAPE, runtime=cuda, cache_dir=model / "no folder")
    assert "nv_runtime_cache_path" not in ort.settings[0]


def test_a_gpu_that_is_no_rtx_card_is_told(cuda: FakeCuda, ort: FakeOnnxRuntime, model: Path) -> None:
    ort.rtx_gpus = 0
    with pytest.raises(DeviceError, match="does not run on cuda:0"):
        TensorRTRtxInferenceEngine(model, SHAPE, runtime=cuda)


def test_a_missing_plugin_is_told(cuda: FakeCuda, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime_ep_nv_tensorrt_rtx", None)
    with pytest.raises(DeviceError, match="pip install onnxruntime-gpu onnxruntime-ep-nv-tensorrt-rtx-cu13"):
        TensorRTRtxInferenceEngine(model, SHAPE, runtime=cuda)
