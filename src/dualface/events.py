"""What happens during a run, told to whoever subscribes.  The runtime prints nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dualface.jobs import Job, VideoOutcome
from dualface.types import VideoInfo


@dataclass(frozen=True, slots=True)
class VideoStarted:
    """A video was opened.  ``total_frames`` is the container's claim or an estimate, 0 when unknown.

    ``resumed_at``: the frames before this one were made by an earlier run.
    """

    job: Job
    info: VideoInfo
    total_frames: int
    resumed_at: int = 0


@dataclass(frozen=True, slots=True)
class VideoProgress:
    """Sent a few times a second.  ``frames`` encoded so far, ``faces`` seen in the newest of them."""

    job: Job
    frames: int
    faces: int


@dataclass(frozen=True, slots=True)
class VideoWarning:
    """Something the user should know that does not stop the video; one sentence."""

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
    """The machine once a second: ``cpu`` and ``ram_used`` are shares 0…1, ``disk_free`` bytes, ``gpu`` a
    :class:`~dualface.gpu.nvml.GpuReading` or ``None``.
    """

    cpu: float
    ram_used: float
    disk_free: int
    gpu: Any
    streams: tuple[StreamSample, ...]


@dataclass(frozen=True, slots=True)
class HardwareAlert:
    """Something has become short (``active``) or no longer is; ``value`` is a share, or °C for ``temperature``."""

    kind: str
    active: bool
    value: float


Notice = HardwareSample | HardwareAlert
"""What is not about one video."""
Event = VideoStarted | VideoProgress | VideoWarning | VideoFinished
Subscriber = Callable[[Event], None]


class EventBus:
    """Passes each event to every subscriber, in the emitting thread, one at a time."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self._watchers: list[Callable[[Notice], None]] = []
        self._lock = threading.Lock()

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def on_notice(self, subscriber: Callable[[Notice], None]) -> None:
        """Subscribes to what is not about one video."""
        self._watchers.append(subscriber)

    def notify(self, notice: Notice) -> None:
        with self._lock:
            for watcher in self._watchers:
                watcher(notice)

    def emit(self, event: Event) -> None:
        with self._lock:
            for subscriber in self._subscribers:
                subscriber(event)
