"""The inference libraries of the CPU, and an engine in another process."""

import threading
from multiprocessing import Pipe
from pathlib import Path

import pytest

from dualface.device.cpu import CpuDevice
from dualface.errors import ModelError
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.inference.openvino import OpenVINOInferenceEngine
from dualface.inference.remote import InferenceClient
from dualface.inference.service import InferenceService
from dualface.interfaces import InferenceEngine
from dualface.testing.contracts.inference import SHAPE, InferenceContract, pictures, save_twice_model
from dualface.workers.model_process import can_share_models


class TestOpenVINO(InferenceContract):
    def make(self, model: Path, input_shape: tuple[int, ...], *, threads: int) -> InferenceEngine:
        return OpenVINOInferenceEngine(model, input_shape, threads=threads)


class TestOnnxRuntime(InferenceContract):
    def make(self, model: Path, input_shape: tuple[int, ...], *, threads: int) -> InferenceEngine:
        return OnnxRuntimeInferenceEngine(model, input_shape, threads=threads)


class TestRemote(InferenceContract):
    """An engine behind a connection, as a worker process has it."""

    def make(self, model: Path, input_shape: tuple[int, ...], *, threads: int) -> InferenceEngine:
        if not can_share_models():
            pytest.skip("where memory can't be shared, each process has models of its own")
        ours, theirs = Pipe()
        service = InferenceService(CpuDevice().engine)
        threading.Thread(target=service.serve, args=(theirs,), daemon=True).start()
        return InferenceClient(ours).open(model, input_shape, "openvino", threads)


@pytest.mark.parametrize("contract", [TestOpenVINO, TestOnnxRuntime, TestRemote])
def test_errors_say_what_is_wrong(contract: type[InferenceContract], tmp_path: Path) -> None:
    """Which batch was expected, which pictures the model takes, and in which file."""
    model = save_twice_model(tmp_path / "twice.onnx")
    with pytest.raises(ValueError, match="expected float32"):
        contract().make(model, SHAPE, threads=1).infer(pictures(4))
    with pytest.raises(ModelError, match="with 2 channels, not 6x4 with 3"):
        contract().make(model, (1, 3, 4, 6), threads=1)
    with pytest.raises(ModelError) as caught:
        contract().make(tmp_path / "none.onnx", SHAPE, threads=1)
    assert caught.value.file == tmp_path / "none.onnx"
