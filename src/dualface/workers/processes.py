"""How this program starts processes of its own, and what they all do first."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Protocol

from dualface.interfaces import WorkerProcess


class Launcher(Protocol):
    """Starts processes.  May be used from any thread."""

    def start(self, run: Callable[..., None], connections: Sequence[Connection], *args: object) -> WorkerProcess:
        """A process that calls ``run(connections, *args)``; it has copies of the connections.

        Raises :class:`OSError` where the system has no room for another.
        """
        ...

    def close(self) -> None:
        """Ends what the processes were started from, and those that are left."""
        ...


class Spawner:
    """A :class:`Launcher` that starts each process from nothing: slower, but possible everywhere.

    The caller's main module is imported by each of them, and must be prepared for that by ``if __name__ == "__main__":``.
    """

    def start(self, run: Callable[..., None], connections: Sequence[Connection], *args: object) -> WorkerProcess:
        process = multiprocessing.get_context("spawn").Process(target=run, args=(list(connections), *args), daemon=True)
        process.start()
        return process

    def close(self) -> None:
        """They end when nobody is at the other end of their connections."""


def can_fork() -> bool:
    """Whether processes can be forked from a server: macOS' libraries don't survive it, and a frozen program can't be one."""
    return sys.platform == "linux" and not getattr(sys, "frozen", False)


def new_launcher() -> Launcher:
    """What starts processes best here; to be closed."""
    if not can_fork():
        return Spawner()
    from dualface.workers.fork_server import ForkServer

    return ForkServer()
