"""Looks for the whole decision: a few of every face, in every pose, spread over its time on the screen.

The decisions of the moment need looks when an exchange is possible, and of frontal faces only.  Who is who over the whole
film is decided by all that was seen, profiles and clothes included, so every track gets some: many at its beginning, since most
are short, then fewer and fewer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dualface.geometry import covered
from dualface.interfaces import Embedder
from dualface.likeness import Pose, histogram_of_clothes, pose_of
from dualface.observe.people.scene import Scene, landmarks_of
from dualface.pixels.warp import warp_to_rgb
from dualface.types import Box, Detection, F32Array, Frame, Look, Track, U8Array

_FIRST_SECONDS, _MOST_SECONDS = 0.4, 5.0
"""From the first look to the second, and between two looks at most; each pause is twice the one before."""
_LEAST_QUALITY = 0.15
_LEAST_SIZE = 0.4
"""A face that is less tall, as a share of the tallest one, is a passer-by's."""
_COVERED = 0.3
_SMALL, _LARGE = 6.0, 20.0
"""Pixels from the eyes to the mouth: below the first a face can't be told, from the second on it is large enough."""
_COLUMNS, _ROWS = 16, 14
_WIDE, _BELOW, _DOWN = 1.0, 0.33, 1.75
"""Clothes are looked for so many widths to either side of a face, from so many of its heights below it to so many."""
_IN_VIEW = 0.4
"""Share of that place that must be in the picture."""


@dataclass(slots=True)
class _Taken:
    count: int = 0
    latest: float = -math.inf


class LookTaker:
    """Adds looks to scenes, one after the other.  ``width`` and ``height`` are the source's in pixels."""

    def __init__(self, embedder: Embedder, width: int, height: int) -> None:
        self._embedder, self._size = embedder, (width, height)
        self._taken: dict[tuple[int, Pose], _Taken] = {}

    def start_shot(self) -> None:
        """A cut: tracks end."""
        self._taken = {}

    def take(self, scene: Scene) -> None:
        """Describes the faces whose turn it is.  Looks that were taken for other reasons count, and get what they lack."""
        due: list[tuple[Track, Detection, Pose, float]] = []
        tallest = max((track.box.h for track in scene.tracks), default=0.0)
        for track in scene.tracks:
            marks = landmarks_of(track)
            if track.detection is None or marks is None:
                continue
            quality, pose = _quality(track.detection), pose_of(marks)
            taken = self._taken.setdefault((track.id, pose), _Taken())
            if track.id in scene.looks:
                self._complete(scene, track, taken, quality)
            elif self._is_due(taken, scene.frame.time) and _can_be_told(track, scene.tracks, quality, tallest):
                due.append((track, track.detection, pose, quality))
        if not due:
            return
        vectors = self._embedder.embed(scene.frame, [detection for _, detection, _, _ in due])
        for (track, _, pose, quality), vector in zip(due, vectors, strict=True):
            worn = clothes(scene.frame, track.box, *self._size)
            scene.looks[track.id] = Look(np.asarray(vector).astype(np.float16), round(quality, 3), worn)
            self._note(self._taken[track.id, pose], scene.frame.time)

    def _complete(self, scene: Scene, track: Track, taken: _Taken, quality: float) -> None:
        look = scene.looks[track.id]
        worn = clothes(scene.frame, track.box, *self._size) if self._is_due(taken, scene.frame.time) else None
        scene.looks[track.id] = Look(look.embedding, round(quality, 3), worn)
        self._note(taken, scene.frame.time)

    @staticmethod
    def _is_due(taken: _Taken, time: float) -> bool:
        pause = min(_FIRST_SECONDS * 2.0 ** (taken.count - 1), _MOST_SECONDS) if taken.count else 0.0
        return time - taken.latest >= pause - 1e-6

    @staticmethod
    def _note(taken: _Taken, time: float) -> None:
        taken.count, taken.latest = taken.count + 1, time


def _quality(face: Detection) -> float:
    """How much a face's embedding is worth, 0…1: its score, less where it is small.  In any pose: poses are never mixed."""
    assert face.landmarks is not None
    eyes, mouth = face.landmarks[:2].mean(0), face.landmarks[3:].mean(0)
    long = float(math.hypot(*(mouth - eyes)))
    return min(max(face.score, 0.0), 1.0) * min(long / _LARGE, 1.0) if math.isfinite(long) and long >= _SMALL else 0.0


def _can_be_told(track: Track, others: Sequence[Track], quality: float, tallest: float) -> bool:
    hidden = max((covered(track.box, o.box) for o in others if o.box.area > track.box.area), default=0.0)
    return quality > _LEAST_QUALITY and hidden < _COVERED and track.box.h >= _LEAST_SIZE * tallest


def clothes(frame: Frame, face: Box, width: int, height: int) -> U8Array | None:
    """What is worn below a face, see :func:`dualface.likeness.histogram_of_clothes`.

    ``None`` where too little of it is in the picture, and for frames in GPU memory.
    """
    left, right = face.cx - _WIDE * face.w, face.cx + _WIDE * face.w
    top, bottom = face.bottom + _BELOW * face.h, face.bottom + _DOWN * face.h
    whole = (right - left) * (bottom - top)
    left, right, top, bottom = max(left, 0.0), min(right, float(width)), max(top, 0.0), min(bottom, float(height))
    if frame.device != "cpu" or right <= left or bottom <= top or (right - left) * (bottom - top) < _IN_VIEW * whole:
        return None
    sx, sy = (right - left) / _COLUMNS, (bottom - top) / _ROWS
    chip: F32Array = np.empty((3, _ROWS, _COLUMNS), np.float32)
    warp_to_rgb(frame, np.array([[sx, 0.0, left + sx / 2], [0.0, sy, top + sy / 2]]), chip)
    return histogram_of_clothes(chip)
