"""However composing fails, a picture comes out, as near to what was asked as can be, and it is counted."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from dualface.errors import CompositionError, DeviceError
from dualface.interfaces import Composer
from dualface.render.compose.error_policy import Rung, TileCompositionErrorPolicy
from dualface.types import Box, Frame, Side, TileState, TileView

LEFT, RIGHT = Side.LEFT, Side.RIGHT
WHOLE = Box(0, 0, 640, 360)
Views = dict[Side, TileView]
Fault = Callable[[int, Views], bool]


class Scripted:
    """A composer that fails where a test says so; its canvas is the frame itself."""

    def __init__(self, fails: Fault) -> None:
        self.fails, self.calls = fails, 0
        self.recycled: list[Frame] = []
        self.closed = False

    def compose(self, frame: Frame, views: Views) -> Frame:
        self.calls += 1
        if self.fails(self.calls, views):
            raise CompositionError(f"call {self.calls} failed")
        return frame

    def recycle(self, canvas: Frame) -> None:
        self.recycled.append(canvas)

    def close(self) -> None:
        self.closed = True


def frame(index: int = 0) -> Frame:
    return Frame(index, index, Fraction(1, 30), 1, 640, 360, (np.zeros((360, 640), np.uint8),))


def tracked(x: float) -> TileView:
    return TileView(Box(x, 0, 320, 360), TileState.TRACKED, track_id=7)


GOOD: Views = {LEFT: tracked(0), RIGHT: tracked(320)}
BAD = tracked(float("nan"))


def is_bad(view: TileView) -> bool:
    return view.crop.x != view.crop.x


def any_bad(_: int, views: Views) -> bool:
    return any(is_bad(v) for v in views.values())


def test_it_is_a_composer_that_passes_everything_through() -> None:
    inner = Scripted(lambda *_: False)
    policy = TileCompositionErrorPolicy(inner, retries=1)
    assert isinstance(policy, Composer)
    canvas = policy.compose(frame(), GOOD)
    policy.recycle(canvas)
    policy.close()
    assert inner.calls == 1
    assert inner.recycled == [canvas]
    assert inner.closed
    assert policy.shown == GOOD
    assert policy.failed_share == 0


def test_a_passing_failure_is_only_tried_again() -> None:
    policy = TileCompositionErrorPolicy(Scripted(lambda call, _: call < 3), retries=2)
    policy.compose(frame(), GOOD)
    assert policy.shown == GOOD
    assert [policy.counts[s][Rung.RETRY] for s in Side] == [1, 1]
    assert policy.failed_share == 0


def test_a_tile_that_can_not_be_composed_shows_its_last_good_framing_and_the_other_is_untouched() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=1)
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), {LEFT: tracked(9), RIGHT: BAD})
    assert policy.shown == {LEFT: tracked(9), RIGHT: TileView(GOOD[RIGHT].crop, TileState.FALLBACK)}
    assert policy.counts[RIGHT][Rung.LAST_GOOD] == 1
    assert policy.counts[LEFT][Rung.LAST_GOOD] == 0
    assert policy.failed_share == 0.5


def test_both_tiles_may_fail_at_once() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), {LEFT: BAD, RIGHT: BAD})
    assert [v.crop for v in policy.shown.values()] == [v.crop for v in GOOD.values()]
    assert policy.counts[LEFT][Rung.RETRY] == 0


def test_without_a_good_framing_the_whole_scene_is_shown() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=1)
    policy.compose(frame(), {LEFT: BAD, RIGHT: GOOD[RIGHT]})
    assert policy.shown[LEFT] == TileView(WHOLE, TileState.FALLBACK, fit=True)
    assert policy.shown[RIGHT] == GOOD[RIGHT]
    assert policy.counts[LEFT][Rung.SCENE] == 1


def test_the_last_rung_is_a_card() -> None:
    policy = TileCompositionErrorPolicy(Scripted(lambda _, views: not all(v.card for v in views.values())), retries=1)
    policy.compose(frame(), GOOD)
    assert all(v.card for v in policy.shown.values())
    assert [policy.counts[s][Rung.CARD] for s in Side] == [1, 1]


def test_the_picture_returns_as_soon_as_it_can_be_composed() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    for views in (GOOD, {LEFT: BAD, RIGHT: BAD}, GOOD):
        policy.compose(frame(), views)
    assert policy.shown == GOOD
    assert policy.failed_frames == 1


def test_what_was_asked_for_as_a_fallback_is_counted_but_is_no_failure_and_no_good_framing() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    gone = TileView(WHOLE, TileState.FALLBACK, fit=True)
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), {LEFT: gone, RIGHT: GOOD[RIGHT]})
    policy.compose(frame(2), {LEFT: BAD, RIGHT: GOOD[RIGHT]})
    assert policy.counts[LEFT] == {Rung.RETRY: 0, Rung.LAST_GOOD: 1, Rung.SCENE: 1, Rung.CARD: 0}
    assert policy.failed_frames == 1
    assert policy.shown[LEFT].crop == GOOD[LEFT].crop


def test_when_nothing_can_be_composed_the_error_comes_through() -> None:
    policy = TileCompositionErrorPolicy(Scripted(lambda *_: True), retries=1)
    with pytest.raises(CompositionError):
        policy.compose(frame(), GOOD)


def test_other_errors_are_not_survived() -> None:
    class Broken(Scripted):
        def compose(self, frame: Frame, views: Views) -> Frame:
            raise DeviceError("The GPU has gone.")

    with pytest.raises(DeviceError):
        TileCompositionErrorPolicy(Broken(lambda *_: False), retries=3).compose(frame(), GOOD)


def test_a_tile_comes_back_smoothly_from_its_last_good_framing() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), {LEFT: BAD, RIGHT: tracked(320)})
    crops = []
    for n in range(2, 20):
        policy.compose(frame(n), {LEFT: tracked(200), RIGHT: tracked(320)})
        crops.append(policy.shown[LEFT].crop.x)
        assert policy.shown[RIGHT] == tracked(320)
    steps = np.diff([0.0, *crops])
    assert crops[-1] == 200.0
    assert steps.min() >= 0
    assert steps.max() <= 21
    assert policy.failed_frames == 1


def test_it_goes_on_from_its_state() -> None:
    policy, twin = (TileCompositionErrorPolicy(Scripted(any_bad), retries=0) for _ in range(2))
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), {LEFT: BAD, RIGHT: tracked(320)})
    twin.restore(policy.state())
    for n in range(2, 6):
        for one in (policy, twin):
            one.compose(frame(n), {LEFT: tracked(200), RIGHT: BAD})
        assert twin.shown == policy.shown
    assert twin.state() == policy.state()
