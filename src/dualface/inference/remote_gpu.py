"""Inference in another process for frames on a GPU: the pictures stay in its memory, which both processes have open."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from dualface.gpu.device_batch import DeviceBatch
from dualface.gpu.runtime import CudaRuntime, Direction
from dualface.inference.remote import InferenceClient
from dualface.types import F32Array


class RemoteGpuInferenceEngine:
    """An :class:`~dualface.interfaces.InferenceEngine` whose model is in another process, on the same GPU.

    :meth:`infer` also takes a :class:`~dualface.gpu.device_batch.DeviceBatch`.  The constructor raises what
    :meth:`~dualface.inference.remote.InferenceClient.open` raises, and :class:`~dualface.errors.DeviceError` where memory of
    this GPU can't be opened by two processes.
    """

    def __init__(
        self,
        client: InferenceClient,
        model: Path,
        input_shape: tuple[int, ...],
        backend: str,
        threads: int,
        *,
        runtime: CudaRuntime,
    ) -> None:
        self.input_shape = input_shape
        self._runtime, self._stream = runtime, runtime.stream()
        self._source = runtime.alloc(4 * int(np.prod(input_shape)))
        memory = runtime.share(self._source)
        self._engine = client.open(model, input_shape, backend, threads, memory=memory)
        self.fallbacks = self._engine.fallbacks
        """Why the other process does not use a better library, a sentence each."""
        self._lock = threading.Lock()

    def infer(self, batch: F32Array | DeviceBatch) -> list[F32Array]:
        """Raises :class:`~dualface.errors.DualfaceError` when the other process has ended."""
        if batch.shape[1:] != self.input_shape[1:] or not 1 <= len(batch) <= self.input_shape[0]:
            raise ValueError(f"expected float32 of at most {self.input_shape}, got {batch.shape}")
        nbytes = 4 * int(np.prod(batch.shape))
        if isinstance(batch, DeviceBatch):
            source, direction, stream = batch.ptr, Direction.ON_DEVICE, batch.stream
        else:
            batch = np.ascontiguousarray(batch, np.float32)
            source, direction, stream = batch.ctypes.data, Direction.TO_DEVICE, self._stream
        with self._lock:
            self._runtime.copy(direction, (self._source.ptr, nbytes), (source, nbytes), (nbytes, 1), stream)
            stream.synchronize()  # no event leads to the other process
            return self._engine.infer_shared(len(batch))

    def close(self) -> None:
        self._engine.close()
