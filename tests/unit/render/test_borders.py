"""Lines around tiles, and rounded corners."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualface.render.borders import Borders, border
from dualface.render.compose.corners import corner_mask, corner_of, rounded
from dualface.types import Box, Fill, Overlay, Person, Placement, Rect, TileState

WHOLE = Box(0, 0, 10, 10)


def even(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low // 2, high // 2).map(lambda n: 2 * n)


@given(even(8, 90), even(8, 90), even(0, 6), st.integers(0, 30), st.integers(1, 20))
def test_the_pieces_are_the_line_once_and_nothing_else(w: int, h: int, begin: int, corner: int, width: int) -> None:
    tile = Placement(Rect(begin, 2, w, h), WHOLE, Person.LEFT, TileState.TRACKED, corner=corner)
    radius, drawn = corner_of(tile), np.zeros((h + 4, w + begin + 2), int)
    for piece in border(tile.at, radius, width, "#ffffff"):
        rows, columns = piece.alpha.shape
        drawn[piece.y : piece.y + rows, piece.x : piece.x + columns] += piece.alpha
    line = drawn[2 : 2 + h, begin : begin + w]
    assert drawn.sum() == line.sum(), "all of it lies on the tile"
    if 2 * width < min(w, h):
        assert (
            255 - line[width : h - width, width : w - width] == rounded(w - 2 * width, h - 2 * width, max(radius - width, 0))
        ).all()
        line[width : h - width, width : w - width] = 255
    assert (line == 255).all()


@pytest.mark.parametrize("radius", [1, 7, 24, 100])
def test_a_corner_is_a_quarter_of_a_disc(radius: int) -> None:
    side, full, half = corner_mask(radius)
    assert side % 4 == 0
    area = full.astype(float).sum() / 255 - (side * side - 4 * radius * radius)
    assert area == pytest.approx(math.pi * radius * radius, abs=0.02 * side * side if radius < 7 else 0.003 * side * side)
    assert half.shape == (side // 2, side // 2)
    assert (full == full.T).all()
    assert rounded(20, 12, 0).min() == 255


def test_corners_have_room_and_a_backdrop_has_no_line() -> None:
    tile = Placement(Rect(0, 0, 30, 90), WHOLE, Person.LEFT, TileState.TRACKED, corner=100)
    assert corner_of(tile) == 14
    caption = Overlay(0, 0, np.ones((2, 2), np.uint8))
    draw = Borders(3, "#ff0000", lambda _: [caption])
    assert draw(tile)[0] is caption
    assert draw(tile)[1] is draw(tile)[1], "the composer keeps what it has made of it"
    backdrop = Placement(Rect(0, 0, 30, 90), WHOLE, None, TileState.SCENE, fill=Fill.BACKDROP)
    assert list(draw(backdrop)) == [caption]
