"""Who gets a tile: the two principals, from their first frame to their last, and nobody else."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.observe.people.casting import Casting
from dualface.observe.people.scene import Scene
from dualface.observe.people.tracker import PeopleTracker
from dualface.observe.track.bytetrack import ByteTracker
from dualface.types import Box, Detection, Frame, Person

W, H, FPS = 1280, 720, 30
Place = tuple[float, float]
"""Centre x as a share of the width, face height as a share of the picture's."""


def play(
    script: Callable[[int], dict[str, Place]], frames: int, *, cuts: tuple[int, ...] = (), delay: int = 12
) -> list[dict[str, Person]]:
    """Runs a script of named people; returns for each frame who was given which side."""
    people = PeopleTracker(ByteTracker(), Casting(W, H), delay=delay)
    names: list[dict[Box, str]] = []
    scenes: list[Scene] = []
    for n in range(frames):
        boxes = {
            name: Box((cx - size * H * 0.4 / W) * W, 0.42 * H, size * H * 0.8, size * H)
            for name, (cx, size) in script(n).items()
        }
        names.append({box: name for name, box in boxes.items()})
        frame = Frame(n, n, Fraction(1, FPS), 1, W, H, ())
        scenes += people.push(frame, [Detection(b, 0.9) for b in boxes.values()], cut=n in cuts)
    scenes += people.flush()
    assert [s.frame.index for s in scenes] == list(range(frames))
    return [{names[s.frame.index][t.box]: s.people[t.id] for t in s.tracks if t.id in s.people} for s in scenes]


BOTH = {"A": Person.LEFT, "B": Person.RIGHT}


def test_two_seats_are_named_from_the_first_frame() -> None:
    assert play(lambda n: {"B": (0.73, 0.3), "A": (0.27, 0.3)}, 60) == [BOTH] * 60


def test_a_clip_shorter_than_the_look_ahead_is_named_too() -> None:
    assert play(lambda n: {"A": (0.27, 0.3), "B": (0.73, 0.3)}, 3) == [BOTH] * 3


def test_sides_stay_when_people_change_places_behind_each_other() -> None:
    def cross(n: int) -> dict[str, Place]:
        step = min(max(n - 20, 0), 80) / 80 * 0.46
        people: dict[str, Place] = {"A": (0.27 + step, 0.30)}
        if abs(0.73 - step - 0.27 - step) > 0.12:
            people["B"] = (0.73 - step, 0.28)
        return people

    named = play(cross, 130)
    assert named[0] == named[-1] == BOTH
    assert all(people["A"] is Person.LEFT for people in named)


@pytest.mark.parametrize("size", [0.11, 0.14])
def test_far_passers_by_never_take_a_tile(size: float) -> None:
    named = play(lambda n: {"A": (0.27, 0.3), "B": (0.73, 0.3), "C": (1.0 - n / 90, size)}, 90)
    assert all("C" not in people for people in named)


def test_a_passer_by_who_is_alone_with_one_principal_is_too_small() -> None:
    named = play(lambda n: {"A": (0.27, 0.3), "D": (0.6, 0.11)}, 90)
    assert named == [{"A": Person.LEFT}] * 90


def test_a_bystander_seen_throughout_gains_nothing_from_the_gaps_of_a_principal() -> None:
    """B is hidden at times, so his tracks are short; the bystander's is long."""

    def script(n: int) -> dict[str, Place]:
        people: dict[str, Place] = {"A": (0.27, 0.3), "D": (0.5, 0.16)}
        if n % 100 < 90:
            people["B"] = (0.7 + 0.25 * (n // 100 % 2), 0.3)
        return people

    assert all("D" not in people for people in play(script, 400))


def test_the_second_person_to_arrive_gets_the_free_tile_from_his_first_frames() -> None:
    named = play(lambda n: {"A": (0.27, 0.3)} | ({"B": (0.73, 0.3)} if n >= 30 else {}), 80)
    assert named[:30] == [{"A": Person.LEFT}] * 30
    assert named[32:] == [BOTH] * 48, "at most the tracker's confirmation is missing"


def test_one_who_leaves_and_returns_elsewhere_gets_his_tile_back() -> None:
    def script(n: int) -> dict[str, Place]:
        people: dict[str, Place] = {"A": (0.27 + 0.43 * min(max(n - 45, 0), 50) / 50, 0.3)}
        if n < 40:
            people["B"] = (0.73, 0.3)
        elif n >= 110:
            people["B"] = (0.28, 0.3)
        return people

    assert play(script, 150)[-1] == BOTH


def test_after_a_cut_places_decide_at_once() -> None:
    named = play(
        lambda n: {"A": (0.27, 0.3), "B": (0.73, 0.3)} if n < 30 else {"A": (0.3, 0.4), "B": (0.6, 0.35)}, 60, cuts=(30,)
    )
    assert named == [BOTH] * 60


def test_a_main_person_seen_late_takes_over_from_a_bystander() -> None:
    def script(n: int) -> dict[str, Place]:
        people: dict[str, Place] = {"A": (0.3, 0.3), "C": (0.95, 0.17)}
        if n >= 30:
            people["B"] = (0.65, 0.33)
        return people

    assert play(script, 300)[-1] == BOTH


@given(
    st.lists(
        st.dictionaries(st.sampled_from("ABCD"), st.tuples(st.floats(0, 1), st.floats(0.05, 0.6)), max_size=4),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 10),
)
@settings(max_examples=30, deadline=None)
def test_a_side_has_one_person_at_most_whatever_happens(script: list[dict[str, Place]], delay: int) -> None:
    people = PeopleTracker(ByteTracker(), Casting(W, H), delay=delay)
    scenes: list[Scene] = []
    for n, faces in enumerate(script):
        frame = Frame(n, n, Fraction(1, FPS), 1, W, H, ())
        found = [Detection(Box(x * W, 200, s * H, s * H), 0.9) for x, s in faces.values()]
        scenes += people.push(frame, found, cut=n % 13 == 12)
    scenes += people.flush()
    assert [s.frame.index for s in scenes] == list(range(len(script)))
    for scene in scenes:
        assert len(set(scene.people.values())) == len(scene.people)
        assert set(scene.people) <= {t.id for t in scene.tracks}
