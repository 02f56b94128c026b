"""Overlays, as the planes of a canvas need them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from dualface.pixels.color import levels, samples
from dualface.types import ColorTags, Overlay, Placement, U8Array

Captioning = Callable[[Placement], Sequence[Overlay]]
"""The overlays that are drawn over a placement, in order; the same objects again for the same place and person."""
Made = TypeVar("Made")

_KEPT = 48
"""Overlays that are kept ready: two captions, each of two layers, and two borders of four pieces, in a few layouts."""


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
    """An overlay as one plane needs it: where (in the plane's samples), how much of which values (uint8, C-contiguous)."""

    x: int
    y: int
    alpha: U8Array
    values: U8Array


def masks(overlay: Overlay, color: ColorTags, width: int, height: int) -> tuple[Mask, Mask, Mask]:
    """The overlay for Y, U and V of a canvas of these tags and this size.

    A chroma sample is covered as its pixels are, and has the mean of their colours.
    Raises :class:`ValueError` for an overlay that leaves the canvas.
    """
    rect = overlay.rect
    if rect.x + rect.w > width or rect.y + rect.h > height:
        raise ValueError(f"an overlay at {rect} leaves the canvas of {width}x{height} pixels")
    full, colors = np.zeros((rect.h, rect.w), np.uint8), np.zeros((rect.h, rect.w, 3), np.uint8)
    inside = tuple(slice(0, n) for n in overlay.alpha.shape)
    full[inside], colors[inside] = overlay.alpha, _colors(overlay, color, height)
    quads = full.reshape(rect.h // 2, 2, rect.w // 2, 2).astype(np.uint32)
    covered = quads.sum((1, 3))
    half = (covered + 2 >> 2).astype(np.uint8)

    def mean(plane: U8Array) -> U8Array:
        weighted = (quads * plane.reshape(quads.shape)).sum((1, 3))
        mixed: U8Array = (weighted / np.maximum(covered, 1) + 0.5).astype(np.uint8)
        return mixed

    x, y = rect.x // 2, rect.y // 2
    luma, u, v = (np.ascontiguousarray(colors[:, :, n]) for n in range(3))
    return Mask(rect.x, rect.y, full, luma), Mask(x, y, half, mean(u)), Mask(x, y, half, mean(v))


def _colors(overlay: Overlay, color: ColorTags, height: int) -> U8Array:
    """The overlay's colours in the canvas' own terms, uint8 (h, w, 3) or (3,)."""
    if isinstance(overlay.color, str):
        return np.array(levels(overlay.color, color, height), np.uint8)
    return samples(overlay.color, color, height)
