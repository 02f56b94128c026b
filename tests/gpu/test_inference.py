"""What a GPU's inference libraries find is what the CPU's find."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tests.gpu.conftest import missing

from dualface.decode.software import SoftwareDecoder
from dualface.device.cuda import CudaDevice
from dualface.errors import DeviceError
from dualface.footage.render import write_talk
from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.gpu.transfer import Uploader
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.inference.onnxruntime_cuda import OnnxRuntimeCudaInferenceEngine
from dualface.inference.openvino import OpenVINOInferenceEngine
from dualface.inference.tensorrt import TensorRTInferenceEngine
from dualface.inference.tensorrt_rtx import TensorRTRtxInferenceEngine
from dualface.interfaces import InferenceEngine
from dualface.models.store import ModelStore
from dualface.observe.detect.centerface import CenterFaceDetector
from dualface.pixels.cuda import CudaPixels

ENGINES: dict[str, Callable[..., InferenceEngine]] = {
    "onnxruntime-cuda": OnnxRuntimeCudaInferenceEngine,
    "tensorrt": TensorRTInferenceEngine,
    "tensorrt-rtx": TensorRTRtxInferenceEngine,
}
SHAPE = (4, 3, 288, 512)


def cpu_engine(path: Path) -> InferenceEngine:
    if find_spec("openvino"):
        return OpenVINOInferenceEngine(path, SHAPE, precision="f32")
    return OnnxRuntimeInferenceEngine(path, SHAPE)


@pytest.mark.parametrize("name", ENGINES)
def test_faces_are_those_of_the_cpu(cuda: CupyRuntime, name: str, tmp_path: Path) -> None:
    """Within 1 pixel and 0.01 of the score, on 50 frames."""
    model = ModelStore(download=False).resolve("centerface").path
    try:
        engine = ENGINES[name](model, SHAPE, runtime=cuda)
    except DeviceError as error:
        if name != "onnxruntime-cuda":
            pytest.skip(str(error))
        missing(str(error))
    write_talk(tmp_path / "talk.mp4", size=(1280, 720), seconds=2)
    frames = list(SoftwareDecoder(tmp_path / "talk.mp4"))[:50]
    uploader = Uploader(cuda, 1280, 720)
    ours = CenterFaceDetector(engine, pixels=CudaPixels(cuda), threshold=0.4)
    theirs = CenterFaceDetector(cpu_engine(model), threshold=0.4)
    found, expected = ours.detect([uploader.upload(frame) for frame in frames]), theirs.detect(frames)
    assert sum(map(len, expected)) >= 50
    for some, others in zip(found, expected, strict=True):
        sure = [face for face in others if face.score > 0.45]
        for face in sure:
            partner = min(some, key=lambda other: abs(other.box.cx - face.box.cx) + abs(other.box.cy - face.box.cy))
            assert max(abs(a - b) for a, b in zip(face.box, partner.box, strict=True)) <= 1
            assert abs(face.score - partner.score) <= 0.01


def test_vectors_are_those_of_the_cpu(cuda: CupyRuntime) -> None:
    """They point the same way, within 0.999 of the cosine."""
    model = ModelStore(download=False).resolve("dlib-resnet").path
    shape = (4, 3, 150, 150)
    try:
        engine = OnnxRuntimeCudaInferenceEngine(model, shape, runtime=cuda)
    except DeviceError as error:
        missing(str(error))
    chips = np.random.default_rng(0).uniform(-0.5, 0.5, shape).astype(np.float32)
    ours, theirs = engine.infer(chips)[0], OnnxRuntimeInferenceEngine(model, shape).infer(chips)[0]
    cosines = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert cosines.min() > 0.999


def test_rtx_libraries_say_why_they_do_not_run(cuda: CupyRuntime) -> None:
    """Where they are installed and the GPU is no RTX card, ``auto`` goes on with another library."""
    if find_spec("onnxruntime_ep_nv_tensorrt_rtx") is None or cuda.gpu.endswith(("sm75", "sm86", "sm89", "sm120")):
        pytest.skip("TensorRT for RTX is not installed, or this is a card for it")
    model = ModelStore(download=False).resolve("centerface").path
    with pytest.raises(DeviceError, match="does not run on cuda:0"):
        TensorRTRtxInferenceEngine(model, SHAPE, runtime=cuda)
    device = CudaDevice(make_runtime=lambda _: cuda)
    assert isinstance(device.engine(model, SHAPE, "auto", 1), OnnxRuntimeCudaInferenceEngine | TensorRTInferenceEngine)
    assert any("TensorRT for RTX does not run" in reason for reason in device.fallbacks)
