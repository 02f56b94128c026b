"""Faces are compared pose by pose, with more looks more strictly, and clothes by their colours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.observed_films import SCALE, marks, vector

from dualface import evidence
from dualface.likeness import (
    Appearance,
    Pose,
    breadth_of,
    clothes_likeness,
    histogram_of_clothes,
    margin,
    other_clothes,
    pose_of,
    threshold,
    turn_of,
)
from dualface.types import Box, F32Array, Landmarks, Look

BOX = Box(100, 100, 80, 100)


def painted(*colour: int) -> F32Array:
    picture: F32Array = np.broadcast_to(np.array(colour, np.float32)[:, None, None], (3, 13, 16)).copy()
    return picture


@pytest.mark.parametrize("pose", Pose)
@pytest.mark.parametrize("tilt", [-60, 0, 45])
def test_a_pose_is_told_whatever_the_tilt_and_size(pose: Pose, tilt: int) -> None:
    turn = np.exp(1j * np.radians(tilt)) * 3
    tilted: Landmarks = tuple((z.real, z.imag) for z in (complex(x, y) * turn for x, y in marks(BOX, pose)))
    assert pose_of(tilted) is pose
    assert turn_of(tilted) == pytest.approx(turn_of(marks(BOX, pose)), abs=1e-6)
    assert breadth_of(tilted) == pytest.approx(breadth_of(marks(BOX, pose)), abs=1e-6)


def test_landmarks_in_one_place_are_no_error() -> None:
    nowhere: Landmarks = ((5.0, 5.0),) * 5
    assert turn_of(nowhere) == breadth_of(nowhere) == 0


def seen(name: str, looks: int = 1, pose: Pose = Pose.FRONTAL, apart: float = 1.0) -> Appearance:
    rng = np.random.default_rng(looks)
    noise = (rng.normal(0, 0.03, 16).astype(np.float32) for _ in range(looks))
    return Appearance.of((k * apart, pose, Look(vector(name, pose, n).astype(np.float16), 0.9)) for k, n in enumerate(noise))


def alike(a: Appearance, b: Appearance, pose: Pose = Pose.FRONTAL) -> float | None:
    return margin(a.views.get(pose), b.views.get(pose), pose, SCALE)


def test_frontal_views_tell_people_apart_and_profiles_are_not_compared_with_them() -> None:
    assert (alike(seen("A", 3), seen("A", 5)) or 0) > 0.2
    assert (alike(seen("A", 3), seen("B", 5)) or 0) < -0.8
    assert alike(seen("A", 3), seen("A", 3, Pose.LEFT)) is None
    assert alike(seen("A", 3, Pose.RIGHT), seen("A", 3, Pose.LEFT), Pose.LEFT) is None


@given(st.floats(1, 50), st.floats(1, 50), st.floats(1, 50))
def test_the_more_looks_the_more_alike_people_must_be(a: float, b: float, more: float) -> None:
    least = threshold(a, b, Pose.FRONTAL, SCALE)
    assert SCALE.single - 1e-9 <= least <= threshold(a + more, b, Pose.FRONTAL, SCALE) <= SCALE.many + 1e-9
    assert least < threshold(a, b, Pose.LEFT, SCALE)
    assert threshold(b, a, Pose.FRONTAL, SCALE) == pytest.approx(least)


def test_looks_that_follow_close_on_another_count_less() -> None:
    assert seen("A", 4).count(Pose.FRONTAL) == 4
    assert 1 < seen("A", 4, apart=0.1).count(Pose.FRONTAL) < 2


def test_poorer_looks_say_less() -> None:
    """A gallery is made of such sums: what is blurred or small must not take it over."""
    views = Appearance()
    for time, (name, quality) in enumerate((("A", 0.9), ("B", 0.1), ("B", 0.1))):
        views.add_view(float(time), Pose.FRONTAL, vector(name), quality)
    of_a, of_b = (
        margin(views.views[Pose.FRONTAL], seen(name, 3).views[Pose.FRONTAL], Pose.FRONTAL, SCALE) or 0 for name in "AB"
    )
    assert of_a > 0 > of_b


def test_clothes_are_told_by_colour_in_any_light() -> None:
    def dressed(*colour: int) -> Appearance:
        look = Look(np.ones(4, np.float16), 0.5, histogram_of_clothes(painted(*colour)))
        return Appearance.of([(0.0, Pose.FRONTAL, look)])

    red = dressed(180, 40, 40)
    assert (clothes_likeness(red, dressed(165, 36, 36)) or 0) > 0.8
    assert other_clothes(red, dressed(40, 40, 180))
    assert other_clothes(dressed(230, 230, 230), dressed(25, 25, 25))
    assert clothes_likeness(red, Appearance()) is None
    assert not other_clothes(red, Appearance())


def test_what_speaks_for_one_person_adds_up() -> None:
    assert evidence.by_face(0.5, Pose.FRONTAL, 5) > evidence.by_face(0.5, Pose.FRONTAL, 1) > 0
    assert evidence.by_face(-0.7, Pose.FRONTAL) < evidence.by_face(-0.7, Pose.LEFT) < 0
    assert evidence.by_bearing(0.3, 0.3) > 0 > evidence.by_bearing(0.3, -0.3)
    assert abs(evidence.by_bearing(0.01, -0.3)) < 0.1
    assert evidence.before(0.0) > 0 > evidence.before(0.9)
