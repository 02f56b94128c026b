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
    assert gallery.turn() == 0


def test_is_bounded_and_forgets_nobody() -> None:
    gallery = Gallery(capacity=3)
    for key in range(10):
        gallery.put(key, sighting("A", looks=2), 0.0)
    assert len(gallery) == 3
    assert gallery.whole().count(Pose.FRONTAL) == 20


def test_a_sighting_that_was_somebody_else_s_costs_little() -> None:
    """The more alike half of what is known counts, as long as most of it is right."""
    gallery = Gallery()
    for key, name in enumerate("AAB"):
        gallery.put(key, sighting(name), 0.0)
    alone = Gallery()
    alone.put(0, sighting("A"), 0.0)
    assert gallery.alike(sighting("A"), Pose.FRONTAL, SCALE) == pytest.approx(alone.alike(sighting("A"), Pose.FRONTAL, SCALE))


def test_where_there_are_more_the_two_oldest_become_one() -> None:
    gallery = Gallery(capacity=2)
    for key, turn in ((1, 0.4), (2, 0.2), (3, 0.0)):
        gallery.put(key, sighting("A", looks=key), turn)
    assert [key in gallery for key in (1, 2, 3)] == [False, True, True]
    assert gallery.whole(3).count(Pose.FRONTAL) == 3
    assert gallery.turn(without=3) == pytest.approx(0.3)


def test_what_a_look_says_counts_by_its_quality() -> None:
    """A blurred look at somebody else hardly changes what somebody looks like."""
    mixed = sighting("A", looks=1)
    mixed.add_view(1.0, Pose.FRONTAL, vector("B"), 0.05)
    gallery = Gallery()
    gallery.put(1, mixed, 0.0)
    assert (gallery.alike(sighting("A"), Pose.FRONTAL, SCALE) or 0) > 0.5
    assert (gallery.alike(sighting("B"), Pose.FRONTAL, SCALE) or 0) < -0.5


def test_references_stay_apart_from_what_was_seen() -> None:
    gallery = Gallery(pinned=(vector("A"),))
    assert not gallery.confirmed
    assert gallery.alike(sighting("A"), Pose.FRONTAL, SCALE) is None
    assert (gallery.like_photos(sighting("A"), SCALE) or 0) > 0.5
    assert (gallery.like_photos(sighting("B"), SCALE) or 0) < -0.5
