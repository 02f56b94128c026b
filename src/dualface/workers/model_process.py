"""The process that loads the models once for all workers of a run on the CPU."""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import recv_handle, send_handle

from dualface.workers.processes import process_context, return_memory_to_the_system


def can_share_models() -> bool:
    """Whether this system has what it takes: processes forked from a server, and memory files."""
    return "forkserver" in multiprocessing.get_all_start_methods() and hasattr(os, "memfd_create")


class ModelProcess:
    """Started when first needed, and anew should it have ended.  May be used from any thread."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._control: Connection | None = None
        self._lock = threading.Lock()

    def connect(self) -> Connection:
        """A new connection for an :class:`~dualface.inference.remote.InferenceClient`.  Raises :class:`OSError`."""
        ours: Connection
        theirs: Connection
        ours, theirs = process_context().Pipe()
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
            context = process_context()
            self._control, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), name="dualface-models", daemon=True)
            process.start()
            theirs.close()
            self._process = process
        assert self._process is not None
        assert self._process.pid is not None
        assert self._control is not None
        return self._process.pid, self._control

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._control is not None:
            self._control.close()
            self._control = None


def _serve(control: Connection) -> None:
    """The process's main function; ends with the program that started it."""
    import signal

    from dualface.device.cpu import CpuDevice
    from dualface.inference.service import InferenceService

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the parent decides
    return_memory_to_the_system()
    service = InferenceService(CpuDevice().engine)
    while True:
        try:
            client = Connection(recv_handle(control))
        except (EOFError, OSError, RuntimeError):
            os._exit(0)
        threading.Thread(target=service.serve, args=(client,), daemon=True).start()
