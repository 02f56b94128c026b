"""Device memory that is used again and again, so that nothing is allocated while frames flow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from dualface.gpu.runtime import Buffer, CudaRuntime, Event


class Loan:
    """A buffer in use; it goes back to its pool with the last reference to this object.

    ``ready`` is the event after which its content is there.  ``keeps`` is whatever must live as long as the loan, such as
    the frame that a kernel reads while it writes here.
    """

    def __init__(self, buffer: Buffer, give_back: Callable[[Buffer, Event | None], None]) -> None:
        self.buffer = buffer
        self.ready: Event | None = None
        self.keeps: Any = None
        self._give_back = give_back

    def __del__(self) -> None:
        self.keeps = None
        self._give_back(self.buffer, self.ready)


class BufferPool:
    """Buffers of ``nbytes``; the newest returned one first, a new one when all are in use.  May be used from any thread.

    A buffer may be returned while work that *reads* it is still under way only if the next to write it does so on the
    same stream; all others wait for their events first.
    """

    def __init__(self, runtime: CudaRuntime, nbytes: int) -> None:
        self._runtime, self.nbytes = runtime, nbytes
        self._idle: list[Buffer] = []
        self._lock = threading.RLock()  # a loan may end, by garbage collection, in the middle of a take
        self._closed = False
        self.allocated = 0
        """How many buffers there are, in use or not."""

    def take(self) -> Loan:
        """Raises :class:`~dualface.errors.DeviceMemoryError` when one more is needed and there is no memory for it."""
        with self._lock:
            if self._idle:
                return Loan(self._idle.pop(), self._give_back)
            buffer = self._runtime.alloc(self.nbytes)
            self.allocated += 1
            return Loan(buffer, self._give_back)

    def _give_back(self, buffer: Buffer, ready: Event | None) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(buffer)
                return
            self.allocated -= 1
        if ready is not None:  # it is freed now, and must not be written to any more
            ready.synchronize()

    def close(self) -> None:
        """Frees what is not in use; the rest is freed when it comes back."""
        with self._lock:
            self._closed = True
            self.allocated -= len(self._idle)
            self._idle.clear()
