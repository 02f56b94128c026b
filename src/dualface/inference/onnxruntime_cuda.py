"""Inference on a GPU with ONNX Runtime's CUDA provider."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dualface.errors import DeviceError, ModelError
from dualface.gpu.device_batch import DeviceBatch
from dualface.gpu.runtime import CudaRuntime
from dualface.inference.fit import check_input
from dualface.inference.onnxruntime import ERRORS_ONLY
from dualface.types import F32Array

_PROVIDER = "CUDAExecutionProvider"


class OnnxRuntimeCudaInferenceEngine:
    """Runs an ONNX file on the runtime's GPU in float32; see :class:`~dualface.interfaces.InferenceEngine`.

    :meth:`infer` also takes a :class:`~dualface.gpu.device_batch.DeviceBatch`, which stays where it is.
    Raises :class:`~dualface.errors.ModelError` if the file can't be read or doesn't take pictures of ``input_shape``,
    :class:`~dualface.errors.DeviceError` if ONNX Runtime or its CUDA provider can't be loaded.
    """

    def __init__(self, model_path: Path, input_shape: Sequence[int], *, runtime: CudaRuntime) -> None:
        self.input_shape = tuple(input_shape)
        self._device_id = runtime.index
        onnxruntime = _import_with_cuda()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = ERRORS_ONLY
        settings = {
            "device_id": runtime.index,
            "cudnn_conv_algo_search": "HEURISTIC",
            "arena_extend_strategy": "kSameAsRequested",  # a video's needs don't grow; doubling would waste memory
        }
        try:
            self._session = onnxruntime.InferenceSession(str(model_path), options, providers=[(_PROVIDER, settings)])
        except Exception as error:  # its errors share no other base class
            raise ModelError(
                f"ONNX Runtime can't run {model_path}: it is damaged or no ONNX model; get it again or choose another one.",
                file=model_path,
            ) from error
        if self._session.get_providers()[:1] != [_PROVIDER]:
            raise DeviceError("ONNX Runtime's CUDA provider does not start: install CUDA's and cuDNN's libraries for it.")
        inputs = self._session.get_inputs()
        check_input(model_path, [[n if isinstance(n, int) else None for n in i.shape] for i in inputs], self.input_shape)
        self._input = inputs[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]
        self._largest = inputs[0].shape[0] if isinstance(inputs[0].shape[0], int) else self.input_shape[0]

    def infer(self, batch: F32Array | DeviceBatch) -> list[F32Array]:
        """Every output, batch first, in main memory."""
        if isinstance(batch, DeviceBatch):
            batch.stream.synchronize()  # ONNX Runtime works on a stream of its own
            starts = range(0, len(batch), self._largest)
            parts = [self._run_on_device(batch, start, min(self._largest, len(batch) - start)) for start in starts]
        else:
            batch = np.ascontiguousarray(batch)
            starts = range(0, len(batch), self._largest)
            parts = [self._session.run(None, {self._input: batch[start : start + self._largest]}) for start in starts]
        return parts[0] if len(parts) == 1 else [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]

    def _run_on_device(self, batch: DeviceBatch, start: int, count: int) -> list[F32Array]:
        binding: Any = self._session.io_binding()
        shape = (count, *batch.shape[1:])
        address = batch.ptr + 4 * start * int(np.prod(batch.shape[1:]))
        binding.bind_input(self._input, "cuda", self._device_id, np.float32, shape, address)
        for name in self._outputs:
            binding.bind_output(name, "cpu")
        self._session.run_with_iobinding(binding)
        outputs: list[F32Array] = binding.copy_outputs_to_cpu()
        return outputs

    def close(self) -> None:
        """Nothing to release before the engine itself."""


def _import_with_cuda() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise DeviceError("ONNX Runtime is not installed: pip install onnxruntime-gpu, or use TensorRT.") from error
    if _PROVIDER not in onnxruntime.get_available_providers():
        raise DeviceError("This ONNX Runtime is for the CPU only: pip install onnxruntime-gpu instead, or use TensorRT.")
    onnxruntime.set_default_logger_severity(ERRORS_ONLY)  # it warns of plugins that nobody asked for
    if hasattr(onnxruntime, "preload_dlls"):
        onnxruntime.preload_dlls()  # CUDA and cuDNN from NVIDIA's own packages, where they are installed
    return onnxruntime
