"""What the detectors of all model families share: pictures in, boxes in source pixels out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dualface.errors import ModelError
from dualface.interfaces import InferenceEngine
from dualface.observe.detect.nms import suppress_overlaps
from dualface.pixels.source import CpuPixels, Normalisation, PixelSource
from dualface.types import Box, Detection, F32Array, Frame


@dataclass(frozen=True, slots=True)
class Candidates:
    """Faces before overlapping ones are dropped, in pixels of the detector's picture, ``(0, 0)`` its top-left corner.

    ``boxes``: float32, shape (n, 4), x, y, w, h.  ``scores``: float32, shape (n,).  ``landmarks``: float32, shape (n, 5, 2), in
    :class:`~dualface.types.Detection`'s order, or ``None``.
    """

    boxes: F32Array
    scores: F32Array
    landmarks: F32Array | None


class FaceModel(ABC):
    """Implements :class:`~dualface.interfaces.Detector` for a model that ``engine`` runs; a family says what is special.

    The whole frame is stretched to the engine's picture, by ``pixels``, which must be of the engine's device.  Faces that
    score less than ``threshold`` are dropped, and so are those that overlap a better one by ``overlap`` (IoU) or more.
    """

    bgr: ClassVar[bool] = False
    """Whether the model wants blue first."""
    mean: ClassVar[float] = 0.0
    divisor: ClassVar[float] = 1.0
    """The model takes ``(value - mean) / divisor`` of values 0…255."""

    def __init__(
        self, engine: InferenceEngine, *, pixels: PixelSource | None = None, threshold: float = 0.2, overlap: float = 0.3
    ) -> None:
        self._engine, self._overlap = engine, overlap
        self.threshold = threshold
        """The least score of a face."""
        self._pixels = pixels or CpuPixels()
        self._normalisation = Normalisation((self.mean,) * 3, self.divisor, self.bgr)

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        """The faces of each frame, in source pixels, best score first.

        Raises :class:`~dualface.errors.ModelError` if the model's outputs are not those of its family.
        """
        largest, _, height, width = self._engine.input_shape
        found: list[list[Detection]] = []
        for start in range(0, len(frames), largest):
            some = frames[start : start + largest]
            pictures = self._pixels.pictures(some, width, height, self._normalisation)
            outputs = self._engine.infer(pictures)
            for i, frame in enumerate(some):
                found.append(self._faces([output[i] for output in outputs], frame))
        return found

    def close(self) -> None:
        self._engine.close()

    @abstractmethod
    def decode(self, outputs: Sequence[F32Array], width: int, height: int) -> Candidates:
        """What the model's outputs for one picture of ``width × height`` say: the faces that score the threshold or more.

        ``outputs`` are without the batch axis.
        """

    def _faces(self, outputs: list[F32Array], frame: Frame) -> list[Detection]:
        height, width = self._engine.input_shape[2:]
        faces = self.decode(outputs, width, height)
        kept = suppress_overlaps(faces.boxes, faces.scores, self._overlap)
        scale = np.array([frame.width / width, frame.height / height], np.float32)
        boxes = (faces.boxes[kept] * np.tile(scale, 2)).tolist()
        scores = faces.scores[kept].tolist()
        marks = [None] * len(kept) if faces.landmarks is None else faces.landmarks[kept] * scale
        return [Detection(Box(*box), score, mark) for box, score, mark in zip(boxes, scores, marks, strict=True)]


def expect_shapes(family: str, outputs: Sequence[F32Array], expected: Sequence[tuple[int, ...]]) -> None:
    """Raises :class:`~dualface.errors.ModelError` unless ``outputs`` have the ``expected`` shapes."""
    shapes = [output.shape for output in outputs]
    if shapes != list(expected):
        raise ModelError(
            f"The detector's outputs of shapes {shapes} are not those of a {family} model, {list(expected)}: "
            "name its family, as in models.face_detection: 'yunet:PATH'; or, if it takes pictures of one size only, "
            "set detection.input_size to that."
        )
