"""What is worn is looked at below the face, as far as it is in the picture."""

import numpy as np
import pytest

from dualface.likeness import Appearance, Pose, clothes_likeness
from dualface.observe.embed.clothes import clothes_of
from dualface.testing.pictures import frame_from_rgb
from dualface.types import Box, Frame, Look

FACE = Box(280, 60, 80, 100)


def picture(colour: tuple[int, int, int]) -> Frame:
    """A body of one colour below the face, before a grey wall."""
    rgb = np.full((360, 640, 3), 110, np.uint8)
    rgb[160:, 190:450] = colour
    return frame_from_rgb(rgb)


def worn(frame: Frame, face: Box = FACE) -> Appearance:
    look = Look(np.ones(4, np.float16), 0.5, clothes_of(frame, face))
    return Appearance.of([(0.0, Pose.FRONTAL, look)])


def test_the_same_clothes_look_alike_and_others_don_t() -> None:
    red, blue = worn(picture((170, 40, 40))), worn(picture((40, 40, 170)))
    assert (clothes_likeness(red, worn(picture((160, 40, 44)))) or 0) > 0.8
    assert (clothes_likeness(red, blue) or 0) < 0.3


@pytest.mark.parametrize("face", [Box(280, 250, 80, 100), Box(-70, 60, 80, 100), Box(700, 400, 80, 100), Box(10, 10, 0, 0)])
def test_too_little_of_a_body_tells_nothing(face: Box) -> None:
    assert clothes_of(picture((170, 40, 40)), face) is None


def test_half_of_a_body_tells_enough() -> None:
    frame = picture((170, 40, 40))
    assert (clothes_likeness(worn(frame), worn(frame, Box(280, 150, 80, 100))) or 0) > 0.8
