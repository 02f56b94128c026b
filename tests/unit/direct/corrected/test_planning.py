"""Plans with corrections: what was asked for is shown, and seconds that it does not touch keep their plan."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.configured import configured
from tests.support.observed_films import SCALE

from dualface.config.schema import Config
from dualface.corrections import (
    Correction,
    CropHere,
    Cut,
    CutHere,
    Ease,
    FaceIs,
    Instant,
    KeepAway,
    Keyframe,
    LayoutHere,
    Reach,
    Swap,
    Who,
)
from dualface.direct.corrected import planning
from dualface.direct.corrected.exchange import exchanged
from dualface.direct.corrected.observed import Footage, Known, unfounded
from dualface.direct.corrected.planning import plan_corrected
from dualface.direct.corrected.wishes import Wishes
from dualface.direct.director import plan_all
from dualface.types import Box, FramePlan, Observation, ObservedFace, Person, Speech, Talk, TileState

LEFT, RIGHT = Person.LEFT, Person.RIGHT
W, H, FPS, SECONDS = 1280, 720, 10, 40
CUTS = (120, 250)


def observed() -> tuple[Observation, ...]:
    """Two people, tracks 1 and 2, who move a little, and a third face that is nobody's; two cuts."""
    seen = []
    for n in range(FPS * SECONDS):
        shot = sum(n >= cut for cut in CUTS)
        faces = tuple(
            ObservedFace(10 * shot + track, Box(x + (n * (3 + track)) % 17, 200, 120, 150), 0.9, person)
            for track, x, person in ((1, 250, LEFT), (2, 850, RIGHT), (3, 1100, None))
        )
        seen.append(Observation(n, 5 + n / FPS, n in CUTS, faces))
    return tuple(seen)


SEEN = observed()
FOOTAGE = Footage(SEEN, W, H, Fraction(FPS), SCALE)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return configured(tmp_path_factory.mktemp("config"), **{"framing.size": "640x360"})


@pytest.fixture(scope="module")
def base(config: Config) -> list[FramePlan]:
    return plan_all(SEEN, W, H, FPS, config)


def planned(base: list[FramePlan], config: Config, *corrections: Correction) -> list[FramePlan]:
    return plan_corrected(FOOTAGE, base, config, corrections)


def changed(before: list[FramePlan], after: list[FramePlan]) -> list[int]:
    return [n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]


def crops(plan: FramePlan) -> dict[Person | None, Box]:
    return {one.person: one.crop for one in plan.placements}


def test_a_swap_for_some_seconds_leaves_the_rest_of_the_shot_alone(base: list[FramePlan], config: Config) -> None:
    plans = planned(base, config, Swap(Reach.FROM_HERE, Instant(3.0), Instant(5.0)))
    different = changed(base, plans)
    assert set(range(30, 50)) <= set(different)
    assert min(different) >= 20
    assert max(different) <= 50 + 2 * FPS, "a second or two later everything is as it was"
    assert crops(plans[40])[LEFT].cx > crops(plans[40])[RIGHT].cx
    assert max(abs(a - b) for a, b in zip(crops(plans[62])[LEFT], crops(plans[61])[LEFT], strict=True)) < 5, "no jump"


def test_a_swap_in_one_shot_and_everywhere(base: list[FramePlan], config: Config) -> None:
    plans = planned(base, config, Swap(Reach.SHOT, Instant(frame=130)))
    assert changed(base, plans) == list(range(120, 250))
    assert changed(base, planned(base, config, Swap(Reach.EVERYWHERE))) == list(range(400))


@pytest.mark.parametrize("layout", ["side-by-side", "stacked", "spotlight", "follow"])
@pytest.mark.parametrize("sides", ["identity", "position"])
def test_an_exchange_shows_what_others_names_would_have(config: Config, layout: str, sides: str) -> None:
    """Whether plans are exchanged or made again: the film is as if everybody had been taken for the other one."""
    chosen = config.changed(layout=layout, sides=sides)
    short = SEEN[:140]
    base = plan_all(short, W, H, FPS, chosen)
    plans = plan_corrected(replace(FOOTAGE, observations=short, known=Known()), base, chosen, [Swap(Reach.EVERYWHERE)])
    wishes = Wishes(exchanged=frozenset(range(140)))
    again = (
        plan_all(short, W, H, FPS, chosen, wishes)
        if sides == "position"
        else plan_all([*map(exchanged, short)], W, H, FPS, chosen)
    )
    assert plans == again


