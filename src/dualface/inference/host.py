"""Inference on the CPU for frames on a GPU, where no library can run the model there."""

from __future__ import annotations

from typing import Any

from dualface.gpu.device_batch import DeviceBatch
from dualface.gpu.runtime import CudaRuntime
from dualface.interfaces import InferenceEngine
from dualface.types import F32Array


class HostInferenceEngine:
    """An engine of the CPU that also takes batches in GPU memory; only the model's small pictures are copied."""

    def __init__(self, engine: InferenceEngine, runtime: CudaRuntime) -> None:
        self._engine, self._runtime = engine, runtime
        self.input_shape = engine.input_shape

    def infer(self, batch: Any) -> list[F32Array]:
        return self._engine.infer(batch.to_host(self._runtime) if isinstance(batch, DeviceBatch) else batch)

    def close(self) -> None:
        self._engine.close()
