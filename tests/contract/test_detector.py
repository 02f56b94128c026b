"""What every detector promises.  A new family adds a line to DETECTORS; real weights are used where a package has them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

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
from dualface.testing.onnx_models import save_constant_model, save_face_model
from dualface.testing.pictures import frame_from_rgb
from dualface.types import Box, Detection, Frame, U8Array

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


@pytest.fixture(scope="module", params=DETECTORS)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=ENGINES)
def make_engine(request: pytest.FixtureRequest) -> Callable[..., InferenceEngine]:
    return ENGINES[request.param]


@pytest.fixture(scope="module")
def detector(
    family: str, make_engine: Callable[..., InferenceEngine], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Detector]:
    path = save_face_model(tmp_path_factory.mktemp("models") / "faces.onnx", family, WIDTH, HEIGHT, SEEN)
    detector = DETECTORS[family](make_engine(path, (BATCH, 3, HEIGHT, WIDTH)))
    yield detector
    detector.close()


def plain_frame(width: int, height: int, index: int = 0) -> Frame:
    return frame_from_rgb(np.full((height, width, 3), 90, np.uint8), index)


def test_is_a_detector(detector: Detector) -> None:
    assert isinstance(detector, Detector)


def test_finds_each_face_once_best_first_in_source_pixels(detector: Detector) -> None:
    [found] = detector.detect([plain_frame(WIDTH * 4, HEIGHT * 3)])
    assert [round(f.score, 2) for f in found] == [0.9, 0.7]
    np.testing.assert_allclose([f.box for f in found], [(80, 30, 160, 150), (480, 90, 120, 120)], rtol=0.02)


def test_landmarks_are_eyes_nose_and_mouth_in_source_pixels(detector: Detector) -> None:
    [[best, _]] = detector.detect([plain_frame(WIDTH * 4, HEIGHT * 3)])
    assert best.landmarks is not None
    assert best.landmarks.dtype == np.float32
    expected = [[128, 90], [192, 90], [160, 120], [136, 150], [184, 150]]
    np.testing.assert_allclose(best.landmarks, expected, atol=1.5)


def test_answers_for_every_frame_in_order_whatever_the_batch(detector: Detector) -> None:
    scales = (1, 2, 3, 4, 5)
    found = detector.detect([plain_frame(WIDTH * n, HEIGHT * n, n) for n in scales])
    widths = [faces[0].box.w / 40 for faces in found]
    np.testing.assert_allclose(widths, scales, rtol=0.02)


def test_answers_nothing_to_no_frames(detector: Detector) -> None:
    assert detector.detect([]) == []


def test_may_be_called_from_several_threads(detector: Detector) -> None:
    frames = [plain_frame(WIDTH * n, HEIGHT * n) for n in range(1, 9)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda frame: detector.detect([frame])[0][0].box.w / 40, frames))
    np.testing.assert_allclose(found, range(1, 9), rtol=0.02)


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
