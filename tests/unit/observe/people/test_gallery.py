"""A gallery keeps a few sightings of a person, and gives up those that turned out to be somebody else's."""

import pytest
from tests.support.observed_films import SCALE, vector

from dualface.likeness import Appearance, Pose
from dualface.observe.people.gallery import Gallery


def sighting(name: str, looks: int = 3, pose: Pose = Pose.FRONTAL) -> Appearance:
    seen = Appearance()
    for k in range(looks):
        seen.add_view(float(k), pose, vector(name, pose), 0.9)
    return seen


def test_knows_who_it_has_seen_pose_by_pose() -> None:
    gallery = Gallery()
    assert gallery.alike(sighting("A"), Pose.FRONTAL, SCALE) is None
    gallery.put(1, sighting("A"), 0.1)
    assert (gallery.alike(sighting("A"), Pose.FRONTAL, SCALE) or 0) > 0.5
    assert (gallery.alike(sighting("B"), Pose.FRONTAL, SCALE) or 0) < -0.5
    assert gallery.alike(sighting("A", pose=Pose.LEFT), Pose.LEFT, SCALE) is None


def test_a_sighting_does_not_speak_for_itself_and_can_be_taken_out() -> None:
    gallery = Gallery()
    gallery.put(1, sighting("A"), 0.3)
    assert gallery.alike(sighting("A"), Pose.FRONTAL, SCALE, without=1) is None
    assert gallery.turn() == pytest.approx(0.3)
    assert gallery.turn(without=1) == 0
    gallery.drop(1)
    gallery.drop(1)
    assert not gallery.confirmed


def test_is_bounded_and_forgets_nobody() -> None:
    gallery = Gallery(capacity=3)
    for key in range(10):
        gallery.put(key, sighting("A", looks=2), 0.0)
    assert len(gallery) == 3
    assert gallery.whole().count(Pose.FRONTAL) == 20


def test_references_stay_apart_from_what_was_seen() -> None:
    gallery = Gallery(pinned=(vector("A"),))
    assert not gallery.confirmed
    assert gallery.alike(sighting("A"), Pose.FRONTAL, SCALE) is None
    assert (gallery.like_photos(sighting("A"), SCALE) or 0) > 0.5
    assert (gallery.like_photos(sighting("B"), SCALE) or 0) < -0.5
