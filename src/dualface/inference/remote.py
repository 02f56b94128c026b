"""Inference in another process: one process loads the models, any number of others use them.

A client and :class:`~dualface.inference.service.InferenceService` exchange short messages over a connection.  Pictures and
results lie in memory that both have mapped, a file without a name for each engine that a client opens.
"""

from __future__ import annotations

import math
import mmap
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from pathlib import Path

import numpy as np

from dualface.errors import DualfaceError
from dualface.inference.pictures import check_batch
from dualface.types import F32Array


@dataclass(frozen=True, slots=True)
class Open:
    """Asks for an engine; answered by :class:`Opened` and the descriptor of its tensors' file.

    ``backend`` and ``threads`` are the configuration's ``detection.backend`` and ``processing.inference_threads``.
    """

    model: Path
    input_shape: tuple[int, ...]
    backend: str
    threads: int


@dataclass(frozen=True, slots=True)
class Opened:
    """``output_shapes`` are those of a whole batch."""

    engine: int
    output_shapes: Sequence[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Infer:
    """Asks for the first ``count`` pictures of an engine's tensors to be looked at; answered by ``None``."""

    engine: int
    count: int


@dataclass(frozen=True, slots=True)
class Close:
    """Gives an engine back; answered by ``None``."""

    engine: int


Request = Open | Infer | Close
"""What a client sends."""
Answer = Opened | Exception | None
"""What it gets; an exception is raised where it was asked."""


class SharedTensors:
    """A batch of pictures and its results, float32, in a file that two processes have mapped.  The file may be closed after."""

    def __init__(self, file: int, input_shape: tuple[int, ...], output_shapes: Sequence[tuple[int, ...]]) -> None:
        shapes = [input_shape, *output_shapes]
        memory = mmap.mmap(file, self.size(shapes))  # given back with the last array
        starts = np.cumsum([0, *(math.prod(shape) for shape in shapes)])
        flat = np.frombuffer(memory, np.float32)
        arrays = [flat[a:b].reshape(shape) for a, b, shape in zip(starts, starts[1:], shapes, strict=False)]
        self.input: F32Array = arrays[0]
        self.outputs: list[F32Array] = arrays[1:]

    @staticmethod
    def size(shapes: Sequence[tuple[int, ...]]) -> int:
        """Bytes of the file."""
        return 4 * sum(math.prod(shape) for shape in shapes)


class InferenceClient:
    """Opens engines that run in the process at the other end of ``connection``.  May be used from any thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def open(self, model: Path, input_shape: tuple[int, ...], backend: str, threads: int) -> RemoteInferenceEngine:
        """Raises what opening the engine there raises, and :class:`~dualface.errors.DualfaceError` if nobody is there."""
        with self._lock:
            opened = self._answer(Open(model, input_shape, backend, threads))
            assert opened is not None
            try:
                file = recv_handle(self._connection)
            except (EOFError, OSError, RuntimeError) as error:
                raise _lost() from error
        try:
            tensors = SharedTensors(file, input_shape, opened.output_shapes)
        finally:
            os.close(file)
        return RemoteInferenceEngine(self, opened.engine, input_shape, tensors)

    def ask(self, message: Infer | Close) -> None:
        """Returns when it is done; raises as :meth:`open` does."""
        with self._lock:
            self._answer(message)

    def _answer(self, request: Request) -> Opened | None:
        try:
            self._connection.send(request)
            answer: Answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise _lost() from error
        if isinstance(answer, Exception):
            raise answer
        return answer


class RemoteInferenceEngine:
    """An :class:`~dualface.interfaces.InferenceEngine` whose model is in another process; see :meth:`InferenceClient.open`."""

    def __init__(self, client: InferenceClient, engine: int, input_shape: tuple[int, ...], tensors: SharedTensors) -> None:
        self.input_shape = input_shape
        self._client, self._engine, self._tensors = client, engine, tensors
        self._lock = threading.Lock()

    def infer(self, batch: F32Array) -> list[F32Array]:
        """Raises :class:`~dualface.errors.DualfaceError` when the other process has ended."""
        check_batch(batch, self.input_shape)
        count = len(batch)
        with self._lock:
            self._tensors.input[:count] = batch
            self._client.ask(Infer(self._engine, count))
            return [output[:count].copy() for output in self._tensors.outputs]

    def close(self) -> None:
        self._client.ask(Close(self._engine))


def _lost() -> DualfaceError:
    return DualfaceError("The process that runs the models has ended.", stage="inference")
