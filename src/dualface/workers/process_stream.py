"""A stream in a process of its own."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from dualface.config.schema import Config
from dualface.errors import DualfaceError, StoppedError
from dualface.events import Event
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import VideoInfo
from dualface.video.vitals import Vitals
from dualface.workers.failure import PERMANENT, Failure
from dualface.workers.messages import Ended, Heartbeat, MakeVideo, ProbeVideo, Stop
from dualface.workers.model_process import ModelProcess
from dualface.workers.processes import process_context
from dualface.workers.stall import Patience, StallDetector
from dualface.workers.stream import StreamState

_log = logging.getLogger(__name__)

_POLL_SECONDS = 0.1
_STOP_SECONDS = 1.5
"""What a worker gets to stop by itself; after that it is killed, so that a Ctrl-C takes no longer than two seconds."""
_PROBE_SECONDS = 20.0
_SOUND_FAILURES = PERMANENT | {Failure.INPUT}
"""Failures that leave a worker as it should be; after any other it is started anew."""


class ProcessStream:
    """A stream in a worker process, which is started when needed, and anew after a failure that may have harmed it.

    ``models`` is the process that runs the models; ``None`` has the worker load them.
    """

    def __init__(
        self,
        *,
        stop: threading.Event,
        models: ModelProcess | None = None,
        prepare: Callable[[], object] | None = None,
        patience: Patience = Patience(),  # noqa: B008
    ) -> None:
        self._stop, self._models, self._prepare, self._patience = stop, models, prepare, patience
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self.state: StreamState | None = None

    def probe(self, job: Job) -> VideoInfo | None:
        connection = self._started()
        try:
            connection.send(ProbeVideo(job))
            if connection.poll(_PROBE_SECONDS):
                answer = connection.recv()
                return answer if isinstance(answer, VideoInfo) else None
        except (EOFError, OSError):
            pass
        self._kill()
        return None

    def make(self, job: Job, config: Config, emit: Callable[[Event], None], *, own_models: bool = False) -> Ended:
        connection = self._started()
        assert self._process is not None
        assert self._process.pid is not None
        self.state = StreamState(job, self._process.pid, Vitals())
        try:
            connection.send(MakeVideo(job, config, own_models))
            ended = self._followed(connection, self.state, emit)
        except (EOFError, OSError):
            return self._lost(job)
        finally:
            self.state = None
        if ended.failure is not None and ended.failure not in _SOUND_FAILURES:
            self._kill()
        return ended

    def close(self) -> None:
        self._kill()

    def _followed(self, connection: Connection, state: StreamState, emit: Callable[[Event], None]) -> Ended:
        stalls = StallDetector(self._patience)
        stopped_at: float | None = None
        while True:
            if connection.poll(_POLL_SECONDS):
                message = connection.recv()
                if isinstance(message, Ended):
                    return message
                if isinstance(message, Heartbeat):
                    state.vitals = message.vitals
                else:
                    emit(message)
            now = time.monotonic()
            if self._stop.is_set():
                if stopped_at is None:
                    stopped_at = now
                    connection.send(Stop())
                if now - stopped_at > _STOP_SECONDS:
                    self._kill()
                    return _failed(state.job, Failure.STOPPED, StoppedError(f"{state.job.source}: stopped."))
            elif stalls.observe(state.vitals.work, _cpu_seconds(state.pid), now):
                self._kill()
                return _failed(
                    state.job,
                    Failure.STALLED,
                    DualfaceError(f"{state.job.source}: nothing moved any more after {state.vitals}."),
                )

    def _lost(self, job: Job) -> Ended:
        """The process ended without a word."""
        assert self._process is not None
        self._process.join(_STOP_SECONDS)
        code = self._process.exitcode
        self._kill()
        if self._stop.is_set():
            return _failed(job, Failure.STOPPED, StoppedError(f"{job.source}: stopped."))
        how = f"by {signal.Signals(-code).name}" if code is not None and code < 0 else f"with exit code {code}"
        failure = Failure.MEMORY if code == -signal.SIGKILL else Failure.CRASHED  # only the system kills so: out of memory
        hint = ", perhaps for want of memory" if failure is Failure.MEMORY else ""
        return _failed(job, failure, DualfaceError(f"{job.source}: its worker process was ended {how}{hint}.", file=job.source))

    def _started(self) -> Connection:
        if self._process is not None and self._process.is_alive() and self._connection is not None:
            return self._connection
        context = process_context()
        models = self._model_connection()
        ours: Connection
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve, args=(theirs, models, str(Path.cwd()), self._prepare), name="dualface-stream", daemon=True
        )
        process.start()
        for passed_on in (theirs, models):
            if passed_on is not None:
                passed_on.close()
        self._process, self._connection = process, ours
        return ours

    def _model_connection(self) -> Connection | None:
        if self._models is None:
            return None
        try:
            return self._models.connect()
        except OSError as error:
            _log.warning("the models are loaded for each video, since they can't be shared: %s", error)
            return None

    def _kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(OSError, ValueError):
                self._process.kill()
            self._process.join()
            self._process = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _serve(connection: Connection, models: Connection | None, folder: str, prepare: Callable[[], object] | None) -> None:
    """The worker's main function, which this process must not load."""
    from dualface.workers.worker import serve

    serve(connection, models, folder, prepare)


def _failed(job: Job, failure: Failure, error: DualfaceError) -> Ended:
    status = Status.STOPPED if failure is Failure.STOPPED else Status.FAILED
    return Ended(VideoOutcome(job, status, error), failure, used_gpu=False)


def _cpu_seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
