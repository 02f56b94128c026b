"""Describes faces by vectors, with any model whose chip and normalisation an :class:`EmbeddingSpec` tells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dualface.embed.alignment import similarity
from dualface.errors import ModelError
from dualface.interfaces import InferenceEngine
from dualface.models.catalog import EmbeddingSpec
from dualface.pixels.warp import warp_to_rgb
from dualface.types import Detection, F32Array, Frame


class FaceEmbedder:
    """Implements :class:`~dualface.interfaces.Embedder` for a model that ``engine`` runs and ``spec`` describes.

    Faces are laid out by their five landmarks.  Raises :class:`~dualface.errors.ModelError` when the model gives other vectors
    than ``spec`` says.
    """

    def __init__(self, engine: InferenceEngine, spec: EmbeddingSpec) -> None:
        self.dimensions = spec.dimensions
        self._engine, self._spec = engine, spec
        self._mean = np.array(spec.mean, np.float32).reshape(3, 1, 1)
        width, height = spec.size
        self._chip = (3, height, width)
        outputs = engine.infer(np.zeros((1, *self._chip), np.float32))
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
            chips = self.chips(frame, faces[start : start + largest])
            vectors[start : start + largest] = self._engine.infer((chips - self._mean) / np.float32(self._spec.divisor))[0]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def chips(self, frame: Frame, faces: Sequence[Detection]) -> F32Array:
        """The faces as the model sees them: float32, shape (len(faces), 3, h, w), R, G, B 0…255.  Raises as :meth:`embed`."""
        chips: F32Array = np.empty((len(faces), *self._chip), np.float32)
        for face, chip in zip(faces, chips, strict=True):
            if face.landmarks is None:
                raise ValueError("a face without landmarks can't be laid out for comparison")
            warp_to_rgb(frame, similarity(self._spec.template, face.landmarks), chip)
        return chips

    def close(self) -> None:
        self._engine.close()
