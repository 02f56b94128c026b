"""What the two people look like: a few good, different views of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dualface.types import Detection, F32Array

_LEAST_QUALITY = 0.35


def view_quality(face: Detection, *, tallest: float) -> float:
    """How much a face's embedding can be trusted, 0…1: sure, frontal and not small.  0 without landmarks.

    Frontal means that the nose stands half way between the eyes.  ``tallest``: height of the tallest face around, in pixels.
    """
    if face.landmarks is None:
        return 0.0
    left, right, nose = (face.landmarks[i].astype(np.float64) for i in range(3))
    apart = math.hypot(*(right - left))
    if apart < 8.0:
        return 0.0
    along = float(np.dot(nose - (left + right) / 2, right - left)) / apart**2
    frontal = max(1.0 - abs(along) * 1.6, 0.0)
    size = min(face.box.h / max(tallest, 1.0) * 1.5, 1.0)
    return min(max(face.score, 0.0), 1.0) * frontal * size


@dataclass(slots=True)
class _View:
    embedding: F32Array
    quality: float


@dataclass(slots=True)
class Gallery:
    """At most ``capacity`` views of one person; embeddings are float32, shape (dimensions,), L2-normalised.

    ``pinned`` are views known beforehand, from photos or other videos; they are never displaced.
    """

    capacity: int = 8
    pinned: Sequence[F32Array] = ()
    _views: list[_View] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.pinned) + len(self._views)

    @property
    def confirmed(self) -> bool:
        """Whether the person was seen in this video."""
        return bool(self._views)

    @property
    def embeddings(self) -> F32Array:
        """Of the views from this video: float32, shape (views, dimensions)."""
        return np.stack([v.embedding for v in self._views])

    def add(self, embedding: F32Array, quality: float) -> bool:
        """Takes a view in; returns whether it was kept.

        A full gallery gives up the poorer one of its two most similar views, so that it stays diverse.
        """
        if quality < _LEAST_QUALITY and self._views:
            return False
        self._views.append(_View(embedding, quality))
        if len(self._views) <= self.capacity:
            return True
        alike = self.embeddings @ self.embeddings.T
        np.fill_diagonal(alike, -2.0)
        a, b = np.unravel_index(int(alike.argmax()), alike.shape)
        poorer = int(a) if self._views[int(a)].quality < self._views[int(b)].quality else int(b)
        return self._views.pop(poorer).embedding is not embedding

    def similarity(self, embedding: F32Array) -> float:
        """Cosine between a normalised embedding and this person: the mean over the two nearest views.  -1 when empty.

        Pinned views count by themselves, since a photo is less alike than views of one video are to each other.
        """
        groups = [views for views in (self.pinned, [v.embedding for v in self._views]) if len(views)]
        return max((float(np.sort(np.stack(views) @ embedding)[-2:].mean()) for views in groups), default=-1.0)
