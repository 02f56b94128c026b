"""YuNet (Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023), as in OpenCV's model zoo from 2023 on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dualface.observe.detect.anchors import STRIDES, cell_corners, group_shapes, sort_outputs
from dualface.observe.detect.face_model import Candidates, FaceModel, expect_shapes
from dualface.types import F32Array


class YuNetDetector(FaceModel):
    """Takes B, G, R 0…255.  Twelve outputs; for each cell size 8, 16 and 32, row by row, n cells:

    cls and obj (n, 1), whose geometric mean is the score; bbox (n, 4), x and y of the centre from the cell's corner in cells,
    logarithms of width and height in cells; kps (n, 10), x and y of each landmark from the cell's corner in cells.
    """

    bgr = True

    def decode(self, outputs: Sequence[F32Array], width: int, height: int) -> Candidates:
        ordered = sort_outputs(outputs)
        expect_shapes("yunet", ordered, group_shapes(width, height, (1, 1, 4, 10)))
        first, second, boxes, marks = ordered[0:6:2], ordered[1:6:2], ordered[6:9], ordered[9:12]
        parts = []
        for stride, a, b, box, mark in zip(STRIDES, first, second, boxes, marks, strict=True):
            scores = np.sqrt(np.clip(a[:, 0], 0, 1) * np.clip(b[:, 0], 0, 1))
            cells = np.flatnonzero(scores >= self.threshold)
            corner = cell_corners(width, height, stride)[cells]
            size = np.exp(box[cells, 2:])
            low = corner + box[cells, :2] - size / 2
            points = corner[:, None] + mark[cells].reshape(-1, 5, 2)
            parts.append((np.concatenate([low, size], 1) * stride, scores[cells], points * stride))
        return Candidates(*(np.concatenate(group) for group in zip(*parts, strict=True)))
