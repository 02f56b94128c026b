"""A plan follows from what was seen and what is wished for, and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.configured import configured

from dualface.config.schema import Config
from dualface.direct.active_parts import with_settled_parts
from dualface.direct.director import Director, plan_all
from dualface.types import Box, Fill, FramePlan, Observation, ObservedFace, Person, Rect, TileState

SIZE = (1920, 1080)
FPS = 30.0


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return configured(tmp_path_factory.mktemp("config"), **{"framing.size": "1920x1080"})


def face(track: int, x: float, person: Person | None, y: float = 300) -> ObservedFace:
    return ObservedFace(track, Box(x, y, 160, 220), 0.9, person)


def seated(n: int, cut: bool = False) -> Observation:
    return Observation(n, n / FPS, cut, (face(1, 400 + n % 7, Person.LEFT), face(2, 1300 - n % 5, Person.RIGHT)))


@st.composite
def footage(draw: st.DrawFn) -> list[Observation]:
    """People who come, go, cross and are cut to."""
    seen = []
    for n in range(draw(st.integers(0, 90))):
        faces = []
        for track, person in ((1, Person.LEFT), (2, Person.RIGHT), (3, None)):
            if draw(st.booleans()) or n % 10:
                faces.append(face(track, draw(st.integers(0, 1700)) if n % 30 == 0 else 300 + 400 * track + n, person))
        seen.append(Observation(n, n / FPS, n > 0 and n % 37 == 0, tuple(faces)))
    return seen


def streamed(seen: Sequence[Observation], config: Config) -> list[FramePlan]:
    director = Director(*SIZE, FPS, config)
    plans: list[FramePlan] = []
    for n, one in enumerate(seen):
        plans += director.push(one)
        assert len(plans) >= n + 1 - director.delay
    return plans + director.flush()


def test_tiles_stay_in_their_own_box_of_a_grid_and_show_no_bars(config: Config) -> None:
    boxes = (Box(40, 300, 880, 480), Box(1000, 300, 880, 480))
    seen = [replace(seated(n), faces=(face(1, 60, Person.LEFT), face(2, 1640, Person.RIGHT)), active=boxes) for n in range(60)]
    seen += [replace(one, index=one.index + 60, time=one.time + 2, cut=one.index == 0, faces=()) for one in seen]
    plans = plan_all(seen, *SIZE, FPS, config)
    for plan in plans[:60]:
        for placement, box in zip(plan.placements, boxes, strict=True):
            assert box.x <= placement.crop.x
            assert placement.crop.right <= box.right + 1e-3
            assert box.y <= placement.crop.y
            assert placement.crop.bottom <= box.bottom + 1e-3
    scene = plans[-1].placements[0].crop
    assert (scene.y >= 300, scene.bottom <= 780) == (True, True), "nobody is shown: the picture without its bars"


def test_a_camera_jumps_once_where_bars_are_noticed_late(config: Config) -> None:
    bars = (Box(0, 200, 1920, 680),)
    seen = [replace(seated(n), active=bars if n >= 30 else ()) for n in range(90)]
    tops = [plan.placements[0].crop.y for plan in plan_all(seen, *SIZE, FPS, config)]
    assert len({round(y) for y in tops}) == 2
    settled = with_settled_parts(seen)
    assert {one.active for one in settled} == {bars}
    assert len({round(plan.placements[0].crop.y) for plan in plan_all(settled, *SIZE, FPS, config)}) == 1


def test_parts_that_change_within_a_shot_hold_from_then_on() -> None:
    whole, boxes = (Box(0, 40, 1920, 1000),), (Box(0, 0, 960, 1080), Box(960, 0, 960, 1080))

    def known(n: int) -> tuple[tuple[Box, ...], int | None]:
        if n < 10:
            return (), None
        if n < 40:  # the boxes came in frame 20, and are known from 40 on; they went in frame 70
            return whole, None
        return (boxes, 20) if n < 80 else (whole, 70)

    seen = [replace(seated(n), active=known(n)[0], active_since=known(n)[1]) for n in range(90)]
    settled = with_settled_parts(seen)
    assert [one.active for one in settled] == [whole] * 20 + [boxes] * 50 + [whole] * 20
    assert with_settled_parts(settled) == settled


@given(footage(), st.sampled_from(["identity", "position"]))
@settings(max_examples=10, deadline=None)
def test_the_same_observations_give_the_same_plan_frame_by_frame_and_whole(
    config: Config, seen: list[Observation], sides: str
) -> None:
    wishes = config.changed(sides=sides, layout="stacked")
    whole = plan_all(seen, *SIZE, FPS, wishes)
    assert streamed(seen, wishes) == whole
    assert [(plan.index, plan.cut) for plan in whole] == [(one.index, one.cut) for one in seen]


def test_a_plan_says_who_is_shown_where(config: Config) -> None:
    plans = plan_all([seated(n) for n in range(60)], *SIZE, FPS, config)
    for plan in plans:
        left, right = plan.placements
        assert plan.layout == "split"
        assert plan.people == {1: Person.LEFT, 2: Person.RIGHT}
        assert (left.person, right.person) == (Person.LEFT, Person.RIGHT)
        assert (left.at.x, right.at.x) == (0, 960)
        assert {left.state, right.state} == {TileState.TRACKED}
        assert (left.track_id, right.track_id) == (1, 2)
        assert left.crop.x <= 400 < 560 <= left.crop.right
        assert left.crop.w / left.crop.h == pytest.approx(960 / 1080, abs=1e-4)


def test_the_position_rule_gives_tiles_by_place(config: Config) -> None:
    seen = [Observation(n, n / FPS, False, (face(1, 1300, Person.LEFT), face(2, 300, Person.RIGHT))) for n in range(60)]
    by_place = plan_all(seen, *SIZE, FPS, config.changed(sides="position"))[-1]
    assert by_place.people == {1: Person.RIGHT, 2: Person.LEFT}
    assert [p.track_id for p in by_place.placements] == [2, 1]
    by_identity = plan_all(seen, *SIZE, FPS, config)[-1]
    assert [p.track_id for p in by_identity.placements] == [1, 2]


def test_a_face_behind_another_is_not_followed(config: Config) -> None:
    front, back = Box(500, 200, 160, 220), Box(560, 210, 130, 180)
    faces = (ObservedFace(1, front, 0.9, Person.LEFT), ObservedFace(2, back, 0.5, Person.RIGHT))
    seen = [Observation(n, n / FPS, False, faces) for n in range(60)]
    left, right = plan_all(seen, *SIZE, FPS, config.changed(layout="side-by-side"))[-1].placements
    assert left.state is TileState.TRACKED
    assert right.state is not TileState.TRACKED
    (alone,) = plan_all(seen, *SIZE, FPS, config)[-1].placements
    assert alone.person is Person.LEFT


def one_shot(seconds: float, *faces: ObservedFace, start: int = 0) -> list[Observation]:
    return [Observation(n, n / FPS, n == start > 0, faces) for n in range(start, start + round(seconds * FPS))]


def test_the_layout_follows_the_shot(config: Config) -> None:
    left, right = face(1, 400, Person.LEFT), face(2, 1300, Person.RIGHT)
    seen = one_shot(2, left, right)
    seen += one_shot(2, right, start=60)
    seen += one_shot(2, face(5, 900, None), start=120)
    plans = plan_all(seen, *SIZE, FPS, config)
    assert [plans[n].layout for n in (0, 59, 60, 119, 120, 179)] == ["split", "split", "full", "full", "scene", "scene"]
    (alone,) = plans[60].placements
    assert (alone.person, alone.at, alone.state) == (Person.RIGHT, Rect(0, 0, 1920, 1080), TileState.TRACKED)
    (scene,) = plans[150].placements
    assert (scene.person, scene.crop, scene.fill) == (None, Box(0, 0, 1920, 1080), Fill.CROP)
    for wish in ("hold", "fit", "blur", "card"):
        assert {plan.layout for plan in plan_all(seen, *SIZE, FPS, config.changed(alone=wish))} == {"split"}


def test_somebody_alone_is_shown_as_the_director_framed_them_or_closer(config: Config) -> None:
    close = ObservedFace(1, Box(700, 200, 300, 400), 0.9, Person.LEFT)
    (framed,) = plan_all(one_shot(2, close), *SIZE, FPS, config)[-1].placements
    assert framed.crop == Box(0, 0, 1920, 1080)
    far = ObservedFace(1, Box(1500, 300, 60, 80), 0.9, Person.LEFT)
    (closer,) = plan_all(one_shot(2, far), *SIZE, FPS, config)[-1].placements
    assert closer.crop.h < 500
    assert closer.crop.x <= 1500 < 1560 <= closer.crop.right


def test_the_scene_fills_an_upright_canvas_over_its_own_blurred_copy(config: Config) -> None:
    upright = config.changed(size="1080x1920")
    (scene,) = plan_all(one_shot(2), *SIZE, FPS, upright)[-1].placements
    assert (scene.crop, scene.fill, scene.state) == (Box(0, 0, 1920, 1080), Fill.BLUR, TileState.SCENE)


def test_crops_are_whole_thousandths_of_a_pixel(config: Config) -> None:
    plans = plan_all([seated(n) for n in range(40)], *SIZE, FPS, config)
    assert all(v == round(v, 3) for plan in plans for p in plan.placements for v in p.crop)


def test_nothing_seen_is_nothing_planned(config: Config, tmp_path: Path) -> None:
    assert plan_all([], *SIZE, FPS, config) == []
