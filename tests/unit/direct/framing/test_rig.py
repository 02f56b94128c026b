"""What the cameras promise, frame by frame, whatever the people do."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.direct.framing.camera import View
from dualface.direct.framing.pace import plan_pace
from dualface.direct.framing.rig import CameraRig, CameraTarget
from dualface.types import Box, F64Array, Fill, Person, Rect, TileState
from dualface.video.freeze import freeze, thaw

LEFT, RIGHT = Person.LEFT, Person.RIGHT
WIDTH, HEIGHT, FPS = 1280, 720, 30
COLUMNS = {LEFT: Rect(0, 0, 960, 1080), RIGHT: Rect(960, 0, 960, 1080)}
ROWS = {LEFT: Rect(0, 0, 1080, 960), RIGHT: Rect(0, 960, 1080, 960)}
FACE = 216.0
"""Height of a face, in pixels, that makes a crop of FACE / 0.34 = 635 lines."""

Targets = dict[Person, CameraTarget | None]
Views = dict[Person, View]


def person(x: float, eyes: float = 290.0, size: float = FACE, track_id: int = 1) -> CameraTarget:
    return CameraTarget(Box(x - 0.37 * size, eyes - 0.4 * size, 0.74 * size, size), (x + 3, eyes), track_id)


def make_rig(**changes: Any) -> CameraRig:
    options: dict[str, Any] = {
        "tiles": COLUMNS,
        "source_width": WIDTH,
        "source_height": HEIGHT,
        "fps": FPS,
        "headroom": 1 / 3,
        "zoom": 1.0,
        "smoothing": 0.5,
        "lookahead_seconds": 0.8,
        "hold_seconds": 3.0,
        "away": "fit",
    }
    return CameraRig(**(options | changes))


def film(frames: Sequence[Targets], cuts: Sequence[int] = (), **changes: Any) -> list[Views]:
    rig = make_rig(**changes)
    views = [v for n, t in enumerate(frames) for v in rig.push(t, time=n / FPS, cut=n in cuts)]
    views += rig.flush()
    assert len(views) == len(frames)
    return views


def alone(count: int, target: Callable[[int], CameraTarget | None]) -> list[Targets]:
    return [{LEFT: target(n), RIGHT: None} for n in range(count)]


def centres(views: Sequence[Views], side: Person = LEFT) -> F64Array:
    """Centres of the crops, shape (frames, 2)."""
    return np.array([(v[side].crop.cx, v[side].crop.cy) for v in views])


def acceleration(views: Sequence[Views], side: Person = LEFT) -> F64Array:
    """Of the crops' centres, in pixels of the tile per frame squared."""
    scale = np.array([COLUMNS[side].w / v[side].crop.w for v in views])[1:-1]
    result: F64Array = np.hypot(*np.diff(centres(views, side), n=2, axis=0).T) * scale
    return result


def states(views: Sequence[Views], side: Person = LEFT) -> str:
    """The states' runs, like ``"t30 h90"``."""
    return " ".join(f"{state.value[0]}{len(list(run))}" for state, run in groupby(v[side].state for v in views))


def jitter(amount: float, seed: int = 0) -> Callable[[], float]:
    rng = np.random.default_rng(seed)
    return lambda: float(rng.normal(0, amount * FACE))


def noisy(path: Callable[[int], float], amount: float = 0.015, seed: int = 0) -> Callable[[int], CameraTarget]:
    shift = jitter(amount, seed)
    return lambda n: person(path(n) + shift(), 290 + shift(), FACE + shift())


def walk(n: int) -> float:
    """Stands at 330, walks half the frame's width between the seconds 3 and 6, stands at 970."""
    return 330 + 640 * min(max((n / FPS - 3) / 3, 0), 1)


