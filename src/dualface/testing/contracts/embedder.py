"""What every embedder promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dualface.interfaces import Embedder
from dualface.testing.pictures import in_format
from dualface.types import Detection, Frame, PixelFormat


class EmbedderContract(ABC):
    """How it tells people apart in a sample of the plugin's own, in main memory."""

    margin = 0.0
    """How much more alike two pictures of one person are, at least, than any two of two people."""

    @abstractmethod
    def make(self, folder: Path) -> Embedder:
        """A new embedder; ``folder`` is empty, for a model that is made for the test."""

    @abstractmethod
    def sample(self) -> tuple[Frame, Sequence[Detection], Sequence[Detection]]:
        """A planar frame with several pictures each of two people: their faces with landmarks."""

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedder]:
        with closing(cls().make(tmp_path_factory.mktemp("embedder"))) as embedder:
            yield embedder

    def test_it_is_an_embedder(self, embedder: Embedder) -> None:
        assert isinstance(embedder, Embedder)
        assert embedder.dimensions > 0

    def test_rows_are_unit_vectors_one_for_each_face(self, embedder: Embedder) -> None:
        frame, one, other = self.sample()
        vectors = embedder.embed(frame, [*one, *other])
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(one) + len(other), embedder.dimensions)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
        assert embedder.embed(frame, []).shape == (0, embedder.dimensions)

    def test_a_person_is_more_like_themselves_than_like_another(self, embedder: Embedder) -> None:
        frame, one, other = self.sample()
        vectors, count = embedder.embed(frame, [*one, *other]), len(one)
        alike = vectors @ vectors.T
        same = min(alike[:count, :count].min(), alike[count:, count:].min())
        assert same > alike[:count, count:].max() + self.margin

    def test_order_and_company_change_nothing(self, embedder: Embedder) -> None:
        frame, one, other = self.sample()
        faces = [*one, *other]
        together = embedder.embed(frame, faces)
        np.testing.assert_allclose(embedder.embed(frame, faces[::-1])[::-1], together, atol=1e-3)
        alone = np.concatenate([embedder.embed(frame, [face]) for face in faces])
        np.testing.assert_allclose(alone, together, atol=1e-3)

    def test_either_layout_of_memory_will_do(self, embedder: Embedder) -> None:
        frame, one, _ = self.sample()
        vectors = embedder.embed(in_format(frame, PixelFormat.NV12), one)
        np.testing.assert_allclose(vectors, embedder.embed(frame, one), atol=1e-3)

    def test_a_face_without_landmarks_is_refused(self, embedder: Embedder) -> None:
        frame, one, _ = self.sample()
        with pytest.raises(ValueError, match="landmarks"):
            embedder.embed(frame, [one[0], replace(one[-1], landmarks=None)])

    def test_it_may_be_called_from_several_threads(self, embedder: Embedder) -> None:
        frame, one, other = self.sample()
        faces = [*one, *other]
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda face: embedder.embed(frame, [face]), faces))
        np.testing.assert_allclose(np.concatenate(answers), embedder.embed(frame, faces), atol=1e-3)
