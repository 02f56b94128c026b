"""CenterFace (Xu, Yan, Yang, "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dualface.observe.detect.face_model import Candidates, FaceModel, expect_shapes
from dualface.types import F32Array

_STRIDE = 4


class CenterFaceDetector(FaceModel):
    """Takes R, G, B 0…255.  Four outputs, one value a cell of 4×4 pixels:

    heatmap (1, h, w), the score of a face with its centre there; scale (2, h, w), logarithms of height and width in cells;
    offset (2, h, w), y and x of the centre from the cell's middle, in cells; landmarks (10, h, w), y and x of each from
    the box's top-left corner, in box heights and widths.
    """

    def decode(self, outputs: Sequence[F32Array], width: int, height: int) -> Candidates:
        rows, columns = height // _STRIDE, width // _STRIDE
        expect_shapes("centerface", outputs, [(channels, rows, columns) for channels in (1, 2, 2, 10)])
        heat, scale, offset, marks = (output.reshape(len(output), -1) for output in outputs)
        cells = np.flatnonzero(heat[0] >= self.threshold)
        centre = (np.stack(np.divmod(cells, columns)) + offset[:, cells] + 0.5) * _STRIDE
        size = np.exp(scale[:, cells]) * _STRIDE
        corner = centre - size / 2
        points = corner + marks[:, cells].reshape(5, 2, -1) * size
        return Candidates(
            boxes=np.concatenate([corner[::-1], size[::-1]]).T.astype(np.float32),
            scores=heat[0, cells],
            landmarks=points[:, ::-1].transpose(2, 0, 1).astype(np.float32),
        )
