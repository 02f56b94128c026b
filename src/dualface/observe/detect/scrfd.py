"""SCRFD (Guo et al., "Sample and Computation Redistribution for Efficient Face Detection", 2021), as in InsightFace."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dualface.observe.detect.anchors import STRIDES, cell_corners, group_shapes, sort_outputs
from dualface.observe.detect.face_model import Candidates, FaceModel, expect_shapes
from dualface.types import F32Array

_ANCHORS = 2
"""Of each cell, all at its corner."""


class ScrfdDetector(FaceModel):
    """Takes R, G, B -1…1.  Six outputs, nine with landmarks; for each cell size 8, 16 and 32, row by row, two anchors a
    cell, n anchors:

    score (n, 1); bbox (n, 4), distances from the cell's corner to the left, top, right and bottom edge in cells;
    kps (n, 10), x and y of each landmark from the cell's corner in cells.
    """

    mean = 127.5
    divisor = 128.0

    def decode(self, outputs: Sequence[F32Array], width: int, height: int) -> Candidates:
        ordered = sort_outputs(outputs)
        channels = (1, 4) if len(ordered) == 6 else (1, 4, 10)
        expect_shapes("scrfd", ordered, group_shapes(width, height, channels, _ANCHORS))
        parts = []
        for stride, score, edge, *mark in zip(STRIDES, *(ordered[i : i + 3] for i in range(0, len(ordered), 3)), strict=True):
            kept = np.flatnonzero(score[:, 0] >= self.threshold)
            corner = cell_corners(width, height, stride, _ANCHORS)[kept]
            low, size = corner - edge[kept, :2], edge[kept, :2] + edge[kept, 2:]
            points = [(corner[:, None] + m[kept].reshape(-1, 5, 2)) * stride for m in mark]
            parts.append((np.concatenate([low, size], 1) * stride, score[kept, 0], *points))
        boxes, scores, *landmarks = (np.concatenate(group) for group in zip(*parts, strict=True))
        return Candidates(boxes, scores, landmarks[0] if landmarks else None)
