"""The detector's input: right colours, right place, right size."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.pixels.color import LUMA_SHARES
from dualface.pixels.tensor import to_rgb_tensor
from dualface.testing.pictures import frame_of, random_frame
from dualface.types import ColorTags, F32Array, Frame, PixelFormat, U8Array


def tensor(frame: Frame, width: int, height: int, *, bgr: bool = False) -> F32Array:
    out = np.full((3, height, width), np.nan, np.float32)
    to_rgb_tensor(frame, out, bgr=bgr)
    return out


def flat_frame(y: int, u: int, v: int, color: ColorTags) -> Frame:
    half = np.ones((9, 16), np.uint8)
    return replace(frame_of(np.full((18, 32), y, np.uint8), half * u, half * v), color=color)


def encoded(rgb: tuple[float, float, float], color: ColorTags) -> tuple[int, int, int]:
    """Y′CbCr of R′G′B′ 0…255, by the definition in H.273."""
    red, blue = LUMA_SHARES[color.matrix]
    r, g, b = (n / 255 for n in rgb)
    y = red * r + (1 - red - blue) * g + blue * b
    u, v = (b - y) / 2 / (1 - blue), (r - y) / 2 / (1 - red)
    if color.full_range:
        return round(255 * y), round(255 * u + 128), round(255 * v + 128)
    return round(219 * y + 16), round(224 * u + 128), round(224 * v + 128)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("rgb", [(0, 0, 0), (255, 255, 255), (200, 120, 90), (30, 60, 200), (10, 220, 40)])
def test_colours_survive(rgb: tuple[int, int, int], matrix: int, full_range: bool) -> None:
    color = ColorTags(matrix=matrix, full_range=full_range)
    picture = tensor(flat_frame(*encoded(rgb, color), color), 16, 8)
    assert np.abs(picture - np.array(rgb, np.float32)[:, None, None]).max() <= 2


def test_bgr_is_rgb_turned_round() -> None:
    frame = random_frame(1, 64, 36)
    assert np.array_equal(tensor(frame, 32, 18, bgr=True), tensor(frame, 32, 18)[::-1])


@given(st.integers(0, 9), st.integers(1, 90), st.integers(1, 90), st.integers(1, 64), st.integers(1, 64))
@settings(max_examples=25, deadline=None)
def test_every_size_is_filled_and_formats_agree(seed: int, w: int, h: int, out_w: int, out_h: int) -> None:
    planar = tensor(random_frame(seed, w, h), out_w, out_h)
    assert planar.min() >= 0
    assert planar.max() <= 255
    assert np.array_equal(planar, tensor(random_frame(seed, w, h, PixelFormat.NV12, padding=5), out_w, out_h))


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.3, 2.5, 3.75, 7.5])
def test_a_slope_keeps_its_place_at_every_scale(scale: float) -> None:
    columns = np.tile(np.arange(240, dtype=np.uint8), (30, 1))
    grey = np.full((15, 120), 128, np.uint8)
    frame = replace(frame_of(columns, grey, grey), color=ColorTags(matrix=1, full_range=True))
    width = round(240 / scale)
    at = (np.arange(width) + 0.5) * 240 / width - 0.5
    inside = slice(1, -1)
    assert np.abs(tensor(frame, width, 4)[1, 2] - at)[inside].max() <= 0.51


def test_reducing_averages_instead_of_picking() -> None:
    checks = (np.indices((288, 512)).sum(0) % 2 * 200).astype(np.uint8)
    grey = np.full((144, 256), 128, np.uint8)
    frame = replace(frame_of(checks, grey, grey), color=ColorTags(matrix=1, full_range=True))
    picture = tensor(frame, 128, 72)
    assert np.abs(picture - 100).max() < 1


def test_colour_and_brightness_edges_lie_at_the_same_place() -> None:
    edge: U8Array = np.where(np.arange(512) < 256, 60, 180).astype(np.uint8)[None].repeat(64, 0)
    frame = frame_of(edge, edge[::2, ::2].copy(), edge[::2, ::2].copy())
    for channel in tensor(frame, 64, 8)[:, 4]:
        assert np.argmax(np.abs(np.diff(channel))) == 31
