"""What a composed picture consists of; the same for every composer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dualface.errors import CompositionError
from dualface.geometry import fit_inside
from dualface.types import Box, Crop, Fill, Frame, Placement, Rect

FARTHEST = 1 << 20
"""Crops may begin and end this many pixels from the source's corner: more than any picture has."""


_BLUR = 40
"""A blurred backdrop is made by reducing the picture so many times and enlarging it again."""


def check_canvas(width: int, height: int) -> None:
    """Raises :class:`ValueError` unless both sides are even and above 0."""
    if width <= 0 or height <= 0 or width % 2 or height % 2:
        raise ValueError(f"a canvas of {width}x{height} pixels can't be drawn on; both sides must be even")


def check_placements(frame: Frame, placements: Sequence[Placement], width: int, height: int) -> None:
    """Raises :class:`~dualface.errors.CompositionError` for a place that is odd or leaves the canvas, or an impossible crop.

    That is one without an area, or out of reach.
    """
    for placement in placements:
        problem = _problem(placement, width, height)
        if problem is not None:
            name = placement.person or "scene"
            message = f"the {name} tile of frame {frame.index} {problem}"
            raise CompositionError(message, stage="compose", frame=frame.index)


def _problem(placement: Placement, width: int, height: int) -> str | None:
    at, (x, y, w, h) = placement.at, placement.crop
    inside = at.x >= 0 and at.y >= 0 and at.x + at.w <= width and at.y + at.h <= height
    if not inside or at.w <= 0 or at.h <= 0 or any(n % 2 for n in (at.x, at.y, at.w, at.h)):
        return f"can't lie at {at}; it must be of even numbers and inside the canvas of {width}x{height} pixels"
    in_reach = all(math.isfinite(n) and abs(n) <= FARTHEST for n in (x, y, x + w, y + h))
    if placement.fill is not Fill.CARD and not (in_reach and w > 0 and h > 0):
        return f"can't show the crop {tuple(placement.crop)}; it must have an area"
    return None


def backdrop(placement: Placement) -> tuple[Crop, tuple[int, int]]:
    """What is blurred behind a placement: the part of the crop that fills its place, and the size it is reduced to first.

    Both sides of the size are even.
    """
    at, crop = placement.at, placement.crop
    w, h = fit_inside(crop.w, crop.h, at.w / at.h)
    small = max(2 * round(at.w / _BLUR / 2), 4), max(2 * round(at.h / _BLUR / 2), 4)
    return Box(crop.x + (crop.w - w) / 2, crop.y + (crop.h - h) / 2, w, h), small


def covered(placements: Sequence[Placement], width: int, height: int) -> bool:
    """Whether the whole canvas is surely covered, so that no background shows: by one of them, or by all without overlap."""
    full = [p for p in placements if p.fill in (Fill.CROP, Fill.BLUR, Fill.BACKDROP) and not p.corner]
    if any(placement.at == Rect(0, 0, width, height) for placement in full):
        return True
    if len(full) < len(placements):
        return False
    rects = [placement.at for placement in placements]
    apart = not any(overlap(a, b) for n, a in enumerate(rects) for b in rects[n + 1 :])
    return apart and sum(r.w * r.h for r in rects) == width * height


def overlap(a: Rect, b: Rect) -> bool:
    """Whether two rectangles share a pixel."""
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h
