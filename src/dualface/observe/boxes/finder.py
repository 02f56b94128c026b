"""Finds the boxes of pictures that are put together, also where these touch each other or lie over a moving one.

Beside, above and below each face lines are looked for (:mod:`~dualface.observe.boxes.line`).  The smallest box that such lines
make around a face is examined look by look, until it is sure that its sides are straight, keep to their pixels, and have life
between them; any doubt ends it.  What was found is looked at again as long as the shot lasts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import isinf

import numpy as np
from numpy.typing import NDArray

from dualface.geometry import holds, intersection, iou
from dualface.observe.boxes.line import Line, Patch, lines_across
from dualface.observe.track.cuts import Picture
from dualface.types import Box, Frame

_LOOK_SECONDS = 0.4
_LOOKS, _MOST_LOOKS = 5, 25
"""So often a box must have been seen, all of it; and how often it is looked at until it is sure."""
_WAITS = (2, 3, 6, 12, 25)
"""Looks before somebody's box is looked for, and until it is looked for anew where none was found."""
_FACES, _LINES, _BOXES = 3, 4, 60
"""So many faces are looked at, the largest ones; so many lines on each side of a face, the nearest ones; and so many boxes of
these, the smallest ones.
"""
_MOST_LINES = 16
"""A picture with more lines across a face is a pattern: tiles, stripes, text."""
_LEAST, _LEAST_PIXELS = 0.11, 60
"""A box's width and height at least: as shares of the frame's, and in pixels, as short sides are all straight; a frame has room
for two.
"""
_WIDER, _TALLER = 1.35, 1.25
"""A box is at least so much larger than the face in it."""
_GONE, _MISSED = 0.4, 2
"""A side is missed if less of it than this is seen; a box that is missed in so many looks on end has gone."""
_ENDS = 0.15
"""Share of a side at each end that is not looked at: corners may be round."""
_MARGIN = 2.0
"""Pixels of the source that a tile keeps from a side: a neighbour's colour reaches so far."""
_ALIVE, _LIVELY = 4.0, 0.4
"""Levels by which the liveliest tenth of a box must change between looks, in this share of them: pictures on walls don't."""
_CROOKED, _CROOKED_BOX = 0.15, 0.3
"""Pixels by which a line all across may lean or bend, and the sides of a box with more of them, which are shorter."""
_PARTED, _JOINT, _JOINT_NOISE = 0.25, 0.5, 0.05
"""How much must have moved at the side of a box and ended there, in lines; and how much may have moved on across its sides."""
_SHAPE = 0.03
"""A box that is known by its shape has a usual one, so exactly."""
_MIDDLE = 0.004
"""A half ends in the middle of its region, within this share of it."""
_CHANGED, _NOTED, _EVENTS = 0.5, 0.02, 64
"""Share of a box that changes at once when it comes or goes; of the picture, for a change to be noted; how many are kept."""
_BOX_LIKE = 0.7
"""Share of the cells around a change that change too, where a box may have come: then it is looked for at once."""
_SAME, _SAME_BOX = 0.8, 0.97
_TILED = 0.96
"""Share of a picture that boxes fill if there is nothing behind them."""


@dataclass(slots=True)
class _Candidate:
    """A box that is examined, in source pixels, in its region; its sides that are not the region's, and its life."""

    box: Box
    region: Box
    lines: list[Line]
    first: int
    """The first frame in which it was seen."""
    alive: int = 0
    looks: int = 1


@dataclass(slots=True)
class Found:
    """A box: where it is, in source pixels, and the frames that have it, from ``since`` (``None``: the shot's first) to before
    ``until``.
    """

    box: Box
    region: Box
    lines: list[Line]
    since: int | None
    until: int | None = None
    missed: int = 0
    missed_since: int = 0


