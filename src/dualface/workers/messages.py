"""What a worker process and its parent say to each other.  Imports nothing heavy: the parent stays small."""

from __future__ import annotations

from dataclasses import dataclass

from dualface.config.schema import Config
from dualface.events import Event
from dualface.jobs import Job, VideoOutcome
from dualface.types import VideoInfo
from dualface.video.vitals import Vitals
from dualface.workers.failure import Failure


@dataclass(frozen=True, slots=True)
class ProbeVideo:
    """Asks what a video is; answered by a :class:`~dualface.types.VideoInfo`, or ``None``."""

    job: Job


@dataclass(frozen=True, slots=True)
class MakeVideo:
    """Asks for a video to be made; answered by events, :class:`Heartbeat` and at last :class:`Ended`.

    ``own_models``: the worker loads models itself, even if it could use the model process.
    """

    job: Job
    config: Config
    own_models: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Asks to stop the video that is being made."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Sent regularly while a video is made, whether or not it gets on.  ``cpu_seconds``: what the process has used."""

    vitals: Vitals
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of an attempt; ``failure`` is ``None`` if all went well."""

    outcome: VideoOutcome
    failure: Failure | None
    used_gpu: bool


Request = ProbeVideo | MakeVideo | Stop
"""What a parent sends."""
Answer = VideoInfo | Event | Heartbeat | Ended | None
"""What a worker sends."""