class TestFraming:
    def test_shows_head_and_shoulders_with_the_eyes_on_the_upper_third(self) -> None:
        crop = film(alone(60, lambda _: person(600)))[30][LEFT].crop
        assert crop.cx == pytest.approx(600)
        assert crop.h == pytest.approx(FACE / 0.34)
        assert crop.y + crop.h / 3 == pytest.approx(290)

    @pytest.mark.parametrize("headroom", [0.2, 0.45])
    def test_headroom_places_the_eyes(self, headroom: float) -> None:
        crop = film(alone(60, lambda _: person(600, size=120, eyes=360)), headroom=headroom)[30][LEFT].crop
        assert (360 - crop.y) / crop.h == pytest.approx(headroom)

    def test_zoom_enlarges_the_heads(self) -> None:
        plain, near = (film(alone(60, lambda _: person(600)), zoom=z)[30][LEFT].crop for z in (1.0, 1.5))
        assert plain.h / near.h == pytest.approx(1.5)

    def test_heads_are_of_one_size(self) -> None:
        views = film([{LEFT: person(300, size=150), RIGHT: person(900, size=210)}] * 60)[30]
        assert 150 / views[LEFT].crop.h == pytest.approx(210 / views[RIGHT].crop.h)

    def test_a_head_is_enlarged_to_match_one_that_can_not_be_smaller(self) -> None:
        views = film([{LEFT: person(300, size=280), RIGHT: person(900, size=210)}] * 60)[30]
        assert views[LEFT].crop.h == HEIGHT
        assert 280 / views[LEFT].crop.h == pytest.approx(210 / views[RIGHT].crop.h)

    def test_a_close_up_beside_a_small_head_does_not_enlarge_it_without_reason(self) -> None:
        views = film([{LEFT: person(300, size=500), RIGHT: person(900, size=100)}] * 60)[30]
        assert 100 / views[RIGHT].crop.h < 0.34 * 1.31

    def test_eyes_are_estimated_without_landmarks(self) -> None:
        target = CameraTarget(person(600).face, None, 1)
        crop = film(alone(60, lambda _: target))[30][LEFT].crop
        assert crop.y + crop.h / 3 == pytest.approx(290, abs=10)

    @pytest.mark.parametrize("size", [(64, 64), (320, 1080), (1921, 87)])
    def test_a_small_or_odd_source_is_used_as_far_as_it_goes(self, size: tuple[int, int]) -> None:
        target = person(size[0] / 2, size[1] / 2, size[1] / 2)
        views = film([{LEFT: target, RIGHT: target}] * 40, source_width=size[0], source_height=size[1])
        crop = views[20][LEFT].crop
        assert crop.w == pytest.approx(size[0]) or crop.h == pytest.approx(size[1])


class TestRest:
    @pytest.mark.parametrize("amount", [0.005, 0.015, 0.03])
    def test_is_perfectly_still_before_a_person_who_sits_still(self, amount: float) -> None:
        views = film(alone(300, noisy(lambda _: 600.0, amount)))
        assert len({v[LEFT].crop for v in views}) == 1
        assert views[0][LEFT].crop.cx == pytest.approx(600, abs=0.02 * views[0][LEFT].crop.w)

    def test_ignores_a_nod_and_a_glance_aside(self) -> None:
        def path(n: int) -> CameraTarget:
            away = 60 < n < 66
            return person(600 + 60 * away, 290 + 50 * away, FACE * (0.8 if away else 1))

        assert len({v[LEFT].crop for v in film(alone(150, path))}) == 1

    def test_rests_again_centred_after_a_walk(self) -> None:
        views = film(alone(360, noisy(walk)))
        assert len({v[LEFT].crop for v in views[-90:]}) == 1
        assert views[-1][LEFT].crop.cx == pytest.approx(970, abs=0.03 * views[-1][LEFT].crop.w)

    def test_puts_right_in_the_end_what_settles_a_little_off_the_centre(self) -> None:
        views = film(alone(300, noisy(lambda n: 600.0 if n < 60 else 626.0)))
        assert views[90][LEFT].crop.cx == pytest.approx(600, abs=5)
        assert views[-1][LEFT].crop.cx == pytest.approx(626, abs=8)


