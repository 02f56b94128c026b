"""The embedders that come with dualface: dlib's real weights; made-up models for the other families."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

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
from dualface.registry import builtin_names
from dualface.testing.contracts.embedder import EmbedderContract
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


class TestDlib(EmbedderContract):
    """Five pictures each of two people, row by row."""

    margin = 0.02

    def make(self, folder: Path) -> Embedder:
        convert(weights(), folder / "dlib.onnx")
        return FaceEmbedder(OpenVINOInferenceEngine(folder / "dlib.onnx", (BATCH, 3, 150, 150)), spec_of("dlib"))

    def sample(self) -> tuple[Frame, list[Detection], list[Detection]]:
        one, other = ([face_at(150 * k, 150 * row, 1.0) for row in range(5)] for k in range(2))
        return frame_from_rgb(group(as_is, dark, soft, warm, small)), one, other


class Colours(EmbedderContract):
    """A made-up model of the family, to which people are of one colour each."""

    family: ClassVar[str]

    def make(self, folder: Path) -> Embedder:
        spec = replace(spec_of(self.family), dimensions=3)
        path = save_mean_model(folder / "mean.onnx", *spec.size)
        return FaceEmbedder(OnnxRuntimeInferenceEngine(path, (BATCH, 3, *spec.size[::-1])), spec)

    def sample(self) -> tuple[Frame, list[Detection], list[Detection]]:
        picture = np.full((240, 480, 3), 128, np.uint8)
        picture[:, :240], picture[:, 240:] = (220, 40, 40), (40, 60, 220)
        spec = spec_of(self.family)
        one, other = ([plain_face(spec, x + 8 * n, 30 + 9 * n) for n in range(4)] for x in (40, 290))
        return frame_from_rgb(picture), one, other


class TestSface(Colours):
    family = "sface"


class TestArcface(Colours):
    family = "arcface"


def test_every_family_has_its_contract_tested() -> None:
    assert {one.family for one in Colours.__subclasses__()} | {"dlib"} == set(builtin_names("embedder"))


@pytest.fixture(scope="module")
def embedder(make_engine: Callable[..., InferenceEngine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaceEmbedder]:
    path = tmp_path_factory.mktemp("embedder") / "dlib.onnx"
    convert(weights(), path)
    made = FaceEmbedder(make_engine(path, (BATCH, 3, 150, 150)), spec_of("dlib"))
    yield made
    made.close()


def test_a_turned_and_scaled_face_is_the_same_face(embedder: FaceEmbedder) -> None:
    people = Image.open(DATA / "dlib_chips.png").convert("RGB")
    turned = people.crop((0, 0, 150, 150)).resize((300, 300), Image.Resampling.BICUBIC).rotate(-20, Image.Resampling.BICUBIC)
    c, s = np.cos(np.radians(20)), np.sin(np.radians(20))
    corner = np.array([150, 150]) - np.array([[c, -s], [s, c]]) @ (150, 150)
    (upright,) = embedder.embed(frame_from_rgb(np.asarray(people)), [face_at(0, 0, 1)])
    (found,) = embedder.embed(frame_from_rgb(np.asarray(turned)), [face_at(corner[0], corner[1], 2, np.radians(20))])
    assert upright @ found > 0.98


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
