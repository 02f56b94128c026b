"""What a layout may not do is said by its name before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.settings_of import settings_of

from dualface import registry
from dualface.direct.layouts.chosen import arranged
from dualface.errors import ConfigurationError
from dualface.types import Moment, Person, Rect, Tile


class Careless:
    default_size = (640, 360)

    def __init__(self, *places: Rect) -> None:
        self._places = places

    def arrange(self, moment: Moment) -> list[Tile]:
        return [Tile(place, Person.LEFT) for place in self._places]


@pytest.mark.parametrize(
    "places",
    [[], [Rect(1, 0, 320, 360)], [Rect(0, 0, 320, 361)], [Rect(0, 0, 642, 360)], [Rect(-2, 0, 320, 360)], [Rect(0, 0, 0, 360)]],
    ids=["nothing", "odd place", "odd size", "too wide", "outside", "empty"],
)
def test_a_layout_whose_tiles_cannot_be_drawn_is_named(places: list[Rect], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "make", lambda kind, name: Careless(*places))
    with pytest.raises(ConfigurationError, match=r"The layout .*test_chosen_layout\.Careless "):
        arranged(settings_of(Path()).framing)


def test_tiles_on_even_pixels_are_as_the_layout_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "make", lambda kind, name: Careless(Rect(0, 0, 320, 360)))
    assert arranged(settings_of(Path()).framing) == (Tile(Rect(0, 0, 320, 360), Person.LEFT),)