class TestMotion:
    @pytest.mark.parametrize("lookahead", [0.4, 0.8])
    @pytest.mark.parametrize("seed", range(3))
    def test_a_walk_is_followed_closely_and_smoothly(self, lookahead: float, seed: int) -> None:
        views = film(alone(300, noisy(walk, seed=seed)), lookahead_seconds=lookahead)
        off = np.array([(walk(n) - v[LEFT].crop.cx) / v[LEFT].crop.w for n, v in enumerate(views)])
        assert abs(off).max() < 0.1
        assert acceleration(views).max() < 1.5

    def test_the_camera_moves_before_its_person_leaves_the_dead_zone_and_does_not_overshoot(self) -> None:
        views = film(alone(240, lambda n: person(walk(n))))
        x = centres(views)[:, 0]
        first = int(np.flatnonzero(np.diff(x))[0])
        assert walk(first) - x[first] < 0.04 * views[0][LEFT].crop.w
        assert (np.diff(x) >= -1e-9).all()
        assert x.max() <= 970 + 1e-9

    @pytest.mark.parametrize("seconds", [1.0, 1.4, 2.0])
    def test_who_rocks_to_and_fro_does_not_shake_the_picture(self, seconds: float) -> None:
        def sway(n: int) -> float:
            return 600 + 40 * float(np.sin(2 * np.pi * n / FPS / seconds))

        views = film(alone(300, noisy(sway)))
        off = np.array([(sway(n) - v[LEFT].crop.cx) / v[LEFT].crop.w for n, v in enumerate(views)])
        assert np.percentile(acceleration(views), 95) < 2
        assert abs(off).max() < 0.1

    def test_it_stops_smoothly_at_the_edge_of_the_source(self) -> None:
        views = film(alone(240, lambda n: person(min(900 + 5 * max(n - 60, 0), 1275))))
        assert views[-1][LEFT].crop.right == pytest.approx(WIDTH)
        assert acceleration(views).max() < 1.5

    def test_someone_who_comes_nearer_is_followed_by_a_slow_zoom(self) -> None:
        views = film(alone(450, lambda n: person(600, 290, 120 + min(max(n - 60, 0) * 0.6, 60))))
        heights = np.array([v[LEFT].crop.h for v in views])
        assert heights[0] == pytest.approx(120 / 0.34)
        assert heights[-1] == pytest.approx(180 / 0.34, rel=0.06)
        assert (abs(np.diff(heights)) / heights[1:]).max() < 0.2 / FPS

    def test_smoothing_goes_from_close_to_calm(self) -> None:
        def sway(n: int) -> float:
            return 600 + 50 * float(np.sin(n / FPS * 1.5))

        travel = [abs(np.diff(centres(film(alone(450, noisy(sway)), smoothing=s))[:, 0])).sum() for s in (0.0, 0.5, 1.0)]
        assert travel[0] > travel[1] > travel[2] == 0

    def test_without_look_ahead_it_lags_but_stays_smooth(self) -> None:
        views = film(alone(300, noisy(walk)), lookahead_seconds=0.0)
        off = np.array([(walk(n) - v[LEFT].crop.cx) / v[LEFT].crop.w for n, v in enumerate(views)])
        assert abs(off).max() < 0.3
        assert acceleration(views).max() < 3

    def test_when_two_come_close_each_tile_keeps_to_its_own(self) -> None:
        def pair(n: int) -> Targets:
            gap = 30 + max(abs(n - 150) - 30, 0) * 3.0
            return {LEFT: noisy(lambda _: 640 - gap, seed=n)(n), RIGHT: noisy(lambda _: 640 + gap, seed=n + 999)(n)}

        frames = [pair(n) for n in range(300)]
        for n, views in enumerate(film(frames)):
            gap = 30 + max(abs(n - 150) - 30, 0) * 3.0
            assert abs(views[LEFT].crop.cx - 640 + gap) < abs(views[LEFT].crop.cx - 640 - gap)
            assert abs(views[RIGHT].crop.cx - 640 - gap) < abs(views[RIGHT].crop.cx - 640 + gap)

    def test_beside_a_neighbour_the_camera_follows_closer(self) -> None:
        """What one may wander without being followed is less than a third of the way to the neighbour."""

        def wanders(n: int) -> CameraTarget:
            return person(560 + 20 * np.sin(n / 40))

        beside = film([{LEFT: wanders(n), RIGHT: person(620, track_id=2)} for n in range(400)])
        assert len({v[LEFT].crop.cx for v in beside[100:]}) > 20
        assert len({v[LEFT].crop.cx for v in film(alone(400, wanders))[100:]}) == 1


