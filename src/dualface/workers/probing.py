"""What a video is, before anything that makes films is loaded."""

from __future__ import annotations

from dualface.errors import DualfaceError
from dualface.jobs import Job
from dualface.types import VideoInfo


def probe(job: Job) -> VideoInfo | None:
    """What the video is; ``None`` if it can't be opened: making it will tell why."""
    from dualface.decode.software import probe as probe_source

    try:
        return probe_source(job.source)
    except (DualfaceError, MemoryError):
        return None
