"""The plans of a whole film, with what a person has corrected."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dualface.config.schema import Config
from dualface.corrections import Correction
from dualface.direct.corrected.observed import corrected
from dualface.direct.corrected.timeline import Timeline
from dualface.direct.corrected.wishes import Wishes
from dualface.direct.director import plan_all
from dualface.likeness import Scale
from dualface.types import FramePlan, Observation

_USUAL_RATE = 30.0


def plan_corrected(
    observations: Sequence[Observation],
    width: int,
    height: int,
    fps: Fraction,
    config: Config,
    corrections: Sequence[Correction],
    *,
    scale: Scale,
    timecode: str = "",
) -> list[FramePlan]:
    """The plans for a whole video.

    ``observations`` are as they were decided without corrections.  ``scale``: of the model that described the faces.
    ``timecode``: the first picture's, where the video has one.  Other parameters and errors as
    :class:`~dualface.direct.director.Director` has them.
    """
    timeline = Timeline.of(observations, fps, timecode)
    seen = corrected(observations, corrections, timeline, width, height, scale) if corrections else observations
    return plan_all(seen, width, height, float(fps) or _USUAL_RATE, config, Wishes.of(corrections, timeline))
