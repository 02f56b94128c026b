"""Where in a frame the picture is: without baked-in bars, and one part for each box of a grid.

A video may hold a picture of another shape (letterbox, pillarbox), or several (a meeting's recording, a television split
screen), on one plain colour.  A part counts only if its edges are straight: along them the picture differs from that colour.
So people before a black or white wall are no boxes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dualface.observe.track.cuts import Picture
from dualface.types import Box

_SAME = 4
"""Samples that differ by no more levels are of one colour."""
_FILLED = 0.4
"""Share of a row or column that must differ from that colour to belong to the picture: logos and subtitles stand in bars."""
_INSIDE, _OUTSIDE = 0.6, 0.9
"""Share of an edge along which the picture must differ from that colour, and all around it must not."""
_OUTSIDE_EVEN, _EVEN = 0.6, 2
"""The same around bars that are as wide on both sides, within so many samples: a logo or a caption may touch the picture."""
_LEAST = 0.15
"""A part's width and height at least, as shares of the frame's."""
_SWEEPS = 4
_SAMPLES, _MOST_SAMPLES = 10, 100
"""Frames of a shot that decide; if they show no parts, more do."""
_OFTEN = 0.5
"""Share of them in which a place is plain: subtitles come and go in bars, and a picture may be dark for a moment."""


class _Cells(NamedTuple):
    """Rows and columns of the small picture, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(slots=True)
class ActivePicture:
    """Finds one shot's parts, by several of its frames.

    ``whole`` is where its picture is known to lie, as :attr:`dualface.types.Frame.content` has it: the part where no other
    can be seen, as in a dark shot.
    """

    whole: Box | None = None
    _plain: NDArray[np.int32] | None = None
    _frames: int = 0
    _found: tuple[_Cells, ...] = ()
    _shape: tuple[int, int] = field(default=(1, 1))

    def see(self, picture: Picture) -> None:
        """Takes the next frame in small, until there are enough."""
        if self._frames >= (_SAMPLES if self._found else _MOST_SAMPLES):
            return
        plain = _plain_places(picture)
        if plain is None or plain.all():  # a fade to black says nothing
            return
        self._frames += 1
        self._shape = picture.y.shape
        self._plain = plain.astype(np.int32) if self._plain is None else self._plain + plain
        often = self._plain > _OFTEN * self._frames
        rows, columns = self._shape
        self._found = tuple(_parts(often, _Cells(0, rows, 0, columns)))

    def parts(self, width: int, height: int) -> tuple[Box, ...]:
        """The parts, in pixels of a frame of this size, left to right and top to bottom; none where the picture fills it."""
        rows, columns = self._shape
        dx, dy = width / columns, height / rows
        boxes = (Box(p.left * dx, p.top * dy, (p.right - p.left) * dx, (p.bottom - p.top) * dy) for p in self._found)
        found = tuple(Box(*(round(v, 2) for v in box)) for box in boxes)
        return found or ((self.whole,) if self.whole is not None else ())


def _plain_places(picture: Picture) -> NDArray[np.bool_] | None:
    """Where the colour is that the corners have; ``None`` where they have several."""
    planes = [plane.astype(np.int32) for plane in (picture.y, picture.u, picture.v)]
    corners = [np.array([p[0, 0], p[0, -1], p[-1, 0], p[-1, -1]]) for p in planes]
    if any(np.ptp(values) > _SAME for values in corners):
        return None
    near = [np.abs(plane - np.median(values)) <= _SAME for plane, values in zip(planes, corners, strict=True)]
    plain: NDArray[np.bool_] = near[0] & near[1] & near[2]
    return plain


