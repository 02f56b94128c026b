"""A detector's input from a decoded frame."""

from __future__ import annotations

import numpy as np
from numba import types

from dualface.pixels.jit import kernel
from dualface.pixels.planes import components
from dualface.pixels.sampling import CHROMA_SHIFT, sample
from dualface.types import ColorTags, F32Array, Frame

LUMA_SHARES = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087),
               9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}  # fmt: skip
"""Red's and blue's share of luma for each matrix of ITU-T H.273; others are taken as BT.709."""


def rgb_coefficients(color: ColorTags, height: int) -> F32Array:
    """How Y′CbCr of a source of this height becomes RGB 0…255, float32, shape (7,).

    ``(black, luma gain, V to red, U to green, V to green, U to blue, chroma's zero)``.
    """
    red, blue = LUMA_SHARES.get(color.matrix_for(height), LUMA_SHARES[1])
    green = 1 - red - blue
    black, luma, chroma = (0.0, 1.0, 1.0) if color.full_range else (16.0, 255 / 219, 255 / 224)
    u, v = 2 * (1 - blue) * chroma, 2 * (1 - red) * chroma
    return np.array([black, luma, v, u * blue / green, v * red / green, u, 128.0], np.float32)


@kernel(types.void(types.Array(types.float32, 3, "C"), types.Array(types.float32, 1, "C"), types.boolean))
def _yuv_to_rgb(picture: F32Array, k: F32Array, bgr: bool) -> None:
    """In place: planes Y, U, V become R, G, B, or B, G, R."""
    black, gain, v_red, u_green, v_green, u_blue, zero = k[0], k[1], k[2], k[3], k[4], k[5], k[6]
    low, high = np.float32(0), np.float32(255)
    for row in range(picture.shape[1]):
        ys, us, vs = picture[0, row], picture[1, row], picture[2, row]
        for x in range(picture.shape[2]):
            y, u, v = (ys[x] - black) * gain, us[x] - zero, vs[x] - zero
            red, blue = min(max(y + v * v_red, low), high), min(max(y + u * u_blue, low), high)
            ys[x], vs[x] = (blue, red) if bgr else (red, blue)
            us[x] = min(max(y - u * u_green - v * v_green, low), high)


def to_rgb_tensor(frame: Frame, out: F32Array, *, bgr: bool = False) -> None:
    """Fills ``out`` with the whole ``frame`` (CPU), stretched to its size, as a detector wants to see it.

    ``out``: float32, C-contiguous, shape (3, h, w), R, G, B (B, G, R with ``bgr``), 0…255, not rounded.
    Reducing averages 4 × 4 samples spread evenly over each output pixel's cell; enlarging is bilinear.  Matrix and
    range are the frame's own.  Raises :class:`ValueError` when the samples of a row don't lie side by side.
    """
    for component, shift, plane in zip(components(frame), (0.0, CHROMA_SHIFT, CHROMA_SHIFT), out, strict=True):
        sample(*component, shift, plane)
    _yuv_to_rgb(out, rgb_coefficients(frame.color, frame.height), bgr)