class TestCuts:
    def test_a_cut_is_a_jump_between_two_rests(self) -> None:
        views = film(alone(120, noisy(lambda n: 300.0 if n < 60 else 900.0)), cuts=[60])
        assert len({v[LEFT].crop for v in views[:60]}) == len({v[LEFT].crop for v in views[60:]}) == 1
        assert views[60][LEFT].crop.cx == pytest.approx(900, abs=10)

    @given(st.integers(1, 119), st.floats(0, 3))
    @settings(max_examples=20, deadline=None)
    def test_what_happens_after_a_cut_does_not_show_before_it(self, cut: int, speed: float) -> None:
        def shot(n: int, second: float) -> CameraTarget:
            return person(300 + speed * n if n < cut else second)

        one = film(alone(120, lambda n: shot(n, 900)), cuts=[cut])
        other = film(alone(120, lambda n: shot(n, 500)), cuts=[cut])
        assert one[:cut] == other[:cut]
        assert one[cut:] == film(alone(120 - cut, lambda _: person(900)))

    @given(st.integers(20, 90), st.integers(0, 5), st.integers(0, 5), st.floats(80, 320))
    @settings(max_examples=20, deadline=None)
    def test_nobody_is_guessed_across_a_cut(self, cut: int, before: int, after: int, size: float) -> None:
        """Unseen around a cut, and of another size behind it: neither place nor size comes from the other shot."""

        def shots(x: float, size: float) -> list[Targets]:
            def seen(n: int) -> CameraTarget | None:
                return None if cut - before <= n < cut + after else person(300) if n < cut else person(x, size=size)

            return alone(120, seen)

        one, other = film(shots(900, size), cuts=[cut]), film(shots(500, FACE), cuts=[cut])
        assert one[:cut] == other[:cut]
        assert one[cut:] == film(shots(900, size)[cut:])

    def test_a_cut_nobody_found_is_a_jump_as_well(self) -> None:
        views = film(alone(120, lambda n: person(300 if n < 60 else 900)))
        assert [v[LEFT].crop.cx for v in views] == pytest.approx([300] * 60 + [900] * 60)

    def test_a_shot_without_the_person_shows_the_scene_at_once(self) -> None:
        for policy in ("fit", "hold"):
            views = film(alone(120, lambda n: person(300) if n < 60 else None), cuts=[60], away=policy)
            assert states(views) == "t60 f60"
            assert views[60][LEFT].fill is Fill.BARS
            assert views[60][LEFT].crop == Box(0, 0, WIDTH, HEIGHT)


