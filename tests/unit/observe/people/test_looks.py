"""Every face is looked at a few times in each pose, spread over its life, and quiet footage hardly at all."""

import numpy as np
import pytest
from tests.support.observed_films import marks

from dualface.likeness import Pose
from dualface.observe.people.looks import LookBudget, LookSchedule, worth_of
from dualface.types import Box, Detection


def face(pose: Pose = Pose.FRONTAL, height: float = 100, score: float = 0.9) -> Detection:
    box = Box(0, 0, 0.8 * height, height)
    return Detection(box, score, np.array(marks(box, pose), np.float32))


def test_large_and_sure_faces_are_worth_most_whatever_their_pose() -> None:
    assert worth_of(face()) == pytest.approx(worth_of(face(Pose.LEFT))) == pytest.approx(0.9)
    assert 0 < worth_of(face(height=30)) < worth_of(face())
    assert worth_of(face(score=0.4)) < worth_of(face())
    assert worth_of(face(height=12)) == 0, "four pixels from the eyes to the mouth say nothing"
    assert worth_of(Detection(Box(0, 0, 80, 100), 0.9)) == 0


def looks(seconds: float, pose_at: dict[float, Pose] | None = None) -> list[float]:
    schedule, taken = LookSchedule(), []
    for n in range(round(seconds * 30)):
        pose = next((p for start, p in sorted((pose_at or {}).items(), reverse=True) if n / 30 >= start), Pose.FRONTAL)
        if schedule.is_due(1, face(pose), n / 30):
            schedule.note(1, face(pose), n / 30)
            taken.append(n / 30)
    return taken


def test_a_short_shot_has_some_looks_and_a_minute_few_more() -> None:
    assert len(looks(0.7)) == 2
    assert len(looks(1.2)) == 3
    assert len(looks(8.0)) == 4
    assert len(looks(60)) <= 16


def test_a_face_that_turns_to_profile_is_looked_at_anew() -> None:
    taken = looks(6, {4.0: Pose.LEFT})
    assert sum(time >= 4.0 for time in taken) >= 3


def test_looks_for_other_reasons_change_nothing_unless_due() -> None:
    schedule = LookSchedule()
    schedule.note(1, face(), 0.0)
    schedule.note(1, face(), 0.1)
    assert not schedule.is_due(1, face(), 0.2)
    assert schedule.is_due(1, face(), 0.25)
    schedule.keep({2})
    assert schedule.is_due(1, face(), 0.1), "a track that is gone is forgotten"


def test_a_crowd_costs_no_more_than_so_many_looks_a_second() -> None:
    budget = LookBudget()
    seconds = 60
    taken = sum(budget.take(frame / 10, 2, 4) for frame in range(10 * seconds))
    assert 9 * seconds <= taken <= 10 * seconds + 44


def test_the_two_people_are_looked_at_before_others() -> None:
    budget = LookBudget()
    granted = [budget.take(frame / 10, 2, 4) for frame in range(100)]
    assert granted[0] == 6
    assert 2 in granted  # they alone
    assert 1 not in granted


def test_an_exchange_in_quiet_footage_is_not_bounded() -> None:
    budget = LookBudget()
    budget.take(0.0, 0, 2)
    assert [budget.take(20 + look / 10, 2, 0) for look in range(20)] == [2] * 20
