"""The detector's picture has nearly the source's shape and always about the same area."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.errors import ConfigurationError
from dualface.observe.detect.input_size import detector_input_size


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ((1920, 1080), (512, 288)),
        ((1080, 1920), (288, 512)),
        ((640, 480), (448, 320)),
        ((900, 900), (384, 384)),
        ((2560, 1080), (608, 256)),
    ],
)
def test_usual_shapes(source: tuple[int, int], expected: tuple[int, int]) -> None:
    assert detector_input_size(*source) == expected


@given(st.integers(16, 8192), st.integers(16, 8192))
@settings(max_examples=60, deadline=None)
def test_any_source_gets_a_size_of_bounded_cost(width: int, height: int) -> None:
    w, h = detector_input_size(width, height)
    assert w % 32 == h % 32 == 0
    assert 32 <= w * h <= 2 * 512 * 288
    if 1 / 4 <= width / height <= 4:
        assert 0.8 < (w / h) / (width / height) < 1.25


def test_a_size_that_was_asked_for_is_taken() -> None:
    assert detector_input_size(1920, 1080, "640x352") == (640, 352)


@pytest.mark.parametrize(("setting", "good"), [("640x360", "640x352"), ("10x32", "32x32"), ("00x64", "32x64")])
def test_a_size_that_cannot_be_is_refused_with_the_nearest_one(setting: str, good: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{setting}.*try {good}"):
        detector_input_size(1920, 1080, setting)
