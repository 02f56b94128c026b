"""Non-maximum suppression: one box for each face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dualface.types import F32Array

_MOST = 512
"""Candidates that are compared, the best ones: a picture full of noise must not take the time of a picture's square."""


def suppress_overlaps(boxes: F32Array, scores: F32Array, iou: float) -> NDArray[np.intp]:
    """Indices of the boxes to keep, best score first: greedily, each drops the worse ones that it overlaps by ``iou`` or more.

    ``boxes``: shape (n, 4), x, y, w, h.  ``scores``: shape (n,).
    """
    order = np.argsort(-scores, kind="stable")[:_MOST]
    low = boxes[order, :2]
    high = low + boxes[order, 2:]
    area = boxes[order, 2] * boxes[order, 3]
    left = np.arange(len(order))
    kept = []
    while len(left):
        best, rest = left[0], left[1:]
        kept.append(best)
        sides = np.minimum(high[best], high[rest]) - np.maximum(low[best], low[rest])
        shared = np.where((sides > 0).all(1), sides[:, 0] * sides[:, 1], 0)
        left = rest[shared < iou * (area[best] + area[rest] - shared)]
    return order[kept]
