"""The rules of the cutting room: what the picture makes of who speaks."""

from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.config.schema import Config
from dualface.direct.speech.editing import Emphasis, Shot, emphasis_of
from dualface.types import Observation, Person, Speech, Talk

FPS = 25
L, R, BOTH, NOBODY, OFF, UNKNOWN = Talk.LEFT, Talk.RIGHT, Talk.BOTH, Talk.NOBODY, Talk.OFF, Talk.UNKNOWN


def edited(script: Sequence[tuple[float, Talk]], cuts: Sequence[float] = (), **rules: float) -> list[Emphasis]:
    seen: list[Observation] = []
    for seconds, talk in script:
        for _ in range(round(seconds * FPS)):
            index = len(seen)
            seen.append(Observation(index, index / FPS, index in {round(c * FPS) for c in cuts}, speech=Speech(talk, 0.9)))
    config = Config.defaults().changed(**{f"speech__{name}": value for name, value in rules.items()})
    return emphasis_of(seen, config.speech)


def shots(frames: Sequence[Emphasis]) -> list[tuple[float, str]]:
    """From when on, in seconds, what is shown."""
    runs, first = [], 0
    for shot, group in groupby(one.shot for one in frames):
        runs.append((first / FPS, shot.value))
        first += len(list(group))
    return runs


def test_the_picture_changes_before_the_first_word() -> None:
    assert shots(edited([(4, L), (4, R)])) == [(0.0, "left"), (3.8, "right")]
    assert shots(edited([(4, L), (4, R)], lead_seconds=0.0)) == [(0.0, "left"), (4.0, "right")]


def test_who_is_silent_for_a_moment_keeps_the_picture_and_for_long_loses_it() -> None:
    assert shots(edited([(4, L), (1.5, NOBODY), (4, L)])) == [(0.0, "left")]
    assert shots(edited([(4, L), (3, NOBODY), (4, R)])) == [(0.0, "left"), (3.8, "split"), (6.8, "right")]


def test_interjections_do_not_switch() -> None:
    assert shots(edited([(4, L), (0.6, R), (4, L)])) == [(0.0, "left")]
    assert shots(edited([(4, L), (0.6, BOTH), (4, L)])) == [(0.0, "left")]


def test_a_short_moment_belongs_to_the_shot_before_and_a_quick_exchange_is_split() -> None:
    assert shots(edited([(4, L), (1.2, R), (4, L)])) == [(0.0, "left")]
    quick = [(4.0, L), (1.0, R), (1.0, L), (1.0, R), (1.0, L), (4.0, R)]
    assert shots(edited(quick)) == [(0.0, "left"), (3.8, "split"), (7.8, "right")]


@pytest.mark.parametrize("doubt", [BOTH, OFF, UNKNOWN])
def test_what_is_in_doubt_is_split(doubt: Talk) -> None:
    assert shots(edited([(4, L), (3, doubt), (4, R)])) == [(0.0, "left"), (3.8, "split"), (6.8, "right")]


def test_a_change_near_a_cut_of_the_footage_comes_with_it() -> None:
    assert shots(edited([(4, L), (4, R)], cuts=[4.2])) == [(0.0, "left"), (4.2, "right")]
    assert shots(edited([(4, L), (4, R)], cuts=[3.4])) == [(0.0, "left"), (3.4, "right")]
    assert shots(edited([(4, L), (4, R)], cuts=[2.0])) == [(0.0, "left"), (3.8, "right")]


def test_a_long_monologue_is_wide_now_and_then_if_asked_for() -> None:
    assert shots(edited([(30, L)])) == [(0.0, "left")]
    wide = shots(edited([(30, L)], wide_after_seconds=10.0, wide_seconds=3.0))
    assert wide == [(0.0, "left"), (10.0, "wide"), (13.0, "left"), (23.0, "wide"), (26.0, "left")]


def test_who_speaks_is_highlighted_both_while_both_do() -> None:
    frames = edited([(3, L), (2, BOTH), (3, R), (3, NOBODY)])
    told = [frames[round(time * FPS)].speaking for time in (1, 4, 6, 10)]
    assert told == [{Person.LEFT}, set(Person), {Person.RIGHT}, set()]


def test_a_film_in_which_nobody_speaks_is_split() -> None:
    assert shots(edited([(5, NOBODY)])) == [(0.0, "split")]
    assert emphasis_of([], Config.defaults().speech) == []


@given(st.lists(st.tuples(st.floats(0.2, 5.0), st.sampled_from(Talk)), min_size=1, max_size=12), st.lists(st.floats(0, 20)))
@settings(max_examples=60, deadline=None)
def test_no_shot_is_shorter_than_the_least_but_at_ends_and_cuts(script: list[tuple[float, Talk]], cuts: list[float]) -> None:
    frames = edited(script, cuts)
    starts = [time for time, _ in shots(frames)]
    end = len(frames) / FPS
    snapped = {round(cut * FPS) / FPS for cut in cuts}
    for start, after in zip(starts, [*starts[1:], end], strict=True):
        if start == 0 or after == end or start in snapped or after in snapped:
            continue
        assert after - start >= 1.5 - 2 / FPS
    assert all(frame.shot in Shot for frame in frames)
