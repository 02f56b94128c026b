"""The other end of :mod:`dualface.inference.remote`: models that several processes use, loaded once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dualface.inference.remote import Answer, Infer, Open, Opened, Request, SharedTensors
from dualface.interfaces import InferenceEngine
from dualface.scheduling import usable_cores

EngineOpener = Callable[[Path, tuple[int, ...], str, int], InferenceEngine]
"""Takes the model, the input's shape, ``detection.backend`` and the number of threads."""


class _Loaded(NamedTuple):
    engine: InferenceEngine
    output_shapes: list[tuple[int, ...]]


class InferenceService:
    """Serves any number of clients; ``open_engine`` loads what they ask for, each model once."""

    def __init__(self, open_engine: EngineOpener) -> None:
        self._open_engine = open_engine
        self._loaded: dict[Open, _Loaded] = {}
        self._loading = threading.Lock()
        # More at a time would not be faster, and each needs memory for what lies between a model's layers.
        self._turns = threading.BoundedSemaphore(usable_cores())

    def serve(self, client: Connection) -> None:
        """Answers ``client`` until it hangs up.  A thread for each client."""
        _Session(client, self._load, self._turns).run()

    def _load(self, wanted: Open) -> _Loaded:
        with self._loading:
            if wanted not in self._loaded:
                engine = self._open_engine(wanted.model, wanted.input_shape, wanted.backend, wanted.threads)
                outputs = engine.infer(np.zeros(wanted.input_shape, np.float32))
                self._loaded[wanted] = _Loaded(engine, [output.shape for output in outputs])
            return self._loaded[wanted]


class _Session:
    def __init__(self, client: Connection, load: Callable[[Open], _Loaded], turns: threading.BoundedSemaphore) -> None:
        self._client, self._load, self._turns = client, load, turns
        self._opened: dict[int, tuple[InferenceEngine, SharedTensors]] = {}
        self._number = 0

    def run(self) -> None:
        with self._client, suppress(EOFError, OSError):
            while True:
                message: Request = self._client.recv()
                file: FileIO | None = None
                answer: Answer = None
                try:
                    if isinstance(message, Open):
                        answer, file = self._open(message)
                    elif isinstance(message, Infer):
                        self._infer(message)
                    else:
                        del self._opened[message.engine]
                except Exception as error:  # whatever it is, it is raised where it was asked for
                    answer = error
                self._client.send(answer)
                if file is not None:
                    with file:
                        send_handle(self._client, file.fileno(), 0)

    def _open(self, message: Open) -> tuple[Opened, FileIO]:
        engine, output_shapes = self._load(message)
        file = FileIO(os.memfd_create("dualface-tensors"), "r+")
        file.truncate(SharedTensors.size([message.input_shape, *output_shapes]))
        self._number += 1
        self._opened[self._number] = engine, SharedTensors(file.fileno(), message.input_shape, output_shapes)
        return Opened(self._number, output_shapes), file

    def _infer(self, message: Infer) -> None:
        engine, tensors = self._opened[message.engine]
        with self._turns:
            results = engine.infer(tensors.input[: message.count])
        for output, result in zip(tensors.outputs, results, strict=True):
            output[: message.count] = result
