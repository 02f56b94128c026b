"""Pictures of several callers in one batch: on a GPU eight together take little more than twice the time of one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from dualface.gpu.device_batch import Borrowed, DeviceBatch
from dualface.gpu.runtime import CudaRuntime, Direction
from dualface.interfaces import InferenceEngine
from dualface.types import F32Array


@dataclass(slots=True)
class _Asked:
    pictures: Any
    done: threading.Event = field(default_factory=threading.Event)
    answer: Sequence[F32Array] = ()
    error: Exception | None = None


class BatchingEngine:
    """An :class:`~dualface.interfaces.InferenceEngine` for many callers at a time, around one that has a thread to itself.

    Who comes while the engine is busy waits, and all that wait are looked at together, as many as ``engine`` takes.  A thread
    of its own, because libraries keep workspaces for each thread that calls them.
    """

    def __init__(self, engine: InferenceEngine, runtime: CudaRuntime) -> None:
        self._engine, self._runtime = engine, runtime
        self.input_shape = engine.input_shape
        self._picture = 4 * int(np.prod(self.input_shape[1:]))
        self._together = runtime.alloc(self.input_shape[0] * self._picture)
        self._stream = runtime.stream()
        self._asked: SimpleQueue[_Asked | None] = SimpleQueue()
        self._held: _Asked | None = None
        threading.Thread(target=self._work, name="dualface-models", daemon=True).start()

    def infer(self, batch: F32Array | DeviceBatch) -> list[F32Array]:
        """Raises what the engine raises, for everybody in the batch."""
        mine = _Asked(batch)
        self._asked.put(mine)
        mine.done.wait()
        if mine.error is not None:
            raise mine.error
        return list(mine.answer)

    def warm_up(self) -> None:
        """Has the engine prepare what it prepares for each size of a batch."""
        size = 1
        while size <= self.input_shape[0]:
            self.infer(np.zeros((size, *self.input_shape[1:]), np.float32))
            size *= 2

    def close(self) -> None:
        """Lets the thread end; nobody may ask any more."""
        self._asked.put(None)

    def _work(self) -> None:
        self._runtime.activate()
        while (first := self._held or self._asked.get()) is not None:
            self._held = None
            some = [first]
            if isinstance(first.pictures, DeviceBatch):
                some += self._others(self.input_shape[0] - len(first.pictures))
            self._look(some)
        self._engine.close()

    def _others(self, room: int) -> list[_Asked]:
        """Those who wait already and find room."""
        some: list[_Asked] = []
        while room > 0:
            try:
                one = self._asked.get_nowait()
            except Empty:
                break
            if one is None or not isinstance(one.pictures, DeviceBatch) or len(one.pictures) > room:
                self._held = one
                if one is None:
                    self._asked.put(None)
                break
            some.append(one)
            room -= len(one.pictures)
        return some

    def _look(self, some: list[_Asked]) -> None:
        try:
            outputs = self._engine.infer(some[0].pictures if len(some) == 1 else self._joined(some))
        except Exception as error:  # whatever it is, it is raised where it was asked for
            for one in some:
                one.error = error
                one.done.set()
            return
        start = 0
        for one in some:
            end = start + len(one.pictures)
            one.answer = [output[start:end] for output in outputs]
            one.done.set()
            start = end

    def _joined(self, some: list[_Asked]) -> Any:
        count, target = 0, self._together.ptr
        for one in some:
            nbytes = len(one.pictures) * self._picture
            self._stream.wait(one.pictures.stream.record())
            self._runtime.copy(Direction.ON_DEVICE, (target, nbytes), (one.pictures.ptr, nbytes), (nbytes, 1), self._stream)
            count, target = count + len(one.pictures), target + nbytes
        return DeviceBatch(Borrowed(self._together), (count, *self.input_shape[1:]), self._stream)
