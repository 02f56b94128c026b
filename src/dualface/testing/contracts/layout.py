"""What every layout promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import chain, combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dualface.errors import ConfigurationError
from dualface.interfaces import Layout
from dualface.types import Moment, Person, Tile

EVERYBODY = frozenset(Person)
GROUPS = [frozenset(group) for group in chain.from_iterable(combinations(Person, n) for n in range(len(EVERYBODY) + 1))]
"""Everyone, anyone, no one."""


def evens(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least // 2, most // 2).map(lambda n: n * 2)


SPOKEN = [(group, speaker) for group in GROUPS for speaker in (None, *sorted(group))]
"""The same, with whoever of them may have the floor."""
moments = st.builds(
    lambda width, height, gap, spoken: Moment(width, height, gap, *spoken),
    evens(64, 4096),
    evens(64, 4096),
    evens(0, 512),
    st.sampled_from(SPOKEN),
)
"""Whatever the configuration may ask for, and smaller than its largest canvas."""


class LayoutContract(ABC):
    """Overlapping tiles are legitimate, and so are people without one."""

    @abstractmethod
    def make(self) -> Layout:
        """A new layout."""

    def test_it_is_a_layout_with_a_size_of_its_own(self) -> None:
        layout = self.make()
        assert isinstance(layout, Layout)
        assert all(side % 2 == 0 and side >= 64 for side in layout.default_size)

    @pytest.mark.parametrize("people", GROUPS, ids=lambda people: "+".join(sorted(people)) or "nobody")
    def test_its_own_size_has_room_for_whoever_is_there(self, people: frozenset[Person]) -> None:
        layout = self.make()
        moment = Moment(*layout.default_size, people=people)
        check_tiles(layout.arrange(moment), moment)

    @given(moments)
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    def test_tiles_lie_on_any_canvas_at_even_pixels_or_it_says_that_there_is_no_room(self, moment: Moment) -> None:
        try:
            tiles = self.make().arrange(moment)
        except ConfigurationError:
            return
        check_tiles(tiles, moment)

    @given(st.lists(moments, min_size=2, max_size=4))
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    def test_the_same_moment_always_gets_the_same_tiles(self, several: list[Moment]) -> None:
        used = self.make()
        for moment in [*several, *reversed(several)]:
            assert arranged(used, moment) == arranged(self.make(), moment)


def check_tiles(tiles: Sequence[Tile], moment: Moment) -> None:
    """Fails for tiles that can't be drawn on the moment's canvas."""
    assert tiles, "something must be shown"
    people = [tile.person for tile in tiles if tile.person is not None]
    assert len(people) == len(set(people)), "a person has one tile"
    for tile in tiles:
        at = tile.at
        assert all(isinstance(n, int) and n % 2 == 0 for n in (at.x, at.y, at.w, at.h)), at
        assert min(at.w, at.h) > 0, at
        assert 0 <= at.x <= at.x + at.w <= moment.width, at
        assert 0 <= at.y <= at.y + at.h <= moment.height, at


def arranged(layout: Layout, moment: Moment) -> list[Tile] | str:
    """The tiles, or why there are none."""
    try:
        return list(layout.arrange(moment))
    except ConfigurationError as error:
        return str(error)