class TestUnseen:
    def test_holds_the_framing_and_then_falls_back(self) -> None:
        views = film(alone(200, lambda n: person(600) if n < 60 else None), hold_seconds=2.0)
        assert states(views) == "t60 h60 f80"
        assert {v[LEFT].crop for v in views[:120]} == {views[0][LEFT].crop}
        assert {v[LEFT].track_id for v in views[60:]} == {None}
        assert views[-1][LEFT].fill is Fill.BARS

    def test_the_stand_in_may_be_a_card_or_the_last_framing(self) -> None:
        frames = alone(200, lambda n: person(600) if n < 60 else None)
        card = film(frames, hold_seconds=2.0, away="card")[-1][LEFT]
        assert (card.state, card.fill) == (TileState.STAND_IN, Fill.CARD)
        assert states(film(frames, hold_seconds=2.0, away="hold")) == "t60 h140"

    def test_a_camera_that_loses_a_walker_comes_smoothly_to_rest(self) -> None:
        views = film(alone(240, lambda n: person(walk(n)) if n < 120 else None), hold_seconds=9.0)
        assert acceleration(views).max() < 1.5
        assert len({v[LEFT].crop for v in views[200:]}) == 1
        assert views[-1][LEFT].state is TileState.HELD

    def test_a_short_gap_in_a_walk_does_not_show(self) -> None:
        views = film(alone(240, lambda n: None if 120 <= n < 127 else person(walk(n))))
        assert states(views) == "t120 h7 t113"
        off = np.array([(walk(n) - v[LEFT].crop.cx) / v[LEFT].crop.w for n, v in enumerate(views)])
        assert abs(off).max() < 0.05
        assert acceleration(views).max() < 1.5

    def test_one_who_returns_elsewhere_in_the_picture_is_met_smoothly_but_not_before_he_is_seen(self) -> None:
        views = film(alone(300, lambda n: person(600) if n < 60 else None if n < 120 else person(815)))
        assert len({v[LEFT].crop for v in views[:120]}) == 1
        assert acceleration(views).max() < 4
        assert views[-1][LEFT].crop.cx == pytest.approx(815)

    def test_one_who_returns_far_away_is_met_by_a_jump(self) -> None:
        views = film(alone(200, lambda n: person(300) if n < 60 else None if n < 120 else person(980)))
        assert [v[LEFT].crop.cx for v in views] == pytest.approx([300] * 120 + [980] * 80, abs=20)
        assert len({v[LEFT].crop for v in views}) == 2

    def test_nobody_at_all_is_the_whole_scene(self) -> None:
        assert states(film(alone(50, lambda _: None))) == "f50"

    def test_the_scene_does_not_flash_up_before_a_person_found_soon(self) -> None:
        views = film(alone(60, lambda n: person(600) if n >= 10 else None))
        assert states(views) == "h10 t50"
        assert len({v[LEFT].crop for v in views}) == 1
        assert states(film(alone(60, lambda n: person(600) if n >= 30 else None))) == "f30 t30"

    def test_the_scene_does_not_flash_up_before_one_who_returns_or_a_cut(self) -> None:
        soon = film(alone(90, lambda n: None if 20 <= n < 60 else person(600)), hold_seconds=1.0)
        assert states(soon) == "t20 h40 t30"
        cut = film(alone(90, lambda n: None if 20 <= n < 60 else person(600)), hold_seconds=1.0, cuts=[60])
        assert states(cut) == "t20 h40 t30"

    def test_who_was_away_for_long_is_back_once_he_is_seen_for_more_than_a_moment(self) -> None:
        def seen(moment: range) -> list[Targets]:
            return alone(300, lambda n: person(600) if n < 60 or n in moment else None)

        assert states(film(seen(range(200, 202)), hold_seconds=2.0)) == "t60 h60 f180"
        assert states(film(seen(range(200, 300)), hold_seconds=2.0)) == "t60 h60 f80 t100"

    def test_a_flickering_person_does_not_make_the_picture_flicker(self) -> None:
        rng = np.random.default_rng(0)
        seen = rng.random(600) < 0.15
        views = film(alone(600, lambda n: person(600) if seen[n] else None), hold_seconds=0.0)
        pictures = [len(list(run)) for _, run in groupby(v[LEFT].state is TileState.STAND_IN for v in views)]
        assert min(pictures[:-1]) >= FPS * 0.5

    def test_a_face_that_is_elsewhere_for_a_moment_counts_as_unseen(self) -> None:
        views = film(alone(120, lambda n: person(1000 if 60 <= n < 63 else 500)))
        assert states(views) == "t60 h3 t57"
        assert len({v[LEFT].crop for v in views}) == 1

    @pytest.mark.parametrize(
        "bad", [Box(np.nan, 0, 9, 9), Box(0, 0, np.inf, 9), Box(0, 0, -5, 9), Box(5000, 0, 9, 9), Box(0, 0, 9, 1e9)]
    )
    def test_an_impossible_box_counts_as_unseen(self, bad: Box) -> None:
        views = film(alone(90, lambda n: CameraTarget(bad, None, 1) if 30 <= n < 60 else person(500)))
        assert states(views) == "t30 h30 t30"
        assert len({v[LEFT].crop for v in views}) == 1


coordinates = st.floats(-300, 1600, width=32)
people = st.builds(person, coordinates, st.floats(-100, 800, width=32), st.floats(1, 900, width=32), st.integers(1, 5))
spells = st.tuples(st.none() | people, st.none() | people, st.integers(1, 25), st.booleans())
"""Two targets, how long they stay so, and whether a cut comes before."""


