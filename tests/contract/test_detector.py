"""The detectors that come with dualface; real weights are used where a package has them."""

from collections.abc import Callable
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from dualface.errors import ModelError
from dualface.geometry import iou
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.inference.openvino import OpenVINOInferenceEngine
from dualface.interfaces import Detector, InferenceEngine
from dualface.models.store import ModelStore
from dualface.observe.detect.centerface import CenterFaceDetector
from dualface.observe.detect.face_model import FaceModel
from dualface.observe.detect.scrfd import ScrfdDetector
from dualface.observe.detect.yolo_face import YoloFaceDetector
from dualface.observe.detect.yunet import YuNetDetector
from dualface.registry import builtin_names
from dualface.testing.contracts.detector import DetectorContract
from dualface.testing.onnx_models import save_constant_model, save_face_model
from dualface.testing.pictures import frame_from_rgb
from dualface.types import Box, Detection, F32Array, Frame, U8Array

DETECTORS: dict[str, type[FaceModel]] = {
    "centerface": CenterFaceDetector,
    "yunet": YuNetDetector,
    "scrfd": ScrfdDetector,
    "yolo-face": YoloFaceDetector,
}
ENGINES: dict[str, Callable[..., InferenceEngine]] = {
    "openvino": OpenVINOInferenceEngine,
    "onnxruntime": OnnxRuntimeInferenceEngine,
}
WIDTH, HEIGHT, BATCH = 192, 96, 2


def face(x: float, y: float, w: float, h: float, score: float) -> Detection:
    marks = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]) * (w, h) + (x, y)
    return Detection(Box(x, y, w, h), score, marks.astype(np.float32))


SEEN = [face(120, 30, 30, 40, 0.7), face(20, 10, 40, 50, 0.9), face(26, 14, 40, 50, 0.8), face(80, 70, 8, 10, 0.15)]
"""What the made-up models see: two faces, the better one twice, and one below the threshold."""


class BuiltIn(DetectorContract):
    """A made-up model of the family, with a picture twice as wide as high, stretched over one of 4 : 3."""

    family: ClassVar[str]

    def make(self, folder: Path) -> Detector:
        path = save_face_model(folder / "faces.onnx", self.family, WIDTH, HEIGHT, SEEN)
        return DETECTORS[self.family](OpenVINOInferenceEngine(path, (BATCH, 3, HEIGHT, WIDTH)))

    def sample(self) -> tuple[Frame, list[Box]]:
        return plain_frame(WIDTH * 4, HEIGHT * 6), [Box(80, 60, 160, 300), Box(480, 180, 120, 240)]


class TestCenterFace(BuiltIn):
    family = "centerface"


class TestYuNet(BuiltIn):
    family = "yunet"


class TestScrfd(BuiltIn):
    family = "scrfd"


class TestYoloFace(BuiltIn):
    family = "yolo-face"


class TestAnotherLibrary(BuiltIn):
    family = "centerface"

    def make(self, folder: Path) -> Detector:
        path = save_face_model(folder / "faces.onnx", self.family, WIDTH, HEIGHT, SEEN)
        return CenterFaceDetector(OnnxRuntimeInferenceEngine(path, (BATCH, 3, HEIGHT, WIDTH)))


def test_every_family_has_its_contract_tested() -> None:
    assert {one.family for one in BuiltIn.__subclasses__()} == set(DETECTORS) == set(builtin_names("detector"))


def plain_frame(width: int, height: int) -> Frame:
    return frame_from_rgb(np.full((height, width, 3), 90, np.uint8))


@pytest.fixture(params=DETECTORS)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_scores_and_landmarks_are_the_models(family: str, tmp_path: Path) -> None:
    path = save_face_model(tmp_path / "faces.onnx", family, WIDTH, HEIGHT, SEEN)
    [found] = DETECTORS[family](OpenVINOInferenceEngine(path, (1, 3, HEIGHT, WIDTH))).detect(
        [plain_frame(WIDTH * 4, HEIGHT * 3)]
    )
    assert [round(f.score, 2) for f in found] == [0.9, 0.7]
    np.testing.assert_allclose([f.box for f in found], [(80, 30, 160, 150), (480, 90, 120, 120)], rtol=0.02)
    assert found[0].landmarks is not None
    expected = [[128, 90], [192, 90], [160, 120], [136, 150], [184, 150]]
    np.testing.assert_allclose(found[0].landmarks, expected, atol=1.5)


