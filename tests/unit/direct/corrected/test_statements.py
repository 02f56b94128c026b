"""One line about one face: who is like it goes with it, and everybody else stays who he was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.support.observed_films import SCALE, H, ObservedFilm, Place, W

from dualface.corrections import Who
from dualface.direct.corrected import gathered
from dualface.direct.corrected.gathered import Gathered, Kept
from dualface.direct.corrected.statements import Statement, with_statements
from dualface.direct.identity.tracklets import Tracklet, gather_shot
from dualface.types import Observation, Person

LEFT, RIGHT = Person.LEFT, Person.RIGHT
NEAR = Place(0.5, 0.5)
SEATS = {"A": Place(0.28), "B": Place(0.72)}
Names = dict[str, Person | None]


def decided(film: ObservedFilm, names: Names, **tracks: Person | None) -> list[Observation]:
    """The film with everybody named, ``tracks`` (``t3=RIGHT``) otherwise."""
    return [
        replace(
            one,
            faces=tuple(replace(f, person=tracks.get(f"t{f.track_id}", names.get(film.truth[f.track_id]))) for f in one.faces),
        )
        for one in film.observations
    ]


def told(seen: Sequence[Observation]) -> dict[int, set[Person | None]]:
    """What each track is called."""
    names: dict[int, set[Person | None]] = {}
    for one in seen:
        for face in one.faces:
            names.setdefault(face.track_id, set()).add(face.person)
    return names


def stated(seen: Sequence[Observation], *statements: Statement) -> dict[int, set[Person | None]]:
    return told(with_statements(seen, statements, Gathered(seen, W, H, SCALE)))


def test_one_line_names_somebody_in_all_shots() -> None:
    film = ObservedFilm()
    for name in "ABCBCA":
        film.shot(2, {name: NEAR})
    seen = decided(film, {"A": LEFT, "C": RIGHT})
    names = stated(seen, Statement(25, 2, Who.NOBODY), Statement(25, 2, Who.RIGHT), Statement(45, 3, Who.NOBODY))
    assert [names[track] for track in range(1, 7)] == [{LEFT}, {RIGHT}, {None}, {RIGHT}, {None}, {LEFT}]


def test_a_wrong_shot_does_not_take_the_right_ones_along() -> None:
    film = ObservedFilm()
    for name in "AABABA":
        film.shot(2, {name: NEAR})
    seen = decided(film, {"A": LEFT, "B": RIGHT}, t3=LEFT)
    names = stated(seen, Statement(45, 3, Who.RIGHT))
    assert [names[track] for track in range(1, 7)] == [{LEFT}, {LEFT}, {RIGHT}, {LEFT}, {RIGHT}, {LEFT}]


def test_who_sits_beside_is_the_other_one() -> None:
    film = ObservedFilm()
    film.shot(2, SEATS)
    film.shot(2, SEATS)
    seen = decided(film, {"A": LEFT, "B": RIGHT}, t3=RIGHT, t4=LEFT)
    assert stated(seen, Statement(25, 3, Who.LEFT)) == {1: {LEFT}, 2: {RIGHT}, 3: {LEFT}, 4: {RIGHT}}


def test_only_this_one() -> None:
    film = ObservedFilm()
    for _ in range(3):
        film.shot(2, {"A": NEAR})
    seen = decided(film, {"A": LEFT})
    assert stated(seen, Statement(25, 2, Who.RIGHT, alike=False)) == {1: {LEFT}, 2: {RIGHT}, 3: {LEFT}}
    everybody = stated(seen, Statement(25, 2, Who.NOBODY))
    assert everybody == {1: {None}, 2: {None}, 3: {None}}


def test_the_last_word_counts() -> None:
    film = ObservedFilm()
    film.shot(2, SEATS)
    seen = decided(film, {"A": LEFT, "B": RIGHT})
    names = stated(seen, Statement(5, 1, Who.RIGHT), Statement(6, 1, Who.LEFT))
    assert names == {1: {LEFT}, 2: {RIGHT}}


def test_a_statement_looks_only_at_the_shots_that_it_is_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a film of hours the first look at all faces takes many seconds."""
    looked: list[int] = []

    def gather(seen: Sequence[Observation], shot: range, *more: Any) -> list[Tracklet]:
        looked.append(shot.start)
        return gather_shot(seen, shot, *more)

    monkeypatch.setattr(gathered, "gather_shot", gather)
    film = ObservedFilm()
    for _ in range(4):
        film.shot(2, {"A": NEAR})
    seen = decided(film, {"A": LEFT})
    kept: Kept = {}
    with_statements(seen, [Statement(25, 2, Who.RIGHT, alike=False)], Gathered(seen, W, H, SCALE, kept))
    assert looked == [20]
    with_statements(seen, [Statement(25, 2, Who.RIGHT)], Gathered(seen, W, H, SCALE, kept))
    assert looked == [20, 0, 40, 60]
    seen[70] = replace(seen[70], cut=True)
    with_statements(seen, [Statement(25, 2, Who.RIGHT)], Gathered(seen, W, H, SCALE, kept))
    assert looked == [20, 0, 40, 60, 60, 70], "only what a new cut has made of a shot"
