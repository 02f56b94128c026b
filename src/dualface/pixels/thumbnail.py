"""The small picture that every frame is judged by: has the scene changed?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dualface.pixels.planes import components
from dualface.pixels.sampling import CENTRED, SITED_LEFT, sample
from dualface.types import F32Array, Frame, U8Array


class Thumbnail(NamedTuple):
    """A frame in small: three uint8 arrays of one shape (h, w), values as in the source (its matrix and range)."""

    y: U8Array
    u: U8Array
    v: U8Array


def thumbnail(frame: Frame, width: int = 128) -> Thumbnail:
    """``frame`` (CPU) in ``width`` columns, and rows by the source's aspect.

    Each value is the mean of 4 × 4 samples spread evenly over its cell.
    Raises :class:`ValueError` when the samples of a row don't lie side by side.
    """
    height = max(round(frame.height * width / frame.width), 1)
    planes: list[U8Array] = []
    for component, siting in zip(components(frame), (CENTRED, SITED_LEFT, SITED_LEFT), strict=True):
        small: F32Array = np.empty((height, width), np.float32)
        sample(*component, siting, small)
        planes.append((small + 0.5).astype(np.uint8))
    return Thumbnail(*planes)
