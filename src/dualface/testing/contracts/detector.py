"""What every detector promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from dualface.geometry import iou
from dualface.interfaces import Detector
from dualface.testing.pictures import enlarged, in_format
from dualface.types import Box, Detection, Frame, PixelFormat

SURE = 0.5
"""Faces of this score or more are counted."""
_LEAST_IOU = 0.6


class DetectorContract(ABC):
    """What it finds in a sample of the plugin's own, of even sides, in main memory."""

    @abstractmethod
    def make(self, folder: Path) -> Detector:
        """A new detector; ``folder`` is empty, for a model that is made for the test."""

    @abstractmethod
    def sample(self) -> tuple[Frame, Sequence[Box]]:
        """A planar frame with upright faces, and where they are, in its pixels."""

    @pytest.fixture(scope="class")
    @classmethod
    def detector(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Detector]:
        with closing(cls().make(tmp_path_factory.mktemp("detector"))) as detector:
            yield detector

    def test_it_is_a_detector(self, detector: Detector) -> None:
        assert isinstance(detector, Detector)

    def test_it_finds_each_face_once_best_first(self, detector: Detector) -> None:
        frame, faces = self.sample()
        [found] = detector.detect([frame])
        check_found(found, faces)
        assert all(a.score >= b.score for a, b in pairwise(found))

    @pytest.mark.parametrize("times", [2, 3])
    def test_boxes_are_in_pixels_of_the_source(self, detector: Detector, times: int) -> None:
        frame, faces = self.sample()
        [found] = detector.detect([enlarged(frame, times)])
        check_found(found, [Box(*(times * side for side in face)) for face in faces])

    def test_landmarks_are_eyes_nose_and_mouth(self, detector: Detector) -> None:
        [found] = detector.detect([self.sample()[0]])
        for face in found:
            if face.landmarks is not None:
                assert face.landmarks.dtype == np.float32
                left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
                assert left_eye[0] < nose[0] < right_eye[0]
                assert left_mouth[0] < right_mouth[0]
                assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
                assert all(-0.2 <= (x - face.box.x) / face.box.w <= 1.2 for x, _ in face.landmarks)

    def test_it_answers_for_every_frame_in_order_however_many(self, detector: Detector) -> None:
        frame, _ = self.sample()
        frames = [replace(enlarged(frame, 1 + n % 2), index=n) for n in range(7)]
        for answer, one in zip(detector.detect(frames), frames, strict=True):
            same(answer, detector.detect([one])[0])
        assert detector.detect([]) == []

    def test_either_layout_of_memory_will_do(self, detector: Detector) -> None:
        frame, _ = self.sample()
        [planar], [interleaved] = detector.detect([frame]), detector.detect([in_format(frame, PixelFormat.NV12)])
        same(planar, interleaved)

    def test_it_may_be_called_from_several_threads(self, detector: Detector) -> None:
        frame, _ = self.sample()
        frames = [enlarged(frame, 1 + n % 3) for n in range(9)]
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda one: detector.detect([one])[0], frames))
        for answer, one in zip(answers, frames, strict=True):
            same(answer, detector.detect([one])[0])


def check_found(found: Sequence[Detection], faces: Sequence[Box]) -> None:
    """Fails unless exactly these faces were found for sure, each once."""
    sure = [face.box for face in found if face.score >= SURE]
    assert len(sure) == len(faces)
    assert all(max(iou(box, face) for box in sure) >= _LEAST_IOU for face in faces)
    assert all(iou(a, b) < _LEAST_IOU for a, b in combinations(sure, 2))


def same(answer: Sequence[Detection], other: Sequence[Detection]) -> None:
    """Fails for other boxes or scores."""
    assert len(answer) == len(other)
    for a, b in zip(answer, other, strict=True):
        np.testing.assert_allclose([*a.box, a.score], [*b.box, b.score], rtol=0.01, atol=0.5)