class ByBrightness:
    """An engine that sees the faces in bright pictures only, and keeps what it was shown."""

    def __init__(self, engine: InferenceEngine) -> None:
        self.input_shape, self.close = engine.input_shape, engine.close
        self.shown: list[F32Array] = []
        self._engine = engine

    def infer(self, batch: F32Array) -> list[F32Array]:
        self.shown += list(batch)
        bright = batch.mean((1, 2, 3)) > np.median(batch.mean((1, 2, 3)))
        return [np.where(bright.reshape(-1, *[1] * (o.ndim - 1)), o, np.zeros_like(o)) for o in self._engine.infer(batch)]


def test_each_picture_of_a_batch_has_its_own_faces(tmp_path: Path) -> None:
    path = save_face_model(tmp_path / "faces.onnx", "centerface", WIDTH, HEIGHT, SEEN)
    engine = ByBrightness(OpenVINOInferenceEngine(path, (2, 3, HEIGHT, WIDTH)))
    frames = [frame_from_rgb(np.full((HEIGHT, WIDTH, 3), level, np.uint8)) for level in (40, 200, 200, 40)]
    found = CenterFaceDetector(engine).detect(frames)
    assert [len(faces) for faces in found] == [0, 2, 2, 0]


@pytest.mark.parametrize(("family", "blue_first"), [("centerface", False), ("yunet", True), ("scrfd", False)])
def test_colours_come_in_the_models_order(family: str, blue_first: bool, tmp_path: Path) -> None:
    path = save_face_model(tmp_path / "faces.onnx", family, WIDTH, HEIGHT, SEEN)
    engine = ByBrightness(OpenVINOInferenceEngine(path, (1, 3, HEIGHT, WIDTH)))
    red = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    red[..., 0] = 200
    DETECTORS[family](engine).detect([frame_from_rgb(red)])
    first, _, last = (float(plane.mean()) for plane in engine.shown[0])
    assert (last > first) is blue_first


def test_a_model_without_faces_in_view(family: str, tmp_path: Path) -> None:
    path = save_face_model(tmp_path / "none.onnx", family, WIDTH, HEIGHT, [])
    detector = DETECTORS[family](OpenVINOInferenceEngine(path, (1, 3, HEIGHT, WIDTH)))
    assert detector.detect([plain_frame(64, 64)]) == [[]]


def test_a_model_of_another_family_is_a_model_error(family: str, tmp_path: Path) -> None:
    path = save_constant_model(tmp_path / "other.onnx", WIDTH, HEIGHT, [np.zeros((1, 7), np.float32)])
    detector = DETECTORS[family](OnnxRuntimeInferenceEngine(path, (1, 3, HEIGHT, WIDTH)))
    with pytest.raises(ModelError, match=f"not those of a {family} model"):
        detector.detect([plain_frame(64, 64)])


def photograph(package: str, path: str) -> U8Array:
    found = find_spec(package)
    assert found is not None
    assert found.submodule_search_locations
    with Image.open(Path(found.submodule_search_locations[0], path)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="module")
def group_picture() -> tuple[Frame, list[Box]]:
    """Two photographs side by side, and where their faces are, by eye."""
    astronaut = photograph("skimage", "data/astronaut.png")
    hopper = photograph("matplotlib", "mpl-data/sample_data/grace_hopper.jpg")
    canvas = np.full((600, 1066, 3), 70, np.uint8)
    canvas[:512, :512], canvas[:, 540:1052] = astronaut, hopper
    return frame_from_rgb(canvas), [Box(183, 65, 86, 112), Box(723, 133, 174, 201)]


@pytest.mark.parametrize("make_engine", ENGINES.values(), ids=ENGINES)
def test_finds_the_faces_of_photographs(
    make_engine: Callable[..., InferenceEngine], models: ModelStore, group_picture: tuple[Frame, list[Box]]
) -> None:
    frame, expected = group_picture
    detector = CenterFaceDetector(make_engine(models.resolve("centerface").path, (1, 3, 288, 512)))
    [found] = detector.detect([frame])
    assert len(found) == 2
    assert all(f.score > 0.7 for f in found)
    assert all(max(iou(f.box, box) for f in found) > 0.75 for box in expected)
    assert all(iou(a.box, b.box) < 0.3 for a, b in combinations(found, 2))
    for f in found:
        assert f.landmarks is not None
        left_eye, right_eye, nose, left_mouth, right_mouth = f.landmarks
        assert left_eye[0] < nose[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    return ModelStore(tmp_path_factory.mktemp("cache"), download=False)
