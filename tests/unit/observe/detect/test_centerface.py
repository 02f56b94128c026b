"""CenterFace's arithmetic against a slow reading of the paper, and both CPU engines against each other."""

import math
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dualface.geometry import iou
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.inference.openvino import OpenVINOInferenceEngine
from dualface.models.store import ModelStore
from dualface.observe.detect.centerface import CenterFaceDetector
from dualface.pixels.tensor import to_rgb_tensor
from dualface.testing.pictures import frame_from_rgb
from dualface.types import Box, Detection, F32Array, Frame

SIZE = (384, 384)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ModelStore(tmp_path_factory.mktemp("cache"), download=False).resolve("centerface").path


@pytest.fixture(scope="module")
def astronaut() -> Frame:
    found = find_spec("skimage")
    assert found is not None
    assert found.submodule_search_locations
    with Image.open(Path(found.submodule_search_locations[0], "data/astronaut.png")) as image:
        return frame_from_rgb(np.asarray(image.convert("RGB")))


def slow_decode(outputs: list[F32Array], frame: Frame, threshold: float) -> list[Detection]:
    """Cell by cell, in plain Python."""
    heat, scale, offset, marks = (output[0].tolist() for output in outputs)
    kx, ky = frame.width / SIZE[0], frame.height / SIZE[1]
    found = []
    for row, line in enumerate(heat[0]):
        for column, score in enumerate(line):
            if score < threshold:
                continue
            h, w = 4 * math.exp(scale[0][row][column]), 4 * math.exp(scale[1][row][column])
            y = (row + offset[0][row][column] + 0.5) * 4 - h / 2
            x = (column + offset[1][row][column] + 0.5) * 4 - w / 2
            points = [
                ((x + w * marks[2 * j + 1][row][column]) * kx, (y + h * marks[2 * j][row][column]) * ky) for j in range(5)
            ]
            found.append(Detection(Box(x * kx, y * ky, w * kx, h * ky), score, np.array(points, np.float32)))
    found.sort(key=lambda face: -face.score)
    kept: list[Detection] = []
    for face in found:
        if all(iou(face.box, other.box) < 0.3 for other in kept):
            kept.append(face)
    return kept


def assert_same(a: list[Detection], b: list[Detection], pixels: float, score: float) -> None:
    assert len(a) == len(b) > 0
    for p, q in zip(a, b, strict=True):
        np.testing.assert_allclose(p.box, q.box, atol=pixels)
        assert p.landmarks is not None
        assert q.landmarks is not None
        np.testing.assert_allclose(p.landmarks, q.landmarks, atol=pixels)
        assert abs(p.score - q.score) <= score


def test_decodes_as_the_paper_says(model: Path, astronaut: Frame) -> None:
    engine = OnnxRuntimeInferenceEngine(model, (1, 3, SIZE[1], SIZE[0]))
    picture = np.empty((3, SIZE[1], SIZE[0]), np.float32)
    to_rgb_tensor(astronaut, picture)
    expected = slow_decode(engine.infer(picture[None]), astronaut, 0.05)
    assert_same(CenterFaceDetector(engine, threshold=0.05).detect([astronaut])[0], expected, 0.01, 1e-5)


def test_both_engines_find_the_same(model: Path, astronaut: Frame) -> None:
    shape = (1, 3, SIZE[1], SIZE[0])
    [a] = CenterFaceDetector(OpenVINOInferenceEngine(model, shape, precision="f32")).detect([astronaut])
    [b] = CenterFaceDetector(OnnxRuntimeInferenceEngine(model, shape)).detect([astronaut])
    assert_same(a, b, 1, 0.02)


def test_half_precision_finds_nearly_the_same(model: Path, astronaut: Frame) -> None:
    shape = (1, 3, SIZE[1], SIZE[0])
    [a] = CenterFaceDetector(OpenVINOInferenceEngine(model, shape)).detect([astronaut])
    [b] = CenterFaceDetector(OnnxRuntimeInferenceEngine(model, shape)).detect([astronaut])
    assert_same(a, b, 5, 0.05)
