"""Pure functions on boxes.  Everything is in source pixels, unless said otherwise; see :mod:`dualface.types`."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from dualface.types import Box, F64Array, Fill, Placement, Rect

_FEW = 9
"""Pairs of boxes that are reckoned one by one in less time than numpy takes to begin."""


def is_sound(box: Box) -> bool:
    """Whether a box is one: a detector may give anything back."""
    return all(map(isfinite, box)) and box.w > 0 and box.h > 0


def intersection(a: Box, b: Box) -> float:
    """Area that two boxes share, in square pixels."""
    w = min(a.right, b.right) - max(a.x, b.x)
    h = min(a.bottom, b.bottom) - max(a.y, b.y)
    return w * h if w > 0 and h > 0 else 0.0


def holds(box: Box, face: Box) -> bool:
    """Whether the middle of a face lies in a box."""
    return box.x <= face.cx < box.right and box.y <= face.cy < box.bottom


def iou(a: Box, b: Box) -> float:
    """Intersection over union, 0…1; 0 for empty boxes."""
    shared = intersection(a, b)
    union = a.area + b.area - shared
    return shared / union if union > 0 else 0.0


def covered(a: Box, b: Box) -> float:
    """Share of ``a`` that lies under ``b``, 0…1."""
    return intersection(a, b) / a.area if a.area > 0 else 0.0


def iou_matrix(a: Sequence[Box], b: Sequence[Box]) -> F64Array:
    """Pairwise IoU, float64, shape ``(len(a), len(b))``."""
    if not a or not b:
        return np.zeros((len(a), len(b)))
    if len(a) * len(b) <= _FEW:
        return np.array([[iou(one, other) for other in b] for one in a])
    p, q = np.asarray(a, np.float64), np.asarray(b, np.float64)
    low = np.maximum(p[:, None, :2], q[None, :, :2])
    high = np.minimum(p[:, None, :2] + p[:, None, 2:], q[None, :, :2] + q[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    union = p[:, 2:].prod(1)[:, None] + q[:, 2:].prod(1)[None] - shared
    overlap: F64Array = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return overlap


def interpolate(a: Box, b: Box, share: float) -> Box:
    """The box ``share`` of the way (0…1) from ``a`` to ``b``, each number on its own."""
    return Box(*(p + (q - p) * share for p, q in zip(a, b, strict=True)))


def bounding_box(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of them, of which there is at least one."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    return Box(left, top, max(box.right for box in boxes) - left, max(box.bottom for box in boxes) - top)


def fit_inside(width: float, height: float, aspect: float) -> tuple[float, float]:
    """Largest ``(w, h)`` with ``w / h == aspect`` that fits into ``width × height``."""
    return (width, width / aspect) if width / height <= aspect else (height * aspect, height)


def picture_rect(placement: Placement) -> Rect:
    """The part of its place that ``placement`` fills with its crop: all of it, or the largest of the crop's own shape."""
    at = placement.at
    if placement.fill not in (Fill.BARS, Fill.BLUR):
        return at
    fitted = fit_inside(at.w, at.h, placement.crop.w / placement.crop.h)
    w, h = (min(max(round(n / 2) * 2, 2), most) for n, most in zip(fitted, (at.w, at.h), strict=True))
    return Rect(at.x + (at.w - w) // 4 * 2, at.y + (at.h - h) // 4 * 2, w, h)
