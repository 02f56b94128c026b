"""Plans that were made before are read as frames come: the same plans, whatever the length, however one goes through them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.settings_of import settings_of

from dualface.config.schema import Config
from dualface.direct.director import plan_all
from dualface.errors import InputError
from dualface.records.headers import RecordHeader
from dualface.records.observation_file import write_observations
from dualface.records.plan_file import write_plan
from dualface.types import Box, Observation, ObservedFace, Person, Sound
from dualface.video.films import FIRST
from dualface.video.recorded import Recording

HEADER = RecordHeader(Path("talk.mp4"), 1280, 720, Fraction(25))


def seen(count: int) -> list[Observation]:
    """Two people, one of whom leaves; now the left one's lips move, now the right one's, and there is a voice."""
    return [
        Observation(
            n,
            n / 25,
            n == 0,
            (
                ObservedFace(1, Box(200 + n / 3, 200, 120, 150), 0.9, Person.LEFT, lips=1.0 if n // 60 % 2 else 0.0),
                *(
                    [ObservedFace(2, Box(900 - n / 5, 210, 120, 150), 0.9, Person.RIGHT, lips=0.0 if n // 60 % 2 else 1.0)]
                    if n < count * 2 // 3
                    else []
                ),
            ),
            sound=Sound(0.95, -20.0),
        )
        for n in range(count)
    ]


@pytest.fixture
def observations(tmp_path: Path) -> Path:
    path = tmp_path / "talk.observations.jsonl"
    write_observations(path, HEADER, seen(300))
    return path


def settings(**keys: str) -> Config:
    return settings_of(Path(), **keys)


def films() -> dict[str, Config]:
    """One that follows speech, and one that looks less far ahead."""
    return {FIRST: settings(framing__layout="speaker"), "small": settings(processing__lookahead_seconds="0.4")}


def test_frames_are_planned_as_they_are_read_as_if_all_had_been_planned_at_once(observations: Path) -> None:
    recording = Recording.planned(observations, films(), 25.0)
    whole = {name: plan_all(seen(300), 1280, 720, 25.0, config) for name, config in films().items()}
    told = [recording.at(n) for n in range(300)]
    assert len({plan.layout for plan in whole[FIRST]}) > 1
    for name, plans in whole.items():
        assert [one.plans[name] for one in told] == plans


def test_a_run_that_goes_on_begins_anywhere_and_another_begins_again(observations: Path) -> None:
    recording = Recording.planned(observations, films(), 25.0)
    later, first = recording.at(200), recording.at(0)
    assert (later.seen.index, first.seen.index) == (200, 0)
    assert later.plans == Recording.planned(observations, films(), 25.0).at(200).plans


def test_plan_files_of_a_later_part_tell_where_it_is(tmp_path: Path) -> None:
    part = seen(300)[100:150]
    write_observations(tmp_path / "o.jsonl", HEADER, part)
    plans = plan_all(part, 1280, 720, 25.0, settings())
    write_plan(tmp_path / "p.jsonl", HEADER, plans)
    recording = Recording.of_files({FIRST: tmp_path / "p.jsonl"}, tmp_path / "o.jsonl", Fraction(1, 12800))
    assert (recording.frames, recording.first_pts) == (range(100, 150), 100 * 512)
    assert [recording.at(n).plans[FIRST] for n in range(50)] == plans
    with pytest.raises(InputError, match="ends after 50 frames"):
        recording.at(50)


def test_a_plan_and_observations_of_two_films_are_refused_before_anything_is_made(tmp_path: Path, observations: Path) -> None:
    write_plan(tmp_path / "p.jsonl", HEADER, plan_all(seen(299), 1280, 720, 25.0, settings()))
    with pytest.raises(InputError, match="is not about the frames of"):
        Recording.of_files({FIRST: tmp_path / "p.jsonl"}, observations)


def test_its_files_may_be_replaced_once_it_is_closed(observations: Path) -> None:
    recording = Recording.planned(observations, films(), 25.0)
    assert recording.at(0).seen.index == 0
    recording.close()
    observations.unlink()
