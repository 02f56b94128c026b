"""A worker process for several streams: on a GPU they share the models and what each process takes of its memory.

Where one of them harms the process, all of them go on in the next one, from their checkpoints.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path

from dualface.gpu.sharing import GpuSharing
from dualface.interfaces import WorkerProcess
from dualface.workers.processes import Launcher

_MANY_STREAMS = 12
"""From so many on two may share a process; of fewer each can be faster than half an interpreter allows."""
_PROCESS_BYTES = 10**9
"""Of a GPU's memory, about what a video takes in a process of its own; a third less where two share one."""


def streams_a_process(count: int, cores: int, gpu_memory: int) -> int:
    """How many of ``count`` videos at a time on a GPU with ``gpu_memory`` bytes one process makes.

    Two are slower than each alone, since they have one interpreter; they share one where there are fewer ``cores`` than
    processes would use, or where those would fill the GPU's memory.
    """
    crowded = cores < count or gpu_memory < count * _PROCESS_BYTES
    return 2 if count >= _MANY_STREAMS and crowded else 1


class WorkerHost:
    """Starts the process when a stream first needs it, and anew after it has ended.  May be used from any thread.

    ``launcher``, ``sharing`` and ``prepare`` as :class:`~dualface.workers.process_stream.ProcessStream` has them.
    """

    def __init__(self, launcher: Launcher, *, sharing: GpuSharing | None, prepare: Callable[[], object] | None) -> None:
        self._launcher, self._sharing, self._prepare = launcher, sharing, prepare
        self._lock = threading.Lock()
        self._process: WorkerProcess | None = None
        self._control: Connection | None = None

    def connect(self) -> tuple[WorkerProcess, Connection]:
        """A place in the process: the process, and the connection to it.  Raises :class:`OSError`."""
        with self._lock:
            if self._process is None or self._control is None or not self._process.is_alive():
                self._start()
            assert self._process is not None
            assert self._control is not None
            assert self._process.pid is not None
            ours, theirs = Pipe()
            with theirs:
                send_handle(self._control, theirs.fileno(), self._process.pid)
            return self._process, ours

    def _start(self) -> None:
        if self._control is not None:
            self._control.close()
        self._control, theirs = Pipe()
        variables = {} if self._sharing is None else dict(self._sharing.variables)
        with theirs:
            self._process = self._launcher.start(_serve_several, [theirs], str(Path.cwd()), self._prepare, variables)

    def close(self) -> None:
        """Lets the process end; the streams end it themselves."""
        with self._lock:
            if self._control is not None:
                self._control.close()
                self._control = None


def _serve_several(
    connections: Sequence[Connection], folder: str, prepare: Callable[[], object] | None, variables: dict[str, str]
) -> None:
    """The process's main function; ends with the program that started it."""
    os.environ.update(variables)  # before CUDA looks
    from dualface.workers.worker import KeptModels, set_up, work_for

    (control,) = connections
    set_up(folder, prepare)
    kept = KeptModels()
    while True:
        try:
            given = [Connection(recv_handle(control))]
        except (EOFError, OSError, RuntimeError):
            os._exit(1)
        threading.Thread(target=work_for, args=(given, kept), daemon=True).start()
