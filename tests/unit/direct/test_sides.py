"""Left is who is left in the first shot that shows both."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from dualface.direct.sides import with_settled_sides
from dualface.types import Box, Observation, ObservedFace, Person

LEFT, RIGHT = Person.LEFT, Person.RIGHT
FPS = 30


def shot(start: int, count: int, *people: tuple[Person | None, float]) -> list[Observation]:
    faces = tuple(ObservedFace(n, Box(x, 100, 80, 100), 0.9, person) for n, (person, x) in enumerate(people))
    return [Observation(n, n / FPS, n == start > 0, faces) for n in range(start, start + count)]


def names(seen: Sequence[Observation]) -> list[tuple[Person | None, ...]]:
    return [tuple(face.person for face in one.faces) for one in seen]


def test_a_first_close_up_that_guessed_wrong_is_put_right_for_the_whole_film() -> None:
    seen = shot(0, 60, (RIGHT, 700)) + shot(60, 60, (RIGHT, 200), (LEFT, 900), (None, 1100))
    settled = with_settled_sides(seen)
    assert set(names(settled)) == {(LEFT,), (LEFT, RIGHT, None)}
    assert [one.index for one in settled] == [one.index for one in seen]


def test_who_crosses_later_keeps_the_side() -> None:
    seen = shot(0, 60, (LEFT, 200), (RIGHT, 900)) + shot(60, 60, (LEFT, 900), (RIGHT, 200))
    assert with_settled_sides(seen) is seen


def test_a_glimpse_of_both_decides_nothing() -> None:
    seen = shot(0, 10, (LEFT, 900), (RIGHT, 200)) + shot(10, 60, (LEFT, 200), (RIGHT, 900))
    assert with_settled_sides(seen) is seen


def test_without_a_shot_of_both_nothing_changes() -> None:
    seen = shot(0, 60, (LEFT, 900)) + shot(60, 60, (RIGHT, 200))
    assert with_settled_sides(seen) is seen


@given(st.lists(st.tuples(st.sampled_from([LEFT, RIGHT, None]), st.floats(0, 1800)), max_size=3), st.integers(1, 40))
def test_it_settles_once_and_for_all(people: list[tuple[Person | None, float]], count: int) -> None:
    unique = list({person: (person, x) for person, x in people}.values())
    once = with_settled_sides(shot(0, count, *unique))
    assert with_settled_sides(once) is once
