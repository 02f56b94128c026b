"""Detection as often as accuracy needs: now and then while nothing happens, on every frame while something does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dualface.geometry import interpolate, iou
from dualface.interfaces import Detector
from dualface.observe.detect.tiled import TiledDetector
from dualface.observe.frame_number import frame_number
from dualface.types import Box, Detection, Frame

_SAME_FACE_IOU = 0.5
"""Least overlap of one face's boxes at both ends of a gap; below it the face moved too fast to interpolate."""
_PACE, _OTHER_SIZE = 2.0, 1.4
"""A passer-by walks by less than so many heights of his face between two looks, which grows by less than this factor."""
_FAR = 0.4
"""Faces less tall than this share of the tallest one are taken for passers-by in the distance."""
_NEAR = 0.35
"""Faces nearer than this share of their mean size (gap between the boxes) may hide each other, and are looked at between."""
_STILL, _CALM_FACTOR = 0.04, 2
"""Where the middle one of three looks could have been interpolated with an error of less than this share of a face's height,
looks are so many times as far apart."""
_DENSE = 2
"""Frames may come so many times as fast as the nominal rate says, before looks are nearer in time than they should be."""


@dataclass(frozen=True, slots=True)
class Looked:
    """The faces of one frame.  ``looked`` is False where they were interpolated between two looks of the detector."""

    frame: Frame
    cut: bool
    detections: Sequence[Detection]
    looked: bool


@dataclass(slots=True)
class SparseStats:
    frames: int = 0
    looks: int = 0


class SparseDetector:
    """Looks at a frame every ``interval`` frames, or half as often while faces keep still, and decides afterwards about those
    between.  ``fps`` is the video's nominal rate.

    When it looks is told by the clock and by the last three looks of every second interval: whoever begins to watch in the
    middle of a shot soon looks at the same frames as who has seen all of it, and finds the same.

    Where every face of one look has its one counterpart in the next, no two faces are near each other and nothing came
    or went, boxes and landmarks between the looks are interpolated linearly.  Otherwise the frame in the middle, which is still
    at hand, is looked at too, and both halves are decided in the same way.  Passers-by, all but the two tallest faces, have
    their counterpart where their pace may have taken them; and for their sake no single frame between two looks is looked at.
    The first frame of a shot and the last before a cut are always looked at; nothing is interpolated across a cut.

    How far interpolation may be off is known from three looks: for a steady acceleration it is an eighth of how far the middle
    one lies from where the others would have it.
    """

    def __init__(self, detector: Detector, *, interval: int, fps: float, high: float = 0.5) -> None:
        self._detector, self._interval, self._fps, self._high = TiledDetector(detector), max(interval, 1), fps, high
        self._last: Sequence[Detection] | None = None
        self._at = 0
        """Where the last look was, in intervals since the clock's zero."""
        self._long: deque[Sequence[Detection]] = deque(maxlen=3)
        """The looks that are taken anyway: where a calm shot's intervals begin, which are longer."""
        self._calm = False
        self._waiting: list[Frame] = []
        self.stats = SparseStats()

    def push(self, frame: Frame, *, cut: bool) -> list[Looked]:
        """Takes the next frame; returns those that are decided now, in order."""
        self.stats.frames += 1
        at = frame_number(frame.time, self._fps) // self._interval
        decided: list[Looked] = []
        if cut:
            decided = self._close()
            self._detector.start_shot()
        if self._last is None or cut:
            self._last, self._at, self._calm = self._look(frame), at, False
            self._long.clear()
            return [*decided, Looked(frame, cut, self._last, True)]
        self._waiting.append(frame)
        apart = _CALM_FACTOR if self._calm else 1
        dense = len(self._waiting) >= _DENSE * apart * self._interval
        if self._interval == 1 or dense or at // apart != self._at // apart:
            decided += self._close()
            self._judge(at)
        return decided

    def flush(self) -> list[Looked]:
        """The rest, at the end of the video."""
        return self._close()

    def _look(self, frame: Frame) -> list[Detection]:
        self.stats.looks += 1
        return self._detector.detect([frame])[0]

    def _close(self) -> list[Looked]:
        """Decides every waiting frame, the newest by a look."""
        if not self._waiting:
            return []
        (*between, newest), self._waiting = self._waiting, []
        before, after = self._last or [], self._look(newest)
        self._last = after
        return [*self._between(before, between, after), Looked(newest, False, after, True)]

    def _judge(self, at: int) -> None:
        """Whether it may look less often from now on, where a long interval begins with the last look."""
        begins, self._at = at // _CALM_FACTOR != self._at // _CALM_FACTOR, at
        if begins and self._interval > 1:
            self._long.append(self._last or [])
            self._calm = len(self._long) == 3 and _keeps_still(self._long[0], self._long[1], self._long[2], self._high)

    def _between(self, before: Sequence[Detection], frames: Sequence[Frame], after: Sequence[Detection]) -> list[Looked]:
        """Frames between two looks, without those."""
        if not frames:
            return []
        pairs = _pairs(before, after, self._high, briefly=len(frames) == 1)
        if pairs is not None:
            shares = [(k + 1) / (len(frames) + 1) for k in range(len(frames))]
            return [Looked(f, False, [_at(a, b, s) for a, b in pairs], False) for f, s in zip(frames, shares, strict=True)]
        middle = len(frames) // 2
        seen = self._look(frames[middle])
        return [
            *self._between(before, frames[:middle], seen),
            Looked(frames[middle], False, seen, True),
            *self._between(seen, frames[middle + 1 :], after),
        ]


