"""Detection as often as accuracy needs: now and then while nothing happens, on every frame while something does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dualface.geometry import interpolate, iou
from dualface.interfaces import Detector
from dualface.observe.detect.tiled import TiledDetector
from dualface.types import Detection, Frame

_SAME_FACE_IOU = 0.5
"""Least overlap of one face's boxes at both ends of a gap; below it the face moved too fast to interpolate."""
_FAR = 0.4
"""Faces less tall than this share of the tallest one are taken for passers-by in the distance."""
_NEAR = 0.35
"""Faces nearer than this share of their mean size (gap between the boxes) may hide each other: look at every frame."""


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
    """Looks at a frame every ``interval`` frames and decides afterwards about those between.

    Where every face of one look has its one counterpart in the next, no two faces are near each other and nothing came
    or went, boxes and landmarks between the looks are interpolated linearly.  Otherwise the detector looks at the frames
    between too, which are still at hand.  The first frame of a shot and the last before a cut are always looked at; nothing is
    interpolated across a cut.
    """

    def __init__(self, detector: Detector, *, interval: int, high: float = 0.5) -> None:
        self._detector, self._interval, self._high = TiledDetector(detector), max(interval, 1), high
        self._last: Sequence[Detection] | None = None
        self._waiting: list[Frame] = []
        self.stats = SparseStats()

    def push(self, frame: Frame, *, cut: bool) -> list[Looked]:
        """Takes the next frame; returns those that are decided now, in order (at most ``interval``)."""
        self.stats.frames += 1
        decided: list[Looked] = []
        if cut:
            decided = self._close()
            self._detector.start_shot()
        if self._last is None or cut:
            self._last = self._look([frame])[0]
            return [*decided, Looked(frame, cut, self._last, True)]
        self._waiting.append(frame)
        if len(self._waiting) >= self._interval:
            decided += self._close()
        return decided

    def flush(self) -> list[Looked]:
        """The rest, at the end of the video."""
        return self._close()

    def _look(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        self.stats.looks += len(frames)
        return self._detector.detect(frames)

    def _close(self) -> list[Looked]:
        """Decides every waiting frame, the newest by a look."""
        if not self._waiting:
            return []
        frames, self._waiting = self._waiting, []
        before, after = self._last or [], self._look(frames[-1:])[0]
        between, self._last = frames[:-1], after
        pairs = _pairs(before, after, self._high) if between else None
        if pairs is None:
            found = self._look(between) if between else []
            decided = [Looked(f, False, d, True) for f, d in zip(between, found, strict=True)]
        else:
            shares = [(k + 1) / len(frames) for k in range(len(between))]
            decided = [
                Looked(f, False, [_between(a, b, s) for a, b in pairs], False) for f, s in zip(between, shares, strict=True)
            ]
        return [*decided, Looked(frames[-1], False, after, True)]


def _pairs(before: Sequence[Detection], after: Sequence[Detection], high: float) -> list[tuple[Detection, Detection]] | None:
    """Each face's two ends, or ``None`` when something may have happened between the looks."""
    a, b = _relevant(before, high), _relevant(after, high)
    if _any_near(a) or _any_near(b):
        return None
    free = list(after)
    pairs: list[tuple[Detection, Detection]] = []
    for face in before:
        partner = max(free, key=lambda d: iou(face.box, d.box), default=None)
        if partner is not None and iou(face.box, partner.box) >= _SAME_FACE_IOU:
            free.remove(partner)
            pairs.append((face, partner))
    known = {id(face) for pair in pairs for face in pair}
    return pairs if all(id(face) in known for face in (*a, *b)) else None


def _relevant(faces: Sequence[Detection], high: float) -> list[Detection]:
    """Sure faces of a size that may matter: far passers-by, coming and going, are no reason to look more often."""
    sure = [d for d in faces if d.score >= high]
    tallest = max((d.box.h for d in sure), default=0.0)
    return [d for d in sure if d.box.h >= _FAR * tallest]


def _any_near(faces: Sequence[Detection]) -> bool:
    for i, p in enumerate(faces):
        for q in faces[i + 1 :]:
            a, b = p.box, q.box
            gap = max(max(a.x, b.x) - min(a.right, b.right), max(a.y, b.y) - min(a.bottom, b.bottom))
            if gap < _NEAR * (a.h + b.h) / 2:
                return True
    return False


def _between(a: Detection, b: Detection, share: float) -> Detection:
    marks = None
    if a.landmarks is not None and b.landmarks is not None:
        marks = (a.landmarks + (b.landmarks - a.landmarks) * np.float32(share)).astype(np.float32)
    return Detection(interpolate(a.box, b.box, share), min(a.score, b.score), marks)
