"""Between Y′CbCr and R′G′B′, by ITU-T H.273's matrices."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dualface.types import ColorTags, F32Array, U8Array, U16Array

LUMA_SHARES = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087),
               9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}  # fmt: skip
"""Red's and blue's share of luma for each matrix; others are taken as BT.709."""


class Levels(NamedTuple):
    """One colour as the samples of a picture's planes."""

    y: int
    u: int
    v: int


def rgb_coefficients(color: ColorTags, height: int) -> F32Array:
    """How Y′CbCr of a picture of this height becomes R′G′B′ 0…255, float32, shape (7,).

    ``(black, luma gain, V to red, U to green, V to green, U to blue, chroma's zero)``.
    """
    red, blue = LUMA_SHARES.get(color.matrix_for(height), LUMA_SHARES[1])
    green = 1 - red - blue
    black, luma, chroma = (0.0, 1.0, 1.0) if color.full_range else (16.0, 255 / 219, 255 / 224)
    u, v = 2 * (1 - blue) * chroma, 2 * (1 - red) * chroma
    return np.array([black, luma, v, u * blue / green, v * red / green, u, 128.0], np.float32)


def samples(rgb: U8Array, color: ColorTags, height: int, bits: int = 8) -> U8Array | U16Array:
    """Colours, uint8 (…, 3) RGB, as Y′CbCr in a picture of this height and these tags, with so many bits a sample.

    Of the same shape, uint8, or uint16 for more than 8 bits.
    """
    r, g, b = np.moveaxis(rgb / 255, -1, 0)
    red, blue = LUMA_SHARES.get(color.matrix_for(height), LUMA_SHARES[1])
    y = red * r + (1 - red - blue) * g + blue * b
    u, v = (b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))
    times, most = 1 << bits - 8, (1 << bits) - 1
    black, luma, chroma = (0, most, most) if color.full_range else (16 * times, 219 * times, 224 * times)
    planes = np.stack([black + luma * y, 128 * times + chroma * u, 128 * times + chroma * v], -1)
    made: U8Array | U16Array = np.rint(planes).clip(0, most).astype(np.uint8 if bits == 8 else np.uint16)
    return made


def levels(rgb: str, color: ColorTags, height: int, bits: int = 8) -> Levels:
    """The colour ``#RRGGBB`` in a picture of this height and these tags, with so many bits a sample.

    Raises :class:`ValueError` for another form.
    """
    digits = rgb.removeprefix("#")
    if len(digits) != 6 or digits == rgb:
        raise ValueError(f"a colour is written #RRGGBB, not {rgb!r}")
    y, u, v = samples(np.frombuffer(bytes.fromhex(digits), np.uint8), color, height, bits)
    return Levels(int(y), int(u), int(v))
