from __future__ import annotations

from fractions import Fraction

import pytest

from dualface.render.encode.levels import h264_level


@pytest.mark.parametrize(
    ("size", "fps", "kbps", "level"),
    [
        ((1920, 1080), 30, 5_000, "4"),
        ((1920, 1080), Fraction(30000, 1001), 5_000, "4"),
        ((1080, 1920), 30, 5_000, "4"),
        ((1920, 1080), 30, 30_000, "4.1"),
        ((1920, 1080), 60, 5_000, "4.2"),
        ((1920, 1080), 120, 5_000, "5.1"),
        ((3840, 2160), 30, 5_000, "5.1"),
        ((3840, 2160), 60, 5_000, "5.2"),
        ((7680, 4320), 30, 5_000, "6"),
        ((1280, 720), 30, 0, "3.1"),
        ((176, 144), 15, 64, "1"),
        ((3840, 64), 30, 0, "4"),  # too wide for smaller levels, though it has few macroblocks
        ((16000, 16000), 30, 0, "6.2"),  # none allows it
    ],
)
def test_the_lowest_level_that_allows_it(size: tuple[int, int], fps: float, kbps: int, level: str) -> None:
    assert h264_level(*size, Fraction(fps), peak_kbps=kbps) == level


def test_a_level_that_was_asked_for_is_kept_or_raised() -> None:
    assert h264_level(640, 360, Fraction(30), at_least="4.1") == "4.1"
    assert h264_level(1920, 1080, Fraction(60), at_least="4.1") == "4.2"


def test_lower_profiles_may_use_a_lower_rate() -> None:
    assert h264_level(1920, 1080, Fraction(30), peak_kbps=24_000, profile="high") == "4"
    assert h264_level(1920, 1080, Fraction(30), peak_kbps=24_000, profile="main") == "4.1"
