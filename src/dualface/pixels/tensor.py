"""A detector's input from a decoded frame."""

from __future__ import annotations

import numpy as np

from dualface.pixels.color import rgb_coefficients
from dualface.pixels.jit import kernel
from dualface.pixels.planes import components
from dualface.pixels.sampling import CENTRED, SITED_LEFT, sample
from dualface.pixels.signature import ArrayOf
from dualface.types import F32Array, Frame


@kernel((ArrayOf("float32", 3), ArrayOf("float32", 1), bool))
def yuv_to_rgb(picture: F32Array, k: F32Array, bgr: bool) -> None:
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
    for component, siting, plane in zip(components(frame), (CENTRED, SITED_LEFT, SITED_LEFT), out, strict=True):
        sample(*component, siting, plane)
    yuv_to_rgb(out, rgb_coefficients(frame.color, frame.height), bgr)
