"""What every cluster engine promises."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing.connection import Client, Connection, Listener

import pytest

from dualface.interfaces import Cluster, WorkerProcess

Address = tuple[str, int]
_KEY = b"a key for tests"
_END_SECONDS = 60.0


def calls_back(address: Address, text: str) -> None:
    """What a worker does here: says its number and ``text``, and ends when it is answered."""
    with Client(address, authkey=_KEY) as connection:
        connection.send((os.getpid(), text))
        connection.recv()


def fails() -> None:
    """A worker with a fault."""
    raise RuntimeError("on purpose")


def dies() -> None:
    """A worker whose libraries end the process."""
    os._exit(3)


class ClusterContract(ABC):
    """One cluster serves all tests of the suite, with room for two workers at least."""

    @classmethod
    @abstractmethod
    def open(cls) -> Cluster:
        """A cluster of workers of one core each."""

    @pytest.fixture(scope="class")
    @classmethod
    def cluster(cls) -> Iterator[Cluster]:
        """Open for all tests of the suite."""
        with closing(cls.open()) as cluster:
            yield cluster

    @pytest.fixture
    def listener(self) -> Iterator[Listener]:
        """What workers call back to."""
        with closing(Listener(("", 0), authkey=_KEY)) as listener:
            yield listener

    def test_it_is_a_cluster_with_room(self, cluster: Cluster) -> None:
        assert isinstance(cluster, Cluster)
        assert cluster.room >= 2

    def test_a_worker_calls_back_and_ends_by_itself(self, cluster: Cluster, listener: Listener) -> None:
        process, connection = _started(cluster, listener)
        with connection:
            assert connection.recv()[1] == "hello"
            assert process.is_alive()
            connection.send(None)
        _wait(lambda: not process.is_alive())
        assert process.exitcode == 0

    def test_two_work_at_a_time_in_processes_of_their_own(self, cluster: Cluster, listener: Listener) -> None:
        both = [_started(cluster, listener) for _ in range(2)]
        assert len({connection.recv()[0] for _, connection in both} | {os.getpid()}) == 3
        for process, connection in both:
            connection.send(None)
            connection.close()
            process.join(_END_SECONDS)

    def test_a_killed_worker_hangs_up(self, cluster: Cluster, listener: Listener) -> None:
        process, connection = _started(cluster, listener)
        with connection:
            connection.recv()
            process.kill()
            process.kill()
            with pytest.raises((EOFError, OSError)):
                connection.recv()
        process.join(_END_SECONDS)
        assert not process.is_alive()
        assert process.exitcode != 0

    @pytest.mark.parametrize("how", [fails, dies])
    def test_a_worker_that_fails_has_ended_badly(self, cluster: Cluster, how: Callable[[], None]) -> None:
        """No exit code would say that its machine is gone, which is not its fault."""
        process = cluster.start(how)
        process.join(_END_SECONDS)
        assert not process.is_alive()
        assert process.exitcode


def _started(cluster: Cluster, listener: Listener) -> tuple[WorkerProcess, Connection]:
    process = cluster.start(calls_back, (cluster.host, listener.address[1]), "hello")
    return process, listener.accept()


def _wait(met: Callable[[], bool]) -> None:
    until = time.monotonic() + _END_SECONDS
    while not met():
        assert time.monotonic() < until
        time.sleep(0.05)
