"""The process that loads the models once for all workers of a run."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from typing import TYPE_CHECKING

from dualface.gpu.sharing import GpuSharing
from dualface.workers.processes import Launcher, WorkerProcess, can_fork, return_memory_to_the_system

if TYPE_CHECKING:
    from dualface.inference.service import InferenceService
    from dualface.interfaces import InferenceEngine

_TOGETHER = 16
"""Pictures that a GPU looks at in one batch; more would hardly be faster."""
_CLIENTS_AT_A_TIME = 64


def can_share_models() -> bool:
    """Whether this system has what it takes: processes forked from a server, and memory files."""
    return can_fork() and hasattr(os, "memfd_create")


class ModelProcess:
    """Started when first needed, and anew should it have ended.  May be used from any thread.

    The models run on GPU ``gpu`` if there is one that can be used, which ``sharing`` has processes share, else on the CPU.
    """

    def __init__(self, launcher: Launcher, *, gpu: int | None = None, sharing: GpuSharing | None = None) -> None:
        self._launcher, self._gpu, self._sharing = launcher, gpu, sharing
        self._process: WorkerProcess | None = None
        self._control: Connection | None = None
        self._lock = threading.Lock()

    def connect(self) -> Connection:
        """A new connection for an :class:`~dualface.inference.remote.InferenceClient`.  Raises :class:`OSError`."""
        ours: Connection
        theirs: Connection
        ours, theirs = Pipe()
        with theirs, self._lock:
            try:
                self._send(theirs)
            except OSError:  # it has ended just now
                self._end()
                self._send(theirs)
        return ours

    def close(self) -> None:
        with self._lock:
            self._end()

    def _send(self, connection: Connection) -> None:
        pid, control = self._started()
        send_handle(control, connection.fileno(), pid)

    def _started(self) -> tuple[int, Connection]:
        if self._process is None or self._control is None or not self._process.is_alive():
            self._end()
            self._control, theirs = Pipe()
            with theirs:
                variables = {} if self._sharing is None else dict(self._sharing.variables)
                self._process = self._launcher.start(_serve, [theirs], self._gpu, variables)
        assert self._process.pid is not None
        return self._process.pid, self._control

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._control is not None:
            self._control.close()
            self._control = None


def _serve(connections: Sequence[Connection], gpu: int | None, variables: dict[str, str]) -> None:
    """The process's main function; ends with the program that started it."""
    import signal

    os.environ.update(variables)  # before CUDA looks
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the parent decides
    return_memory_to_the_system()
    (control,) = connections
    service = _gpu_service(gpu) if gpu is not None else _cpu_service()
    while True:
        try:
            client = Connection(recv_handle(control))
        except (EOFError, OSError, RuntimeError):
            os._exit(0)
        threading.Thread(target=service.serve, args=(client,), daemon=True).start()


def _cpu_service() -> InferenceService:
    from dualface.device.cpu import CpuDevice
    from dualface.inference.service import InferenceService

    return InferenceService(CpuDevice().engine)


def _gpu_service(gpu: int) -> InferenceService:
    from dualface.device.cuda import CudaDevice
    from dualface.errors import DeviceError
    from dualface.gpu.device_batch import Borrowed, DeviceBatch
    from dualface.inference.batching import BatchingEngine
    from dualface.inference.service import InferenceService

    try:
        device = CudaDevice(gpu)
    except DeviceError:  # the workers, too, make their videos without it, and say why
        return _cpu_service()
    runtime, stream = device.runtime, device.runtime.stream()

    def open_memory(handle: bytes, shape: tuple[int, ...]) -> DeviceBatch:
        return DeviceBatch(Borrowed(runtime.open_shared(handle, 4 * math.prod(shape))), shape, stream)

    def open_engine(model: Path, shape: tuple[int, ...], backend: str, threads: int) -> InferenceEngine:
        engine = BatchingEngine(device.engine(model, (_TOGETHER, *shape[1:]), backend, threads), runtime)
        engine.warm_up()
        return engine

    return InferenceService(
        open_engine, open_memory=open_memory, fallbacks=lambda: device.fallbacks, at_a_time=_CLIENTS_AT_A_TIME
    )
