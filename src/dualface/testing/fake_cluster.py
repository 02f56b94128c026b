"""A cluster whose machines are this one: workers are processes that are started from nothing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

from dualface.interfaces import WorkerProcess


class FakeCluster:
    """Implements :class:`~dualface.interfaces.Cluster`.  What is killed by :meth:`lose_a_machine` ends as if power was cut."""

    def __init__(self, address: str = "", *, cpus: int = 1, memory: int = 0, gpus: float = 0.0, room: int = 2) -> None:  # noqa: ARG002
        self.host, self.room = "127.0.0.1", room
        self.started: list[_Elsewhere] = []

    def start(self, run: Callable[..., None], *arguments: object) -> WorkerProcess:
        process = multiprocessing.get_context("spawn").Process(target=run, args=arguments, daemon=True)
        process.start()
        self.started.append(_Elsewhere(process))
        return self.started[-1]

    def lose_a_machine(self) -> None:
        """Ends the worker that was started last."""
        self.started[-1].kill()

    def close(self) -> None:
        for worker in self.started:
            worker.kill()


class _Elsewhere:
    """A process whose number means nothing here."""

    pid = None

    def __init__(self, process: multiprocessing.process.BaseProcess) -> None:
        self._process = process

    @property
    def exitcode(self) -> int | None:
        return None if self._process.exitcode == -9 else self._process.exitcode

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def join(self, timeout: float | None = None) -> None:
        self._process.join(timeout)

    def kill(self) -> None:
        self._process.kill()
