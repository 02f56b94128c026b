"""The inside of a worker process: makes one video after the other as it is told, and tells what happens.

A process, not a thread: a file that crashes its decoder takes down this process and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection

from dualface.config.schema import Config
from dualface.device.choose import choose_device
from dualface.errors import DualfaceError
from dualface.events import EventBus, VideoFinished
from dualface.heap import keep_little
from dualface.inference.remote import InferenceClient
from dualface.jobs import Status, VideoOutcome
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun
from dualface.video.vitals import Vitals
from dualface.workers.failure import classify
from dualface.workers.messages import Answer, Ended, Heartbeat, MakeVideo, ProbeVideo, Request, Stop
from dualface.workers.probing import probe

HEARTBEAT_SECONDS = 0.5
_Settings = tuple[Config, bool]
"""The configuration, and whether the models are to be this process's own."""


def serve(connections: Sequence[Connection], folder: str, prepare: Callable[[], object] | None) -> None:
    """The process's main function; ``connections`` as for :func:`work_for`, the others as for :func:`set_up`."""
    set_up(folder, prepare)
    work_for(connections)


def set_up(folder: str, prepare: Callable[[], object] | None) -> None:
    """Makes this process a worker.  ``folder`` is where relative paths start; ``prepare`` is called last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the parent decides
    os.chdir(folder)
    keep_little()
    if prepare is not None:
        prepare()


def work_for(connections: Sequence[Connection], kept: KeptModels | None = None) -> None:
    """Does what comes through the first connection; the second, if there is one, leads to the process that runs the models.

    ``kept``: the models of this process, which others may use too.
    """
    connection, *models = connections
    _Worker(connection, InferenceClient(models[0]) if models else None, kept or KeptModels()).run()


class KeptModels:
    """The models of a process: kept from video to video, and for all streams that have the same settings.  Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[tuple[_Settings, SharedModels]] = []
        self._users: dict[object, _Settings] = {}

    def take(self, user: object, task: MakeVideo, shared: InferenceClient | None) -> SharedModels:
        """The models for ``task``; those that ``user`` had before are closed if nobody needs them any more."""
        wanted = task.config, task.own_models
        with self._lock:
            self._users[user] = wanted
            for settings, models in self._kept:
                if settings not in self._users.values():
                    models.close()
            self._kept = [one for one in self._kept if one[0] in self._users.values()]
            for settings, models in self._kept:
                if settings == wanted:
                    return models
            models = SharedModels(task.config, choose_device(task.config, models=None if task.own_models else shared))
            self._kept.append((wanted, models))
            return models


class _Worker:
    def __init__(self, connection: Connection, shared: InferenceClient | None, kept: KeptModels) -> None:
        self._connection, self._shared, self._kept = connection, shared, kept
        self._sending = threading.Lock()
        self._stop = threading.Event()
        self._tasks: queue.SimpleQueue[ProbeVideo | MakeVideo] = queue.SimpleQueue()

    def run(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            task = self._tasks.get()
            if isinstance(task, ProbeVideo):
                self._send(probe(task.job))
            else:
                self._send(self._make(task))

    def _listen(self) -> None:
        while True:
            try:
                message: Request = self._connection.recv()
            except (EOFError, OSError):  # the parent is gone, however it ended
                os._exit(1)
            if isinstance(message, Stop):
                self._stop.set()
            else:
                self._tasks.put(message)

    def _send(self, message: Answer) -> None:
        with self._sending, contextlib.suppress(OSError):
            self._connection.send(message)

    def _make(self, task: MakeVideo) -> Ended:
        bus = EventBus()
        bus.subscribe(lambda event: None if isinstance(event, VideoFinished) else self._send(event))
        try:
            models = self._kept.take(self, task, self._shared)
        except DualfaceError as error:
            return ended(VideoOutcome(task.job, Status.FAILED, error), used_gpu=False)
        run = VideoRun(task.job, task.config, models, bus=bus, stop=self._stop)
        done = threading.Event()
        threading.Thread(target=self._beat, args=(run.vitals, done), daemon=True).start()
        try:
            return ended(run.run(), used_gpu=models.device.name != "cpu")
        finally:
            done.set()

    def _beat(self, vitals: Vitals, done: threading.Event) -> None:
        while not done.wait(HEARTBEAT_SECONDS):
            self._send(Heartbeat(replace(vitals), time.process_time()))


def ended(outcome: VideoOutcome, *, used_gpu: bool) -> Ended:
    """The outcome with what pickle would lose: the kind of failure, and where it came from as a note."""
    failure = None
    if outcome.error is not None:
        failure = classify(outcome.error)
        if outcome.error.__cause__ is not None:
            outcome.error.add_note("".join(traceback.format_exception(outcome.error.__cause__)))
        outcome = replace(outcome, error=_portable(outcome.error))
    return Ended(outcome, failure, used_gpu)


def _portable(error: DualfaceError) -> DualfaceError:
    """The error, or where a plugin's own can't be sent to another process, one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever its class does wrong
        plain = DualfaceError(str(error), file=error.file, stage=error.stage, frame=error.frame)
        plain.exit_code = error.exit_code
        return plain
    return error
