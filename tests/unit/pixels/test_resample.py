"""Scaling fractional crops: exact where it can be, near the ideal everywhere."""

import numpy as np
import pytest
from av import VideoFrame
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.scaling import scaled

from dualface.pixels.part import luma_part
from dualface.pixels.planes import component
from dualface.pixels.resample import resample
from dualface.types import Crop, U8Array

SIZES = st.tuples(st.integers(1, 90), st.integers(1, 90))
OUTPUTS = st.tuples(st.integers(1, 120), st.integers(1, 120))
POSITIONS = st.floats(-60, 120)
LENGTHS = st.floats(0.5, 200)


def stretch(plane: U8Array, crop: Crop, width: int, height: int) -> U8Array:
    out = np.zeros((height, width), np.uint8)
    data, grid = component(plane)
    resample(data, grid, luma_part(crop, width, height), *component(out))
    return out


def noise(seed: int, size: tuple[int, int]) -> U8Array:
    return np.random.default_rng(seed).integers(0, 256, size, np.uint8)


@given(st.integers(0, 9), SIZES, OUTPUTS, POSITIONS, POSITIONS, LENGTHS, LENGTHS)
@example(0, (90, 90), (1, 1), -10.0, -10.0, 110.0, 110.0)  # everything in one pixel
@example(1, (1, 1), (33, 17), -3.3, 7.7, 20.0, 20.0)  # one pixel everywhere
@example(2, (40, 60), (20, 20), 500.0, -500.0, 10.0, 30.0)  # wholly outside
@example(3, (60, 80), (40, 30), 5.208, 0.0, 40.0, 30.0)  # 1:1, between columns only
@example(4, (60, 80), (40, 30), -3.4, 41.7, 40.0, 30.0)  # 1:1, between both, over two edges
@example(5, (60, 80), (40, 30), 70.5, 12.0, 30.0, 30.0)  # enlarged across, whole rows
@settings(max_examples=60, deadline=None)
def test_every_crop_is_within_half_a_level_of_the_ideal(
    seed: int, size: tuple[int, int], output: tuple[int, int], x: float, y: float, w: float, h: float
) -> None:
    plane, crop = noise(seed, size), Crop(x, y, w, h)
    error = np.abs(stretch(plane, crop, *output) - scaled(plane, crop, *output))
    assert error.max() <= 0.51


@given(st.integers(0, 255), OUTPUTS, POSITIONS, POSITIONS, LENGTHS, LENGTHS)
@settings(max_examples=25, deadline=None)
def test_a_constant_picture_stays_constant(level: int, output: tuple[int, int], x: float, y: float, w: float, h: float) -> None:
    plane = np.full((37, 41), level, np.uint8)
    assert np.all(stretch(plane, Crop(x, y, w, h), *output) == level)


@given(st.integers(-5, 60), st.integers(-5, 60), st.integers(1, 40), st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_whole_positions_at_one_to_one_change_nothing(x: int, y: int, w: int, h: int) -> None:
    plane = noise(3, (50, 70))
    rows, columns = np.clip(np.arange(y, y + h), 0, 49), np.clip(np.arange(x, x + w), 0, 69)
    assert np.array_equal(stretch(plane, Crop(x, y, w, h), w, h), plane[np.ix_(rows, columns)])


@given(st.floats(0.3, 2.4), st.floats(4, 20), st.floats(4, 20), st.floats(-1, 1), st.floats(-0.6, 0.6))
@settings(max_examples=25, deadline=None)
def test_a_slope_stays_that_slope_under_fractional_crops(step: float, x: float, y: float, across: float, down: float) -> None:
    rows, columns = np.mgrid[:120, :120] + 0.5
    plane = np.rint(128 + across * (columns - 60) + down * (rows - 60)).astype(np.uint8)
    out = stretch(plane, Crop(x, y, 32 * step, 32 * step), 32, 32)
    rows, columns = (np.mgrid[:32, :32] + 0.5) * step
    ideal = 128 + across * (columns + x - 60) + down * (rows + y - 60)
    assert np.abs(out - ideal).max() <= 1.2  # the slope itself was rounded by up to 0.5, which Catmull-Rom makes 0.63


@pytest.mark.parametrize(("width", "height", "method"), [(400, 300, "BICUBIC"), (75, 60, "AREA")])
def test_about_the_same_as_swscale(width: int, height: int, method: str) -> None:
    rows, columns = np.mgrid[:180, :240]
    plane = (127 + 60 * np.sin(rows / 9) + 60 * np.cos(columns / 7 + rows / 40)).astype(np.uint8)
    picture = VideoFrame.from_ndarray(plane, format="gray").reformat(width, height, interpolation=method)
    assert np.abs(stretch(plane, Crop(0, 0, 240, 180), width, height) - picture.to_ndarray().astype(float)).mean() < 0.6


def test_motion_by_fractions_of_a_pixel_moves_the_picture_by_that_much() -> None:
    columns = np.arange(200) + 0.5
    plane = np.tile(np.rint(127 + 100 * np.sin(columns / 8)).astype(np.uint8), (20, 1))
    for shift in (0.1, 0.25, 0.5, 0.9):
        out = stretch(plane, Crop(50 + shift, 4, 56, 8), 96, 14)[5]
        at = 50 + shift + (np.arange(96) + 0.5) * 56 / 96
        assert np.abs(out - (127 + 100 * np.sin(at / 8))).max() < 1.2
