"""Plans as the page gets them: some seconds at a time, as arrays that JavaScript reads without parsing.

A chunk is little-endian: three ``uint32``, the numbers of frames F, placements P and faces A; then, each beginning at a
multiple of eight bytes, ``float64`` times (F, seconds from the film's first picture), ``float32`` crops (P × 4), ``float32``
boxes of faces (A × 4), ``uint32`` ends of each frame's placements (F) and faces (F), ``int32`` tracks of faces (A), ``uint16``
places on the canvas (P × 5: x, y, width, height, radius of the corners), ``uint8`` kinds of placements (P × 4: person, state,
fill, mark), persons of faces (A), scores of faces (A, 0…255) and frames (F × 2: cut, layout).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dualface.types import Fill, FramePlan, Mark, Observation, Person, Placement, TileState

PERSONS: Sequence[Person | None] = (None, *Person)
STATES, FILLS, MARKS = tuple(TileState), tuple(Fill), tuple(Mark)
"""As ``page/js/chunks.js`` has them, too."""
CHUNK_FRAMES = 256
_LONGEST_SIDE = 65535


def packed(
    frames: Sequence[FramePlan], seen: Sequence[Observation], times: Sequence[float], layouts: Mapping[str, int]
) -> bytes:
    """One chunk.  ``seen`` has the faces of the same frames, or nothing; ``layouts`` numbers the names of layouts."""
    placements = [one for frame in frames for one in frame.placements]
    looked = [(frame.people, face) for frame, one in zip(frames, seen, strict=False) for face in one.faces]
    columns = [
        _column([len(frames), len(placements), len(looked)], "<u4"),
        _column(times, "<f8"),
        _column([v for one in placements for v in one.crop], "<f4"),
        _column([v for _, face in looked for v in face.box], "<f4"),
        _column(list(accumulate(len(frame.placements) for frame in frames)), "<u4"),
        _column(list(accumulate(len(one.faces) for one in seen)) or [0] * len(frames), "<u4"),
        _column([face.track_id for _, face in looked], "<i4"),
        _column([v for one in placements for v in (one.at.x, one.at.y, one.at.w, one.at.h, one.corner)], "<u2"),
        _column([v for one in placements for v in _kinds(one)], "u1"),
        _column([PERSONS.index(people.get(face.track_id)) for people, face in looked], "u1"),
        _column([round(255 * min(max(face.score, 0), 1)) for _, face in looked], "u1"),
        _column([v for frame in frames for v in (frame.cut, layouts[frame.layout])], "u1"),
    ]
    return b"".join(columns)


def _kinds(one: Placement) -> tuple[int, ...]:
    return PERSONS.index(one.person), STATES.index(one.state), FILLS.index(one.fill), MARKS.index(one.mark)


def _column(values: Sequence[Any], kind: str) -> bytes:
    array: NDArray[Any] = np.asarray(values, kind)
    return array.tobytes() + b"\0" * (-array.nbytes % 8)
