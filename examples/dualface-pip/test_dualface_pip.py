"""The layout keeps the contract of all layouts, and puts people where its name says."""

import pytest
from dualface_pip import PictureInPictureLayout

from dualface.errors import ConfigurationError
from dualface.interfaces import Layout
from dualface.testing.contracts.layout import LayoutContract
from dualface.types import Moment, Person, Rect, Tile


class TestPictureInPicture(LayoutContract):
    def make(self) -> Layout:
        return PictureInPictureLayout()


def test_the_inset_lies_in_the_corner() -> None:
    assert PictureInPictureLayout().arrange(Moment(1920, 1080)) == [
        Tile(Rect(0, 0, 1920, 1080), Person.LEFT),
        Tile(Rect(1498, 658, 378, 378), Person.RIGHT),
    ]


def test_who_is_alone_fills_the_picture() -> None:
    whole = Rect(0, 0, 1920, 1080)
    assert PictureInPictureLayout().arrange(Moment(1920, 1080, people=frozenset({Person.RIGHT}))) == [Tile(whole, Person.RIGHT)]
    assert PictureInPictureLayout().arrange(Moment(1920, 1080, people=frozenset())) == [Tile(whole, None)]


@pytest.mark.parametrize("moment", [Moment(641, 480), Moment(640, 480, gap=400), Moment(40, 40)])
def test_an_inset_without_room_is_an_error(moment: Moment) -> None:
    with pytest.raises(ConfigurationError):
        PictureInPictureLayout().arrange(moment)