def test_of_an_exchange_only_what_else_is_corrected_is_planned(
    base: list[FramePlan], config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film of an hour takes most of a minute to plan; the page waits for it."""
    monkeypatch.setattr(planning, "Director", pytest.fail)
    planned(base, config, Swap(Reach.EVERYWHERE))
    planned(base, config, Swap(Reach.FROM_HERE, Instant(3.0)))


def test_who_speaks_is_exchanged_with_the_two(base: list[FramePlan], config: Config) -> None:
    spoken = tuple(replace(one, speech=Speech(Talk.LEFT, 0.9)) for one in SEEN[:100])
    told = [replace(plan, speech=Speech(Talk.LEFT, 0.9)) for plan in base[:100]]
    footage = replace(FOOTAGE, observations=spoken, known=Known())
    by_swap = plan_corrected(footage, told, config, [Swap(Reach.FROM_HERE, Instant(3.0))])
    assert [plan.speech and plan.speech.talk for plan in (by_swap[29], by_swap[30])] == [Talk.LEFT, Talk.RIGHT]
    by_name = plan_corrected(footage, told, config, [FaceIs(Who.OTHER, Instant(1.0), track=1)])
    assert {plan.speech and plan.speech.talk for plan in by_name} == {Talk.RIGHT}


def test_an_exchange_where_sides_follow_the_place(config: Config) -> None:
    placed = config.changed(sides="position")
    base = plan_all(SEEN, W, H, FPS, placed)
    plans = plan_corrected(FOOTAGE, base, placed, [Swap(Reach.SHOT, Instant(13.0))])
    assert crops(plans[200])[LEFT].cx > crops(plans[200])[RIGHT].cx
    assert not set(changed(base, plans)) - set(range(120, 250))


def test_a_crop_is_shown_in_the_tiles_shape_and_moves_gently(base: list[FramePlan], config: Config) -> None:
    frames = (Keyframe(Instant(14.0), Box(100, 100, 200, 300)), Keyframe(Instant(16.0), Box(500, 100, 200, 300)))
    plans = planned(base, config, CropHere(RIGHT, frames, Instant(13.0), Instant(17.0)))
    assert changed(base, plans) == list(range(130, 170))
    shown = [crops(plans[n])[RIGHT] for n in range(130, 170)]
    assert shown[0] == shown[10]
    assert shown[0].cx == pytest.approx(200, abs=0.01)
    assert shown[0].w / shown[0].h == pytest.approx(320 / 360, abs=0.001)
    assert shown[20].cx == pytest.approx(400, abs=0.01), "half way in half the time"
    assert shown[12].cx - shown[11].cx < shown[20].cx - shown[19].cx, "eased"
    assert shown[-1].cx == pytest.approx(600, abs=0.01)
    held = planned(base, config, CropHere(RIGHT, frames, Instant(13.0), Instant(17.0), Ease.HOLD))
    assert [crops(held[n])[RIGHT].cx for n in (140, 159, 160)] == pytest.approx([200, 200, 600], abs=0.01)


def test_a_crop_never_leaves_the_source(base: list[FramePlan], config: Config) -> None:
    plans = planned(base, config, CropHere(LEFT, (Keyframe(Instant(0.0), Box(-50, -50, 5000, 90)),)))
    x, y, w, h = crops(plans[0])[LEFT]
    assert x >= 0
    assert y >= 0
    assert x + w <= W + 0.01
    assert y + h <= H + 0.01


def test_layouts_for_a_while(base: list[FramePlan], config: Config) -> None:
    plans = planned(
        base,
        config,
        LayoutHere("full", RIGHT, Instant(2.0), Instant(3.0)),
        LayoutHere("scene", None, Instant(3.0), Instant(4.0)),
        LayoutHere("stacked", None, Instant(4.0), Instant(5.0)),
    )
    assert changed(base, plans) == list(range(20, 50))
    assert [(plans[n].layout, len(plans[n].placements)) for n in (20, 30, 40, 50)] == [
        ("full", 1),
        ("scene", 1),
        ("split", 2),
        (base[50].layout, 2),
    ]
    assert plans[20].placements[0].person is RIGHT
    assert plans[30].placements[0].state is TileState.SCENE
    assert plans[40].placements[1].at.y == 180


def test_cuts_that_are_none_and_cuts_that_were_missed(base: list[FramePlan], config: Config) -> None:
    plans = planned(base, config, CutHere(Cut.NONE, Instant(frame=120)), CutHere(Cut.HERE, Instant(20.0)))
    assert [n for n, plan in enumerate(plans) if plan.cut] == [200, 250]


def test_nobody_is_found_in_a_region_that_is_kept_away_from(base: list[FramePlan], config: Config) -> None:
    plans = planned(base, config, KeepAway(Box(0, 0, 600, 720), Instant(26.0), Instant(30.0)))
    assert all(LEFT not in plans[n].people.values() for n in range(260, 300))
    assert LEFT in plans[255].people.values()
    assert not [n for n in changed(base, plans) if n < 245]


def test_a_face_that_is_nobody_and_one_that_is_the_other_one(base: list[FramePlan], config: Config) -> None:
    plans = planned(base, config, FaceIs(Who.NOBODY, Instant(1.0), point=(310, 275)))
    assert LEFT not in plans[50].people.values()
    plans = planned(base, config, FaceIs(Who.OTHER, Instant(1.0), track=1))
    assert plans[50].people == {1: RIGHT, 2: LEFT}, "who sits beside is the other one then"


def test_what_finds_nothing_changes_nothing(base: list[FramePlan], config: Config) -> None:
    nothing = (
        FaceIs(Who.LEFT, Instant(1.0), track=77),
        FaceIs(Who.LEFT, Instant(1.0), point=(5, 5)),
        FaceIs(Who.LEFT, Instant(frame=10**6), track=1),
        LayoutHere("scene", None, Instant(500.0)),
        CutHere(Cut.HERE, Instant(0.0)),
        KeepAway(Box(0, 0, 10, 10)),
    )
    assert planned(base, config, *nothing) == base
    assert unfounded(FOOTAGE, [*nothing, Swap(Reach.SHOT, Instant(1.0))]) == [*nothing[:4]]


_MOMENTS = st.integers(0, FPS * SECONDS - 1).map(lambda n: Instant(round(n / FPS, 3)))


@st.composite
def spans(draw: st.DrawFn) -> tuple[Instant, Instant]:
    first, last = sorted(draw(st.tuples(st.integers(0, 380), st.integers(0, 390))))
    return Instant(frame=first), Instant(frame=last + 1)


@st.composite
def some_correction(draw: st.DrawFn) -> Correction:
    start, end = draw(spans())
    rect = Box(draw(st.integers(0, 800)), draw(st.integers(0, 400)), draw(st.integers(50, 400)), draw(st.integers(50, 300)))
    some: list[Correction] = [
        Swap(Reach.FROM_HERE, start, end),
        Swap(Reach.SHOT, start),
        FaceIs(Who.OTHER, start, point=(310, 275)),
        FaceIs(Who.NOBODY, start, point=(910, 275), alike=False),
        CropHere(LEFT, (Keyframe(start, rect),), start, end),
        LayoutHere("full", RIGHT, start, end),
        CutHere(Cut.HERE, start),
        KeepAway(rect, start, end),
    ]
    return draw(st.sampled_from(some))


@settings(deadline=None, max_examples=10)
@given(st.lists(some_correction(), max_size=3))
def test_corrections_can_be_taken_back_and_touch_nothing_far_away(
    base: list[FramePlan], config: Config, corrections: list[Correction]
) -> None:
    plans = planned(base, config, *corrections)
    assert planned(base, config) == base
    assert planned(base, config, *corrections) == plans
    assert [plan.index for plan in plans] == list(range(len(SEEN)))
    assert [(plan.time, bool(plan.placements)) for plan in plans] == [(one.time, True) for one in SEEN]


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 330), st.integers(1, 30))
def test_seconds_that_are_not_touched_keep_their_plan(base: list[FramePlan], config: Config, first: int, length: int) -> None:
    plans = planned(base, config, Swap(Reach.FROM_HERE, Instant(frame=first), Instant(frame=first + length)))
    far = [n for n in changed(base, plans) if not first - 2 * FPS <= n < first + length + 3 * FPS]
    assert far == []
