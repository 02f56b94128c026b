"""Describes faces by vectors, with any model whose chip and normalisation an :class:`EmbeddingSpec` tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from dualface.errors import ModelError
from dualface.interfaces import InferenceEngine
from dualface.models.catalog import EmbeddingSpec
from dualface.observe.embed.alignment import similarity
from dualface.pixels.source import CpuPixels, Normalisation, PixelSource
from dualface.types import Detection, F32Array, F64Array, Frame


class FaceEmbedder:
    """Implements :class:`~dualface.interfaces.Embedder` for a model that ``engine`` runs and ``spec`` describes.

    Faces are laid out by their five landmarks, by ``pixels``, which must be of the engine's device.

    A plugin for another family of models is a subclass with a :attr:`spec` of its own.

    Raises :class:`~dualface.errors.ModelError` when the model gives other vectors than ``spec`` says.
    """

    spec: ClassVar[EmbeddingSpec | None] = None
    """See :class:`~dualface.interfaces.EmbedderConstructor`."""

    def __init__(self, engine: InferenceEngine, spec: EmbeddingSpec, *, pixels: PixelSource | None = None) -> None:
        self.dimensions = spec.dimensions
        self._engine, self._spec = engine, spec
        self._pixels = pixels or CpuPixels()
        self._normalisation = Normalisation(spec.mean, spec.divisor)
        width, height = spec.size
        outputs = engine.infer(np.zeros((1, 3, height, width), np.float32))
        if [output.shape for output in outputs] != [(1, self.dimensions)]:
            raise ModelError(
                f"The model's outputs of shapes {[output.shape for output in outputs]} are no vectors of {self.dimensions} "
                "numbers: name its family, as in models.reid_model: 'arcface:PATH'."
            )

    def embed(self, frame: Frame, faces: Sequence[Detection]) -> F32Array:
        """Float32, shape (len(faces), dimensions), rows L2-normalised.

        Raises :class:`ValueError` for a face without five landmarks, or with all of them in one place.
        """
        vectors: F32Array = np.empty((len(faces), self.dimensions), np.float32)
        largest = self._engine.input_shape[0]
        for start in range(0, len(faces), largest):
            matrices = [self._alignment(face) for face in faces[start : start + largest]]
            chips = self._pixels.chips(frame, matrices, *self._spec.size, self._normalisation)
            vectors[start : start + largest] = self._engine.infer(chips)[0]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def _alignment(self, face: Detection) -> F64Array:
        if face.landmarks is None:
            raise ValueError("a face without landmarks can't be laid out for comparison")
        return similarity(self._spec.template, face.landmarks)

    def close(self) -> None:
        self._engine.close()
