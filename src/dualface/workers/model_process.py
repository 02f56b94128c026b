"""The process that loads the models once for all workers of a run on the CPU."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle

from dualface.heap import keep_little
from dualface.interfaces import WorkerProcess
from dualface.workers.processes import Launcher, can_fork


def can_share_models() -> bool:
    """Whether this system has what it takes: processes forked from a server, and memory files."""
    return can_fork() and hasattr(os, "memfd_create")


class ModelProcess:
    """Started when first needed, and anew should it have ended.  May be used from any thread."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
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
                self._process = self._launcher.start(_serve, [theirs])
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


def _serve(connections: Sequence[Connection]) -> None:
    """The process's main function; ends with the program that started it."""
    import signal

    from dualface.device.cpu import CpuDevice
    from dualface.inference.service import InferenceService

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the parent decides
    keep_little()
    (control,) = connections
    service = InferenceService(CpuDevice().engine)
    while True:
        try:
            client = Connection(recv_handle(control))
        except (EOFError, OSError, RuntimeError):
            os._exit(0)
        threading.Thread(target=service.serve, args=(client,), daemon=True).start()
