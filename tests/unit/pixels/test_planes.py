"""Planes as runs of bytes."""

import numpy as np
import pytest

from dualface.pixels.planes import component, components
from dualface.testing.pictures import EIGHT_BITS, random_frame
from dualface.types import PixelFormat


@pytest.mark.parametrize("kind", EIGHT_BITS)
@pytest.mark.parametrize("padding", [0, 7])
def test_every_sample_is_found(kind: PixelFormat, padding: int) -> None:
    frame = random_frame(0, 13, 7, kind, padding)
    plain = random_frame(0, 13, 7)
    for (data, grid), plane in zip(components(frame), plain.planes, strict=True):
        rows, columns = np.indices(plane.shape)
        assert np.array_equal(data[grid.offset + rows * grid.pitch + columns * grid.step], plane)
        assert any(np.shares_memory(data, own) for own in frame.planes)


def test_the_view_ends_with_the_last_sample() -> None:
    memory = np.zeros(5 * 20, np.uint8)
    plane = memory.reshape(5, 20)[1:, 3:13]
    data, grid = component(plane)
    assert data.shape == (3 * 20 + 10,)
    assert (grid.width, grid.height) == (10, 4)


@pytest.mark.parametrize("plane", [np.zeros((4, 8), np.uint8)[::-1], np.zeros((8, 4), np.uint8).T])
def test_other_orders_in_memory_are_refused(plane: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    with pytest.raises(ValueError, match="strides"):
        component(plane)
