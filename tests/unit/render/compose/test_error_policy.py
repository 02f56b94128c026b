"""However composing fails, a picture comes out, as near to what was asked as can be, and it is counted."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest

from dualface.errors import CompositionError, DeviceError
from dualface.interfaces import Composer
from dualface.render.compose.error_policy import Rung, TileCompositionErrorPolicy
from dualface.types import Box, Fill, Frame, Person, Placement, Rect, TileState

LEFT, RIGHT = Person.LEFT, Person.RIGHT
WHOLE = Box(0, 0, 640, 360)
AT = {LEFT: Rect(0, 0, 320, 360), RIGHT: Rect(320, 0, 320, 360)}
Placements = Sequence[Placement]
Fault = Callable[[int, Placements], bool]


class Scripted:
    """A composer that fails where a test says so; its canvas is the frame itself."""

    def __init__(self, fails: Fault) -> None:
        self.fails, self.calls = fails, 0
        self.recycled: list[Frame] = []
        self.closed = False

    def compose(self, frame: Frame, placements: Placements) -> Frame:
        self.calls += 1
        if self.fails(self.calls, placements):
            raise CompositionError(f"call {self.calls} failed")
        return frame

    def recycle(self, canvas: Frame) -> None:
        self.recycled.append(canvas)

    def close(self) -> None:
        self.closed = True


def frame(index: int = 0) -> Frame:
    return Frame(index, index, Fraction(1, 30), 1, 640, 360, (np.zeros((360, 640), np.uint8),))


def tracked(person: Person, x: float) -> Placement:
    return Placement(AT[person], Box(x, 0, 320, 360), person, TileState.TRACKED, track_id=7)


def stand_in(person: Person, crop: Box, fill: Fill = Fill.CROP) -> Placement:
    return Placement(AT[person], crop, person, TileState.STAND_IN, fill=fill)


GOOD = (tracked(LEFT, 0), tracked(RIGHT, 320))
NONE = float("nan")
BAD = (tracked(LEFT, NONE), tracked(RIGHT, NONE))


def any_bad(_: int, placements: Placements) -> bool:
    return any(p.crop.x != p.crop.x for p in placements)


def counted(policy: TileCompositionErrorPolicy, person: Person, rung: Rung) -> int:
    return policy.state().counts[person][rung]


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
    assert policy.state().failed_share == 0


def test_a_passing_failure_is_only_tried_again() -> None:
    policy = TileCompositionErrorPolicy(Scripted(lambda call, _: call < 3), retries=2)
    policy.compose(frame(), GOOD)
    assert policy.shown == GOOD
    assert [counted(policy, person, Rung.RETRY) for person in Person] == [1, 1]
    assert policy.state().failed_share == 0


def test_a_tile_that_can_not_be_composed_shows_its_last_good_framing_and_the_other_is_untouched() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=1)
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), (tracked(LEFT, 9), BAD[1]))
    assert policy.shown == (tracked(LEFT, 9), stand_in(RIGHT, GOOD[1].crop))
    assert counted(policy, RIGHT, Rung.LAST_GOOD) == 1
    assert counted(policy, LEFT, Rung.LAST_GOOD) == 0
    assert policy.state().failed_share == 0.5


def test_both_tiles_may_fail_at_once() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), BAD)
    assert [p.crop for p in policy.shown] == [p.crop for p in GOOD]
    assert counted(policy, LEFT, Rung.RETRY) == 0


def test_without_a_good_framing_the_whole_scene_is_shown() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=1)
    policy.compose(frame(), (BAD[0], GOOD[1]))
    assert policy.shown[0] == stand_in(LEFT, WHOLE, Fill.BARS)
    assert policy.shown[1] == GOOD[1]
    assert counted(policy, LEFT, Rung.SCENE) == 1


def test_the_last_rung_is_a_card() -> None:
    policy = TileCompositionErrorPolicy(
        Scripted(lambda _, placements: any(p.fill is not Fill.CARD for p in placements)), retries=1
    )
    policy.compose(frame(), GOOD)
    assert all(p.fill is Fill.CARD for p in policy.shown)
    assert [counted(policy, person, Rung.CARD) for person in Person] == [1, 1]


def test_the_picture_returns_as_soon_as_it_can_be_composed() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    for placements in (GOOD, BAD, GOOD):
        policy.compose(frame(), placements)
    assert policy.shown == GOOD
    assert policy.state().failed_frames == 1


def test_what_was_asked_for_as_a_stand_in_is_counted_but_is_no_failure_and_no_good_framing() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    gone = stand_in(LEFT, WHOLE, Fill.BARS)
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), (gone, GOOD[1]))
    policy.compose(frame(2), (BAD[0], GOOD[1]))
    assert policy.state().counts[LEFT] == {Rung.RETRY: 0, Rung.LAST_GOOD: 1, Rung.SCENE: 1, Rung.CARD: 0}
    assert policy.state().failed_frames == 1
    assert policy.shown[0].crop == GOOD[0].crop


def test_when_nothing_can_be_composed_the_error_comes_through() -> None:
    policy = TileCompositionErrorPolicy(Scripted(lambda *_: True), retries=1)
    with pytest.raises(CompositionError):
        policy.compose(frame(), GOOD)


def test_other_errors_are_not_survived() -> None:
    class Broken(Scripted):
        def compose(self, frame: Frame, placements: Placements) -> Frame:
            raise DeviceError("The GPU has gone.")

    with pytest.raises(DeviceError):
        TileCompositionErrorPolicy(Broken(lambda *_: False), retries=3).compose(frame(), GOOD)


def test_a_tile_comes_back_smoothly_from_its_last_good_framing() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), (BAD[0], tracked(RIGHT, 320)))
    crops = []
    for n in range(2, 20):
        policy.compose(frame(n), (tracked(LEFT, 200), tracked(RIGHT, 320)))
        crops.append(policy.shown[0].crop.x)
        assert policy.shown[1] == tracked(RIGHT, 320)
    steps = np.diff([0.0, *crops])
    assert crops[-1] == 200.0
    assert steps.min() >= 0
    assert steps.max() <= 21
    assert policy.state().failed_frames == 1


def test_it_goes_on_from_its_state() -> None:
    policy, twin = (TileCompositionErrorPolicy(Scripted(any_bad), retries=0) for _ in range(2))
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), (BAD[0], tracked(RIGHT, 320)))
    twin.restore(policy.state())
    for n in range(2, 6):
        for one in (policy, twin):
            one.compose(frame(n), (tracked(LEFT, 200), BAD[1]))
        assert twin.shown == policy.shown
    assert twin.state() == policy.state()


def test_a_framing_of_another_shape_is_not_used_again() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    policy.compose(frame(0), GOOD)
    whole = Rect(0, 0, 640, 360)
    policy.compose(frame(1), [Placement(whole, Box(NONE, 0, 1, 1), LEFT, TileState.TRACKED, 7)])
    assert policy.shown == (Placement(whole, WHOLE, LEFT, TileState.STAND_IN, fill=Fill.BARS),)


def test_a_picture_of_the_scene_alone_survives_too() -> None:
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    policy.compose(frame(0), [Placement(Rect(0, 0, 640, 360), Box(NONE, 0, 1, 1), None, TileState.SCENE)])
    assert policy.shown[0].state is TileState.STAND_IN
    assert policy.state().counts["scene"][Rung.SCENE] == 1


def test_what_is_remembered_does_not_change_afterwards_and_goes_on_elsewhere() -> None:
    """A checkpoint holds it while later frames are composed."""
    policy = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    policy.compose(frame(0), GOOD)
    policy.compose(frame(1), (GOOD[0], BAD[1]))
    state = policy.state()
    noted = repr(state)
    for n in range(2, 15):
        policy.compose(frame(n), (tracked(LEFT, 100), tracked(RIGHT, 200)))
    assert repr(state) == noted
    other = TileCompositionErrorPolicy(Scripted(any_bad), retries=0)
    other.restore(state)
    other.compose(frame(2), (tracked(LEFT, 100), tracked(RIGHT, 200)))
    assert 300 < other.shown[1].crop.x < 320, "on its way back from the last good framing"
    assert repr(state) == noted
    assert other.state().frames == 3
