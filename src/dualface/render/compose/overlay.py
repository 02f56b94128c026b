"""Overlays, as the planes of a canvas need them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dualface.pixels.color import levels
from dualface.types import ColorTags, Overlay, U8Array


class Mask(NamedTuple):
    """An overlay as one plane needs it: where (in the plane's samples), how much (uint8, C-contiguous) of which value."""

    x: int
    y: int
    alpha: U8Array
    value: int


def masks(overlay: Overlay, color: ColorTags, height: int) -> tuple[Mask, Mask, Mask]:
    """The overlay for Y, U and V of a canvas of these tags and this height.  A chroma sample is covered as its pixels are."""
    y, u, v = levels(overlay.color, color, height)
    rect = overlay.rect
    full = np.zeros((rect.h, rect.w), np.uint8)
    full[: overlay.alpha.shape[0], : overlay.alpha.shape[1]] = overlay.alpha
    half = (full.reshape(rect.h // 2, 2, rect.w // 2, 2).sum((1, 3), dtype=np.uint16) + 2 >> 2).astype(np.uint8)
    return Mask(rect.x, rect.y, full, y), Mask(rect.x // 2, rect.y // 2, half, u), Mask(rect.x // 2, rect.y // 2, half, v)
