"""How much a person's picture is enlarged, over a film."""

from hypothesis import given
from hypothesis import strategies as st

from dualface.types import Box, Fill, Person, Placement, Rect, TileState
from dualface.video.enlargement import Enlargement


def enlarged(*widths: float, fill: Fill = Fill.CROP) -> Enlargement:
    one = Enlargement()
    for width in widths:
        one.add(Placement(Rect(0, 0, 960, 1080), Box(0, 0, width, width), Person.LEFT, TileState.TRACKED, fill=fill))
    return one


def test_the_usual_and_the_greatest_and_how_often_it_is_too_much() -> None:
    one = enlarged(*[480.0] * 6, *[240.0] * 3, 192.0)
    assert (one.usual, one.most) == (2.0, 5.0)
    assert one.share_above(3.0) == 0.4


def test_what_is_shown_whole_between_bars_is_enlarged_no_more_than_fits() -> None:
    assert enlarged(96.0, fill=Fill.BARS).usual == 10.0
    assert Enlargement().usual == Enlargement().most == Enlargement().share_above(3.0) == 0.0


@given(st.lists(st.floats(20, 2000), min_size=1))
def test_the_usual_is_between_the_least_and_the_most(widths: list[float]) -> None:
    one = enlarged(*widths)
    assert round(960 / max(widths), 1) <= one.usual + 1e-9
    assert one.usual <= one.most
    assert 0 <= one.share_above(3.0) <= one.share_above(1.0) <= 1
