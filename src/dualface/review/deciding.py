"""What a film shows with its corrections, ready for the page: decided anew whenever they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from dualface.api.plans import Analysis, Plan
from dualface.corrections import Correction, Reach, Swap
from dualface.review.overview import concerns, lanes, shots
from dualface.review.packing import CHUNK_FRAMES, packed
from dualface.types import FramePlan, Person


@dataclass(frozen=True)
class Decided:
    """``chunks`` as :mod:`dualface.review.packing` makes them, ``overview`` as JSON has it; ``digests`` tell chunks apart."""

    plan: Plan
    chunks: Sequence[bytes]
    overview: Mapping[str, Any]
    times: Sequence[float] = field(repr=False)


def decide(
    analysis: Analysis, corrections: Sequence[Correction], summary: Mapping[str, Any], names: Mapping[Person, str]
) -> Decided:
    """Raises what :meth:`~dualface.api.plans.Analysis.plan` raises."""
    plan = corrected_plan(analysis, corrections)
    frames = plan.frames
    times = film_times(frames, float(analysis.header.fps) or 25.0)
    layouts = {name: n for n, name in enumerate(dict.fromkeys(frame.layout for frame in frames))}
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
    return Decided(plan, chunks, overview, times)


def film_times(frames: Sequence[FramePlan], fps: float) -> list[float]:
    """Seconds from the first picture; counted where the source's clock does not go forward all the time."""
    if not frames:
        return []
    first = frames[0].time
    if all(a.time < b.time for a, b in pairwise(frames)):
        return [frame.time - first for frame in frames]
    return [n / fps for n in range(len(frames))]


def corrected_plan(analysis: Analysis, corrections: Sequence[Correction]) -> Plan:
    seen = list(analysis.observations)
    for one in corrections:
        if isinstance(one, Swap):
            first, end = _span(seen, one)
            for n in range(first, end):
                faces = tuple(replace(face, person=face.person and face.person.other) for face in seen[n].faces)
                seen[n] = replace(seen[n], faces=faces)
    return replace(analysis, observations=seen).plan()


def _span(seen: Sequence[Any], swap: Swap) -> tuple[int, int]:
    at = swap.at.frame or 0 if swap.at else 0
    if swap.reach is Reach.EVERYWHERE:
        return 0, len(seen)
    cuts = [n for n, one in enumerate(seen) if one.cut]
    end = next((n for n in cuts if n > at), len(seen)) if swap.reach is Reach.SHOT else len(seen)
    first = max([n for n in cuts if n <= at], default=0) if swap.reach is Reach.SHOT else at
    return first, end
