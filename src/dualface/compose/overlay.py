"""Pictures of one colour and many opacities, laid over every canvas: captions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dualface.pixels.color import levels
from dualface.types import ColorTags, Rect, U8Array


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A colour ``#RRGGBB`` at a place of the canvas.

    ``alpha``: uint8, shape (h, w), 0 (nothing) to 255 (opaque); its top-left pixel lies at ``(x, y)``, both even.
    Raises :class:`ValueError` for odd places and masks of another type or shape.
    """

    x: int
    y: int
    alpha: U8Array
    color: str = "#ffffff"

    def __post_init__(self) -> None:
        if self.x % 2 or self.y % 2 or self.x < 0 or self.y < 0:
            raise ValueError(f"an overlay begins at even pixels of the canvas, not at ({self.x}, {self.y})")
        if self.alpha.dtype != np.uint8 or self.alpha.ndim != 2 or 0 in self.alpha.shape:
            raise ValueError(f"an overlay's alpha is uint8, (h, w), not {self.alpha.dtype} {self.alpha.shape}")

    @property
    def rect(self) -> Rect:
        """The pixels that it touches, grown to even sizes."""
        h, w = self.alpha.shape
        return Rect(self.x, self.y, w + w % 2, h + h % 2)


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