@given(
    st.lists(spells, max_size=10),
    st.sampled_from([0.0, 0.1, 0.8, 3.0]),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from(["hold", "fit", "card"]),
    st.sampled_from([COLUMNS, ROWS]),
)
@settings(max_examples=60, deadline=None)
def test_every_frame_has_a_crop_inside_the_source_of_the_tiles_shape(
    script: list[tuple[CameraTarget | None, CameraTarget | None, int, bool]],
    lookahead: float,
    smoothing: float,
    away: str,
    tiles: dict[Person, Rect],
) -> None:
    frames = [{LEFT: a, RIGHT: b} for a, b, count, _ in script for _ in range(count)]
    starts = np.cumsum([0] + [count for _, _, count, _ in script])
    cuts = [int(n) for n, spell in zip(starts, script, strict=False) if spell[3]]
    changes = {"tiles": tiles, "lookahead_seconds": lookahead, "smoothing": smoothing, "away": away}
    views = film(frames, cuts, hold_seconds=0.5, **changes)
    for view, targets in zip(views, frames, strict=True):
        for side, tile in tiles.items():
            shown, target = view[side], targets[side]
            x, y, w, h = shown.crop
            assert x >= 0
            assert y >= 0
            assert x + w <= WIDTH + 1e-6
            assert y + h <= HEIGHT + 1e-6
            if shown.state is TileState.STAND_IN:
                assert shown.fill in (Fill.BARS, Fill.CARD)
            else:
                assert w / h == pytest.approx(tile.w / tile.h, rel=1e-9)
            if shown.state is TileState.TRACKED:
                assert target is not None
                assert shown.track_id == target.track_id
            else:
                assert shown.track_id is None


@given(st.lists(st.tuples(st.floats(-12, 12), st.integers(1, 40)), min_size=3, max_size=8), st.sampled_from([0.0, 0.5, 1.0]))
@settings(max_examples=30, deadline=None)
def test_acceleration_is_limited_whatever_a_person_does(legs: list[tuple[float, int]], smoothing: float) -> None:
    """The average with the kernel accelerates no more than half the range times the kernel's own variation."""
    x, path = 640.0, []
    for speed, count in legs:
        for _ in range(count):
            x = min(max(x + speed, 100.0), 1180.0)
            path.append(x)
    views = film(alone(len(path), lambda n: person(path[n])), smoothing=smoothing)
    kernel = np.array(plan_pace(FPS, smoothing=smoothing, lookahead_seconds=0.8).kernel)
    limit = abs(np.diff(np.pad(kernel, 2), n=2)).sum() * (max(path) - min(path)) / 2
    assert abs(np.diff(centres(views)[:, 0], n=2)).max(initial=0) <= limit + 1e-6


@pytest.mark.parametrize("stop", [0, 7, 100, 155, 290])
def test_a_frozen_rig_goes_on_as_if_nothing_had_happened(stop: int) -> None:
    shift = jitter(0.01)
    frames: list[Targets] = [
        {LEFT: person(walk(n) + shift()), RIGHT: None if 100 < n < 250 else person(900 + shift())} for n in range(300)
    ]
    whole = film(frames, cuts=[150])
    rig = make_rig()
    views = [v for n in range(stop) for v in rig.push(frames[n], time=n / FPS, cut=n == 150, others={})]
    rig = thaw(freeze(rig))
    views += [v for n in range(stop, 300) for v in rig.push(frames[n], time=n / FPS, cut=n == 150)]
    assert views + rig.flush() == whole


@pytest.mark.parametrize("fps", [5, 24, 120])
def test_views_come_as_far_behind_as_the_look_ahead_says(fps: int) -> None:
    rig = make_rig(fps=fps)
    assert rig.lookahead_frames == round(0.8 * fps)
    counts = [len(rig.push({LEFT: person(500), RIGHT: None}, time=n / fps, cut=False)) for n in range(rig.lookahead_frames + 5)]
    assert counts == [0] * rig.lookahead_frames + [1] * 5
    assert len(rig.flush()) == rig.lookahead_frames


@pytest.mark.parametrize("apart", [1.3, 1.6, 2.0, 2.8])
def test_neighbours_are_shown_without_each_other_s_face(apart: float) -> None:
    size = 150.0
    frames: list[Targets] = [
        {LEFT: person(640 - apart * size / 2, size=size), RIGHT: person(640 + apart * size / 2, size=size)}
    ]
    views = film(frames * 60)[30]
    heights = [views[side].crop.h for side in (LEFT, RIGHT)]
    assert heights[0] == pytest.approx(heights[1]), "heads stay equal"
    assert size / heights[0] <= 0.51
    for side, other in ((LEFT, RIGHT), (RIGHT, LEFT)):
        target, neighbour = frames[0][side], frames[0][other]
        assert target is not None
        assert neighbour is not None
        assert views[side].crop.x < target.face.x
        assert views[side].crop.right > target.face.right
        face = neighbour.face
        shown = min(views[side].crop.right, face.right) - max(views[side].crop.x, face.x)
        assert shown <= 0.15 * face.w


