"""Small faces are found in parts of the picture, at a bounded cost; large faces cost nothing."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.observe.detect.tiled import TiledDetector, cut_out, tiles
from dualface.testing.pictures import EIGHT_BITS
from dualface.types import Box, Detection, Frame, PixelFormat, U8Array

W, H = 1920, 1080


class SharpEyed:
    """Finds bright squares that are at least 6 % as tall as the picture it is shown, as a detector of a fixed size does."""

    def __init__(self) -> None:
        self.looks: list[int] = []

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        self.looks += [frame.height for frame in frames]
        return [self._faces(frame) for frame in frames]

    @staticmethod
    def _faces(frame: Frame) -> list[Detection]:
        luma: U8Array = frame.planes[0]
        found = []
        for value in (200, 201) if luma.max() >= 200 else ():
            bright = luma == value
            ys, xs = np.flatnonzero(bright.any(1)), np.flatnonzero(bright.any(0))
            if len(ys):
                box = Box(*map(float, (xs[0], ys[0], np.ptp(xs) + 1, np.ptp(ys) + 1)))
                whole = 0.99 < box.w / box.h < 1.01
                if whole and box.h >= 0.06 * frame.height:
                    found.append(Detection(box, 0.9, np.full((5, 2), (box.cx, box.cy), np.float32)))
        return found

    def close(self) -> None:
        """Nothing is open."""


def picture(n: int, *faces: tuple[int, int, int]) -> Frame:
    """Frame ``n`` of 10 a second; faces are x, y and height."""
    luma = np.zeros((H, W), np.uint8)
    for k, (x, y, height) in enumerate(faces):
        luma[y : y + height, x : x + height] = 200 + k
    chroma = np.zeros((H // 2, W // 2), np.uint8)
    return Frame(n, n, Fraction(1, 10), 1, W, H, (luma, chroma, chroma))


@pytest.mark.parametrize("height", [20, 40, 60])
def test_heads_on_a_wide_stage_are_found_where_they_are(height: int) -> None:
    found = TiledDetector(SharpEyed()).detect([picture(0, (500, 600, height), (1300, 610, height))])[0]
    assert {face.box for face in found} == {Box(500, 600, height, height), Box(1300, 610, height, height)}
    assert all(face.landmarks is not None and abs(face.landmarks[0, 0] - face.box.cx) < 1 for face in found)


def test_large_faces_cost_nothing() -> None:
    eyes = SharpEyed()
    detector = TiledDetector(eyes)
    for n in range(50):
        assert len(detector.detect([picture(n, (500, 300, 300), (1300, 300, 280))])[0]) == 2
    assert eyes.looks == [H] * 50


def test_small_faces_are_followed_by_one_look_each_in_any_order_of_frames() -> None:
    eyes = SharpEyed()
    detector = TiledDetector(eyes)
    detector.detect([picture(0, (500, 600, 30), (1300, 600, 30))])
    eyes.looks.clear()
    for n in (4, 1, 2, 3, 8, 5):
        assert len(detector.detect([picture(n, (500 + n, 600, 30), (1300, 600, 30))])[0]) == 2
    assert len(eyes.looks) == 6 * 3


def test_a_film_that_shows_nobody_costs_little() -> None:
    eyes = SharpEyed()
    detector = TiledDetector(eyes)
    for n in range(200):
        detector.detect([picture(n)])
    assert len(eyes.looks) <= 200 + 6 * 25


def test_whoever_comes_later_is_found_in_time_and_a_cut_begins_anew() -> None:
    detector = TiledDetector(SharpEyed())
    seen = [bool(detector.detect([picture(n, *([(900, 500, 25)] if n >= 30 else []))])[0]) for n in range(100)]
    assert not any(seen[:30])
    assert all(seen[70:])
    detector.start_shot()
    assert len(detector.detect([picture(100, (100, 100, 25))])[0]) == 1


@given(st.integers(64, 4000), st.integers(64, 2500))
@settings(max_examples=40, deadline=None)
def test_tiles_cover_every_picture_and_are_few(width: int, height: int) -> None:
    parts = tiles(width, height)
    assert 1 <= len(parts) <= 25
    covered = np.zeros((height, width), bool)
    for part in parts:
        x, y, w, h = (int(v) for v in part)
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
        covered[y : y + h, x : x + w] = True
    assert covered[::7, ::7].all()
    assert covered[-1, -1]


@pytest.mark.parametrize("layout", EIGHT_BITS)
def test_a_part_of_a_frame_has_the_same_pixels(layout: PixelFormat) -> None:
    rng = np.random.default_rng(0)
    luma = rng.integers(0, 255, (9, 15), np.uint8)
    chroma = [rng.integers(0, 255, (5, 8, *shape), np.uint8) for shape in ([(2,)] if layout is PixelFormat.NV12 else [(), ()])]
    part = cut_out(Frame(3, 3, Fraction(1, 30), 1, 15, 9, (luma, *chroma), layout), Box(4, 2, 11, 7))
    assert (part.width, part.height, part.index, part.format) == (11, 7, 3, layout)
    assert np.array_equal(part.planes[0], luma[2:, 4:])
    assert all(np.array_equal(a, b[1:, 2:]) for a, b in zip(part.planes[1:], chroma, strict=True))
