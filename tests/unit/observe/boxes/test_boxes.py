"""Boxes without gutters are found by their sides, and what stands in a room is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from dualface.footage.cut_films import room
from dualface.observe.boxes.finder import BoxFinder
from dualface.pixels.source import CpuPixels
from dualface.pixels.thumbnail import thumbnail
from dualface.testing.pictures import frame_from_rgb
from dualface.types import Box, F32Array, Rect
from dualface.video.freeze import freeze, thaw

WIDTH, HEIGHT = 320, 180
FPS = 2.5  # so that each frame is looked at
LEFT, RIGHT = Rect(0, 0, 160, 180), Rect(160, 0, 160, 180)
WHOLE = Rect(0, 0, WIDTH, HEIGHT)
CORNER = Rect(192, 108, 112, 63)
GRAIN = np.random.default_rng(3).normal(0, 2, (5, HEIGHT, WIDTH, 1)).astype(np.float32)
Painted = tuple[F32Array, list[Box]]


def somebody(seed: int, at: Rect, n: int, x: float = 0.5, wall: F32Array | None = None) -> Painted:
    """A picture of somebody who sways before a wall, in a size; and the face in the frame."""
    picture = (room(seed, width=at.w, height=at.h) if wall is None else wall).copy()
    cx, unit = x * at.w + 5 * np.sin(1.9 * n + seed), at.h / 5
    rows, columns = np.mgrid[: at.h, : at.w]
    body = (rows > 2.4 * unit) & (np.abs(columns - cx) < 1.3 * unit)
    head = ((rows - 1.7 * unit) / (0.75 * unit)) ** 2 + ((columns - cx) / (0.55 * unit)) ** 2 < 1
    picture[body] = (60 + 20 * seed, 90, 150)
    picture[head] = (200, 160, 140 - 10 * seed)
    return picture, [Box(at.x + cx - 0.5 * unit, at.y + unit, unit, 1.4 * unit)]


def put(painted: Painted, part: Painted, at: Rect, border: int = 0) -> Painted:
    picture, faces = painted
    b = border
    picture[at.y - b : at.y + at.h + b, at.x - b : at.x + at.w + b] = 235
    picture[at.y : at.y + at.h, at.x : at.x + at.w] = part[0]
    return picture, faces + part[1]


def halves(n: int) -> Painted:
    left, right = somebody(1, LEFT, n, 0.8), somebody(4, RIGHT, n)
    return np.concatenate((left[0], right[0]), 1), left[1] + right[1]


def corner(n: int, border: int = 0) -> Painted:
    return put(somebody(3, WHOLE, n, 0.3), somebody(6, CORNER, n), CORNER, border)


def two(n: int, wall: F32Array | None = None) -> Painted:
    picture, faces = somebody(1, WHOLE, n, 0.24, wall)
    picture, others = somebody(2, WHOLE, n, 0.76, picture)
    return picture, faces + others


def watched(paint: Callable[[int], Painted], frames: int = 14, comes: int | None = None, frozen: int = -1) -> BoxFinder:
    """``comes``: the frame in which the corner is seen to change at once; ``frozen``: another process goes on before it."""
    patch = CpuPixels().patch
    finder = BoxFinder(WIDTH, HEIGHT, FPS, patch)
    for n in range(frames):
        if n == frozen:
            finder = thaw(freeze(finder, {"strips": patch}), {}, {"strips": patch})
        picture, faces = paint(n)
        rgb = np.clip(picture + GRAIN[n % 5], 0, 255).astype(np.uint8)
        frame = replace(frame_from_rgb(rgb, n), pts=n, time_base=Fraction(2, 5))
        if n == comes:
            changed = np.zeros((18, 32), np.bool_)
            changed[11:17, 20:30] = True
            finder.note(n, changed)
        finder.see(frame, thumbnail(frame), n, faces, None)
    return finder


def found(paint: Callable[[int], Painted], frames: int = 14) -> list[Box]:
    return list(watched(paint, frames).parts_at(frames - 1, ())[0])


def like(box: Box, at: Rect) -> bool:
    """A box keeps two pixels off its sides."""
    return bool(np.allclose(box, (at.x, at.y, at.w, at.h), atol=4.1)) and box.x >= at.x and box.right <= at.x + at.w


def test_two_halves_that_touch_each_other() -> None:
    left, right = found(halves)
    assert like(left, LEFT)
    assert like(right, RIGHT)


@pytest.mark.parametrize("border", [0, 2])
def test_a_box_in_a_corner_lies_over_the_picture(border: int) -> None:
    whole, box = found(lambda n: corner(n, border))
    assert whole == Box(0, 0, WIDTH, HEIGHT)
    assert like(box, CORNER)


def test_boxes_over_a_background_that_moves() -> None:
    places = Rect(16, 36, 138, 104), Rect(166, 36, 138, 104)

    def paint(n: int) -> Painted:
        wide = room(13, width=WIDTH + 200, height=HEIGHT)[:, 10 * n : 10 * n + WIDTH].copy()
        painted: Painted = (wide, [])
        for seed, at in zip((7, 8), places, strict=True):
            painted = put(painted, somebody(seed, at, n), at)
        return painted

    boxes = found(paint)[1:]
    assert all(like(box, at) for box, at in zip(boxes, places, strict=True))


def test_a_box_that_comes_and_goes() -> None:
    def paint(n: int) -> Painted:
        return corner(n) if 6 <= n < 18 else somebody(3, WHOLE, n, 0.3)

    finder = watched(paint, 26, comes=6)
    [there] = finder.found
    assert (there.since, there.until) == (6, 18)
    assert finder.parts_at(5, ()) == ((), None)
    assert finder.parts_at(14, ())[1] == 6
    assert finder.parts_at(20, ()) == ((), 18)


def test_another_process_goes_on_where_one_has_stopped() -> None:
    whole, resumed = watched(halves), watched(halves, frozen=6)
    assert whole.found
    assert resumed.parts_at(13, ()) == whole.parts_at(13, ())


def test_two_in_one_room_are_in_no_box() -> None:
    assert found(two) == []


def with_edge(n: int, at: float, lean: float) -> Painted:
    """A door frame between them: all that is right of it is darker."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    share = np.clip(columns + 1 - (at + lean * (rows / HEIGHT - 0.5)), 0, 1)[..., None]
    return two(n, room(1, width=WIDTH, height=HEIGHT) * (1 - 0.5 * share))


