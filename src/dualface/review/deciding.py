"""What a film shows with its corrections, ready for the page: decided anew whenever they change.

A correction changes little of a film, so whatever part shows the same as before is taken from before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from dualface.api.plans import Analysis, Plan
from dualface.corrections import Correction
from dualface.review.overview import Glance, concerns, glance, joined_lanes, joined_shots, joined_talks
from dualface.review.packing import CHUNK_FRAMES, packed
from dualface.types import FramePlan, Person

_USUAL_RATE = 25.0


@dataclass(frozen=True, slots=True)
class Part:
    """Some seconds of the film: the plan, how the page gets it, and what there is to see in it from afar."""

    frames: Sequence[FramePlan]
    content: bytes
    glance: Glance


@dataclass(frozen=True)
class Decided:
    """``overview`` is JSON, made once: that of a long film is large."""

    plan: Plan
    parts: Sequence[Part] = field(repr=False)
    overview: bytes = field(repr=False)


class Decider:
    """Decides about one film.  ``summary`` is what the run that made it has told.

    ``times`` are the frames', in seconds from the first; with an uneven clock of the source they are counted.
    """

    def __init__(self, analysis: Analysis, summary: Mapping[str, Any]) -> None:
        self._analysis, self._summary = analysis, summary
        seen, fps = analysis.observations, float(analysis.header.fps) or _USUAL_RATE
        self.even_clock = all(a.time < b.time for a, b in pairwise(seen))
        self.begins = seen[0].time if seen else 0.0
        self.times = [one.time - self.begins if self.even_clock else n / fps for n, one in enumerate(seen)]
        self._layouts: dict[str, int] = {}
        """Numbers of layouts' names, the same in all that was ever decided."""
        self.canvas = (0, 0)
        """Width and height in pixels: where the corner lies that is farthest from its beginning."""

    def decide(
        self, version: int, corrections: Sequence[Correction], names: Mapping[Person, str], before: Decided | None
    ) -> Decided:
        """``version`` counts what was decided.  Raises what :meth:`~dualface.api.plans.Analysis.plan` raises."""
        plan = self._analysis.plan(corrections=corrections)
        parts = []
        for k, first in enumerate(range(0, len(plan.frames), CHUNK_FRAMES)):
            frames = plan.frames[first : first + CHUNK_FRAMES]
            known = before.parts[k] if before is not None else None
            parts.append(known if known is not None and known.frames == frames else self._part(first, frames))
        glances = [part.glance for part in parts]
        lanes = joined_lanes(glances)
        found = concerns(lanes, self.times, self.begins, self._summary, names)
        overview = {
            "decided": version,
            "layouts": list(self._layouts),
            "shots": joined_shots(glances),
            "lanes": lanes,
            "talks": joined_talks(glances),
            "concerns": [one.as_json() for one in found],
        }
        return Decided(plan, parts, json.dumps(overview, separators=(",", ":")).encode())

    def _part(self, first: int, frames: Sequence[FramePlan]) -> Part:
        for frame in frames:
            self._layouts.setdefault(frame.layout, len(self._layouts))
        corners = [(p.at.x + p.at.w, p.at.y + p.at.h) for frame in frames for p in frame.placements]
        self.canvas = max([self.canvas[0], *(x for x, _ in corners)]), max([self.canvas[1], *(y for _, y in corners)])
        span = slice(first, first + len(frames))
        content = packed(frames, self._analysis.observations[span], self.times[span], self._layouts)
        return Part(frames, content, glance(first, frames))
