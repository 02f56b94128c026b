"""What marks who speaks: a border around their placement, or a shade over the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dualface.render.borders import border
from dualface.render.compose.overlay import Captioning
from dualface.types import Mark, Overlay, Placement, Rect

BORDER_SHARE, BORDER_COLOR = 0.008, "#ffffff"
"""The border's width as a share of the placement's height, at least two pixels."""
SHADE, SHADE_COLOR = 0.45, "#000000"
"""How dark the shade is, 0…1."""


class Highlights:
    """Draws the marks of placements, and over them what ``captions`` draws.  What a composer takes as its ``captions``."""

    def __init__(self, captions: Captioning) -> None:
        self._captions = captions
        self._made: dict[tuple[Mark, Rect], list[Overlay]] = {}

    def __call__(self, placement: Placement) -> Sequence[Overlay]:
        """The overlays of a placement, the same ones for the same mark and place."""
        if placement.mark is Mark.NONE:
            return self._captions(placement)
        key = placement.mark, placement.at
        if key not in self._made:
            self._made[key] = _border(placement.at) if placement.mark is Mark.BORDER else [_shade(placement.at)]
        return [*self._made[key], *self._captions(placement)]


def _border(at: Rect) -> list[Overlay]:
    return border(at, 0, max(round(at.h * BORDER_SHARE / 2) * 2, 2), BORDER_COLOR)


def _shade(at: Rect) -> Overlay:
    return Overlay(at.x, at.y, np.full((at.h, at.w), round(255 * SHADE), np.uint8), SHADE_COLOR)
