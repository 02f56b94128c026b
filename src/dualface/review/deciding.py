"""What a film shows with its corrections, ready for the page: decided anew whenever they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from dualface.api.plans import Analysis, Plan
from dualface.corrections import Correction
from dualface.review.overview import concerns, lanes, shots
from dualface.review.packing import CHUNK_FRAMES, packed
from dualface.types import FramePlan, Person


@dataclass(frozen=True)
class Decided:
    """``chunks`` as :mod:`dualface.review.packing` makes them, ``overview`` as JSON has it; ``times`` are in seconds from the first picture."""

    plan: Plan
    chunks: Sequence[bytes]
    overview: Mapping[str, Any]
    times: Sequence[float] = field(repr=False)
    even_clock: bool = True


def decide(
    analysis: Analysis,
    corrections: Sequence[Correction],
    summary: Mapping[str, Any],
    names: Mapping[Person, str],
    layouts: dict[str, int],
) -> Decided:
    """``layouts`` numbers the names of layouts; new ones are added, so that numbers mean the same in all chunks.

    Raises what :meth:`~dualface.api.plans.Analysis.plan` raises."""
    plan = analysis.plan(corrections=corrections)
    frames = plan.frames
    times, even = film_times(frames, float(analysis.header.fps) or 25.0)
    for frame in frames:
        layouts.setdefault(frame.layout, len(layouts))
    chunks = [
        packed(frames[k : k + CHUNK_FRAMES], plan.observations[k : k + CHUNK_FRAMES], times[k : k + CHUNK_FRAMES], layouts)
        for k in range(0, len(frames), CHUNK_FRAMES)
    ]
    overview = {
        "layouts": list(layouts),
        "shots": shots(frames),
        "lanes": lanes(frames),
        "concerns": [one.as_json() for one in concerns(frames, times, summary, names)],
    }
    return Decided(plan, chunks, overview, times, even)


def film_times(frames: Sequence[FramePlan], fps: float) -> tuple[list[float], bool]:
    """Seconds from the first picture, and whether the source's clock goes forward all the time; where not, frames are counted."""
    if not frames:
        return [], True
    first = frames[0].time
    if all(a.time < b.time for a, b in pairwise(frames)):
        return [frame.time - first for frame in frames], True
    return [n / fps for n in range(len(frames))], False
