"""What a stream is: something that makes one video after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dualface.config.schema import Config
from dualface.events import Event
from dualface.jobs import Job
from dualface.types import VideoInfo
from dualface.video.vitals import Vitals
from dualface.workers.messages import Ended

ELSEWHERE = 0
"""The number of a process on another machine."""


@dataclass(slots=True)
class StreamState:
    """What is known of a running stream, for those who watch.  ``pid`` is :data:`ELSEWHERE` on another machine."""

    job: Job
    pid: int
    vitals: Vitals


class WorkStream(Protocol):
    """Makes videos, one at a time."""

    state: StreamState | None

    def probe(self, job: Job) -> VideoInfo | None:
        """What the video is; ``None`` where that can't be found out."""
        ...

    def make(self, job: Job, config: Config, emit: Callable[[Event], None], *, own_models: bool = False) -> Ended:
        """One attempt.  ``emit`` gets its events, all but the last; ``own_models`` leaves the model process out of it."""
        ...

    def close(self) -> None: ...
