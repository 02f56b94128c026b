"""What the parent makes of what a worker does: how long it waits, and what it says about the end of one."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from tests.support.configured import configured

from dualface.config.schema import Config
from dualface.events import Event, VideoWarning
from dualface.jobs import Job, Status, VideoOutcome
from dualface.video.vitals import Vitals
from dualface.workers.failure import Failure
from dualface.workers.messages import Ended, Heartbeat
from dualface.workers.process_stream import ProcessStream
from dualface.workers.stall import Patience
from dualface.workers.starting import LocalStarter

JOB = Job(Path("talk.mp4"), Path("out/talk.mp4"))
DONE = Ended(VideoOutcome(JOB, Status.DONE), None, used_gpu=False)
PATIENCE = Patience(idle=30, busy=600, opening=300)
Moment = tuple[float, int, float]
"""A time in seconds, the work done until then, and the processor time used."""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return configured(tmp_path)


class Worker:
    """A process that does nothing of its own: the other end of its connection is in the test's hand."""

    pid = os.getpid()

    def __init__(self, connection: Connection, code: int) -> None:
        self.connection, self._code = Connection(os.dup(connection.fileno())), code
        self.exitcode: int | None = None

    def is_alive(self) -> bool:
        return self.exitcode is None

    def join(self, timeout: float | None = None) -> None: ...

    def kill(self) -> None:
        self.exitcode = self._code


class Launcher:
    """Starts workers, which end with ``code``."""

    def __init__(self, code: int = -9) -> None:
        self.workers: list[Worker] = []
        self._code = code

    def start(self, run: Callable[..., None], connections: Sequence[Connection], *args: object) -> Worker:
        self.workers.append(Worker(connections[0], self._code))
        return self.workers[-1]

    def close(self) -> None: ...


class Play:
    """A worker whose life is written down: each look at the clock brings the next moment."""

    def __init__(self, moments: Iterable[Moment]) -> None:
        self._moments = iter(moments)
        self.launcher = Launcher()
        self.now, self._cpu = 0.0, 0.0

    def clock(self) -> float:
        connection = self.launcher.workers[-1].connection
        moment = next(self._moments, None)
        if moment is None:
            connection.send(DONE)
        else:
            self.now, work, self._cpu = moment
            connection.send(Heartbeat(Vitals(encoded=work)))
        return self.now

    def made(self, config: Config, stop: threading.Event | None = None) -> Ended:
        stop = stop or threading.Event()
        stream = ProcessStream(
            stop=stop,
            starter=LocalStarter(self.launcher),
            patience=PATIENCE,
            clock=self.clock,
            cpu_seconds=lambda _: self._cpu,
        )
        ended = stream.make(JOB, config, lambda _: None)
        stream.close()
        return ended


def test_a_slow_one_is_left_alone(config: Config) -> None:
    """Three hours for 432 frames, during most of which it gets nothing of the processor."""
    play = Play((second, second // 25, 0.0) for second in range(1, 10800, 5))
    assert play.made(config) == DONE


def test_one_that_does_nothing_is_ended_in_time(config: Config) -> None:
    play = Play((second, 5, 0.0) for second in range(1, 100))
    ended = play.made(config)
    assert ended.failure is Failure.STALLED
    assert "talk.mp4: nothing moved any more after" in str(ended.outcome.error)
    assert 31 <= play.now <= 33
    assert play.launcher.workers[0].exitcode is not None


@pytest.mark.parametrize("hours", [0, 10])
def test_the_work_of_the_past_buys_no_patience(hours: int, config: Config) -> None:
    """What counts is the processor time since it stopped getting on, and of that the last half minute."""
    used = 3600.0 * hours
    thinking = [(second, 5, used + second) for second in range(1, 101)]
    play = Play(thinking + [(second, 5, used + 100.0) for second in range(101, 1000)])
    assert play.made(config).failure is Failure.STALLED
    assert 128 <= play.now <= 133


def test_one_that_thinks_without_end_is_ended_too(config: Config) -> None:
    play = Play((second, 5, float(second)) for second in range(1, 1000, 3))
    assert play.made(config).failure is Failure.STALLED
    assert 600 <= play.now <= 610


def test_a_stop_that_it_does_not_hear_takes_two_seconds_at_most(config: Config) -> None:
    stop = threading.Event()

    def hangs() -> Iterator[Moment]:
        yield 100.0, 5, 0.0
        stop.set()
        for n in range(100):
            yield 100.2 + n / 10, 5, float(n)

    play = Play(hangs())
    ended = play.made(config, stop)
    assert (ended.failure, ended.outcome.status) == (Failure.STOPPED, Status.STOPPED)
    assert play.now <= 102
    assert play.launcher.workers[0].exitcode is not None


def test_what_it_tells_is_passed_on(config: Config) -> None:
    launcher, told = Launcher(), list[Event]()

    def clock() -> float:
        for message in (VideoWarning(JOB, "Dark."), Heartbeat(Vitals()), DONE):
            launcher.workers[0].connection.send(message)
        return 0.0

    stream = ProcessStream(stop=threading.Event(), starter=LocalStarter(launcher), clock=clock)
    assert stream.make(JOB, config, told.append) == DONE
    assert told == [VideoWarning(JOB, "Dark.")]


@pytest.mark.parametrize(
    ("code", "failure", "says"),
    [
        (-9, Failure.MEMORY, "was ended by SIGKILL, perhaps for want of memory."),
        (-signal.SIGSEGV, Failure.CRASHED, "was ended by SIGSEGV."),
        (-(signal.SIGRTMIN + 3), Failure.CRASHED, f"was ended by signal {signal.SIGRTMIN + 3}."),
        (1, Failure.CRASHED, "was ended with exit code 1."),
        (0xC0000005, Failure.CRASHED, "was ended with exit code 0xc0000005."),
    ],
)
def test_the_end_of_one_is_told_in_words(code: int, failure: Failure, says: str, config: Config) -> None:
    launcher = Launcher(code)

    def clock() -> float:
        launcher.workers[0].kill()
        launcher.workers[0].connection.close()
        return 0.0

    ended = ProcessStream(stop=threading.Event(), starter=LocalStarter(launcher), clock=clock).make(JOB, config, lambda _: None)
    assert ended.failure is failure
    assert str(ended.outcome.error) == f"talk.mp4: its worker process {says}"


def test_where_none_can_be_started_that_is_a_failure_like_others(config: Config) -> None:
    class Full(Launcher):
        def start(self, run: Callable[..., None], connections: Sequence[Connection], *args: object) -> Worker:
            raise BlockingIOError(11, "Resource temporarily unavailable")

    stream = ProcessStream(stop=threading.Event(), starter=LocalStarter(Full()))
    assert stream.probe(JOB) is None
    ended = stream.make(JOB, config, lambda _: None)
    assert ended.failure is Failure.CRASHED
    assert "talk.mp4: no process could be started for it" in str(ended.outcome.error)