@dataclass(slots=True)
class BoxFinder:
    """Finds the boxes of one shot.  ``width`` and ``height`` are the source's in pixels, ``fps`` its nominal rate."""

    width: int
    height: int
    fps: float
    patch: Patch
    first: int = 0
    """The shot's first frame."""
    found: list[Found] = field(default_factory=list)
    _candidates: list[_Candidate] = field(default_factory=list)
    _refused: list[Box] = field(default_factory=list)
    _events: deque[tuple[int, NDArray[np.bool_]]] = field(default_factory=lambda: deque(maxlen=_EVENTS))
    _before: NDArray[np.int16] | None = None
    _last_look: int = 0
    _tries: int = 0
    _wait: int = _WAITS[0]

    def note(self, index: int, changed: NDArray[np.bool_]) -> None:
        """What changed at once and for good in a frame, as :class:`~dualface.observe.track.cuts.CutDecision` has it."""
        if changed.mean() >= _NOTED:
            self._events.append((index, changed))
            rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
            if changed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() >= _BOX_LIKE:
                self._wait = min(self._wait, _WAITS[0])

    def see(self, frame: Frame, picture: Picture, number: int, faces: Sequence[Box], region: Box | None) -> None:
        """Takes the next frame, its small picture and its number by the clock.

        ``faces`` are those seen lately, ``region`` what holds a picture, in source pixels; ``None``: all of it.
        """
        if number % max(round(_LOOK_SECONDS * self.fps), 1) or min(self.width, self.height) < 2 * _LEAST_PIXELS:
            return
        motion = self._motion(picture)
        self._watch(frame)
        self._examine(frame, motion)
        self._wait -= 1
        if self._wait < 0:
            self._tries += 1
            self._wait = _WAITS[min(self._tries, len(_WAITS) - 1)]
            for face in sorted(faces, key=lambda face: -face.area)[:_FACES]:
                self._try(frame, face, region or Box(0.0, 0.0, float(self.width), float(self.height)))
        self._last_look = frame.index

    def _motion(self, picture: Picture) -> NDArray[np.int16]:
        now = picture.y.astype(np.int16)
        motion: NDArray[np.int16] = np.abs(now - (self._before if self._before is not None else now))
        self._before = now
        return motion

    def _watch(self, frame: Frame) -> None:
        """Whether what was found is still there."""
        for one in self.found:
            if one.until is not None:
                continue
            if all(line.still_there(frame, self.patch, _GONE) for line in one.lines):
                one.missed = 0
                continue
            one.missed += 1
            if one.missed == 1:
                at = self._changed_at(one.box, self._last_look, frame.index)
                one.missed_since = frame.index if at is None else at
            if one.missed >= _MISSED:
                one.until = one.missed_since

    def _changed_at(self, box: Box, after: int, until: int) -> int | None:
        """The frame in which most of a box changed at once, behind ``after`` and not behind ``until``, if there is one."""
        shares = [(_part(changed, box, self.width, self.height).mean(), n) for n, changed in self._events if after < n <= until]
        share, index = max(shares, default=(0.0, 0))
        return index if share >= _CHANGED else None

    def _examine(self, frame: Frame, motion: NDArray[np.int16]) -> None:
        kept = []
        for one in self._candidates:
            if not all(line.look(frame, self.patch) for line in one.lines):
                continue
            one.looks += 1
            inside = np.sort(_part(motion, one.box, self.width, self.height), axis=None)
            one.alive += bool(inside[-max(inside.size // 10, 1) :].mean() >= _ALIVE)
            if one.looks >= _LOOKS and self._is_box(one):
                if not any(iou(one.box, other.box) >= _SAME for other in self.found if other.until is None):
                    self.found.append(Found(one.box, one.region, one.lines, self._since(one)))
            elif one.looks < _MOST_LOOKS:
                kept.append(one)
            else:
                self._refused.append(one.box)
        self._candidates = kept

    def _is_box(self, one: _Candidate) -> bool:
        lines = one.lines
        crooked = sorted(line.crooked() for line in lines)
        if len(lines) == 4 and isinf(crooked[-1]):  # black beside black
            crooked.pop()
        if crooked[-1] > (_CROOKED if len(lines) == 1 else _CROOKED_BOX) or one.alive < _LIVELY * (one.looks - 1):
            return False
        parted, joint = sum(line.parted for line in lines), sum(line.joint for line in lines)
        if joint > _JOINT * parted + _JOINT_NOISE:
            return False
        if len(lines) == 1:
            return parted >= _PARTED or self._is_half(one)
        return len(lines) == 4 or self._is_usual(one.box) or sum(line.parted >= _PARTED / 2 for line in lines) > 1

    def _is_usual(self, box: Box) -> bool:
        """Whether the box has a shape that cameras' pictures have."""
        shape = box.w / box.h
        return any(abs(shape / usual - 1) <= _SHAPE for usual in (16 / 9, 4 / 3, self.width / self.height))

    def _is_half(self, one: _Candidate) -> bool:
        """Whether it is half of a picture, and somebody else is in the other half."""
        line, region = one.lines[0], one.region
        middle, size = (region.cx, region.w) if line.upright else (region.cy, region.h)
        examined = [*(c.lines for c in self._candidates), *(found.lines for found in self.found)]
        others = [lines[0] for lines in examined if len(lines) == 1]
        beside = [abs(other.at - line.at) for other in others if other.upright == line.upright and other.inward != line.inward]
        return abs(line.at - middle) <= max(_MIDDLE * size, 1) >= min(beside, default=size) / 2

    def _since(self, one: _Candidate) -> int | None:
        """Since when a box is there."""
        while_waiting = (max(_WAITS) + 1) * round(_LOOK_SECONDS * self.fps)
        since = self._changed_at(one.box, max(one.first - while_waiting, self.first), one.first)
        return one.first if since is None and one.first - self.first > while_waiting else since

    def _try(self, frame: Frame, face: Box, region: Box) -> None:
        """Looks for the smallest box around a face."""
        if any(holds(one.box, face) for one in self.found if one.until is None):
            return
        if any(holds(one.box, face) and one.looks < _LOOKS for one in self._candidates):
            return
        known = [*self._refused, *(one.box for one in self._candidates)]
        glimpsed: dict[tuple[bool, int, tuple[int, int]], bool] = {}

        def may_be(line: Line) -> bool:
            key = line.upright, line.at, line.along
            if key not in glimpsed:
                glimpsed[key] = line.glimpse(frame, self.patch)
            return glimpsed[key]

        for box in self._boxes(frame, face, region):
            if any(iou(self._inside(box, region), other) >= _SAME_BOX for other in known):
                continue
            lines = self._lines(box, region)
            if all(map(may_be, lines)) and all(line.look(frame, self.patch) for line in lines):
                self._candidates.append(_Candidate(self._inside(box, region), region, lines, frame.index))
                return

    def _boxes(self, frame: Frame, face: Box, region: Box) -> Iterator[Box]:
        """Boxes around a face between lines that are seen beside it, the smallest first."""
        f, r = _corners(face), _corners(region)
        x, none = self._lines_by(frame, f, r, upright=True), ([r[1]], [r[3]])
        y = self._lines_by(frame, f, r, upright=False) if len(x[0]) + len(x[1]) > 2 or region.h > region.w else none
        found = []
        for left, right, top, bottom in product(*x, *y):
            w, h = right - left, bottom - top
            own = sum(a != b for a, b in zip((left, top, right, bottom), r, strict=True))
            across = own == 1 and ((left, right) == (r[0], r[2])) != (region.h > region.w)
            if (
                own
                and not across
                and w >= max(_LEAST * self.width, _LEAST_PIXELS, _WIDER * face.w)
                and h >= max(_LEAST * self.height, _LEAST_PIXELS, _TALLER * face.h)
            ):
                found.append(Box(left, top, w, h))
        return iter(sorted(found, key=lambda box: box.area)[:_BOXES])

    def _lines_by(
        self, frame: Frame, face: tuple[float, ...], region: tuple[float, ...], *, upright: bool
    ) -> tuple[list[float], list[float]]:
        """Where lines are before and behind a face, with the region's own edges."""
        axis = 0 if upright else 1
        within, most = (round(region[axis]), round(region[axis + 2])), (self.height, self.width)[axis]
        band = max(round(face[1 - axis]), 0), min(round(face[3 - axis]), most)
        if band[1] - band[0] < 8:
            return [region[axis]], [region[axis + 2]]
        told = lines_across(frame, self.patch, upright=upright, within=within, band=band)
        if len(told) > _MOST_LINES:
            return [region[axis]], [region[axis + 2]]
        before = [float(at) for at in told if within[0] + 4 <= at <= face[axis]]
        behind = [float(at) for at in told if face[axis + 2] <= at <= within[1] - 4]
        return [region[axis], *before[-_LINES:]], [region[axis + 2], *behind[:_LINES]]

    def _lines(self, box: Box, region: Box) -> list[Line]:
        (x, y, right, bottom), r = _corners(box), _corners(region)
        down = round(y + _ENDS * box.h * (y != r[1])), round(bottom - _ENDS * box.h * (bottom != r[3]))
        across = round(x + _ENDS * box.w * (x != r[0])), round(right - _ENDS * box.w * (right != r[2]))
        sides = ((True, 1, x, r[0]), (True, -1, right, r[2]), (False, 1, y, r[1]), (False, -1, bottom, r[3]))
        return [
            Line(upright, inward, round(at), down if upright else across, self.width if upright else self.height)
            for upright, inward, at, edge in sides
            if at != edge
        ]

    @staticmethod
    def _inside(box: Box, region: Box) -> Box:
        """What tiles may show of a box."""
        left, top, right, bottom = (
            at + margin * (at != edge)
            for at, edge, margin in zip(_corners(box), _corners(region), (_MARGIN, _MARGIN, -_MARGIN, -_MARGIN), strict=True)
        )
        return Box(left, top, right - left, bottom - top)

    def parts_at(self, index: int, plain: Sequence[Box]) -> tuple[tuple[Box, ...], int | None]:
        """The parts of a frame, by all that is known now, and since which frame they are those; ``None``: the shot's first.

        ``plain`` are its parts as told by bars and gutters.
        """
        there = [one for one in self.found if (one.since or 0) <= index and (one.until is None or index < one.until)]
        since = max((n for one in self.found for n in (one.since, one.until) if n is not None and n <= index), default=None)
        if not there:
            return tuple(plain), since
        base = list(plain) or [Box(0.0, 0.0, float(self.width), float(self.height))]
        boxes = [one.box for one in there]
        boxes += [half for half in map(_other_half, there) if half and not any(intersection(half, box) for box in boxes)]
        under = [part for part in base if sum(intersection(box, part) for box in boxes) < _TILED * part.area]
        parts = {Box(*(round(v, 2) for v in box)) for box in [*under, *boxes]}
        return tuple(sorted(parts, key=lambda part: (part.y, part.x, part.w))), since


def _other_half(one: Found) -> Box | None:
    """What lies on the other side of one line all across."""
    if len(one.lines) != 1:
        return None
    (line,), r = one.lines, one.region
    at = line.at - line.inward * _MARGIN
    if line.upright:
        return Box(r.x, r.y, at - r.x, r.h) if line.inward > 0 else Box(at, r.y, r.right - at, r.h)
    return Box(r.x, r.y, r.w, at - r.y) if line.inward > 0 else Box(r.x, at, r.w, r.bottom - at)


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.right, box.bottom


def _part(cells: NDArray[np.generic], box: Box, width: int, height: int) -> NDArray[np.float64]:
    """The cells of a grid over the whole frame that lie in a box, one at least."""
    rows, columns = cells.shape
    top, left = min(round(box.y / height * rows), rows - 1), min(round(box.x / width * columns), columns - 1)
    bottom, right = round(box.bottom / height * rows), round(box.right / width * columns)
    return cells[top : max(bottom, top + 1), left : max(right, left + 1)].astype(np.float64)
