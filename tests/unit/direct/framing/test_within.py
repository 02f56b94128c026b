"""A person's camera stays in the box they are in, and off the boxes of others that are laid over the picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dualface.direct.framing.within import part_of
from dualface.geometry import covered, intersection
from dualface.types import Box

WHOLE = Box(0, 0, 1920, 1080)
CORNER = Box(1400, 760, 480, 270)
boxes = st.builds(Box, st.floats(0, 1400), st.floats(0, 700), st.floats(120, 500), st.floats(120, 370))


def test_without_parts_it_is_all_of_the_picture() -> None:
    assert part_of(Box(900, 300, 100, 140), ()) is None
    assert part_of(Box(3000, 300, 100, 140), (CORNER,)) is None


def test_somebody_is_in_the_box_that_shows_the_most_of_them() -> None:
    left, right = Box(0, 0, 960, 1080), Box(960, 0, 960, 1080)
    assert part_of(Box(400, 300, 200, 260), (left, right)) == left
    assert part_of(Box(900, 300, 200, 260), (left, right)) == right


def test_somebody_in_a_box_that_lies_over_the_picture_is_in_that_box_also_at_its_edge() -> None:
    for face in (Box(1600, 800, 90, 120), Box(1380, 800, 90, 120)):
        assert part_of(face, (WHOLE, CORNER)) == CORNER


def test_somebody_in_the_picture_has_what_a_box_leaves_of_it() -> None:
    room = part_of(Box(700, 300, 250, 320), (WHOLE, CORNER))
    assert room is not None
    assert (room.x, room.y, room.h) == (0, 0, 1080)
    assert 1380 < room.right < 1400
    above = part_of(Box(1500, 300, 250, 320), (WHOLE, CORNER))
    assert above is not None
    assert (above.x, above.right) == (0, 1920)
    assert 740 < above.bottom < 760


@given(boxes, st.lists(boxes, max_size=3))
def test_it_shows_some_of_the_face_and_lies_in_one_part(face: Box, laid: list[Box]) -> None:
    room = part_of(face, (WHOLE, *laid))
    assert room is not None
    assert covered(room, WHOLE) > 0.999
    assert room.area > 0
    own = [box for box in laid if box.x <= face.cx < box.right and box.y <= face.cy < box.bottom]
    if own:
        assert room in own
    elif len(laid) == 1:
        assert intersection(room, laid[0]) == 0
