"""A stream in a process of its own."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

import psutil

from dualface.config.schema import Config
from dualface.errors import DualfaceError, StoppedError
from dualface.events import Event
from dualface.interfaces import WorkerProcess
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import VideoInfo
from dualface.video.vitals import Vitals
from dualface.workers.failure import PERMANENT, Failure
from dualface.workers.messages import Answer, Ended, Heartbeat, MakeVideo, ProbeVideo, Stop
from dualface.workers.stall import Patience, StallDetector
from dualface.workers.starting import WorkerLostError, WorkerStarter
from dualface.workers.stream import ELSEWHERE, StreamState

_LISTEN_SECONDS = 0.1
_STOP_SECONDS = 1.5
"""What a worker gets to stop by itself; after that it is killed, so that a Ctrl-C takes no longer than two seconds."""
_PROBE_SECONDS = 20.0
_SOUND_FAILURES = PERMANENT | {Failure.INPUT}
"""Failures that leave a worker as it should be; after any other it is started anew."""
_KILLED = -int(getattr(signal, "SIGKILL", 9))
"""The exit code of what the system kills, which it does for want of memory only."""
_LARGEST_CODE = 255
"""Larger ones are Windows' reasons, which are known by their hexadecimal numbers."""


class ProcessStream:
    """A stream in a worker process, which is started when needed, and anew after a failure that may have harmed it.

    ``starter`` starts it.  ``clock`` gives the time in seconds, ``cpu_seconds`` the processor time that a process has used.
    """

    def __init__(
        self,
        *,
        stop: threading.Event,
        starter: WorkerStarter,
        patience: Patience = Patience(),  # noqa: B008
        clock: Callable[[], float] = time.monotonic,
        cpu_seconds: Callable[[int], float] | None = None,
    ) -> None:
        self._stop, self._starter, self._patience = stop, starter, patience
        self._clock, self._cpu_seconds = clock, cpu_seconds or _cpu_seconds
        self._process: WorkerProcess | None = None
        self._connection: Connection | None = None
        self.state: StreamState | None = None

    def probe(self, job: Job) -> VideoInfo | None:
        try:
            connection, _ = self._started()
            connection.send(ProbeVideo(job))
            if connection.poll(_PROBE_SECONDS):
                answer = connection.recv()
                return answer if isinstance(answer, VideoInfo) else None
        except (EOFError, OSError):
            pass
        self._kill()
        return None

    def make(self, job: Job, config: Config, emit: Callable[[Event], None], *, own_models: bool = False) -> Ended:
        try:
            connection, pid = self._started()
        except OSError as error:
            what = f"{job.source}: no process could be started for it ({error})."
            failure = Failure.LOST if isinstance(error, WorkerLostError) else Failure.CRASHED
            return _failed(job, failure, DualfaceError(what, file=job.source))
        self.state = StreamState(job, pid, Vitals())
        try:
            connection.send(MakeVideo(job, config, own_models))
            ended = self._followed(connection, self.state, emit)
        except (EOFError, OSError):
            return self._lost(job)
        finally:
            self.state = None
        if ended.failure is not None and ended.failure not in _SOUND_FAILURES:
            self._kill_harmed()
        return ended

    def close(self) -> None:
        self._kill()

    def _followed(self, connection: Connection, state: StreamState, emit: Callable[[Event], None]) -> Ended:
        stalls = StallDetector(self._patience)
        stopped_at: float | None = None
        cpu_seconds = 0.0
        while True:
            if connection.poll(_LISTEN_SECONDS):
                message: Answer = connection.recv()
                if isinstance(message, Ended):
                    return message
                if isinstance(message, Heartbeat):
                    state.vitals, cpu_seconds = message.vitals, message.cpu_seconds
                elif message is not None and not isinstance(message, VideoInfo):
                    emit(message)
            now = self._clock()
            if self._stop.is_set():
                if stopped_at is None:
                    stopped_at = now
                    connection.send(Stop())
                if now - stopped_at > _STOP_SECONDS:
                    self._kill()
                    return _failed(state.job, Failure.STOPPED, StoppedError(f"{state.job.source}: stopped."))
            elif stalls.observe(state.vitals.work, self._used(state, cpu_seconds), now):
                self._kill_harmed()
                return _failed(
                    state.job,
                    Failure.STALLED,
                    DualfaceError(f"{state.job.source}: nothing moved any more after {state.vitals}."),
                )

    def _used(self, state: StreamState, told: float) -> float:
        """Processor seconds; on another machine as many as the worker last told of."""
        return told if state.pid == ELSEWHERE else self._cpu_seconds(state.pid)

    def _lost(self, job: Job) -> Ended:
        """The process ended without a word."""
        assert self._process is not None
        self._process.join(_STOP_SECONDS)
        elsewhere = self._process.pid is None
        code = self._process.exitcode
        self._kill_harmed()
        if self._stop.is_set():
            return _failed(job, Failure.STOPPED, StoppedError(f"{job.source}: stopped."))
        failure = Failure.LOST if elsewhere and code is None else Failure.CRASHED
        if code == _KILLED and not self._starter.shared:  # what several share may have been killed for another one's sake
            failure = Failure.MEMORY
        hint = ", perhaps for want of memory" if failure is Failure.MEMORY else ""
        how = "on another machine" if elsewhere and code != _KILLED else _how(code)
        what = f"{job.source}: its worker process was ended {how}{hint}."
        return _failed(job, failure, DualfaceError(what, file=job.source))

    def _started(self) -> tuple[Connection, int]:
        """The connection to the process, and its id.  Raises :class:`OSError`."""
        if self._process is None or not self._process.is_alive() or self._connection is None:
            self._kill()
            self._connection, self._process = self._starter.start(self._stop)
        return self._connection, self._process.pid or ELSEWHERE

    def _kill_harmed(self) -> None:
        """Whatever harmed it may harm those that it shares a GPU with: whoever starts anew does so by itself."""
        self._starter.distrust()
        self._kill()

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(OSError, ValueError):
                self._process.kill()
            self._process.join()
            self._process = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _failed(job: Job, failure: Failure, error: DualfaceError) -> Ended:
    status = Status.STOPPED if failure is Failure.STOPPED else Status.FAILED
    return Ended(VideoOutcome(job, status, error), failure, used_gpu=False)


def _how(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None or code >= 0:
        return f"with exit code {code}" if code is None or code <= _LARGEST_CODE else f"with exit code {code:#x}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:  # one of the many that have no name
        return f"by signal {-code}"


def _cpu_seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
