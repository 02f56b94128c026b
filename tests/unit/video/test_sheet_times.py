"""Which stretches a contact sheet shows, and how it tells their times."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.plans import moving_plan

from dualface.config.schema import Config, InputConfig
from dualface.errors import InputError
from dualface.types import Box, FramePlan, Person, Placement, Rect, TileState, VideoInfo
from dualface.video.sheet_times import FilmTimes, Stretch, alike

LEFT, RIGHT = Person


def frames(what: str, *, cuts: tuple[int, ...] = (), fps: float = 10.0, begins: float = 0.0) -> list[FramePlan]:
    """A letter a frame: ``l`` and ``r`` who fills the picture, ``s`` both."""
    shown = {"l": [LEFT], "r": [RIGHT], "s": [LEFT, RIGHT]}
    whole = Rect(0, 0, 16, 9), Box(0, 0, 16, 9)
    return [
        FramePlan(
            n,
            begins + n / fps,
            n in cuts,
            "split" if one == "s" else "full",
            tuple(Placement(*whole, person, TileState.TRACKED) for person in shown[one]),
        )
        for n, one in enumerate(what)
    ]


def test_a_change_of_speaker_within_a_shot_has_a_row_of_its_own() -> None:
    assert alike(frames("l" * 10 + "r" * 10 + "s" * 10, cuts=(20,))) == [(1, 0, 9), (1, 10, 19), (2, 20, 29)]


def test_what_lasts_a_moment_has_none() -> None:
    assert alike(frames("l" * 10 + "s" * 2 + "l" * 10)) == [(1, 0, 11), (1, 12, 21)]
    assert alike(frames("ss" + "l" * 10)) == [(1, 0, 1), (1, 2, 11)]


def test_a_long_stretch_is_shown_once_a_minute() -> None:
    assert alike(frames("s" * 150, fps=1.0)) == [(1, 0, 59), (1, 60, 119), (1, 120, 149)]
    assert alike([]) == []


@given(st.integers(0, 1000), st.integers(1, 200))
def test_stretches_are_all_of_the_film(seed: int, length: int) -> None:
    plan = moving_plan(seed, length)
    found = alike(plan)
    assert found[0].first == 0
    assert found[-1].last == length - 1
    for before, after in pairwise(found):
        assert after.first == before.last + 1
        assert after.shot - before.shot == plan[after.first].cut
    assert isinstance(found[0], Stretch)


def part(start: str, end: str) -> InputConfig:
    return Config.defaults().changed(start=start, end=end).input


def times(made: InputConfig, *, begins: float = 0.0, timecode: str = "") -> FilmTimes:
    return FilmTimes(begins, made, VideoInfo(16, 9, Fraction(10), 0, 0.0, timecode=timecode), Path("talk.mp4"))


def test_a_part_is_named_by_the_times_of_the_video_wherever_the_film_begins() -> None:
    plan = frames("s" * 100, begins=1.5)
    whole = times(part("", ""), begins=1.5)
    assert [frame.index for frame in whole.between(plan, part("2", "0:03"))] == list(range(20, 30))
    assert [frame.index for frame in whole.between(plan, part("9.5", ""))] == list(range(95, 100))
    later = times(part("1:00", ""), begins=1.5)
    assert [frame.index for frame in later.between(plan, part("62", "1:03"))] == list(range(20, 30))
    coded = times(part("10:00:01:00", ""), begins=1.5, timecode="10:00:00:00")
    assert [frame.index for frame in coded.between(plan, part("10:00:03:00", "10:00:03:05"))] == list(range(20, 25))


def test_a_part_that_nobody_has_seen_is_told() -> None:
    with pytest.raises(InputError, match="nothing was seen in it at that time"):
        times(part("60", "")).between(frames("s" * 10), part("2", "3"))


def test_both_clocks_are_told_where_they_differ() -> None:
    assert times(part("", "9")).told(3.0) == []
    assert times(part("10:00", ""), begins=1.5).told(4.75) == ["at 10:03.2 of the video"]
