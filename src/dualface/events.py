"""What happens during a run, told to whoever subscribes.  The runtime prints nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dualface.gpu.nvml import GpuReading
from dualface.jobs import Job, VideoOutcome
from dualface.types import VideoInfo

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VideoStarted:
    """A video was opened.  ``total_frames`` is the container's claim or an estimate, 0 when unknown.

    ``resumed_at``: the frames before this one were made by an earlier run.  ``passes``: how often it is gone through; where
    all of it is to be seen before its film is begun, twice.
    """

    job: Job
    info: VideoInfo
    total_frames: int
    resumed_at: int = 0
    passes: int = 1

    def share(self, progress: VideoProgress) -> float:
        """How much of all passes is done by then, 0…1; 0 where the number of frames is unknown."""
        if not self.total_frames:
            return 0.0
        return (progress.pass_number - 1 + min(progress.frames / self.total_frames, 1.0)) / self.passes


@dataclass(frozen=True, slots=True)
class VideoProgress:
    """Sent a few times a second.  ``frames`` encoded so far, ``faces`` seen in the newest of them.

    ``pass_number`` counts from 1; in all passes but the last, frames are only seen.
    """

    job: Job
    frames: int
    faces: int
    pass_number: int = 1


@dataclass(frozen=True, slots=True)
class VideoWarning:
    """Something the user should know that does not stop the video; one sentence."""

    job: Job
    message: str


@dataclass(frozen=True, slots=True)
class VideoNote:
    """Something the user may like to know and need not care about; one sentence."""

    job: Job
    message: str


@dataclass(frozen=True, slots=True)
class VideoFinished:
    """A video ended, one way or another."""

    job: Job
    outcome: VideoOutcome


@dataclass(frozen=True, slots=True)
class StreamSample:
    """A running stream: ``memory`` in bytes (RSS), ``frames`` encoded, and how many frames wait before each step."""

    job: Job
    pid: int
    memory: int
    frames: int
    queues: dict[str, int]


@dataclass(frozen=True, slots=True)
class HardwareSample:
    """The machine once a second: ``cpu`` and ``ram_used`` are shares 0…1, ``disk_free`` bytes."""

    cpu: float
    ram_used: float
    disk_free: int
    gpu: GpuReading | None
    streams: tuple[StreamSample, ...]


@dataclass(frozen=True, slots=True)
class HardwareAlert:
    """Something has become short (``active``) or no longer is; ``value`` is a share, or °C for ``temperature``."""

    kind: str
    active: bool
    value: float


Notice = HardwareSample | HardwareAlert
"""What is not about one video."""
Event = VideoStarted | VideoProgress | VideoWarning | VideoNote | VideoFinished
Subscriber = Callable[[Event], None]
Watcher = Callable[[Notice], None]
_Told = TypeVar("_Told")


class EventBus:
    """Passes each event to every subscriber, in the emitting thread, one at a time.

    A subscriber that raises does not disturb the work, nor the other subscribers: its first exception is logged, and it is
    told what comes next as if nothing had happened.  A subscriber may emit and subscribe.
    """

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self._watchers: list[Watcher] = []
        self._reported: list[object] = []
        self._lock = threading.RLock()

    def subscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            self._subscribers.append(subscriber)

    def on_notice(self, watcher: Watcher) -> None:
        """Subscribes to what is not about one video."""
        with self._lock:
            self._watchers.append(watcher)

    def notify(self, notice: Notice) -> None:
        with self._lock:
            self._tell(self._watchers, notice)

    def emit(self, event: Event) -> None:
        with self._lock:
            self._tell(self._subscribers, event)

    def _tell(self, listeners: Sequence[Callable[[_Told], None]], news: _Told) -> None:
        for listener in tuple(listeners):
            try:
                listener(news)
            except Exception as error:
                self._report(listener, news, error)

    def _report(self, listener: object, news: object, error: Exception) -> None:
        if listener in self._reported:
            return
        self._reported.append(listener)
        told = f"{type(news).__name__} ({type(error).__name__}: {error})"
        _log.warning("%r failed when told of a %s; if it fails again, that is not reported", listener, told)
        _log.debug("where it failed", exc_info=error)
