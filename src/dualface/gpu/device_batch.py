"""A model's input in GPU memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dualface.gpu.pool import Loan
from dualface.gpu.runtime import CudaRuntime, Direction, Stream
from dualface.types import F32Array


@dataclass(frozen=True, slots=True)
class DeviceBatch:
    """``shape`` float32 numbers, dense, that ``stream`` writes; whoever reads them works on that stream or waits for it."""

    loan: Loan
    shape: tuple[int, ...]
    stream: Stream

    @property
    def ptr(self) -> int:
        return self.loan.buffer.ptr

    def __len__(self) -> int:
        return self.shape[0]

    def to_host(self, runtime: CudaRuntime) -> F32Array:
        """The numbers in main memory; waits for them."""
        numbers: F32Array = runtime.pinned(4 * int(np.prod(self.shape))).view(np.float32).reshape(self.shape)
        runtime.copy(
            Direction.TO_HOST,
            (numbers.ctypes.data, numbers.nbytes),
            (self.ptr, numbers.nbytes),
            (numbers.nbytes, 1),
            self.stream,
        )
        self.stream.synchronize()
        return numbers
