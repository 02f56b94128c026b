"""What a GPU's inference libraries find is what the CPU's find."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.gpu.conftest import missing

from dualface.decode.software import SoftwareDecoder
from dualface.errors import DeviceError
from dualface.footage.render import write_talk
from dualface.gpu.cupy_runtime import CupyRuntime
from dualface.gpu.transfer import Uploader
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.inference.onnxruntime_cuda import OnnxRuntimeCudaInferenceEngine
from dualface.inference.openvino import OpenVINOInferenceEngine
from dualface.inference.tensorrt import TensorRTInferenceEngine
from dualface.interfaces import InferenceEngine
from dualface.models.store import ModelStore
from dualface.observe.detect.centerface import CenterFaceDetector
from dualface.pixels.cuda import CudaPixels

ENGINES: dict[str, Callable[..., InferenceEngine]] = {
    "onnxruntime-cuda": OnnxRuntimeCudaInferenceEngine,
    "tensorrt": TensorRTInferenceEngine,
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
        if name == "tensorrt":
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
