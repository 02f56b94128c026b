"""What every embedder promises, with every engine.  dlib's real weights; made-up models for the other families."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from tests.support.dlib_golden import DATA, weights

from dualface.errors import ModelError
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.inference.openvino import OpenVINOInferenceEngine
from dualface.interfaces import Embedder, InferenceEngine
from dualface.models.catalog import FAMILIES, EmbeddingSpec
from dualface.models.dlib_resnet import convert
from dualface.observe.embed.embedder import FaceEmbedder
from dualface.testing.onnx_models import save_constant_model, save_mean_model
from dualface.testing.pictures import frame_from_rgb
from dualface.types import Box, Detection, Frame, U8Array

ENGINES: dict[str, Callable[..., InferenceEngine]] = {
    "openvino": OpenVINOInferenceEngine,
    "onnxruntime": OnnxRuntimeInferenceEngine,
}
BATCH = 2


def spec_of(family: str) -> EmbeddingSpec:
    spec = FAMILIES[family].embedding
    assert spec is not None
    return spec


def face_at(x: float, y: float, scale: float, angle: float = 0.0) -> Detection:
    """A face laid out as dlib's template, its chip's top-left corner at ``(x, y)``, turned around it."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    marks = (np.array(spec_of("dlib").template) + 0.5) @ (scale * turn).T + (x, y)
    return Detection(Box(x, y, 150 * scale, 150 * scale), 0.9, marks.astype(np.float32))


def group(*changes: Callable[[Image.Image], Image.Image]) -> U8Array:
    """Two people side by side, 300 × 150, in each row another change."""
    people = Image.open(DATA / "dlib_chips.png").convert("RGB")
    return np.concatenate([np.asarray(change(people)) for change in changes])


def as_is(picture: Image.Image) -> Image.Image:
    return picture


def dark(picture: Image.Image) -> Image.Image:
    return picture.point(lambda value: value * 0.5)


def soft(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(1.5))


def warm(picture: Image.Image) -> Image.Image:
    r, g, b = picture.split()
    return Image.merge("RGB", (r, g.point(lambda value: value * 0.85), b.point(lambda value: value * 0.6)))


def small(picture: Image.Image) -> Image.Image:
    return picture.resize((120, 60)).resize(picture.size)


@pytest.fixture(scope="module", params=ENGINES)
def make_engine(request: pytest.FixtureRequest) -> Callable[..., InferenceEngine]:
    return ENGINES[request.param]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("embedder") / "dlib.onnx"
    convert(weights(), path)
    return path


