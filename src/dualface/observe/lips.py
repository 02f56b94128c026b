"""How much a mouth moves on its face: what voices are told apart by.

The face is laid over a template by its landmarks, so that nods, turns and moving cameras hardly count; what they leave is
taken away by the part of the face that can't speak, from the eyes to the nose (:mod:`dualface.pixels.registration`).  Between
looks of the detector the landmarks are interpolated, so every frame is measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dualface.observe.embed.alignment import similarity
from dualface.pixels.registration import Part, unexplained_motion
from dualface.types import F32Array, F64Array, Frame, Track

LumaSource = Callable[[Frame, F64Array, int, int], F32Array]
"""Makes a small grey picture of a part of a frame, as :meth:`~dualface.pixels.source.PixelSource.luma` does."""

WIDTH, HEIGHT = 30, 40
TEMPLATE = ((7.0, 8.0), (23.0, 8.0), (15.0, 18.0), (8.5, 27.0), (21.5, 27.0))
"""Where the landmarks belong in the small picture, in pixels, counted from its first pixel's centre."""
_RIGID: Part = (1, 22, 1, 29)
_CHEEKS: Part = (10, 22, 1, 29)
_MOUTH: Part = (23, 39, 4, 26)
_HEAD, _NOISE = 1.75, 0.8
"""How much more than between eyes and nose the mouth must change to speak, and in grey levels what a film's noise does."""
_STEP_SECONDS = 0.03
"""A picture is compared with one that is so much older at least, so that films of any rate are measured alike."""
_LOST_SECONDS = 0.25
_SAME, _SAME_SECONDS = 0.25, 0.12
"""What changes by less, in grey levels, is the same picture again, as where a film of 15 pictures a second is made one of 30;
after so long it is a face that keeps still.
"""
_LEAST_HEIGHT = 24.0
"""Of a face, in pixels; there is no mouth to see on smaller ones."""
_LEAST_CONTRAST = 4.0
_MOST_FACES = 4
"""So many are watched, those of the two people first: in a crowd the others are passers-by."""
_DIGITS = 4


class _Face(NamedTuple):
    """How a face looked when it was last looked at, and how its mouth had moved by then."""

    time: float
    picture: F32Array
    motion: float | None = None


class LipReader:
    """Measures the mouths of a video's faces, frame by frame.  Plain data but for ``luma``, which is lent."""

    def __init__(self, luma: LumaSource) -> None:
        self._luma = luma
        self._faces: dict[int, _Face] = {}

    def read(self, frame: Frame, tracks: Sequence[Track], *, cut: bool, people: Collection[int] = ()) -> Mapping[int, float]:
        """How much each track's mouth has moved since about a thirtieth of a second ago, as a share of its contrast.

        About 0.02 for a mouth that rests, 0.1 and more for one that speaks.  Tracks without landmarks, whose face is small, or
        new, are left out.
        """
        if cut:
            self._faces.clear()
        now = frame.time
        for track in _most_important(tracks, people):
            self._look(frame, track, now)
        self._faces = {ident: face for ident, face in self._faces.items() if now - face.time <= _LOST_SECONDS}
        seen = {track.id for track in tracks}
        return {ident: face.motion for ident, face in self._faces.items() if ident in seen and face.motion is not None}

    def _look(self, frame: Frame, track: Track, now: float) -> None:
        known = self._faces.get(track.id)
        if known is not None and now - known.time < _STEP_SECONDS:
            return
        picture = self._picture(frame, track)
        if picture is None:
            self._faces.pop(track.id, None)
        elif known is None or now - known.time > _LOST_SECONDS:
            self._faces[track.id] = _Face(now, picture)
        else:
            told = _movement(known.picture, picture)
            if max(told.mouth, told.cheeks) >= _SAME or now - known.time >= _SAME_SECONDS:
                self._faces[track.id] = _Face(now, picture, told.motion)
            elif known.motion is None:
                self._faces[track.id] = known._replace(motion=told.motion)

    def _picture(self, frame: Frame, track: Track) -> F32Array | None:
        marks = track.detection.landmarks if track.detection is not None else None
        if marks is None or track.box.h < _LEAST_HEIGHT:
            return None
        try:
            matrix = similarity(TEMPLATE, marks)
        except ValueError:
            return None
        return self._luma(frame, matrix, WIDTH, HEIGHT)


class _Movement(NamedTuple):
    """Between two pictures of a face: of cheeks and mouth, in grey levels (root mean square), and how much the mouth speaks."""

    cheeks: float
    mouth: float
    motion: float


def mouth_motion(before: F32Array, now: F32Array) -> float:
    """How much the mouth moved between two pictures of a face, both float32, shape (HEIGHT, WIDTH), aligned to the template.

    A mouth that is shifted as a whole, as on a head that turns, does not count, nor does what a head that moves would change
    in it, going by what changes between eyes and nose and by how much there is to see in both.
    """
    return _movement(before, now).motion


def _movement(before: F32Array, now: F32Array) -> _Movement:
    told = np.empty(5)
    unexplained_motion(before, now, _RIGID, _CHEEKS, _MOUTH, told)
    cheeks, mouth, around, there, contrast = told.tolist()
    head = _HEAD * cheeks * min(there / max(around, 1e-6), 1.0)
    motion = math.sqrt(max(mouth - head - _NOISE**2, 0.0)) / max(contrast, _LEAST_CONTRAST)
    return _Movement(math.sqrt(cheeks), math.sqrt(mouth), round(motion, _DIGITS))


def _most_important(tracks: Sequence[Track], people: Collection[int]) -> Sequence[Track]:
    if len(tracks) <= _MOST_FACES:
        return tracks
    return sorted(tracks, key=lambda track: (track.id not in people, -track.box.h, track.id))[:_MOST_FACES]
