"""The small picture for finding cuts."""

import numpy as np
import pytest

from dualface.pixels.thumbnail import thumbnail
from dualface.testing.pictures import EIGHT_BITS, frame_of, random_frame


@pytest.mark.parametrize(("width", "height", "rows"), [(1920, 1080, 72), (1080, 1920, 228), (641, 359, 72), (64, 48, 96)])
def test_it_has_the_sources_shape(width: int, height: int, rows: int) -> None:
    for plane in thumbnail(random_frame(0, width, height)):
        assert plane.shape == (rows, 128)
        assert plane.dtype == np.uint8


def test_its_values_are_the_means_of_what_they_cover() -> None:
    rows, columns = np.mgrid[:512, :1024]
    y = (127 + 80 * np.sin(rows / 30) * np.cos(columns / 40)).astype(np.uint8)
    u, v = y[::2, ::2].copy(), 255 - y[::2, ::2]
    for small, full in zip(thumbnail(frame_of(y, u, v)), (y, u, v), strict=True):
        cell = full.shape[1] // 128
        assert np.abs(small - full.reshape(64, cell, 128, cell).mean((1, 3))).max() < 3


def test_formats_agree() -> None:
    planar, interleaved = (thumbnail(random_frame(5, 333, 187, kind, padding=3)) for kind in EIGHT_BITS)
    for a, b in zip(planar, interleaved, strict=True):
        assert np.array_equal(a, b)
