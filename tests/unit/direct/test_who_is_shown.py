"""Who has a tile follows what the shot shows, without flicker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.direct.who_is_shown import WhoIsShown
from dualface.types import Person

FPS = 30
AHEAD = 15
BOTH, LEFT, RIGHT, NOBODY = frozenset(Person), frozenset({Person.LEFT}), frozenset({Person.RIGHT}), frozenset[Person]()
Seen = frozenset[Person]


def shown(seen: Sequence[Seen], cuts: Sequence[int] = (), *, gone: float = 2.0, least: float = 1.5) -> list[Seen]:
    chooser = WhoIsShown(gone_seconds=gone, least_seconds=least)
    out = []
    for n, people in enumerate(seen):
        chooser.push(people, time=n / FPS, cut=n in cuts)
        if n >= AHEAD:
            out.append(chooser.decide())
    return out + [chooser.decide() for _ in range(min(AHEAD, len(seen)))]


def lengths(choices: Sequence[Seen]) -> list[tuple[Seen, int]]:
    runs: list[tuple[Seen, int]] = []
    for one in choices:
        if runs and runs[-1][0] == one:
            runs[-1] = one, runs[-1][1] + 1
        else:
            runs.append((one, 1))
    return runs


def test_every_shot_shows_who_is_in_it_from_its_first_frame() -> None:
    seen = [BOTH] * 60 + [LEFT] * 60 + [NOBODY] * 60 + [RIGHT] * 60
    assert shown(seen, cuts=[60, 120, 180]) == seen


def test_shots_shorter_than_the_least_time_have_their_own_choice_too() -> None:
    seen = [BOTH] * 60 + [LEFT] * 9 + [RIGHT] * 8 + [BOTH] * 60
    assert shown(seen, cuts=[60, 69, 77]) == seen


def test_a_face_that_turns_up_a_little_after_the_cut_is_shown_from_the_cut() -> None:
    assert shown([BOTH] * 60 + [LEFT] * 6 + [BOTH] * 60, cuts=[60]) == [BOTH] * 126


def test_who_leaves_within_a_shot_keeps_the_place_for_a_while() -> None:
    assert lengths(shown([BOTH] * 90 + [LEFT] * 150)) == [(BOTH, 90 + 60 - 1), (LEFT, 150 - 60 + 1)]


def test_a_short_absence_changes_nothing() -> None:
    assert set(shown([BOTH] * 90 + [LEFT] * 70 + [BOTH] * 60)) == {BOTH}, "the return is seen coming"


def test_who_comes_is_shown_at_once_if_they_stay() -> None:
    assert lengths(shown([LEFT] * 90 + [BOTH] * 90)) == [(LEFT, 90), (BOTH, 90)]


def test_who_only_passes_is_not_shown() -> None:
    assert set(shown([LEFT] * 90 + [BOTH] * 7 + [LEFT] * 90)) == {LEFT}


def test_nothing_changes_just_before_a_cut() -> None:
    """A dissolve ends with a cut, and shows the next shot's people before."""
    assert shown([LEFT] * 90 + [BOTH] * 12 + [RIGHT] * 60, cuts=[102]) == [LEFT] * 102 + [RIGHT] * 60


def test_within_a_shot_nothing_changes_twice_within_the_least_time() -> None:
    seen = [LEFT] * 60 + [BOTH] * 16 + [LEFT] * 200
    choices = shown(seen, gone=0.0)
    assert [length for _, length in lengths(choices)][1] >= 45


@given(
    st.lists(st.tuples(st.sampled_from([BOTH, LEFT, RIGHT, NOBODY]), st.integers(1, 80)), max_size=8),
    st.sets(st.integers(1, 300), max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_every_frame_is_decided_and_choices_last(runs: list[tuple[Seen, int]], cuts: set[int]) -> None:
    seen = [people for people, count in runs for _ in range(count)]
    choices = shown(seen, cuts=sorted(cuts))
    assert len(choices) == len(seen)
    changes = [n for n in range(1, len(choices)) if choices[n] != choices[n - 1]]
    within = [n for n in changes if n not in cuts]
    starts = sorted({0, *cuts, *changes})
    for n in within:
        before = max(start for start in starts if start < n)
        assert (n - before) / FPS >= 1.5 - 1e-9


def play(choose: Callable[[int], Seen], count: int) -> list[Seen]:
    return shown([choose(n) for n in range(count)])


def test_flicker_of_detections_is_no_change() -> None:
    assert set(play(lambda n: BOTH if n % 3 else LEFT, 300)) == {BOTH}
