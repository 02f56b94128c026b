"""Variants of a family's published layout."""

from pathlib import Path

import numpy as np
import pytest

from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.observe.detect.face_model import FaceModel
from dualface.observe.detect.scrfd import ScrfdDetector
from dualface.observe.detect.yolo_face import YoloFaceDetector
from dualface.testing.onnx_models import save_constant_model
from dualface.testing.pictures import frame_from_rgb
from dualface.types import F32Array

SIDE = 64


def scrfd_without_landmarks() -> list[F32Array]:
    counts = [2 * (SIDE // s) ** 2 for s in (8, 16, 32)]
    scores, edges = ([np.zeros((n, c), np.float32) for n in counts] for c in (1, 4))
    scores[1][10], edges[1][10] = 0.8, (1, 0.5, 1, 1.5)  # cell 5 of 4×4 cells of 16 pixels: its corner is at (16, 16)
    return [*scores, *edges]


def yolo(values: int) -> list[F32Array]:
    output = np.zeros((1, values, 84), np.float32)
    output[0, :5, 3] = 16, 24, 32, 32, 0.8
    output[0, 5:, 3] = 20
    return [output]


@pytest.mark.parametrize(
    ("detector", "outputs", "landmarks"),
    [
        (ScrfdDetector, scrfd_without_landmarks(), None),
        (YoloFaceDetector, yolo(5), None),
        (YoloFaceDetector, yolo(15), [[40, 20]] * 5),
        (YoloFaceDetector, yolo(20), [[40, 20]] * 5),
    ],
)
def test_layouts_with_and_without_landmarks(
    detector: type[FaceModel], outputs: list[F32Array], landmarks: list[list[int]] | None, tmp_path: Path
) -> None:
    path = save_constant_model(tmp_path / "model.onnx", SIDE, SIDE, outputs)
    frame = frame_from_rgb(np.zeros((SIDE, SIDE * 2, 3), np.uint8))
    [[face]] = detector(OnnxRuntimeInferenceEngine(path, (1, 3, SIDE, SIDE))).detect([frame])
    np.testing.assert_allclose(face.box, (0, 8, 64, 32))
    assert face.score == pytest.approx(0.8)
    assert (face.landmarks if face.landmarks is None else face.landmarks.tolist()) == landmarks


class Recorder:
    """An engine that keeps the picture it was shown and finds nothing."""

    input_shape: tuple[int, ...] = (1, 3, SIDE, SIDE)

    def infer(self, batch: F32Array) -> list[F32Array]:
        self.seen = batch.copy()
        return yolo(5)

    def close(self) -> None: ...


class Plain(YoloFaceDetector):
    divisor = 1.0


class SwappedAndScaled(YoloFaceDetector):
    bgr = True
    mean = 100.0
    divisor = 50.0


@pytest.mark.parametrize(("kind", "expected"), [(Plain, (250, 150, 50)), (SwappedAndScaled, (-1, 1, 3))])
def test_the_model_sees_colours_in_its_order_and_range(kind: type[FaceModel], expected: tuple[float, ...]) -> None:
    engine = Recorder()
    kind(engine).detect([frame_from_rgb(np.full((SIDE, SIDE, 3), (250, 150, 50), np.uint8))])
    np.testing.assert_allclose(engine.seen[0, :, 8, 8], expected, atol=3 / kind.divisor)
