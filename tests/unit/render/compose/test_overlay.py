"""An overlay as the planes of a canvas need it."""

import numpy as np
import pytest

from dualface.render.compose.overlay import masks
from dualface.types import ColorTags, Overlay, Rect


def test_odd_masks_grow_to_even_ones_and_chroma_gets_the_mean() -> None:
    overlay = Overlay(4, 6, np.array([[255, 255, 100], [255, 255, 50], [0, 40, 8]], np.uint8), "#000000")
    y, u, v = masks(overlay, ColorTags(matrix=1), 1920, 1080)
    assert overlay.rect == Rect(4, 6, 4, 4)
    assert (y.x, y.y, y.alpha.shape) == (4, 6, (4, 4))
    assert (u.x, u.y) == (2, 3)
    assert [set(plane.values[plane.alpha > 0].tolist()) for plane in (y, u, v)] == [{16}, {128}, {128}]
    assert u.alpha.tolist() == [[255, 38], [10, 2]]


def test_many_colors_mix_in_chroma_by_how_much_of_them_is_seen() -> None:
    red, blue = (255, 0, 0), (0, 0, 255)
    alpha = np.array([[255, 255], [0, 0]], np.uint8)
    tags = ColorTags(matrix=1)
    y, u, v = masks(Overlay(0, 0, alpha, np.array([[red, red], [blue, blue]], np.uint8)), tags, 1920, 1080)
    pure = [masks(Overlay(0, 0, alpha, color), tags, 1920, 1080) for color in ("#ff0000", "#0000ff")]
    assert y.values.tolist() == [pure[0][0].values[0].tolist(), pure[1][0].values[1].tolist()]
    assert (u.values.item(), v.values.item()) == (pure[0][1].values[0, 0], pure[0][2].values[0, 0])
    assert u.alpha.item() == 128


def test_colors_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="colours"):
        Overlay(0, 0, np.zeros((2, 2), np.uint8), np.zeros((2, 3, 3), np.uint8))
