"""Who is who, decided over everything that was seen in a video."""

from __future__ import annotations

from dualface.config.schema import Config
from dualface.jobs import Job
from dualface.types import VideoInfo
from dualface.video.second_look import Decide
from dualface.video.shared_models import SharedModels


def whole_decision(job: Job, config: Config, models: SharedModels, info: VideoInfo) -> Decide | None:
    """What decides; ``None`` where nobody is told by their face."""
    return None
