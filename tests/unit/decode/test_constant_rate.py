"""Frames at a constant rate: repeated or left out by their times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.moving import moving_film

from dualface.decode.constant_rate import ConstantRateDecoder
from dualface.decode.software import SoftwareDecoder
from dualface.interfaces import Decoder, DecodeStats
from dualface.testing.contracts.decoder import RATE, DecoderContract
from dualface.types import Frame, VideoInfo

MS = Fraction(1, 1000)


class TestAtItsOwnRate(DecoderContract):
    """Where there is nothing to change, nothing is."""

    def make(self, source: Path) -> Decoder:
        return ConstantRateDecoder(SoftwareDecoder(source), RATE)


class Stamped:
    """A decoder of frames at these times, in milliseconds; the picture is the frame's number."""

    def __init__(self, stamps: Sequence[int], fps: Fraction) -> None:
        self.stats = DecodeStats()
        self._info = VideoInfo(2, 2, fps, len(stamps), (stamps[-1] - stamps[0]) / 1000 + 1 / float(fps), time_base=MS)
        self._frames = iter([Frame(n, pts, MS, 0, 2, 2, (np.uint8(n),)) for n, pts in enumerate(stamps)])

    def get_video_info(self) -> VideoInfo:
        return self._info

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def decode_batch(self, n: int) -> list[Frame]:
        return list(islice(self._frames, n))

    def seek(self, index: int, pts: int) -> bool:
        return False

    def close(self) -> None:
        self._frames = iter([])


def shown(stamps: Sequence[int], fps: Any, rate: Any) -> list[int]:
    frames = list(ConstantRateDecoder(Stamped(stamps, Fraction(fps)), Fraction(rate)))
    return [int(frame.planes[0]) for frame in frames]


@pytest.mark.parametrize(
    ("fps", "rate", "expected"),
    [
        (60, 30, [1, 3, 5, 7, 9, 11]),
        (50, 25, [1, 3, 5, 7, 9, 11]),
        (120, 24, [2, 7, 11]),
        (30, 60, [n for k in range(12) for n in (k, k)]),
        (24, 30, [0, 1, 2, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10, 10, 11]),
    ],
)
def test_rates_meet_evenly_also_where_times_were_rounded(fps: int, rate: int, expected: list[int]) -> None:
    exact = shown([round(n * 1000 / fps) for n in range(12)], fps, rate)
    assert exact == expected
    ceiled = shown([-(-n * 1000 // fps) for n in range(12)], fps, rate)
    floored = shown([n * 1000 // fps for n in range(12)], fps, rate)
    assert ceiled == floored == exact


def test_a_pause_is_filled_and_a_burst_thinned() -> None:
    assert shown([0, 40, 80, 280, 282, 284, 320], 25, 25) == [0, 1, 2, 2, 2, 2, 2, 5, 6]


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=40),
    st.integers(-5000, 5000),
    st.sampled_from(["24", "25", "30000/1001", "30", "12.5", "60"]),
)
def test_every_slot_has_the_frame_of_its_time(steps: list[int], begin: int, rate: str) -> None:
    stamps = [begin]
    for step in steps:
        stamps.append(stamps[-1] + step)
    fps = Fraction(rate)
    decoder = ConstantRateDecoder(Stamped(stamps, Fraction(25)), fps)
    base, frames = decoder.get_video_info().time_base, list(decoder)
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(frame.pts * base == begin * MS + n / fps for n, frame in enumerate(frames))
    assert all((b.pts - a.pts) * base == 1 / fps == a.duration * base for a, b in pairwise(frames))
    for frame in frames:
        n = int(frame.planes[0])
        assert frame.pts * base >= stamps[n] * MS - Fraction(9, 16) / fps
        if n + 1 < len(stamps):
            assert frame.pts * base <= stamps[n + 1] * MS + Fraction(9, 16) / fps
    assert abs(len(frames) / fps - ((stamps[-1] - begin) * MS + Fraction(1, 25))) <= 1 / fps


def test_it_is_put_to_a_frame_by_seeking(tmp_path: Path) -> None:
    source = moving_film(tmp_path / "film.mp4", 96, 64, 200, options={"g": "20"})
    whole = list(ConstantRateDecoder(SoftwareDecoder(source), Fraction(30)))
    decoder = ConstantRateDecoder(SoftwareDecoder(source), Fraction(30))
    assert decoder.seek(150, whole[150].pts)
    for one, other in zip(decoder, whole[150:], strict=True):
        assert (one.index, one.pts) == (other.index, other.pts)
        assert (np.asarray(one.planes[0]) == np.asarray(other.planes[0])).all()
    assert not ConstantRateDecoder(SoftwareDecoder(source), Fraction(30)).seek(150, whole[151].pts), "another film's place"
