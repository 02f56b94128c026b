"""TensorRT: engines are built once, shared, and give the model's answers; here with a fake of it on a fake GPU."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from tests.support.host_kernels import fake_cuda

from dualface.errors import DeviceError, ModelError
from dualface.gpu.transfer import Uploader
from dualface.inference.half import to_half
from dualface.inference.tensorrt import TensorRTInferenceEngine
from dualface.pixels.cuda import CudaPixels
from dualface.pixels.source import Normalisation
from dualface.testing.fake_cuda import FakeCuda
from dualface.testing.fake_tensorrt import FakeTensorRT
from dualface.testing.pictures import random_frame
from dualface.types import F32Array

SHAPE = (4, 3, 8, 16)


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> FakeCuda:
    cuda = fake_cuda()
    monkeypatch.setitem(sys.modules, "tensorrt", FakeTensorRT(cuda))
    return cuda


@pytest.fixture
def trt(cuda: FakeCuda) -> Any:
    return sys.modules["tensorrt"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Convolution, constant, enlargement, sigmoid and a mean over the picture; any batch."""
    random = np.random.default_rng(0)
    weights = (random.normal(size=(5, 3, 3, 3)) * 0.01).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["picture", "weights"], ["features"], pads=[1, 1, 1, 1]),
        helper.make_node("Constant", [], ["scales"], value=numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32))),
        helper.make_node("Constant", [], ["half"], value=numpy_helper.from_array(np.array(0.5, np.float32))),
        helper.make_node("Resize", ["features", "", "scales"], ["larger"], mode="nearest"),
        helper.make_node("Sigmoid", ["larger"], ["shares"]),
        helper.make_node("Mul", ["shares", "half"], ["heat"]),
        helper.make_node("ReduceMean", ["heat"], ["vector"], axes=[2, 3], keepdims=0),
    ]
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, "h", "w"])
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("heat", "vector")]
    graph = helper.make_graph(nodes, "test", [picture], outputs, [numpy_helper.from_array(weights, "weights")])
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def batch(count: int, seed: int = 0) -> F32Array:
    return np.random.default_rng(seed).uniform(0, 255, (count, *SHAPE[1:])).astype(np.float32)


def expected(model: Path, pictures: F32Array) -> list[F32Array]:
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    outputs: list[F32Array] = session.run(None, {"picture": pictures})
    return outputs


def engine(model: Path, cuda: FakeCuda, tmp_path: Path) -> TensorRTInferenceEngine:
    return TensorRTInferenceEngine(model, SHAPE, runtime=cuda, cache_dir=tmp_path / "engines")


def test_half_precision_changes_little_and_keeps_the_ends(model: Path) -> None:
    half = onnx.load_from_string(to_half(model))
    assert [v.type.tensor_type.elem_type for v in (*half.graph.input, *half.graph.output)] == [TensorProto.FLOAT] * 3
    assert {tensor.data_type for tensor in half.graph.initializer} == {TensorProto.FLOAT16}
    session = onnxruntime.InferenceSession(half.SerializeToString(), providers=["CPUExecutionProvider"])
    for ours, theirs in zip(session.run(None, {"picture": batch(2)}), expected(model, batch(2)), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=0.01)


@pytest.mark.parametrize("counts", [(1,), (4, 2, 4, 1, 2, 4)])
def test_it_gives_the_models_answers_for_any_batch(
    model: Path, cuda: FakeCuda, tmp_path: Path, counts: tuple[int, ...]
) -> None:
    ours = engine(model, cuda, tmp_path)
    for seed, count in enumerate(counts):
        for a, b in zip(ours.infer(batch(count, seed)), expected(model, batch(count, seed)), strict=True):
            np.testing.assert_allclose(a, b, atol=0.01)


