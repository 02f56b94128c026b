"""The part of the frame that a person's camera must not leave: their box, or what other people's boxes leave of the picture."""

from __future__ import annotations

from collections.abc import Sequence

from dualface.geometry import covered, holds, intersection
from dualface.types import Box

_INSIDE = 0.98
"""A box is laid over a picture if so much of it lies in it."""
_APART = 4.0
"""Pixels that are kept from a box that is laid over the picture: its border, its shadow."""


def part_of(face: Box, parts: Sequence[Box]) -> Box | None:
    """Where the camera on a face must stay, of the parts of a frame that hold a picture; ``None`` where that is all of it."""
    part = max(parts, key=lambda one: intersection(one, face), default=None)
    if part is None or not intersection(part, face):
        return None
    outer = part
    inner = [one for one in parts if one != outer and covered(one, outer) >= _INSIDE]
    own = [one for one in inner if holds(one, face)]
    if own:
        return min(own, key=lambda one: one.area)
    for box in inner:
        part = _beside(part, box, face)
    return part


def _beside(part: Box, box: Box, face: Box) -> Box:
    """The largest of the four parts beside a box, above and below it, among those that show as much of the face as any."""
    if not intersection(part, box):
        return part
    left, top, right, bottom = box.x - _APART, box.y - _APART, box.right + _APART, box.bottom + _APART
    beside = (
        Box(part.x, part.y, left - part.x, part.h),
        Box(right, part.y, part.right - right, part.h),
        Box(part.x, part.y, part.w, top - part.y),
        Box(part.x, bottom, part.w, part.bottom - bottom),
    )
    return max(
        (one for one in beside if one.w > 0 and one.h > 0),
        key=lambda one: (round(covered(face, one), 2), one.area),
        default=part,
    )