@pytest.fixture(scope="module")
def embedder(model: Path, make_engine: Callable[..., InferenceEngine]) -> Iterator[FaceEmbedder]:
    made = FaceEmbedder(make_engine(model, (BATCH, 3, 150, 150)), spec_of("dlib"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def crowd() -> tuple[Frame, list[Detection]]:
    """Five pictures each of two people, row by row; even ones are the first person's."""
    rows = group(as_is, dark, soft, warm, small)
    faces = [face_at(150 * k, 150 * row, 1.0) for row in range(5) for k in range(2)]
    return frame_from_rgb(rows), faces


def test_implements_the_interface(embedder: FaceEmbedder) -> None:
    assert isinstance(embedder, Embedder)
    assert embedder.dimensions == 128


def test_rows_are_unit_vectors(embedder: FaceEmbedder, crowd: tuple[Frame, list[Detection]]) -> None:
    vectors = embedder.embed(*crowd)
    assert vectors.shape == (10, 128)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_faces_give_no_rows(embedder: FaceEmbedder, crowd: tuple[Frame, list[Detection]]) -> None:
    assert embedder.embed(crowd[0], []).shape == (0, 128)


def test_one_person_is_nearer_than_another(embedder: FaceEmbedder, crowd: tuple[Frame, list[Detection]]) -> None:
    vectors = embedder.embed(*crowd)
    alike = vectors @ vectors.T
    same = np.equal.outer(np.arange(10) % 2, np.arange(10) % 2)
    assert alike[same].min() > alike[~same].max() + 0.02


def test_a_turned_and_scaled_face_is_the_same_face(embedder: FaceEmbedder) -> None:
    people = Image.open(DATA / "dlib_chips.png").convert("RGB")
    turned = people.crop((0, 0, 150, 150)).resize((300, 300), Image.Resampling.BICUBIC).rotate(-20, Image.Resampling.BICUBIC)
    c, s = np.cos(np.radians(20)), np.sin(np.radians(20))
    corner = np.array([150, 150]) - np.array([[c, -s], [s, c]]) @ (150, 150)
    (upright,) = embedder.embed(frame_from_rgb(np.asarray(people)), [face_at(0, 0, 1)])
    (found,) = embedder.embed(frame_from_rgb(np.asarray(turned)), [face_at(corner[0], corner[1], 2, np.radians(20))])
    assert upright @ found > 0.98


def test_order_of_faces_is_order_of_rows(embedder: FaceEmbedder, crowd: tuple[Frame, list[Detection]]) -> None:
    frame, faces = crowd
    order = [7, 2, 9, 0, 4]
    assert np.allclose(embedder.embed(frame, [faces[i] for i in order]), embedder.embed(frame, faces)[order], atol=1e-5)


def test_company_does_not_change_a_face(embedder: FaceEmbedder, crowd: tuple[Frame, list[Detection]]) -> None:
    frame, faces = crowd
    alone = np.concatenate([embedder.embed(frame, [face]) for face in faces])
    assert np.allclose(embedder.embed(frame, faces), alone, atol=1e-5)


def test_a_face_without_landmarks_is_refused(embedder: FaceEmbedder, crowd: tuple[Frame, list[Detection]]) -> None:
    frame, faces = crowd
    with pytest.raises(ValueError, match="without landmarks"):
        embedder.embed(frame, [faces[0], replace(faces[1], landmarks=None)])


def plain_face(spec: EmbeddingSpec, x: float, y: float) -> Detection:
    marks = np.array(spec.template, np.float32) + np.float32(0.5) + np.array([x, y], np.float32)
    return Detection(Box(x, y, *map(float, spec.size)), 0.9, marks)


@pytest.mark.parametrize("family", ["sface", "arcface"])
def test_other_families_get_their_own_chip(family: str, make_engine: Callable[..., InferenceEngine], tmp_path: Path) -> None:
    """A model that gives its picture's mean colour shows which colours it was given, in which order."""
    spec = replace(spec_of(family), dimensions=3)
    width, height = spec.size
    path = save_mean_model(tmp_path / "mean.onnx", width, height)
    embedder = FaceEmbedder(make_engine(path, (BATCH, 3, height, width)), spec)
    colour = np.array([200, 120, 40], np.uint8)
    rgb = np.full((200, 200, 3), 255, np.uint8)
    rgb[40 : 40 + height, 30 : 30 + width] = colour
    (vector,) = embedder.embed(frame_from_rgb(rgb), [plain_face(spec, 30, 40)])
    expected = (colour - np.array(spec.mean)) / spec.divisor
    assert np.allclose(vector, expected / np.linalg.norm(expected), atol=0.02)


@pytest.mark.parametrize("outputs", [[(1, 64)], [(1, 128), (1, 128)], [(1, 128, 1, 1)]])
def test_a_model_of_another_kind_is_refused(
    outputs: Sequence[tuple[int, ...]], make_engine: Callable[..., InferenceEngine], tmp_path: Path
) -> None:
    path = save_constant_model(tmp_path / "other.onnx", 150, 150, [np.ones(shape, np.float32) for shape in outputs])
    with pytest.raises(ModelError, match="no vectors of 128"):
        FaceEmbedder(make_engine(path, (BATCH, 3, 150, 150)), spec_of("dlib"))