def _keeps_still(first: Sequence[Detection], middle: Sequence[Detection], last: Sequence[Detection], high: float) -> bool:
    """Whether every face goes on as before, so that a look could have been left out."""
    before, after = _pairs(first, middle, high), _pairs(middle, last, high)
    if before is None or after is None:
        return False
    came = {id(b): a for a, b in before}
    return all(id(b) not in came or _bend(came[id(b)].box, b.box, c.box) <= _STILL for b, c in after)


def _bend(a: Box, b: Box, c: Box) -> float:
    """How far the middle one of three boxes lies from between the others, in its heights: of centre and size the most."""
    return max(abs(a.cx + c.cx - 2 * b.cx), abs(a.cy + c.cy - 2 * b.cy), abs(a.h + c.h - 2 * b.h)) / 2 / max(b.h, 1.0)


def _pairs(
    before: Sequence[Detection], after: Sequence[Detection], high: float, *, briefly: bool = False
) -> list[tuple[Detection, Detection]] | None:
    """Each face's two ends, or ``None`` when something may have happened between the looks.

    ``briefly``: there is one frame between them, in which no passer-by can hide a face that is seen before and after; and one
    who comes or goes just then is told of with the next frame.
    """
    a, b = _relevant(before, high), _relevant(after, high)
    pairs = _matched(before, after, iou, _SAME_FACE_IOU)
    pairs += _matched(_without(a[2:], pairs), _without(b[2:], pairs), _nearness, 1 / _PACE)
    if briefly:
        a, b = a[:2], b[:2]
    return None if _any_near(a) or _any_near(b) or _without([*a, *b], pairs) else pairs


def _matched(
    before: Sequence[Detection], after: Sequence[Detection], likeness: Callable[[Box, Box], float], least: float
) -> list[tuple[Detection, Detection]]:
    """Of the first faces each with the likeliest of the second that is free, if that is at least so likely."""
    free = list(after)
    pairs: list[tuple[Detection, Detection]] = []
    for face in before:
        partner = max(free, key=lambda d: likeness(face.box, d.box), default=None)
        if partner is not None and likeness(face.box, partner.box) >= least:
            free.remove(partner)
            pairs.append((face, partner))
    return pairs


def _without(faces: Sequence[Detection], pairs: Sequence[tuple[Detection, Detection]]) -> list[Detection]:
    known = {id(face) for pair in pairs for face in pair}
    return [face for face in faces if id(face) not in known]


def _nearness(a: Box, b: Box) -> float:
    """How near the middles of two faces of about one size are, as their mean height over the distance; else 0."""
    if max(a.h, b.h) > _OTHER_SIZE * min(a.h, b.h):
        return 0.0
    return (a.h + b.h) / 2 / max(abs(a.cx - b.cx), abs(a.cy - b.cy), 1.0)


def _relevant(faces: Sequence[Detection], high: float) -> list[Detection]:
    """Sure faces of a size that may matter, the tallest first: passers-by who come and go far away are no reason to look."""
    sure = sorted((d for d in faces if d.score >= high), key=lambda d: -d.box.h)
    return [d for d in sure if d.box.h >= _FAR * sure[0].box.h]


def _any_near(faces: Sequence[Detection]) -> bool:
    """Whether one of the two first, the tallest, may hide, or be hidden by, another: passers-by may do so among themselves."""
    for i, p in enumerate(faces[:2]):
        for q in faces[i + 1 :]:
            a, b = p.box, q.box
            gap = max(max(a.x, b.x) - min(a.right, b.right), max(a.y, b.y) - min(a.bottom, b.bottom))
            if gap < _NEAR * (a.h + b.h) / 2:
                return True
    return False


def _at(a: Detection, b: Detection, share: float) -> Detection:
    marks = None
    if a.landmarks is not None and b.landmarks is not None:
        marks = (a.landmarks + (b.landmarks - a.landmarks) * np.float32(share)).astype(np.float32)
    return Detection(interpolate(a.box, b.box, share), min(a.score, b.score), marks)
