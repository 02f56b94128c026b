"""What is worth a look, and how much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.plans import LEFT, RIGHT

from dualface.concerns import ConcernKind, concerns
from dualface.types import Box, FramePlan, Person, Placement, Rect, TileState

AT, CROP = Rect(0, 0, 100, 100), Box(0, 0, 100, 100)


def plan(n: int, states: dict[Person, TileState]) -> FramePlan:
    placements = tuple(Placement(AT, CROP, person, state) for person, state in states.items())
    scene = (Placement(AT, CROP, None, TileState.SCENE),)
    return FramePlan(n, n / 10, False, "split" if placements else "scene", placements or scene)


def test_long_and_unsure_moments_come_first() -> None:
    both = {LEFT: TileState.TRACKED, RIGHT: TileState.TRACKED}
    frames = [plan(n, both) for n in range(100)]
    frames[20:50] = [replace(plan(n, both | {RIGHT: TileState.HELD})) for n in range(20, 50)]
    frames[60:66] = [plan(n, both | {LEFT: TileState.STAND_IN}) for n in range(60, 66)]
    frames[70:90] = [plan(n, {}) for n in range(70, 90)]
    unsure: list[dict[str, Any]] = [
        {"from": 1.0, "to": 5.0, "person": "left", "confidence": 0.6, "why": "by clothes"},
        {"from": 6.0, "to": 6.1, "person": None, "confidence": 0.8, "why": "?"},
    ]
    found = concerns(frames, unsure)
    assert [(one.kind, one.person) for one in found] == [
        (ConcernKind.UNSURE, LEFT),
        (ConcernKind.UNSEEN, RIGHT),
        (ConcernKind.NOBODY, None),
        (ConcernKind.UNSURE, None),
    ]
    assert (found[1].first, found[1].last) == (2.0, 4.9), "of the first and the last frame"


def test_a_film_in_which_all_is_well_has_none() -> None:
    assert concerns([plan(n, {LEFT: TileState.TRACKED}) for n in range(50)]) == []
    assert concerns([]) == []
