"""Pictures of several callers in one batch: on a GPU eight together take little more than twice the time of one."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from dualface.gpu.device_batch import Borrowed, DeviceBatch
from dualface.gpu.runtime import CudaRuntime, Direction
from dualface.interfaces import InferenceEngine
from dualface.types import F32Array


@dataclass(slots=True)
class _Asked:
    pictures: DeviceBatch
    answer: list[F32Array] = field(default_factory=list)
    error: Exception | None = None
    done: bool = False


class BatchingEngine:
    """An :class:`~dualface.interfaces.InferenceEngine` for many callers at a time, around one for a single caller.

    Who comes while the engine is busy waits, and all that wait are looked at together, as many as ``engine`` takes.
    """

    def __init__(self, engine: InferenceEngine, runtime: CudaRuntime) -> None:
        self._engine, self._runtime = engine, runtime
        self.input_shape = engine.input_shape
        self._picture = 4 * int(np.prod(self.input_shape[1:]))
        self._together = runtime.alloc(self.input_shape[0] * self._picture)
        self._stream = runtime.stream()
        self._waiting: deque[_Asked] = deque()
        self._turn = threading.Lock()

    def infer(self, batch: F32Array | DeviceBatch) -> list[F32Array]:
        """Raises what the engine raises, for everybody in the batch."""
        if not isinstance(batch, DeviceBatch):
            with self._turn:
                return self._engine.infer(batch)
        mine = _Asked(batch)
        self._waiting.append(mine)
        while not mine.done:
            with self._turn:
                if not mine.done:
                    self._look()
        if mine.error is not None:
            raise mine.error
        return mine.answer

    def close(self) -> None:
        self._engine.close()

    def _look(self) -> None:
        """Looks at those who have waited longest."""
        some = [self._waiting.popleft()]
        count = len(some[0].pictures)
        while self._waiting and count + len(self._waiting[0].pictures) <= self.input_shape[0]:
            some.append(self._waiting.popleft())
            count += len(some[-1].pictures)
        try:
            outputs = self._engine.infer(some[0].pictures if len(some) == 1 else self._joined(some, count))
        except Exception as error:  # whatever it is, it is raised where it was asked for
            for one in some:
                one.error, one.done = error, True
            return
        start = 0
        for one in some:
            end = start + len(one.pictures)
            one.answer, one.done = [output[start:end] for output in outputs], True
            start = end

    def _joined(self, some: list[_Asked], count: int) -> DeviceBatch:
        target = self._together.ptr
        for one in some:
            nbytes = len(one.pictures) * self._picture
            self._stream.wait(one.pictures.stream.record())
            self._runtime.copy(Direction.ON_DEVICE, (target, nbytes), (one.pictures.ptr, nbytes), (nbytes, 1), self._stream)
            target += nbytes
        return DeviceBatch(Borrowed(self._together), (count, *self.input_shape[1:]), self._stream)
