"""What an exchange of the two makes of observations and of plans: each has the other's tile, and nothing else is different."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Generic, TypeVar

from dualface.config.schema import FramingConfig
from dualface.direct.layouts.chosen import arranged, follows_speech
from dualface.types import FramePlan, Observation, Person, Placement, Tile

Thing = TypeVar("Thing")


class Memo(Generic[Thing]):
    """What ``make`` makes of things at places, made once: the same object again as long as the same thing is there."""

    def __init__(self, make: Callable[[Thing], Thing]) -> None:
        self._make = make
        self._made: dict[int, tuple[Thing, Thing]] = {}

    def of(self, place: int, thing: Thing) -> Thing:
        known = self._made.get(place)
        if known is None or known[0] is not thing:
            known = self._made[place] = thing, self._make(thing)
        return known[1]


def exchanges_tiles(framing: FramingConfig) -> bool:
    """Whether plans can be exchanged instead of being made again: each of the two is shown in as large a tile as the other.

    Raises :class:`~dualface.errors.ConfigurationError` as :func:`~dualface.direct.layouts.chosen.arranged` does.
    """
    if framing.only != "both" or follows_speech(framing):
        return False
    both = {tile.person: (tile.at.w, tile.at.h) for tile in arranged(framing)}
    alone = {person: arranged(framing, frozenset({person})) for person in Person}
    mirrored = tuple(_mirrored(tile) for tile in alone[Person.LEFT])
    return both.get(Person.LEFT) == both.get(Person.RIGHT) and mirrored == alone[Person.RIGHT]


def exchanged(seen: Observation) -> Observation:
    """The observation with everybody being the other one."""
    faces = tuple(face if face.person is None else replace(face, person=face.person.other) for face in seen.faces)
    return replace(seen, faces=faces, speech=seen.speech and seen.speech.swapped)


def exchanged_plan(plan: FramePlan) -> FramePlan:
    """The plan with each of the two in the other's tile.  Tiles of both are of one size."""
    shown = {one.person: one for one in plan.placements if one.person is not None}
    placements = tuple(_given(one, shown) for one in plan.placements)
    people = {track: person.other for track, person in plan.people.items()}
    return replace(plan, placements=placements, people=people, speech=plan.speech and plan.speech.swapped)


def _given(one: Placement, shown: Mapping[Person, Placement]) -> Placement:
    if one.person is None:
        return one
    other = shown.get(one.person.other)
    if other is None:  # alone, where the other one would be, too
        return replace(one, person=one.person.other)
    return replace(other, at=one.at, person=one.person, corner=one.corner)


def _mirrored(tile: Tile) -> Tile:
    return tile if tile.person is None else replace(tile, person=tile.person.other)
