"""How a worker comes to be, and how one talks to it: on this machine, or on a cluster."""

from __future__ import annotations

import logging
import os
import queue
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Protocol

from dualface.gpu.sharing import GpuSharing
from dualface.interfaces import Cluster, WorkerProcess
from dualface.workers.model_process import ModelProcess
from dualface.workers.processes import Launcher
from dualface.workers.worker_host import WorkerHost

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.2
_LONG_SECONDS = 60.0
"""So long nobody need be told that a worker is waited for: it may be starting."""
Prepare = Callable[[], object]
Address = tuple[str, int]


class WorkerStarter(Protocol):
    """Starts workers.  May be used from any thread."""

    @property
    def shared(self) -> bool:
        """Whether a worker's process is that of other streams too."""
        ...

    def start(self, stop: threading.Event) -> tuple[Connection, WorkerProcess]:
        """A new worker, and the connection to it.

        Raises :class:`OSError` where the system has no room for one, or when ``stop`` is set first.
        """
        ...

    def distrust(self) -> None:
        """A worker came to harm, which it may have shared with others: from now on they share less."""
        ...


class LocalStarter:
    """Starts workers on this machine, by ``launcher``.

    ``models`` is the process that runs the models; ``None`` has each worker load them.  ``prepare`` is called first.
    ``sharing`` has workers share a GPU.
    """

    shared = False

    def __init__(
        self,
        launcher: Launcher,
        models: ModelProcess | None = None,
        prepare: Prepare | None = None,
        sharing: GpuSharing | None = None,
    ) -> None:
        self._launcher, self._models, self._prepare, self._sharing = launcher, models, prepare, sharing

    def start(self, stop: threading.Event) -> tuple[Connection, WorkerProcess]:  # noqa: ARG002 - it takes no time
        with ExitStack() as passed_on:
            ours, theirs = Pipe()
            given = [passed_on.enter_context(theirs)]
            models = self._model_connection()
            if models is not None:
                given.append(passed_on.enter_context(models))
            variables = {} if self._sharing is None else dict(self._sharing.variables)
            process = self._launcher.start(_serve, given, str(Path.cwd()), self._prepare, variables)
        return ours, process

    def distrust(self) -> None:
        if self._sharing is not None:
            self._sharing.distrust()

    def _model_connection(self) -> Connection | None:
        if self._models is None:
            return None
        try:
            return self._models.connect()
        except OSError as error:
            _log.warning("the models are loaded for each video, since they can't be shared: %s", error)
            return None


class HostStarter:
    """Gives workers a place in a process for several, ``host``."""

    shared = True

    def __init__(self, host: WorkerHost, sharing: GpuSharing | None = None) -> None:
        self._host, self._sharing = host, sharing

    def start(self, stop: threading.Event) -> tuple[Connection, WorkerProcess]:  # noqa: ARG002 - it takes no time
        process, connection = self._host.connect()
        return connection, process

    def distrust(self) -> None:
        if self._sharing is not None:
            self._sharing.distrust()


class WorkerLostError(OSError):
    """A worker went with its machine before it could be reached."""


class ClusterStarter:
    """Starts workers on a cluster.  Each connects back, and proves by a key of its own that it is the one that was started."""

    shared = False

    def __init__(self, cluster: Cluster, prepare: Prepare | None = None) -> None:
        self._cluster, self._prepare = cluster, prepare

    def start(self, stop: threading.Event) -> tuple[Connection, WorkerProcess]:
        key = secrets.token_bytes(32)
        with closing(Listener(("", 0), authkey=key)) as listener:
            port: int = listener.address[1]
            arguments = ((self._cluster.host, port), key, str(Path.cwd()), self._prepare)
            process = self._cluster.start(serve_from_afar, *arguments)
            arrived: queue.SimpleQueue[Connection] = queue.SimpleQueue()
            threading.Thread(target=_accept, args=(listener, arrived), daemon=True).start()
            began, told = time.monotonic(), False
            while True:
                with suppress(queue.Empty):
                    return arrived.get(timeout=_LOOK_SECONDS), process
                if not told and time.monotonic() - began > _LONG_SECONDS:
                    told = True
                    _log.warning("the cluster has had no room for a worker for %.0f s; it is waited for", _LONG_SECONDS)
                if stop.is_set() or not process.is_alive():
                    lost = not stop.is_set() and process.exitcode is None
                    process.kill()
                    process.join()
                    what = "stopped" if stop.is_set() else "the worker ended before it could be reached"
                    raise WorkerLostError(what) if lost else OSError(what)

    def distrust(self) -> None:
        """Machines share nothing."""


def serve_from_afar(address: Address, key: bytes, folder: str, prepare: Prepare | None) -> None:
    """The main function of a worker on another machine: connects to ``address`` and makes what it is told to."""
    with Client(address, authkey=key) as connection:
        _serve([connection], folder, prepare, {})


def _accept(listener: Listener, arrived: queue.SimpleQueue[Connection]) -> None:
    """Hands on the first that knows the key."""
    from multiprocessing import AuthenticationError

    while True:
        try:
            arrived.put(listener.accept())
            return
        except AuthenticationError:
            continue
        except (OSError, EOFError):  # it was closed
            return


def _serve(connections: Sequence[Connection], folder: str, prepare: Prepare | None, variables: dict[str, str]) -> None:
    """The worker's main function, which this process must not load."""
    os.environ.update(variables)  # before CUDA looks
    from dualface.workers.worker import serve

    serve(connections, folder, prepare)
