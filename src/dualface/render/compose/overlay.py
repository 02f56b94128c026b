"""Overlays, as the planes of a canvas need them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from dualface.pixels.color import levels
from dualface.types import ColorTags, Overlay, Placement, U8Array

Captioning = Callable[[Placement], Sequence[Overlay]]
"""The overlays that are drawn over a placement, in order; the same objects again for the same place and person."""
Made = TypeVar("Made")

_KEPT = 32
"""Overlays that are kept ready: two captions of two layers, and two borders of four sides, in a few layouts."""


def no_captions(_: Placement) -> Sequence[Overlay]:
    """Draws nothing over any placement."""
    return ()


class MaskCache(Generic[Made]):
    """What a composer makes of overlays, made once for each; the oldest are forgotten."""

    def __init__(self, make: Callable[[Overlay], Made]) -> None:
        self._make = make
        self._made: OrderedDict[Overlay, Made] = OrderedDict()

    def __getitem__(self, overlay: Overlay) -> Made:
        if overlay not in self._made:
            self._made[overlay] = self._make(overlay)
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return self._made[overlay]


class Mask(NamedTuple):
    """An overlay as one plane needs it: where (in the plane's samples), how much (uint8, C-contiguous) of which value."""

    x: int
    y: int
    alpha: U8Array
    value: int


def masks(overlay: Overlay, color: ColorTags, width: int, height: int) -> tuple[Mask, Mask, Mask]:
    """The overlay for Y, U and V of a canvas of these tags and this size.  A chroma sample is covered as its pixels are.

    Raises :class:`ValueError` for an overlay that leaves the canvas.
    """
    y, u, v = levels(overlay.color, color, height)
    rect = overlay.rect
    if rect.x + rect.w > width or rect.y + rect.h > height:
        raise ValueError(f"an overlay at {rect} leaves the canvas of {width}x{height} pixels")
    full = np.zeros((rect.h, rect.w), np.uint8)
    full[: overlay.alpha.shape[0], : overlay.alpha.shape[1]] = overlay.alpha
    half = (full.reshape(rect.h // 2, 2, rect.w // 2, 2).sum((1, 3), dtype=np.uint16) + 2 >> 2).astype(np.uint8)
    return Mask(rect.x, rect.y, full, y), Mask(rect.x // 2, rect.y // 2, half, u), Mask(rect.x // 2, rect.y // 2, half, v)
