"""What a composed picture consists of; the same for every composer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from dualface.errors import CompositionError
from dualface.geometry import fit_inside
from dualface.types import Frame, Rect, Side, TileView

FARTHEST = 1 << 20
"""Crops may begin and end this many pixels from the source's corner: more than any picture has."""


def check_canvas(width: int, height: int, tiles: Mapping[Side, Rect], overlays: Iterable[Rect]) -> None:
    """Raises :class:`ValueError` unless everything is even, lies on the canvas, and tiles don't overlap."""
    for rect in (Rect(0, 0, width, height), *tiles.values(), *overlays):
        inside = rect.x >= 0 and rect.y >= 0 and rect.x + rect.w <= width and rect.y + rect.h <= height
        if not inside or rect.w <= 0 or rect.h <= 0 or any(n % 2 for n in (rect.x, rect.y, rect.w, rect.h)):
            raise ValueError(f"{rect} must be of even numbers and inside the canvas of {width}x{height} pixels")
    a, b = tiles[Side.LEFT], tiles[Side.RIGHT]
    if a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h:
        raise ValueError(f"the tiles {a} and {b} overlap")


def check_views(frame: Frame, views: Mapping[Side, TileView]) -> None:
    """Raises :class:`~dualface.errors.CompositionError` for a missing view, or a crop without an area or out of reach."""
    for side in Side:
        view = views.get(side)
        if view is None:
            raise CompositionError(f"frame {frame.index} has no view for the {side} tile", stage="compose", frame=frame.index)
        x, y, w, h = view.crop
        in_reach = all(math.isfinite(n) and abs(n) <= FARTHEST for n in (x, y, x + w, y + h))
        if not view.card and not (in_reach and w > 0 and h > 0):
            message = f"the {side} tile of frame {frame.index} can't show the crop {tuple(view.crop)}; it must have an area"
            raise CompositionError(message, stage="compose", frame=frame.index)


def picture_rect(tile: Rect, view: TileView) -> Rect:
    """The part of the tile that ``view`` fills with its crop: all of it, or with ``fit`` the largest of the crop's shape."""
    if not view.fit:
        return tile
    fitted = fit_inside(tile.w, tile.h, view.crop.w / view.crop.h)
    w, h = (min(max(round(n / 2) * 2, 2), most) for n, most in zip(fitted, (tile.w, tile.h), strict=True))
    return Rect(tile.x + (tile.w - w) // 4 * 2, tile.y + (tile.h - h) // 4 * 2, w, h)


def contains(outer: Rect, inner: Rect) -> bool:
    """Whether ``inner`` lies wholly in ``outer``."""
    right, bottom = inner.x + inner.w <= outer.x + outer.w, inner.y + inner.h <= outer.y + outer.h
    return outer.x <= inner.x and outer.y <= inner.y and right and bottom
