"""Laying a colour over a picture."""

import numpy as np

from dualface.pixels.blend import blend
from dualface.pixels.planes import component


def test_every_level_and_opacity() -> None:
    levels = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    opacity = np.tile(np.arange(256, dtype=np.uint8)[:, None], (1, 256))
    out = np.zeros((258, 300), np.uint8)
    out[1:257, 20:276] = levels
    data, grid = component(out)
    blend(data, grid.part(20, 1, 256, 256), opacity, np.full_like(opacity, 200))
    ideal = (levels * (255.0 - opacity) + 200.0 * opacity) / 255
    assert np.abs(out[1:257, 20:276] - ideal).max() <= 0.5
    out[1:257, 20:276] = 0
    assert not out.any()
