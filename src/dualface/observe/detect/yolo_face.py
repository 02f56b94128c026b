"""Faces by a YOLO (v8 and later) model, in the layout that Ultralytics' exporter writes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dualface.observe.detect.anchors import STRIDES
from dualface.observe.detect.face_model import Candidates, FaceModel, expect_shapes
from dualface.types import F32Array

_VALUES = (5, 15, 20)


class YoloFaceDetector(FaceModel):
    """Takes R, G, B 0…1.  One output (c, n), n cells of sizes 8, 16 and 32; its rows are x and y of the box's centre, width and
    height in pixels, the score, and with c = 15 or 20 x and y (20: and visibility) of each landmark in pixels.
    """

    divisor = 255.0

    def decode(self, outputs: Sequence[F32Array], width: int, height: int) -> Candidates:
        values = outputs[0].shape[0] if outputs[0].ndim == 2 else 0
        cells = sum((width // s) * (height // s) for s in STRIDES)
        expect_shapes("yolo-face", outputs, [(values if values in _VALUES else _VALUES[-1], cells)])
        faces = outputs[0][:, outputs[0][4] >= self.threshold].T
        size = faces[:, 2:4]
        boxes = np.concatenate([faces[:, :2] - size / 2, size], 1)
        marks = faces[:, 5:].reshape(len(faces), 5, values // 5 - 1)[:, :, :2] if values > 5 else None
        return Candidates(boxes, faces[:, 4], marks)
