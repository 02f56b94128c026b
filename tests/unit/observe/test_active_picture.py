"""Bars and the boxes of a grid are told from the picture, and people before a plain wall are neither."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.observe.active_picture import ActivePicture
from dualface.pixels.thumbnail import Thumbnail
from dualface.types import Box, U8Array

ROWS, COLUMNS = 72, 128
CELL = 10


def bright(rows: int, columns: int, n: int = 0) -> U8Array:
    return np.random.default_rng(n).integers(60, 220, (rows, columns), np.uint8)


def small(luma: U8Array, chroma: int = 128) -> Thumbnail:
    flat = np.full(luma.shape, chroma, np.uint8)
    return Thumbnail(luma, flat, flat)


def found(picture: Callable[[int], U8Array], frames: int = 15) -> tuple[Box, ...]:
    active = ActivePicture()
    for n in range(frames):
        active.see(small(picture(n)))
    return active.parts(COLUMNS * CELL, ROWS * CELL)


def framed(*boxes: tuple[int, int, int, int], plain: int = 16) -> Callable[[int], U8Array]:
    """Pictures with something in boxes, each left, top, width and height in samples, on a plain colour."""

    def picture(n: int) -> U8Array:
        luma = np.full((ROWS, COLUMNS), plain, np.uint8)
        for x, y, w, h in boxes:
            luma[y : y + h, x : x + w] = bright(h, w, n)
        return luma

    return picture


def test_a_picture_that_fills_the_frame_has_no_parts() -> None:
    assert found(framed((0, 0, COLUMNS, ROWS))) == ()


@pytest.mark.parametrize("plain", [16, 38, 235])
@pytest.mark.parametrize("box", [(0, 9, 128, 54), (16, 0, 96, 72), (20, 12, 88, 48)])
def test_bars_of_any_colour_are_left_out(box: tuple[int, int, int, int], plain: int) -> None:
    x, y, w, h = box
    (part,) = found(framed(box, plain=plain))
    outside = Box(x * CELL, y * CELL, w * CELL, h * CELL)
    assert outside.x <= part.x <= outside.x + CELL
    assert outside.y <= part.y <= outside.y + CELL
    assert outside.right - CELL <= part.right <= outside.right
    assert outside.bottom - CELL <= part.bottom <= outside.bottom


def test_where_the_picture_is_known_to_lie_counts_even_in_the_dark() -> None:
    whole = Box(400, 0, 480, 720)
    for picture in (framed(), framed((60, 50, 6, 6))):
        active = ActivePicture(whole)
        for n in range(15):
            active.see(small(picture(n)))
        assert active.parts(COLUMNS * CELL, ROWS * CELL) == (whole,)


def test_a_meeting_s_boxes_are_parts_of_their_own() -> None:
    parts = found(framed((3, 20, 58, 32), (67, 20, 58, 32)))
    assert [round(part.cx) for part in parts] == [320, 960]
    assert len(found(framed((2, 2, 60, 33), (66, 2, 60, 33), (2, 37, 60, 33), (66, 37, 60, 33)))) == 4


def test_a_logo_and_subtitles_in_bars_stay_outside() -> None:
    def picture(n: int) -> U8Array:
        luma = framed((0, 12, 128, 48))(n)
        luma[3:6, 4:14] = 235
        luma[63:67, 40:88] = 235
        return luma

    (part,) = found(picture)
    assert (part.y, part.bottom) == (130, 590)


def test_a_logo_that_touches_the_picture_does_not_make_bars_a_part_of_it() -> None:
    def picture(n: int) -> U8Array:
        luma = framed((0, 9, 128, 54))(n)
        luma[2:9, 4:24] = 235
        return luma

    (part,) = found(picture)
    assert (part.y, part.bottom) == (100, 620)


def test_two_behind_a_long_desk_before_a_plain_wall_are_in_no_box() -> None:
    def picture(n: int) -> U8Array:
        luma = framed((0, 44, 128, 28))(n)
        luma[20:44, 30:42] = bright(24, 12, n)
        luma[18:44, 84:96] = bright(26, 12, n)
        return luma

    assert found(picture) == ()


def test_somebody_before_a_plain_wall_is_no_box() -> None:
    def picture(n: int) -> U8Array:
        luma = np.full((ROWS, COLUMNS), 235, np.uint8)
        luma[10:30, 55:72] = bright(20, 17, n)
        luma[30:, 40:88] = bright(42, 48, n)
        return luma

    assert found(picture) == ()


def test_a_film_that_begins_dark_is_judged_by_what_is_seen_later() -> None:
    letterbox = framed((0, 9, 128, 54))
    (part,) = found(lambda n: np.full((ROWS, COLUMNS), 16, np.uint8) if n < 20 else letterbox(n), frames=40)
    assert part.y == 100


@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 255))
@settings(deadline=None)
def test_nothing_in_a_plain_or_a_tiny_picture(rows: int, columns: int, value: int) -> None:
    active = ActivePicture()
    active.see(small(np.full((rows, columns), value, np.uint8)))
    assert active.parts(1280, 720) == ()
