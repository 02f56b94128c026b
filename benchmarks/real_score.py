"""What a film shows of real footage, compared with its labels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from benchmarks.real_labels import Head, Labels, Pair

from dualface.types import Crop, FramePlan, Person, Placement, TileState

_WHOLE = 0.9
"""A stand-in that shows so much of the frame's width and height shows the scene, and nobody in particular."""
_NEAR_CUT = 1
"""A cut counts as found within so many frames."""


@dataclass(slots=True)
class RealScore:
    """Counts over frames.  ``owed``: a frame and a principal whose face is seen in it; ``right``, ``lost`` and ``untiled`` are
    of those.  ``wrong`` is of the ``tracked``: tiles that claim to show their person.
    """

    frames: int = 0
    owed: int = 0
    right: int = 0
    lost: int = 0
    untiled: int = 0
    tracked: int = 0
    wrong: int = 0
    doubled: int = 0
    cuts_missing: int = 0
    cuts_extra: int = 0
    steps: list[float] = field(default_factory=list)
    """Accelerations of the tiles' crops, in output pixels a frame squared."""

    @property
    def identity(self) -> float:
        """How often a principal is the one in the middle of the own tile."""
        return self.right / max(self.owed, 1)

    @property
    def wrong_share(self) -> float:
        """How often a tile that claims to show its person has somebody else in the middle."""
        return self.wrong / max(self.tracked, 1)

    @property
    def doubled_share(self) -> float:
        """How often the only principal in the picture is shown twice, of all frames."""
        return self.doubled / max(self.frames, 1)

    @property
    def lost_share(self) -> float:
        """How often a principal has a tile that does not follow."""
        return self.lost / max(self.owed, 1)

    @property
    def untiled_share(self) -> float:
        """How often a principal has no tile."""
        return self.untiled / max(self.owed, 1)

    @property
    def shake(self) -> float:
        """What one acceleration in twenty exceeds."""
        return float(np.percentile(self.steps, 95)) if self.steps else 0.0

    def include(self, other: RealScore) -> None:
        """Adds another clip's."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def score(labels: Labels, plans: Sequence[FramePlan]) -> RealScore:
    """Of one clip; where several people may be the two, or either may be left, what fits best is what counts."""
    scores = [_score_as(labels, plans, pair) for pair in labels.pairs]
    best = max(scores, key=lambda one: one.right - one.wrong)
    best.frames = len(labels.heads)
    found = [plan.index for plan in plans if plan.cut and plan.index > 0]
    best.cuts_missing, best.cuts_extra = _cut_errors(labels.cuts, found)
    best.steps = list(_accelerations(labels, plans))
    return best


def _score_as(labels: Labels, plans: Sequence[FramePlan], pair: Pair) -> RealScore:
    """Counts with this pair as the left and the right one."""
    told = RealScore()
    for heads, plan in zip(labels.heads, plans, strict=False):
        tiles = {one.person: one for one in plan.placements}
        seen = [who for who in pair if who in heads and heads[who].usable]
        for side, who in zip(Person, pair, strict=True):
            tile = tiles.get(side)
            if tile is not None and tile.state is TileState.TRACKED:
                told.tracked += 1
                told.wrong += _subject(tile.crop, heads, who) not in (who, None)
            if who in seen:
                told.owed += 1
                told.untiled += tile is None
                told.lost += tile is not None and tile.state is not TileState.TRACKED
                told.right += tile is not None and _shows(tile, heads, who, labels)
        if len(seen) == 1:
            box = heads[seen[0]].box
            views = [one for one in plan.placements if _is_scene(one, labels) or _holds(one.crop, box.cx, box.cy)]
            told.doubled += len(views) > 1
    return told


def _holds(crop: Crop, x: float, y: float) -> bool:
    return crop.x <= x <= crop.right and crop.y <= y <= crop.bottom


def _is_scene(one: Placement, labels: Labels) -> bool:
    """Whether the whole scene is shown instead of a person."""
    stands_in = one.state in (TileState.STAND_IN, TileState.SCENE)
    return stands_in and one.crop.w >= _WHOLE * labels.width and one.crop.h >= _WHOLE * labels.height


def _shows(tile: Placement, heads: Mapping[str, Head], who: str, labels: Labels) -> bool:
    box = heads[who].box
    return not _is_scene(tile, labels) and _holds(tile.crop, box.cx, box.cy) and _subject(tile.crop, heads, who) == who


def _subject(crop: Crop, heads: Mapping[str, Head], owner: str) -> str | None:
    """Who is nearest to the middle line of a crop; where no head is in it, whose head is nearest to it at all.

    Others who bow or cover their faces don't count.
    """
    away: dict[str, float] = {}
    inside: dict[str, float] = {}
    for who, (box, face) in heads.items():
        if face == "hidden" and who != owner:
            continue
        away[who] = math.hypot(box.cx - crop.cx, box.cy - crop.cy)
        if _holds(crop, box.cx, box.cy):
            inside[who] = abs(box.cx - crop.cx)
    nearest = inside or away
    return min(nearest, key=lambda who: nearest[who]) if nearest else None


def _cut_errors(cuts: Sequence[int], found: Sequence[int]) -> tuple[int, int]:
    """How many cuts are missing, and how many too many."""
    spare, missing = sorted(found), 0
    for cut in cuts:
        near = [one for one in spare if abs(one - cut) <= _NEAR_CUT]
        if near:
            spare.remove(min(near, key=lambda one: abs(one - cut)))
        else:
            missing += 1
    return missing, len(spare)


def _accelerations(labels: Labels, plans: Sequence[FramePlan]) -> Iterator[float]:
    """Of each tile's crop, over three frames of one shot in which it stays where it is on the canvas."""
    for side in Person:
        views = [next((one for one in plan.placements if one.person is side), None) for plan in plans]
        for n in range(min(len(views), len(labels.shots)) - 2):
            three = [one for one in views[n : n + 3] if one is not None and not _is_scene(one, labels)]
            if len(three) < 3 or len(set(labels.shots[n : n + 3])) > 1 or len({one.at for one in three}) > 1:
                continue
            a, b, c = (one.crop for one in three)
            yield math.hypot(a.cx - 2 * b.cx + c.cx, a.cy - 2 * b.cy + c.cy) * three[1].at.w / b.w
