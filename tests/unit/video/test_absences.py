"""Who was away, and when: from the last time seen to the next."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dualface.video.absences import Absences


def played(states: str, *, start: float = 0.0, step: float = 1.0) -> dict[str, list[list[float]]]:
    """One person, a letter a frame: ``s`` seen, ``h`` held, ``a`` away."""
    absences = Absences()
    for n, state in enumerate(states):
        who = ["left"]
        absences.add(start + n * step, who, seen=who if state == "s" else [], away=who if state == "a" else [])
    return absences.as_dict()


def test_an_absence_begins_when_the_person_was_seen_last_and_ends_when_seen_again() -> None:
    assert played("sshhaahs") == {"left": [[2.0, 7.0]]}


def test_what_was_only_held_is_none() -> None:
    assert played("sshhhss") == {"left": []}


def test_an_absence_may_begin_with_the_film_and_last_to_its_end() -> None:
    assert played("aassaa") == {"left": [[0.0, 2.0], [4.0, 5.0]]}


def test_times_count_from_the_films_first_picture() -> None:
    assert played("saas", start=100_000.0, step=0.5) == {"left": [[0.5, 1.5]]}


@given(st.text("sha", max_size=60))
def test_stretches_are_in_order_apart_and_hold_every_frame_away(states: str) -> None:
    spans = played(states).get("left", [])
    for start, end in spans:
        assert 0 <= start <= end < max(len(states), 1)
        assert states[int(start)] != "s"
    for (_, end), (start, _) in pairwise(spans):
        assert end < start or states[int(end)] == "s"
    away = [n for n, state in enumerate(states) if state == "a"]
    assert all(any(start <= n <= end for start, end in spans) for n in away)
    assert len(spans) <= len(away)
