"""Tiles are called by where they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualface.direct.layouts.places import place_names
from dualface.direct.layouts.side_by_side import SideBySideLayout
from dualface.direct.layouts.stacked import StackedLayout
from dualface.types import Moment, Person, Rect, Tile


def names(layout: SideBySideLayout | StackedLayout, width: int, height: int) -> list[str]:
    found = place_names(layout.arrange(Moment(width, height)))
    return [found[Person.LEFT], found[Person.RIGHT]]


@given(st.integers(16, 400), st.integers(16, 400))
def test_columns_are_left_and_right_and_rows_upper_and_lower_in_any_size(columns: int, rows: int) -> None:
    assert names(SideBySideLayout(), 4 * columns, 4 * rows) == ["left", "right"]
    assert names(StackedLayout(), 4 * columns, 4 * rows) == ["upper", "lower"]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Rect(100, 0, 50, 50), Rect(0, 0, 50, 50), ["right", "left"]),
        (Rect(0, 100, 50, 50), Rect(0, 0, 50, 50), ["lower", "upper"]),
        (Rect(0, 0, 400, 300), Rect(300, 200, 80, 80), ["left", "right"]),  # one in a corner of the other
    ],
)
def test_layouts_of_plugins_are_called_as_they_look(left: Rect, right: Rect, expected: list[str]) -> None:
    found = place_names([Tile(left, Person.LEFT), Tile(right, Person.RIGHT)])
    assert [found[Person.LEFT], found[Person.RIGHT]] == expected