def _parts(plain: NDArray[np.bool_], within: _Cells) -> list[_Cells]:
    """The parts in an area; none where it has no straight edges, or fills all of the frame."""
    lit = _lit(plain, within)
    if lit is None:
        return []
    pieces = _split(plain, lit)
    if len(pieces) > 1:
        found = [_parts(plain, piece) for piece in pieces]
        if sum(map(bool, found)) > 1:
            return [part for some in found for part in some]
    trimmed = _trimmed(plain, lit)
    rows, columns = plain.shape
    if trimmed is None or trimmed == (0, rows, 0, columns):
        return []
    inner = _without_mixed_edge(trimmed, rows, columns)
    large = inner.bottom - inner.top >= _LEAST * rows and inner.right - inner.left >= _LEAST * columns
    return [inner] if large and _has_straight_edges(plain, inner) else []


def _lit(plain: NDArray[np.bool_], area: _Cells) -> _Cells | None:
    """Without rows and columns outside that are wholly plain."""
    part = ~plain[area.top : area.bottom, area.left : area.right]
    rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    if not len(rows):
        return None
    top, left = area.top, area.left
    return _Cells(top + int(rows[0]), top + int(rows[-1]) + 1, left + int(columns[0]), left + int(columns[-1]) + 1)


def _trimmed(plain: NDArray[np.bool_], area: _Cells) -> _Cells | None:
    """Without rows and columns outside that are plain for the most part."""
    for _ in range(_SWEEPS):
        before = area
        part = ~plain[area.top : area.bottom, area.left : area.right]
        rows = np.flatnonzero(part.mean(1) >= _FILLED)
        if not len(rows):
            return None
        area = _Cells(area.top + int(rows[0]), area.top + int(rows[-1]) + 1, area.left, area.right)
        part = ~plain[area.top : area.bottom, area.left : area.right]
        columns = np.flatnonzero(part.mean(0) >= _FILLED)
        if not len(columns):
            return None
        area = _Cells(area.top, area.bottom, area.left + int(columns[0]), area.left + int(columns[-1]) + 1)
        if area == before:
            break
    return area


def _split(plain: NDArray[np.bool_], area: _Cells) -> list[_Cells]:
    """At rows or columns that are plain from edge to edge."""
    lit = ~plain[area.top : area.bottom, area.left : area.right]
    filled_columns = np.asarray(lit.any(0))
    filled_rows = np.asarray(lit.any(1))
    across = _runs(filled_columns)
    if len(across) > 1:
        return [_Cells(area.top, area.bottom, area.left + a, area.left + b) for a, b in across]
    return [_Cells(area.top + a, area.top + b, area.left, area.right) for a, b in _runs(filled_rows)]


def _runs(filled: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where it is filled, as beginnings and ends."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], filled, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _without_mixed_edge(area: _Cells, rows: int, columns: int) -> _Cells:
    """One sample less where an edge is not the frame's: that sample shows some of both."""
    return _Cells(
        area.top + (area.top > 0),
        area.bottom - (area.bottom < rows),
        area.left + (area.left > 0),
        area.right - (area.right < columns),
    )


def _has_straight_edges(plain: NDArray[np.bool_], area: _Cells) -> bool:
    """Whether the picture begins all along each edge that is not the frame's, and ends there."""
    top, bottom, left, right = area
    rows, columns = plain.shape
    if bottom - top < 2 or right - left < 2:
        return False
    bars = ((top, rows - bottom), (left, columns - right))
    across, along = (_OUTSIDE_EVEN if min(bar) > 0 and abs(bar[0] - bar[1]) <= _EVEN else _OUTSIDE for bar in bars)
    edges = [
        (plain[top, left:right], plain[max(top - 2, 0), left:right], across, top > 0),
        (plain[bottom - 1, left:right], plain[min(bottom + 1, rows - 1), left:right], across, bottom < rows),
        (plain[top:bottom, left], plain[top:bottom, max(left - 2, 0)], along, left > 0),
        (plain[top:bottom, right - 1], plain[top:bottom, min(right + 1, columns - 1)], along, right < columns),
    ]
    return all(1 - inside.mean() >= _INSIDE and outside.mean() >= least for inside, outside, least, counts in edges if counts)