def test_batches_on_the_gpu_stay_there(model: Path, cuda: FakeCuda, tmp_path: Path) -> None:
    ours, pixels, frame = engine(model, cuda, tmp_path), CudaPixels(cuda), random_frame(0, 64, 48)
    uploader = Uploader(cuda, 64, 48)
    uploaded = uploader.upload(frame)
    for _ in range(3):
        pictures = pixels.pictures([uploaded, uploaded], SHAPE[3], SHAPE[2], Normalisation())
        [_, vectors] = ours.infer(pictures)
        np.testing.assert_allclose(vectors, expected(model, pictures.to_host(cuda))[1], atol=0.01)


def test_what_repeats_is_replayed_as_a_graph(model: Path, cuda: FakeCuda, tmp_path: Path) -> None:
    ours = engine(model, cuda, tmp_path)
    for count in (2, 2, 3, 2, 3):
        ours.infer(batch(count))
    assert cuda.graphs == 2


def test_an_engine_is_built_once(model: Path, cuda: FakeCuda, trt: Any, tmp_path: Path) -> None:
    for _ in range(3):
        engine(model, cuda, tmp_path)
    assert trt.built == 1
    trt.__version__ = "11.5.0"
    engine(model, cuda, tmp_path)
    cuda.gpu = "Another-sm00"
    engine(model, cuda, tmp_path)
    assert trt.built == 3


def test_two_at_once_build_it_once(model: Path, cuda: FakeCuda, trt: Any, tmp_path: Path) -> None:
    """The lock is of files, so that it holds between processes too."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: engine(model, cuda, tmp_path), range(4)))
    assert trt.built == 1


def test_a_damaged_engine_is_built_again(model: Path, cuda: FakeCuda, trt: Any, tmp_path: Path) -> None:
    engine(model, cuda, tmp_path)
    [plan] = (tmp_path / "engines").glob("*.plan")
    plan.write_bytes(b"nonsense")
    engine(model, cuda, tmp_path)
    assert trt.built == 2


def test_callers_share_the_engine_but_no_context(model: Path, cuda: FakeCuda, trt: Any, tmp_path: Path) -> None:
    ours = engine(model, cuda, tmp_path)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda seed: ours.infer(batch(2, seed))[1], range(24)))
    for seed, vectors in enumerate(found):
        np.testing.assert_allclose(vectors, expected(model, batch(2, seed))[1], atol=0.01)
    assert trt.built == 1
    assert 1 <= trt.contexts <= 4


def test_a_model_of_one_picture_is_given_one_at_a_time(model: Path, cuda: FakeCuda, tmp_path: Path) -> None:
    fixed = onnx.load(model)
    fixed.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(fixed, model)
    ours = engine(model, cuda, tmp_path)
    assert ours.input_shape == (1, *SHAPE[1:])
    np.testing.assert_allclose(ours.infer(batch(1))[1], expected(model, batch(1))[1], atol=0.01)
    with pytest.raises(ValueError, match="at most"):
        ours.infer(batch(2))


def test_vectors_are_normalised(model: Path, cuda: FakeCuda, tmp_path: Path) -> None:
    ours = engine(model, cuda, tmp_path)
    heat, vectors = ours.infer_face_detection(batch(3))
    assert heat.shape[:2] == vectors.shape == (3, 5)
    ours._outputs.reverse()  # an embedder's first output is its vectors
    np.testing.assert_allclose(np.linalg.norm(ours.infer_reid(batch(3)), axis=1), 1, atol=1e-5)


def test_what_is_no_model_is_a_model_error(cuda: FakeCuda, tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="not a readable ONNX model"):
        engine(tmp_path / "bad.onnx", cuda, tmp_path)


def test_an_old_tensorrt_is_refused(model: Path, cuda: FakeCuda, trt: Any, tmp_path: Path) -> None:
    trt.__version__ = "8.6.1"
    with pytest.raises(DeviceError, match="too old"):
        engine(model, cuda, tmp_path)


def test_without_tensorrt_it_says_what_to_install(model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(DeviceError, match="pip install"):
        engine(model, fake_cuda(), tmp_path)