@pytest.mark.parametrize("lean", [0.4, 1.0, 4.0])
def test_a_door_frame_that_leans_by_less_than_a_pixel_is_no_side(lean: float) -> None:
    assert found(lambda n: with_edge(n, WIDTH / 2, lean)) == []


def test_a_door_frame_off_the_middle_at_which_nothing_ends_is_no_side() -> None:
    assert found(lambda n: with_edge(n, 145.0, 0.0)) == []


def test_a_hand_held_camera_shows_no_boxes() -> None:
    def paint(n: int) -> Painted:
        picture, faces = with_edge(n, WIDTH / 2, 0.0)
        return np.roll(picture, n % 3, 1), faces

    assert found(paint) == []


def test_a_picture_on_the_wall_is_no_box() -> None:
    portrait = somebody(4, CORNER, 0)
    assert found(lambda n: put(somebody(1, WHOLE, n, 0.3), portrait, CORNER, 2)) == []


def test_tiles_all_over_the_picture_are_no_boxes() -> None:
    tiles = np.random.default_rng(1).uniform(0, 255, (HEIGHT // 6, 100, 3)).repeat(6, 0).repeat(6, 1).astype(np.float32)
    assert found(lambda n: (tiles[:, 6 * n : 6 * n + WIDTH], [Box(40, 40, 30, 36), Box(220, 40, 30, 36)])) == []


def test_a_static_pattern_of_stripes_is_no_box() -> None:
    stripes = room(1, width=WIDTH, height=HEIGHT) * (1 - 0.5 * (np.arange(WIDTH) // 20 % 2))[None, :, None]
    assert found(lambda n: two(n, stripes)) == []


def test_what_is_smaller_than_sides_can_be_told_by_is_no_box() -> None:
    stamp = Rect(272, 136, 38, 36)
    assert found(lambda n: put(somebody(3, WHOLE, n, 0.3), somebody(6, stamp, n), stamp)) == []
