"""Faces larger than the picture are found at half its size, and are where they are."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from dualface.observe.detect.close_up import at_full_size, at_half_size
from dualface.observe.detect.tiled import TiledDetector
from dualface.types import Box, Detection, Frame, PixelFormat

W, H = 640, 360


class Near:
    """Finds the bright square if it is seen whole; counts its looks."""

    def __init__(self) -> None:
        self.looks = 0

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        self.looks += len(frames)
        return [self._faces(frame) for frame in frames]

    @staticmethod
    def _faces(frame: Frame) -> list[Detection]:
        ys, xs = np.nonzero(frame.planes[0] == 200)
        touches = len(ys) and (xs.min() == 0 or ys.min() == 0 or xs.max() == W - 1 or ys.max() == H - 1)
        if not len(ys) or touches:
            return []
        box = Box(float(xs.min()), float(ys.min()), float(np.ptp(xs) + 1), float(np.ptp(ys) + 1))
        return [Detection(box, 0.9, np.full((5, 2), (box.cx, box.cy), np.float32))]

    def close(self) -> None:
        """Nothing is open."""


def picture(n: int, *, close: bool) -> Frame:
    luma = np.zeros((H, W), np.uint8)
    if close:
        luma[:, 120:520] = 200
    chroma = np.zeros((H // 2, W // 2), np.uint8)
    return Frame(n, n, Fraction(1, 10), 1, W, H, (luma, chroma, chroma))


def test_a_face_that_fills_the_picture_is_found_where_it_is() -> None:
    detector = TiledDetector(Near())
    for n in range(5):
        [face] = detector.detect([picture(n, close=True)])[0]
        assert face.box == pytest.approx(Box(120, 0, 400, H), abs=2)
        assert face.landmarks is not None
        assert face.landmarks[0] == pytest.approx((320, 180), abs=2)


def test_a_picture_without_faces_is_looked_at_so_now_and_then() -> None:
    eyes = Near()
    detector = TiledDetector(eyes)
    for n in range(300):
        detector.detect([picture(n, close=False)])
    assert eyes.looks - 300 < 60


def test_the_picture_is_in_the_middle_at_half_size_whatever_its_layout() -> None:
    luma = np.arange(H * W, dtype=np.uint8).reshape(H, W)
    chroma = np.stack([np.full((H // 2, W // 2), 7, np.uint8), np.full((H // 2, W // 2), 9, np.uint8)], 2)
    frame = Frame(0, 0, Fraction(1, 10), 1, W, H, (luma, chroma), PixelFormat.NV12)
    half = at_half_size(frame)
    assert [plane.shape for plane in half.planes] == [luma.shape, chroma.shape]
    assert (half.planes[0][90:270, 160:480] == luma[::2, ::2]).all()
    assert half.planes[1][90, 160].tolist() == [7, 9]
    assert half.planes[1][0, 0].tolist() == [128, 128]
    there = at_full_size(Detection(Box(160, 90, 100, 50), 0.9, None), frame)
    assert there.box == Box(0, 0, 200, 100)