def faces_of(**people: float) -> dict[int, Box]:
    """Passers-by by their track, ``t3=400`` for one at 400."""
    return {int(track[1:]): person(x, size=150).face for track, x in people.items()}


def beside(count: int, targets: Targets, others: Callable[[int], dict[int, Box]], **changes: Any) -> list[Views]:
    rig = make_rig(**changes)
    return [v for n in range(count) for v in rig.push(targets, time=n / FPS, cut=False, others=others(n))] + rig.flush()


def test_a_tile_shows_no_passer_by_who_is_near_not_even_at_the_edge_of_the_source() -> None:
    targets: Targets = {LEFT: person(60, size=150), RIGHT: person(900, size=150)}
    others = faces_of(t3=330, t4=1170)
    views = beside(60, targets, lambda _: others)[30]
    for side, other in ((LEFT, 3), (RIGHT, 4)):
        target = targets[side]
        assert target is not None
        assert views[side].crop.x <= target.face.x
        assert views[side].crop.right >= target.face.right
        assert views[side].crop.right <= others[other].x + 0.2 * others[other].w


def test_between_two_others_the_person_is_in_the_middle() -> None:
    views = beside(60, {LEFT: person(640, size=150), RIGHT: None}, lambda _: faces_of(t3=350, t4=930))[30]
    assert views[LEFT].crop.cx == pytest.approx(640, abs=5)
    assert views[LEFT].crop.x > 350
    assert views[LEFT].crop.right < 930


@pytest.mark.parametrize("frames", [6, 120])
def test_a_passer_by_and_a_face_that_is_found_for_a_moment_move_no_camera(frames: int) -> None:
    targets: Targets = {LEFT: person(300, size=150), RIGHT: person(900, size=150)}
    views = beside(240, targets, lambda n: faces_of(t3=500) if 60 <= n < 60 + frames else {})
    assert len({v[LEFT].crop for v in views}) == 1


def test_who_comes_in_and_stays_belongs_to_the_shot() -> None:
    targets: Targets = {LEFT: person(300, size=150), RIGHT: person(900, size=150)}
    crops = [v[LEFT].crop for v in beside(500, targets, lambda n: faces_of(t3=500) if n >= 60 else {})]
    assert crops[0] == crops[330]
    assert crops[-1].right < 500


def test_alone_among_others_a_person_is_framed_closer_and_stays_so() -> None:
    alone_in: dict[str, Any] = {"tiles": {LEFT: Rect(0, 0, 1920, 1080)}}
    targets: Targets = {LEFT: person(500, size=120), RIGHT: None}
    by_themselves = beside(90, targets, lambda n: faces_of(t3=1000) if n > 45 else {}, **alone_in)
    in_company = beside(90, targets, lambda n: faces_of(t3=1000) if n < 45 else {}, **alone_in)
    assert {v[LEFT].crop.h for v in by_themselves} == {HEIGHT}, "all of the source, where that frames the head well"
    assert {round(v[LEFT].crop.h) for v in in_company} == {round(120 / 0.3)}


def test_who_passes_another_is_followed_without_a_jump() -> None:
    frames: list[Targets] = [{LEFT: person(300 + 5 * n, size=150), RIGHT: person(800, size=150)} for n in range(150)]
    views = film(frames)
    for side in (LEFT, RIGHT):
        assert acceleration(views, side).max() < 12


def test_a_tilted_head_is_as_large_as_an_upright_one() -> None:
    upright = person(300, size=200)
    lying = CameraTarget(Box(820, 200, 240, 170), (900, 290), 2)
    views = film([{LEFT: upright, RIGHT: lying}] * 30)[15]
    assert views[RIGHT].crop.h == pytest.approx(views[LEFT].crop.h)
    alone_views = film([{LEFT: None, RIGHT: lying}] * 30)[15]
    assert alone_views[RIGHT].crop.h == pytest.approx(200 / 0.34, rel=0.01)
