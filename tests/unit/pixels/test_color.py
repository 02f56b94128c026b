"""Colours given as #RRGGBB."""

import pytest

from dualface.pixels.color import levels
from dualface.types import ColorTags


@pytest.mark.parametrize(
    ("rgb", "tags", "height", "expected"),
    [
        ("#000000", ColorTags(), 1080, (16, 128, 128)),
        ("#ffffff", ColorTags(), 1080, (235, 128, 128)),
        ("#FFFFFF", ColorTags(full_range=True), 1080, (255, 128, 128)),
        ("#ff0000", ColorTags(matrix=1), 480, (63, 102, 240)),
        ("#ff0000", ColorTags(), 480, (81, 90, 240)),  # untagged and small: BT.601
        ("#0000ff", ColorTags(matrix=9), 1080, (29, 240, 119)),
    ],
)
def test_levels(rgb: str, tags: ColorTags, height: int, expected: tuple[int, int, int]) -> None:
    assert levels(rgb, tags, height) == expected


@pytest.mark.parametrize("text", ["101010", "#fff", "#gggggg", ""])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"#RRGGBB|hexadecimal"):
        levels(text, ColorTags(), 1080)
