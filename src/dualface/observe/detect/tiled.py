"""Small faces, and huge ones: where the whole picture shows none that is large, it is looked at otherwise too.

Faces larger than the picture are found in it at half its size (:mod:`~dualface.observe.detect.close_up`), small ones by tiled
inference: the whole picture is reduced to the detector's size, in which the heads on a wide stage are too small to be found, so
its parts are looked at, at the source's own resolution.  All tiles are looked at when a shot begins, and again after a while,
each time after twice as long, and whenever so and so much of the film has passed, which is the same for all who watch it;
between that only the surroundings of faces that were found so.  A stage costs about one look
more for each person, and footage with large faces costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from dualface.geometry import iou
from dualface.interfaces import Detector
from dualface.observe.detect.close_up import at_full_size, at_half_size
from dualface.types import Box, Detection, Frame

_LARGE = 0.1
"""A face of this share of the picture's height is found in the whole picture, and is whom the shot is about."""
_HUGE = 0.8
"""Less than this share of the picture's height is not huge, and found in the whole picture."""
_TILE = 270
"""Height of a tile in source pixels, a quarter of full HD's: a face of 20 pixels is found in it, of 60 in the whole picture."""
_WIDE = 16 / 9
_OVERLAP = 0.2
"""Share of a tile that the next one shows too, so that no face lies on an edge of both."""
_AROUND = 10.0
"""The part that is looked at for a face that is followed is so many times as tall, within bounds."""
_SURE = 0.5
"""Least score of a face that only a tile shows: in so many parts something looks like a face now and then."""
_SAME = 0.3
_MOST_TILES, _MOST_FACES = 25, 4
"""However large a picture is, no more parts are looked at, nor more faces followed so."""
_FIRST_SECONDS, _LAST_SECONDS = 2.0, 8.0
"""From the first look at all tiles to the second; it doubles up to the last."""


class TiledDetector:
    """Implements :class:`~dualface.interfaces.Detector` for one video, by a ``detector`` that may be shared."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._followed: list[Box] = []
        self._close_up = False  # whether a face larger than the picture was found last
        self._next, self._pause = -math.inf, _FIRST_SECONDS

    def start_shot(self) -> None:
        """A cut: nothing is known of where faces are."""
        self._followed, self._next, self._pause, self._close_up = [], -math.inf, _FIRST_SECONDS, False

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        whole = self._detector.detect(frames)
        return [self._with_others(frame, found) for frame, found in zip(frames, whole, strict=True)]

    def close(self) -> None:
        """The detector belongs to whoever lent it."""

    def _with_others(self, frame: Frame, found: list[Detection]) -> list[Detection]:
        """The faces of the whole picture, and those that only its parts show, or that it shows at half its size."""
        scan = False
        if not _has_large(found, frame):
            scan = self._is_time_to_scan(frame.time)
            if frame.device == "cpu" and (scan or self._close_up):
                huge = self._huge(frame)
                self._close_up = bool(huge)
                found = huge or found
        if frame.height <= _TILE or _has_large(found, frame):
            self._followed = []
            return found
        return self._with_small(frame, found, scan=scan)

    def _is_time_to_scan(self, time: float) -> bool:
        if time < self._next:
            return False
        self._next = min(time + self._pause, (time // _LAST_SECONDS + 1) * _LAST_SECONDS)
        self._pause = min(2 * self._pause, _LAST_SECONDS)
        return True

    def _huge(self, frame: Frame) -> list[Detection]:
        seen = self._detector.detect([at_half_size(frame)])[0]
        faces = [at_full_size(face, frame) for face in seen if face.score >= _SURE]
        return [face for face in faces if face.box.h >= _HUGE * frame.height]

    def _with_small(self, frame: Frame, found: list[Detection], *, scan: bool) -> list[Detection]:
        missed = [box for box in self._followed if not _is_in(box, found)]
        parts = tiles(frame.width, frame.height) if scan else [_around(box, frame) for box in missed]
        small = [face for face in self._in_parts(frame, parts) if face.score >= _SURE]
        faces = _distinct([*small, *found])
        if faces:
            self._followed = [d.box for d in faces if d.score >= _SURE][:_MOST_FACES]
        return faces

    def _in_parts(self, frame: Frame, parts: Sequence[Box]) -> list[Detection]:
        """All at once: what runs the model may look at several pictures at a time."""
        seen = self._detector.detect([cut_out(frame, part) for part in parts]) if parts else []
        return [_moved(face, part.x, part.y) for part, faces in zip(parts, seen, strict=True) for face in faces]


def tiles(width: int, height: int) -> list[Box]:
    """Parts that cover a picture of this size in pixels, each with some of its neighbours."""
    h = _TILE
    while True:
        w = min(round(h * _WIDE), width)
        columns, rows = _count(width, w), _count(height, min(h, height))
        if columns * rows <= _MOST_TILES:
            break
        h = round(h * 1.25)
    across, down = _spans(width, w, columns), _spans(height, min(h, height), rows)
    return [Box(x, y, w, h) for y, h in down for x, w in across]


def _count(length: int, part: int) -> int:
    return 1 if part >= length else 1 + math.ceil((length - part) / (part * (1 - _OVERLAP)))


def _spans(length: int, part: int, count: int) -> list[tuple[int, int]]:
    """Where parts begin, at even pixels, and how long they are; the last one ends with the whole."""
    starts = [round((length - part) * k / max(count - 1, 1)) // 2 * 2 for k in range(count)]
    return [*((start, part) for start in starts[:-1]), (starts[-1], length - starts[-1])]


def _around(face: Box, frame: Frame) -> Box:
    """A face's surroundings, in a tile's shape."""
    h = min(max(_AROUND * face.h, _TILE / 2), _TILE)
    w = min(h * _WIDE, frame.width)
    x, y = min(max(face.cx - w / 2, 0.0), frame.width - w), min(max(face.cy - h / 2, 0.0), frame.height - h)
    return Box(x // 2 * 2, y // 2 * 2, w // 2 * 2, h // 2 * 2)


def cut_out(frame: Frame, part: Box) -> Frame:
    """A part of a frame, wherever it is, as a frame of its own, which shares its pixels.  ``part`` begins at even pixels."""
    x, y, w, h = (int(v) for v in part)
    luma, *chroma = frame.planes
    rows, columns = slice(y // 2, (y + h + 1) // 2), slice(x // 2, (x + w + 1) // 2)
    planes = (luma[y : y + h, x : x + w], *(plane[rows, columns] for plane in chroma))
    return replace(frame, width=w, height=h, planes=planes, content=None)


def _has_large(faces: Sequence[Detection], frame: Frame) -> bool:
    return max((face.box.h for face in faces), default=0.0) >= _LARGE * frame.height


def _is_in(box: Box, faces: Sequence[Detection]) -> bool:
    return any(face.score >= _SURE and iou(box, face.box) >= _SAME for face in faces)


def _moved(face: Detection, dx: float, dy: float) -> Detection:
    box = Box(face.box.x + dx, face.box.y + dy, face.box.w, face.box.h)
    marks = None if face.landmarks is None else face.landmarks + np.array([dx, dy], np.float32)
    return Detection(box, face.score, marks)


def _distinct(faces: Iterable[Detection]) -> list[Detection]:
    """Each face once, by the look that is surest of it; best first."""
    kept: list[Detection] = []
    for face in sorted(faces, key=lambda d: -d.score):
        if all(iou(face.box, other.box) < _SAME for other in kept):
            kept.append(face)
    return kept
