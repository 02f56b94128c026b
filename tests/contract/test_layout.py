"""The layouts that come with dualface; what they promise beyond the contract: two tiles and the gap fill the canvas."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.direct.layouts.follow import FollowLayout
from dualface.direct.layouts.side_by_side import SideBySideLayout
from dualface.direct.layouts.speaker import SpeakerLayout
from dualface.direct.layouts.spotlight import SpotlightLayout
from dualface.direct.layouts.stacked import StackedLayout
from dualface.errors import ConfigurationError
from dualface.interfaces import Layout
from dualface.testing.contracts.layout import LayoutContract
from dualface.types import Moment, Person, Rect, Tile

LAYOUTS = [SideBySideLayout, StackedLayout]
evens = st.integers(100, 2000).map(lambda n: n * 2)
layouts = pytest.mark.parametrize("layout", [make() for make in LAYOUTS], ids=lambda v: type(v).__name__)


class TestSideBySide(LayoutContract):
    def make(self) -> Layout:
        return SideBySideLayout()


class TestStacked(LayoutContract):
    def make(self) -> Layout:
        return StackedLayout()


class TestSpeaker(LayoutContract):
    def make(self) -> Layout:
        return SpeakerLayout()


class TestSpotlight(LayoutContract):
    def make(self) -> Layout:
        return SpotlightLayout()


def test_whoever_has_the_floor_fills_the_picture_or_has_two_thirds() -> None:
    speaks = Moment(1920, 1080, speaker=Person.RIGHT)
    assert SpeakerLayout().arrange(speaks) == [Tile(Rect(0, 0, 1920, 1080), Person.RIGHT)]
    assert SpotlightLayout().arrange(speaks) == [
        Tile(Rect(0, 0, 640, 1080), Person.LEFT),
        Tile(Rect(640, 0, 1280, 1080), Person.RIGHT),
    ]
    assert SpotlightLayout().arrange(Moment(1080, 1920, 20, speaker=Person.LEFT)) == [
        Tile(Rect(0, 0, 1080, 1266), Person.LEFT),
        Tile(Rect(0, 1286, 1080, 634), Person.RIGHT),
    ]


@pytest.mark.parametrize("layout", [SpeakerLayout(), SpotlightLayout()], ids=lambda v: type(v).__name__)
def test_without_a_speaker_they_are_as_follow(layout: Layout) -> None:
    for people in (frozenset(Person), frozenset({Person.LEFT}), frozenset[Person]()):
        moment = Moment(1280, 720, 8, people)
        assert list(layout.arrange(moment)) == FollowLayout().arrange(moment)


@layouts
@given(evens, evens, st.integers(0, 40).map(lambda n: n * 2))
@settings(max_examples=50, deadline=None)
def test_even_tiles_and_the_gap_fill_the_canvas(layout: Layout, width: int, height: int, gap: int) -> None:
    tiles = {tile.person: tile.at for tile in layout.arrange(Moment(width, height, gap))}
    assert set(tiles) == set(Person)
    first, second = tiles[Person.LEFT], tiles[Person.RIGHT]
    assert abs(first.w - second.w) + abs(first.h - second.h) <= 2
    assert all(not _overlap(a, b) for a, b in combinations(tiles.values(), 2))
    covered = sum(t.w * t.h for t in tiles.values())
    assert width * height - covered == gap * (height if first.y == second.y else width)


@layouts
@pytest.mark.parametrize("numbers", [(641, 480, 0), (640, 481, 0), (640, 480, 3), (640, 480, 640), (640, 2, 0), (2, 480, 0)])
def test_impossible_numbers_are_an_error(layout: Layout, numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ConfigurationError):
        layout.arrange(Moment(*numbers))


def test_the_usual_sizes() -> None:
    assert SideBySideLayout().arrange(Moment(1920, 1080)) == [
        Tile(Rect(0, 0, 960, 1080), Person.LEFT),
        Tile(Rect(960, 0, 960, 1080), Person.RIGHT),
    ]
    assert StackedLayout().arrange(Moment(1080, 1920, 20)) == [
        Tile(Rect(0, 0, 1080, 950), Person.LEFT),
        Tile(Rect(0, 970, 1080, 950), Person.RIGHT),
    ]


def _overlap(a: Rect, b: Rect) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h
