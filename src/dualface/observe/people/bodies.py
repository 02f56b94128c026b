"""Whether somebody whose face can't be seen is still there: bowed, turned away, behind a sheet of paper.

A person's place, from the hair down to the chest, is remembered as a few means of colour while the face is seen.  While it
is not, the place is looked at again, also a little beside it: as long as most of it looks as it did, the person is there.
Appearance decides and no clock: somebody may bow for a minute, and who walks away is gone at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dualface.observe.frame_number import frame_number
from dualface.observe.track.cuts import Picture
from dualface.types import Box, F32Array

_WIDE, _UP, _DOWN = 1.1, 0.1, 2.4
"""The place around a face: so many of its widths to either side, so many heights above its top and below it."""
_COLUMNS, _ROWS = 6, 8
_BODY_ROWS = 3
"""From this row on it is the body, which stays where the head may move."""
_ALIKE = 14.0
"""A mean that differs by no more, in levels, is the same."""
_MOST = 0.6
"""Share of the means of the body that must be the same."""
_STEPS = (0, -1, 1, -2, 2)
"""Places beside the remembered one that are looked at too, in eighths of the place's width."""
_PLAIN = 6.0
"""A place whose means spread no more, in levels, is a wall: nothing could be told from it."""
_EVERY = 5
"""Remembered anew in every so many frames."""


@dataclass(slots=True)
class _Place:
    """Where somebody was, in shares of the picture, and how it looked: float32, (rows, columns, 3); when, by the clock."""

    left: float
    top: float
    width: float
    height: float
    look: F32Array
    number: int


class Bodies:
    """Watches the places of tracks whose face is not seen.

    ``width`` and ``height`` are the source's in pixels, ``fps`` is its nominal rate.
    """

    def __init__(self, width: int, height: int, fps: float) -> None:
        self._width, self._height, self._fps = width, height, fps
        self._places: dict[int, _Place] = {}

    def observe(self, picture: Picture, seen: Mapping[int, Box], *, time: float, cut: bool) -> tuple[int, ...]:
        """The tracks that are not seen in this frame, at ``time`` seconds, but whose person is still there.

        ``picture`` is the frame in small, ``seen`` the faces of the people who matter, by track, in source pixels.  Somebody
        else in the same place, or a cut, ends the watch.
        """
        if cut:
            self._places = {}
        there = []
        for track_id, place in list(self._places.items()):
            if track_id in seen:
                continue
            if any(_overlaps(place, self._place_of(box)) for box in seen.values()) or not self._still(picture, place):
                del self._places[track_id]
            else:
                there.append(track_id)
        number = frame_number(time, self._fps)
        for track_id, box in seen.items():
            self._remember(picture, track_id, box, number)
        return tuple(there)

    def _remember(self, picture: Picture, track_id: int, box: Box, number: int) -> None:
        known = self._places.get(track_id)
        if known is not None and known.number // _EVERY == number // _EVERY:
            return
        left, top, width, height = self._place_of(box)
        look = _means(picture, left, top, width, height)
        if look is not None and float(look[_BODY_ROWS:].std((0, 1)).max()) > _PLAIN:
            self._places[track_id] = _Place(left, top, width, height, look, number)

    def _place_of(self, box: Box) -> tuple[float, float, float, float]:
        left, top = box.cx - (0.5 + _WIDE) * box.w, box.y - _UP * box.h
        width, height = (1 + 2 * _WIDE) * box.w, (1 + _UP + _DOWN) * box.h
        bottom = min(top + height, float(self._height))
        return left / self._width, top / self._height, width / self._width, (bottom - top) / self._height

    def _still(self, picture: Picture, place: _Place) -> bool:
        best = 0.0
        for step in _STEPS:
            left = place.left + step * place.width / 8
            now = _means(picture, left, place.top, place.width, place.height)
            if now is None:
                continue
            same = np.abs(now - place.look).max(2)[_BODY_ROWS:] <= _ALIKE
            best = max(best, float(same.mean()))
            if best >= _MOST:
                place.left = left
                return True
        return False


def _means(picture: Picture, left: float, top: float, width: float, height: float) -> F32Array | None:
    """Means of the cells of a place, float32, (rows, columns, 3); ``None`` for one that is hardly in the picture."""
    rows, columns = picture.y.shape
    xs = np.clip(((left + width * (np.arange(_COLUMNS) + 0.5) / _COLUMNS) * columns).astype(int), 0, columns - 1)
    ys = np.clip(((top + height * (np.arange(_ROWS) + 0.5) / _ROWS) * rows).astype(int), 0, rows - 1)
    if len(set(xs.tolist())) < _COLUMNS // 2 or len(set(ys.tolist())) < _ROWS // 2:
        return None
    x0, x1 = np.maximum(xs - 1, 0), np.minimum(xs + 1, columns - 1)
    y0, y1 = np.maximum(ys - 1, 0), np.minimum(ys + 1, rows - 1)
    planes = np.stack((picture.y, picture.u, picture.v), 2)
    lines = planes[y0].astype(np.float32) + planes[y1]
    means: F32Array = (lines[:, x0] + lines[:, x1]) / 4
    return means


def _overlaps(place: _Place, other: tuple[float, float, float, float]) -> bool:
    """Whether another person's place has its middle in this one."""
    middle = other[0] + other[2] / 2
    return place.left + 0.25 * place.width < middle < place.left + 0.75 * place.width
