"""Inference on the CPU with ONNX Runtime, in float32."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dualface.errors import DeviceError, ModelError
from dualface.inference.fit import check_input
from dualface.inference.pictures import infer_each
from dualface.types import F32Array

ERRORS_ONLY = 3
"""ONNX Runtime's number for how much it logs."""


class OnnxRuntimeInferenceEngine:
    """Runs an ONNX file on the CPU; see :class:`~dualface.interfaces.InferenceEngine`.

    ``input_shape`` is NCHW.  ``threads``: 0 takes every core; one thread costs the least CPU time.
    Raises :class:`~dualface.errors.ModelError` if the file can't be read or doesn't take pictures of this shape,
    :class:`~dualface.errors.DeviceError` if ONNX Runtime is not installed.
    """

    def __init__(self, model_path: Path, input_shape: Sequence[int], *, threads: int = 1) -> None:
        self.input_shape = tuple(input_shape)
        try:
            import onnxruntime
        except ImportError as error:
            raise DeviceError(
                'ONNX Runtime is not installed: install it with pip install "dualface[onnxruntime]", or choose another '
                "detection.backend."
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = ERRORS_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(model_path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its errors share no other base class
            raise ModelError(
                f"ONNX Runtime can't run {model_path}: it is damaged or no ONNX model; get it again or choose another one.",
                file=model_path,
            ) from error
        inputs = self._session.get_inputs()
        check_input(model_path, [[n if isinstance(n, int) else None for n in i.shape] for i in inputs], self.input_shape)
        self._input = inputs[0].name

    def infer(self, batch: F32Array) -> list[F32Array]:
        return infer_each(lambda picture: list(self._session.run(None, {self._input: picture})), batch, self.input_shape)

    def close(self) -> None:
        """Nothing to release before the engine itself."""
