"""An overlay as the planes of a canvas need it."""

import numpy as np

from dualface.render.compose.overlay import masks
from dualface.types import ColorTags, Overlay, Rect


def test_odd_masks_grow_to_even_ones_and_chroma_gets_the_mean() -> None:
    overlay = Overlay(4, 6, np.array([[255, 255, 100], [255, 255, 50], [0, 40, 8]], np.uint8), "#000000")
    y, u, v = masks(overlay, ColorTags(matrix=1), 1920, 1080)
    assert overlay.rect == Rect(4, 6, 4, 4)
    assert (y.x, y.y, y.value, y.alpha.shape) == (4, 6, 16, (4, 4))
    assert (u.x, u.y, u.value, v.value) == (2, 3, 128, 128)
    assert u.alpha.tolist() == [[255, 38], [10, 2]]
