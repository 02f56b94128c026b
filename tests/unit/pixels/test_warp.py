from dataclasses import replace

import numpy as np
import pytest

from dualface.pixels.tensor import to_rgb_tensor
from dualface.pixels.warp import warp_to_luma, warp_to_rgb
from dualface.testing.pictures import frame_from_rgb
from dualface.types import F32Array, F64Array, Frame, PixelFormat, U8Array


def picture(height: int = 120, width: int = 160) -> U8Array:
    """Smooth, so that chroma's half resolution hardly shows."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    waves = np.stack([np.sin(x / 23) + np.cos(y / 31), np.cos(x / 19 - y / 29), np.sin(y / 17)], 2)
    return (128 + 50 * waves / 2).astype(np.uint8)


def warped(frame: Frame, matrix: F64Array, height: int, width: int) -> F32Array:
    out: F32Array = np.full((3, height, width), np.nan, np.float32)
    warp_to_rgb(frame, matrix, out)
    return out


def window(x: float, y: float, scale: float = 1.0) -> F64Array:
    """Pixel (0, 0) is centred on the frame's pixel whose top-left corner is at ``(x, y)``."""
    return np.array([[scale, 0, x + scale / 2], [0, scale, y + scale / 2]])


def test_upright_window_is_that_part_of_the_picture() -> None:
    rgb = picture()
    out = warped(frame_from_rgb(rgb), window(30, 20), 50, 60)
    assert np.abs(out - rgb[20:70, 30:90].transpose(2, 0, 1)).max() < 4


def test_colours_are_those_the_detector_sees() -> None:
    frame = frame_from_rgb(picture())
    whole: F32Array = np.empty((3, 120, 160), np.float32)
    to_rgb_tensor(frame, whole)
    assert np.abs(warped(frame, window(0, 0), 120, 160) - whole).max() < 1.5


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_turned_by_right_angles(quarter: int) -> None:
    rgb = picture(100, 100)
    c, s = round(np.cos(quarter * np.pi / 2)), round(np.sin(quarter * np.pi / 2))
    centre = np.array([50, 50]) - np.array([[c, -s], [s, c]]) @ [49.5, 49.5]
    out = warped(frame_from_rgb(rgb), np.array([[c, -s, centre[0]], [s, c, centre[1]]], np.float64), 100, 100)
    assert np.abs(out - np.rot90(rgb, quarter).transpose(2, 0, 1)).max() < 5


def test_strong_reduction_averages_instead_of_skipping() -> None:
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 200
    out = warped(frame_from_rgb(stripes), window(0, 0, 8), 16, 16)
    assert np.abs(out - 100).max() < 8


def test_outside_the_frame_its_edge_goes_on() -> None:
    rgb = np.full((40, 40, 3), 50, np.uint8)
    rgb[:, 30:] = 180
    out = warped(frame_from_rgb(rgb), window(35, 10), 20, 40)
    assert np.isfinite(out).all()
    assert np.abs(out[:, :, 10:] - 180).max() < 3


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 6), (5, 1), (2, 2), (7, 9)])
def test_pictures_of_any_size_are_read_between_their_samples(height: int, width: int) -> None:
    grey = np.random.default_rng(height * width).integers(60, 200, (height, width)).astype(np.uint8)
    matrix = np.array([[0.7, -0.3, 0.2], [0.4, 0.9, -0.6]])
    out = warped(frame_from_rgb(np.repeat(grey[..., None], 3, 2)), matrix, 8, 8)
    v, u = np.mgrid[0:8, 0:8]
    x = np.clip(matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2] - 0.5, 0, width - 1)
    y = np.clip(matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2] - 0.5, 0, height - 1)
    left, top = x.astype(int), y.astype(int)
    right, low = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    above, below = (grey[row, left] * (1 - x + left) + grey[row, right] * (x - left) for row in (top, low))
    assert np.abs(out - (above * (1 - y + top) + below * (y - top))).max() < 2


def test_interleaved_chroma_is_the_same() -> None:
    frame = frame_from_rgb(picture())
    y, u, v = frame.planes
    nv12 = replace(frame, planes=(y, np.stack([u, v], 2)), format=PixelFormat.NV12)
    matrix = np.array([[0.9, -0.3, 40.2], [0.3, 0.9, 10.7]])
    assert np.array_equal(warped(frame, matrix, 60, 60), warped(nv12, matrix, 60, 60))


@pytest.mark.parametrize(("scale", "x", "y"), [(0.7, 40.0, 30.0), (2.4, 30.0, 20.0), (5.5, 10.0, 10.0), (1.5, -20.0, 70.0)])
def test_luma_in_a_hurry_is_the_same_to_a_tenth_also_beyond_the_frame(scale: float, x: float, y: float) -> None:
    grey = frame_from_rgb(np.repeat(picture()[:, :, :1], 3, 2))
    matrix = np.array([[scale, 0.2, x], [-0.2, scale, y]])
    luma: F32Array = np.full((30, 20), np.nan, np.float32)
    warp_to_luma(grey, matrix, luma)
    values = np.pad(np.array(grey.planes[0], np.float64), 400, mode="edge")
    parts = max(int(np.ceil(scale / 3)), 1)
    inner = (np.arange(parts) + 0.5) / parts - 0.5
    v, u = np.mgrid[0:30, 0:20].astype(np.float64)
    told = np.mean([_bilinear(values, matrix, u + du, v + dv) for du in inner for dv in inner], 0)
    assert np.abs(luma - told).max() < 0.1


def _bilinear(values: F64Array, matrix: F64Array, u: F64Array, v: F64Array) -> F64Array:
    """What lies at these places, of a picture with 400 samples more on each side."""
    x, y = (row[0] * u + row[1] * v + row[2] - 0.5 + 400 for row in matrix)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = x - left, y - top
    above = values[top, left] * (1 - fx) + values[top, left + 1] * fx
    below = values[top + 1, left] * (1 - fx) + values[top + 1, left + 1] * fx
    between: F64Array = above * (1 - fy) + below * fy
    return between
