"""Overlays, as the planes of a canvas need them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from dualface.pixels.color import levels, samples
from dualface.types import ColorTags, Overlay, Placement, U8Array, U16Array

Captioning = Callable[[Placement], Sequence[Overlay]]
"""The overlays that are drawn over a placement, in order; the same objects again for the same place and person."""
Made = TypeVar("Made")

_KEPT = 64
"""Overlays that are kept ready: two captions of two layers, two borders and two highlights of four pieces, in a few layouts."""


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
    values: U8Array | U16Array


def masks(overlay: Overlay, color: ColorTags, width: int, height: int, *, deep: bool = False) -> tuple[Mask, Mask, Mask]:
    """The overlay for Y, U and V of a canvas of these tags and this size.

    A chroma sample is covered as its pixels are, and has the mean of their colours.  ``deep``: the canvas is of 10 bits, 4:2:2.
    Raises :class:`ValueError` for an overlay that leaves the canvas.
    """
    rect, each = overlay.rect, 1 if deep else 2
    if rect.x + rect.w > width or rect.y + rect.h > height:
        raise ValueError(f"an overlay at {rect} leaves the canvas of {width}x{height} pixels")
    colored = _colors(overlay, color, height, 10 if deep else 8)
    full, colors = np.zeros((rect.h, rect.w), np.uint8), np.zeros((rect.h, rect.w, 3), colored.dtype)
    inside = tuple(slice(0, n) for n in overlay.alpha.shape)
    full[inside], colors[inside] = overlay.alpha, colored
    parts = full.reshape(rect.h // each, each, rect.w // 2, 2).astype(np.uint32)
    covered = parts.sum((1, 3))

    def mean(plane: U8Array | U16Array) -> U8Array | U16Array:
        weighted = (parts * plane.reshape(parts.shape)).sum((1, 3))
        mixed: U8Array | U16Array = (weighted / np.maximum(covered, 1) + 0.5).astype(plane.dtype)
        return mixed

    half, x, top = reduced(full, every_row=deep), rect.x // 2, rect.y // each
    luma, u, v = (np.ascontiguousarray(colors[:, :, n]) for n in range(3))
    return Mask(rect.x, rect.y, full, luma), Mask(x, top, half, mean(u)), Mask(x, top, half, mean(v))


def reduced(alpha: U8Array, *, every_row: bool = False) -> U8Array:
    """A mask as chroma needs it, from one of even sides: half as wide and, but with ``every_row``, half as high."""
    rows, columns = alpha.shape
    each = 1 if every_row else 2
    total = alpha.reshape(rows // each, each, columns // 2, 2).sum((1, 3), dtype=np.uint16)
    half: U8Array = ((total + each) // (2 * each)).astype(np.uint8)
    return half


def _colors(overlay: Overlay, color: ColorTags, height: int, bits: int) -> U8Array | U16Array:
    """The overlay's colours in the canvas' own terms, (h, w, 3) or (3,), uint8, or uint16 for more than 8 bits."""
    if isinstance(overlay.color, str):
        plain = levels(overlay.color, color, height, bits)
        return np.array(plain, np.uint8) if bits == 8 else np.array(plain, np.uint16)
    return samples(overlay.color, color, height, bits)
