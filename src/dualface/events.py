"""What happens during a run, told to whoever subscribes.  The runtime prints nothing."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from dualface.errors import DualfaceError
from dualface.types import VideoInfo

TRACKS_SUFFIX = ".tracks.jsonl"
SUMMARY_SUFFIX = ".summary.json"
_NAME_BYTES = 255


@dataclass(frozen=True, slots=True)
class Job:
    """One video to process.  ``output`` is the final video; the other outputs stand beside it, see :meth:`beside`."""

    source: Path
    output: Path
    overwrite: bool = False

    def beside(self, suffix: str) -> Path:
        """``DIR/<stem><suffix>``, for example ``.tracks.jsonl``; a stem too long for that is cut and marked by a digest."""
        name = os.fsencode(self.output.stem + suffix)
        if len(name) > _NAME_BYTES:
            stem = os.fsencode(self.output.stem)
            mark = f"~{hashlib.sha256(stem).hexdigest()[:8]}{suffix}"
            name = os.fsencode(stem[: _NAME_BYTES - len(mark)].decode(errors="ignore") + mark)
        return self.output.with_name(os.fsdecode(name))


class Status(StrEnum):
    """How one video ended."""

    DONE = "done"
    PARTIAL = "partial"
    """Made and kept, but the source was truncated or damaged, or some of its sound or subtitles had no place in the film."""
    DEGRADED = "degraded"
    """Made and kept, but too many pictures could not be composed, or a tile is without its person nearly all the time."""
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class VideoOutcome:
    """One video's end.  ``summary`` is what ``<stem>.summary.json`` holds, ``error`` why there is no output."""

    job: Job
    status: Status
    error: DualfaceError | None = None
    summary: dict[str, Any] = field(default_factory=dict)


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
Event = VideoStarted | VideoProgress | VideoWarning | VideoNote | VideoFinished
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
