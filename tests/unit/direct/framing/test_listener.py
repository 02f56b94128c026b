"""Who has the canvas is framed so that it is clear who is meant: without the other's face, as far as there is room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualface.direct.framing.rig import CameraRig, CameraTarget
from dualface.types import Box, Person, Rect, TileState

W, H = 640, 360


def shown(speaker: Box, listener: Box | None, *, frames: int = 60) -> list[Box]:
    rig = CameraRig(
        W,
        H,
        {Person.LEFT: Rect(0, 0, 1920, 1080)},
        fps=25.0,
        headroom=0.38,
        zoom=1.0,
        smoothing=0.5,
        lookahead_seconds=0.5,
        hold_seconds=1.0,
        away="blur",
    )
    targets = {
        Person.LEFT: CameraTarget(speaker, None, 1),
        Person.RIGHT: None if listener is None else CameraTarget(listener, None, 2),
    }
    views = [view for n in range(frames) for view in rig.push(targets, time=n / 25, cut=n == 0)] + rig.flush()
    assert all(view[Person.LEFT].state is TileState.TRACKED for view in views)
    return [view[Person.LEFT].crop for view in views]


def test_two_who_stand_apart_are_shown_one_at_a_time() -> None:
    """In the source both fill half of the height, so the whole of it was shown, and only the caption told who spoke."""
    crops = shown(Box(130, 66, 62, 74), Box(420, 86, 62, 74))
    assert crops == [crops[0]] * len(crops)
    assert crops[0].right <= 420
    assert crops[0].h < 0.75 * H


def test_somebody_alone_is_shown_with_the_room_around() -> None:
    assert shown(Box(130, 66, 62, 74), None)[0] == Box(0, 0, W, H)


@given(
    st.floats(0.1, 0.9),
    st.floats(30.0, 70.0),
    st.floats(4.5, 5.9),
    st.floats(0.8, 1.2),
    st.sampled_from([-1, 1]),
)
def test_the_others_face_is_left_out_where_there_is_room(
    place: float, size: float, apart: float, ratio: float, side: int
) -> None:
    speaker = Box(place * (W - 0.8 * size), 120, 0.8 * size, size)
    other = size * ratio
    listener = Box(speaker.cx + side * apart * size - 0.4 * other, 120, 0.8 * other, other)
    if not 0 <= listener.x <= W - listener.w:
        return
    crop = shown(speaker, listener, frames=3)[-1]
    assert crop.x <= speaker.cx <= crop.right
    assert crop.y <= speaker.cy <= crop.bottom
    assert not crop.x < listener.cx < crop.right


@pytest.mark.parametrize("apart", [1.2, 2.0])
def test_who_sits_close_is_not_enlarged_without_end(apart: float) -> None:
    crop = shown(Box(300, 100, 40, 50), Box(300 + apart * 50, 100, 40, 50))[0]
    assert crop.h >= 50 / 0.4 - 1
