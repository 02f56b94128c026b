"""How much a mouth moves on its face: what voices are told apart by.

The face is laid over a template by its landmarks, so that nods, turns and moving cameras hardly count; what they leave is
taken away by the part of the face that can't speak, from the eyes to the nose (:mod:`dualface.pixels.registration`).  Between
looks of the detector the landmarks are interpolated, so every frame is measured.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dualface.observe.embed.alignment import similarity
from dualface.pixels.registration import Part, unexplained_change
from dualface.types import F32Array, F64Array, Frame, Track

LumaSource = Callable[[Frame, F64Array, int, int], F32Array]
"""Makes a small grey picture of a part of a frame, as :meth:`~dualface.pixels.source.PixelSource.luma` does."""

WIDTH, HEIGHT = 40, 48
TEMPLATE = ((12.0, 12.0), (28.0, 12.0), (20.0, 22.0), (13.5, 31.0), (26.5, 31.0))
"""Where the landmarks belong in the small picture, in pixels, counted from its first pixel's centre."""
_RIGID: Part = (5, 26, 6, 34)
_CHEEKS, _MOUTH = (slice(14, 26), slice(6, 34)), (slice(27, 43), slice(9, 31))
_AROUND = (slice(26, 44), slice(8, 32))
"""The mouth and a pixel on all sides."""
_NOISE_SHARE, _RIDGE = 0.5, 1e-2
_STEP_SECONDS = 0.03
"""A picture is compared with the newest that is so much older, so that films of 60 pictures a second are measured alike."""
_LOST_SECONDS = 0.15
_LEAST_HEIGHT = 24.0
"""Of a face, in pixels; there is no mouth to see on smaller ones."""
_LEAST_CONTRAST = 4.0
_DIGITS = 4


class _Face(NamedTuple):
    time: float
    picture: F32Array


class LipReader:
    """Measures the mouths of a video's faces, frame by frame.  Plain data but for ``luma``, which is lent."""

    def __init__(self, luma: LumaSource) -> None:
        self._luma = luma
        self._faces: dict[int, deque[_Face]] = {}

    def read(self, frame: Frame, tracks: Sequence[Track], *, cut: bool) -> Mapping[int, float]:
        """How much each track's mouth has moved since about a thirtieth of a second ago, as a share of its contrast.

        About 0.02 for a mouth that rests, 0.1 and more for one that speaks.  Tracks without landmarks, whose face is small, or
        new, are left out.
        """
        if cut:
            self._faces.clear()
        lips: dict[int, float] = {}
        for track in tracks:
            picture = self._picture(frame, track)
            if picture is None:
                continue
            known = self._faces.setdefault(track.id, deque())
            if known and frame.time - known[-1].time > _LOST_SECONDS:
                known.clear()
            before = _before(known, frame.time)
            known.append(_Face(frame.time, picture))
            if before is not None:
                lips[track.id] = mouth_motion(before.picture, picture)
        self._faces = {ident: faces for ident, faces in self._faces.items() if frame.time - faces[-1].time <= _LOST_SECONDS}
        return lips

    def _picture(self, frame: Frame, track: Track) -> F32Array | None:
        marks = track.detection.landmarks if track.detection is not None else None
        if marks is None or track.box.h < _LEAST_HEIGHT:
            return None
        try:
            matrix = similarity(TEMPLATE, marks)
        except ValueError:
            return None
        return self._luma(frame, matrix, WIDTH, HEIGHT)


def mouth_motion(before: F32Array, now: F32Array) -> float:
    """How much the mouth moved between two pictures of a face, both float32, shape (HEIGHT, WIDTH), aligned to the template.

    A mouth that is shifted as a whole, as on a head that turns, does not count, nor does what still moves between eyes and
    nose, which is the face's own noise.
    """
    change: F32Array = np.empty((HEIGHT, WIDTH), np.float32)
    unexplained_change(before, now, _RIGID, change)
    mouth = _unshifted(change[_MOUTH], (before[_AROUND] + now[_AROUND]) * np.float32(0.5))
    energy = float(np.mean(mouth**2)) - _NOISE_SHARE * float(np.mean(change[_CHEEKS] ** 2))
    contrast = max(float(now[_MOUTH].std()), _LEAST_CONTRAST)
    return round(math.sqrt(max(energy, 0.0)) / contrast, _DIGITS)


def _unshifted(change: F32Array, around: F32Array) -> F32Array:
    """What is left of a change once a shift and a change of light are taken away; ``around`` is a pixel larger on all sides."""
    right, down = around[1:-1, 2:] - around[1:-1, :-2], around[2:, 1:-1] - around[:-2, 1:-1]
    parts = np.stack([right.ravel(), down.ravel(), np.ones(change.size, np.float32)])
    shift = np.linalg.solve(parts @ parts.T + np.eye(3, dtype=np.float32) * _RIDGE, parts @ change.ravel())
    left: F32Array = change - (shift @ parts).reshape(change.shape)
    return left


def _before(known: deque[_Face], time: float) -> _Face | None:
    """The newest that is old enough, and forgets those before it."""
    while len(known) > 1 and time - known[1].time >= _STEP_SECONDS:
        known.popleft()
    return known[0] if known and time - known[0].time >= _STEP_SECONDS else None
