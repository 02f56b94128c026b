"""People keep their sides through everything that geometry can't tell, and looking is rare."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from tests.support.observed_films import SCALE, vector
from tests.support.reid_plays import BOTH, FPS, Faces, H, TruthfulEmbedder, W, detection, play

from dualface.likeness import Pose, Scale
from dualface.observe.people.casting import Casting
from dualface.observe.people.looks import landmarks_of
from dualface.observe.people.recognition import Recognition
from dualface.observe.people.reid import ConditionalReID
from dualface.observe.people.scene import Scene
from dualface.observe.people.tracker import PeopleTracker
from dualface.observe.track.bytetrack import ByteTracker
from dualface.types import Detection, F32Array, Frame, Look, Person


def seats(n: int) -> Faces:
    return {"A": (350, 210), "B": (930, 210)}


def test_quiet_footage_is_looked_at_a_few_times_only() -> None:
    told, scenes, reid = play(seats, 600)
    assert told == [BOTH] * 600
    assert sum(bool(s.looks) for s in scenes) <= 9
    assert reid.get_activation_stats()["activation_ratio"] == pytest.approx(sum(bool(s.looks) for s in scenes) / 600)


def test_the_reverse_angle_exchanges_nobody() -> None:
    told, _, _ = play(lambda n: seats(n) if not 60 <= n < 120 else {"B": (350, 210), "A": (930, 210)}, 180, cuts=(60, 120))
    assert told == [BOTH] * 180


def test_close_ups_go_to_their_own_tiles() -> None:
    def script(n: int) -> Faces:
        return seats(n) if n < 60 else {"B": (640, 400)} if n < 110 else {"A": (640, 400)}

    told, _, _ = play(script, 160, cuts=(60, 110))
    assert told[60:] == [{"B": Person.RIGHT}] * 50 + [{"A": Person.LEFT}] * 50


def test_an_exchange_in_the_seats_without_a_found_cut_is_corrected_before_it_is_published() -> None:
    told, scenes, _ = play(lambda n: seats(n) if n < 60 else {"B": (350, 210), "A": (930, 210)}, 120, changed=(60,))
    assert told == [BOTH] * 120
    assert [n.was for s in scenes for n in s.namings] != []


def test_people_who_cross_and_whose_tracks_are_exchanged_are_corrected() -> None:
    def cross(n: int) -> Faces:
        step = min(max(n - 30, 0), 60) / 60 * 580
        return {"A": (350 + step, 210), "B": (930 - step, 210)}

    told, _, _ = play(cross, 140)
    assert told[-1] == BOTH
    assert sum(people == BOTH for people in told) > 125


def test_a_stranger_who_comes_while_one_is_away_gets_no_tile() -> None:
    def script(n: int) -> Faces:
        return seats(n) if n < 60 else {"A": (350, 210), "C": (900, 210)} if n > 80 else {"A": (350, 210)}

    told, _, _ = play(script, 240)
    assert told[-1] == {"A": Person.LEFT}


def test_one_who_comes_back_after_a_stranger_is_known_again() -> None:
    def script(n: int) -> Faces:
        person = "B" if n < 60 else "C" if 80 < n < 140 else "B" if n > 160 else ""
        return {"A": (350, 210), person: (930, 210)} if person else {"A": (350, 210)}

    told, _, _ = play(script, 220)
    assert told[-1] == BOTH
    assert all("C" not in people for people in told)


@pytest.mark.parametrize("change", [0.2, 0.35, 0.5])
def test_glasses_light_and_profile_do_not_cost_identity(change: float) -> None:
    """The embedding of everyone changes by up to a cosine of 0.89, while people move as usual and a cut comes."""
    told, _, _ = play(seats, 200, embedder=TruthfulEmbedder(change))
    assert told == [BOTH] * 200


def test_always_and_never_agree_with_conditional_where_nothing_happens() -> None:
    assert play(seats, 60, mode="always")[0] == play(seats, 60)[0]
    assert all(s.looks for s in play(seats, 60, mode="always")[1])


def test_faces_without_landmarks_are_left_to_geometry() -> None:
    casting = Casting(W, H)
    reid = ConditionalReID(TruthfulEmbedder(), casting, fps=FPS, mode="conditional", scale=Scale(0.94))
    people = PeopleTracker(ByteTracker(), casting, delay=5, reid=reid)
    scenes: list[Scene] = []
    for n in range(60):
        faces = [Detection(detection(k, *place).box, 0.9) for k, place in seats(n).items()]
        scenes += people.push(Frame(n, n, Fraction(1, FPS), 1, W, H, ()), faces, cut=n == 30)
    assert all(set(s.people.values()) == set(Person) for s in scenes + people.flush())


def test_people_seen_first_in_separate_close_ups_get_separate_tiles() -> None:
    def script(n: int) -> Faces:
        return {"A": (600, 400)} if n < 50 else {"B": (600, 400)} if n < 100 else seats(n)

    told, _, _ = play(script, 160, cuts=(50, 100))
    assert told == [{"A": Person.LEFT}] * 50 + [{"B": Person.RIGHT}] * 50 + [BOTH] * 60


@pytest.mark.parametrize("length", [4, 8, 14])
def test_shots_shorter_than_the_look_ahead_exchange_nobody(length: int) -> None:
    def script(n: int) -> Faces:
        shot = n // length
        return seats(n) if shot % 3 == 0 else {"B": (350, 210), "A": (930, 210)} if shot % 3 == 1 else {"B": (640, 400)}

    told, _, _ = play(script, 12 * length, cuts=range(length, 12 * length, length))
    expected = [{"B": Person.RIGHT} if n // length % 3 == 2 else BOTH for n in range(12 * length)]
    assert told == expected


def test_a_third_person_s_close_up_is_neither() -> None:
    told, _, _ = play(lambda n: seats(n) if not 60 <= n < 120 else {"C": (640, 400)}, 180, cuts=(60, 120))
    assert told == [BOTH] * 60 + [{}] * 60 + [BOTH] * 60


def test_one_in_profile_at_a_cut_is_recognised_once_he_turns_round() -> None:
    def script(n: int) -> Faces:
        return seats(n) if n < 60 else {"B": (350, 210), "A": (930, 210)}

    told, scenes, _ = play(script, 200, cuts=(60,), turned=lambda n: "AB" if 60 <= n < 110 else "")
    assert told[:60] == [BOTH] * 60
    assert told[112:] == [BOTH] * 88
    assert sum(bool(s.looks) for s in scenes) < 20


@pytest.mark.slow
def test_what_is_remembered_is_bounded_in_footage_full_of_people() -> None:
    def script(n: int) -> Faces:
        return dict(seats(n)) | {"CD"[(n // 40) % 2]: (640 + 4.0 * (n % 40), 200.0)} if n % 40 < 20 else seats(n)

    for mode in ("conditional", "always"):
        _, _, reid = play(script, 900, mode=mode)
        assert all(len(gallery) <= gallery.capacity for gallery in reid.galleries.values())
        assert len(reid._known.sightings) <= 6


def test_a_dissolve_that_exchanges_people_without_any_sign_is_found_out() -> None:
    told, scenes, _ = play(lambda n: seats(n) if n < 300 else {"B": (350, 210), "A": (930, 210)}, 520)
    assert told[:300] == [BOTH] * 300
    assert told[-1] == BOTH, "at the next look in quiet footage"
    assert [n.reason for s in scenes for n in s.namings] == ["doubt", "doubt"]


def test_a_stranger_who_takes_over_a_track_is_a_newcomer() -> None:
    """He gets no credit for the time that the track showed somebody else."""

    def script(n: int) -> Faces:
        return seats(n) if n < 330 else {"A": (350, 210), "C": (930, 210)}

    told, _, _ = play(script, 480, changed=(330,))
    assert all("C" not in people for people in told[345:])


def test_shoulder_to_shoulder_for_long_is_looked_at_less_often() -> None:
    def script(n: int) -> Faces:
        return {"A": (560, 210), "B": (700, 210)}

    told, scenes, _ = play(script, 300)
    assert told == [BOTH] * 300
    assert sum(bool(s.looks) for s in scenes) < 30


def test_an_exchange_after_touching_for_long_is_corrected_once_they_part() -> None:
    def script(n: int) -> Faces:
        apart = min(max(n - 200, 0), 60) * 4.0
        return (
            {"A": (560 - apart, 210), "B": (700 + apart, 210)}
            if n < 150
            else {"B": (560 - apart, 210), "A": (700 + apart, 210)}
        )

    told, scenes, _ = play(script, 700)
    assert told[:150] == [BOTH] * 150
    assert told[230:] == [BOTH] * 470, "looks from before the exchange are at the other person"
    assert len([n for s in scenes for n in s.namings]) == 2


def test_an_audience_costs_no_more_than_a_few_faces_a_look() -> None:
    embedder = TruthfulEmbedder()
    row = {"CD"[k % 2] + str(k): (60 + 100.0 * k, 150.0) for k in range(10)}

    def script(n: int) -> Faces:
        return {**seats(n), **{name: (x + 3 * ((n + k) % 7), h) for k, (name, (x, h)) in enumerate(row.items())}}

    told, scenes, _ = play(script, 90, cuts=(45,), embedder=embedder)
    assert told[-1] == BOTH
    assert embedder.faces <= 6 * sum(bool(s.looks) for s in scenes)


def test_people_in_profile_for_long_after_a_cut_are_placed_by_geometry_until_they_turn_round() -> None:
    def script(n: int) -> Faces:
        return seats(n) if n < 60 else {"B": (350, 210), "A": (930, 210)}

    told, _, _ = play(script, 300, cuts=(60,), turned=lambda n: "AB" if 60 <= n < 200 else "")
    assert all(len(people) == 2 for people in told[155:])
    assert told[205:] == [BOTH] * 95


def test_one_who_is_only_ever_in_profile_is_looked_at_and_known_again() -> None:
    def script(n: int) -> Faces:
        return seats(n) if n < 60 else {"A": (320, 400)} if n < 110 else {"B": (960, 400)}

    told, scenes, _ = play(script, 160, cuts=(60, 110), turned=lambda n: "A")
    assert told == [BOTH] * 60 + [{"A": Person.LEFT}] * 50 + [{"B": Person.RIGHT}] * 50
    assert any(scenes[n].looks for n in range(60, 70))


def test_a_profile_two_shot_first_then_close_ups_in_turn() -> None:
    """No frontal view is known of anybody when the first close-up comes."""

    def script(n: int) -> Faces:
        return seats(n) if n < 60 or n >= 160 else {"A": (640, 400)} if n < 110 else {"B": (640, 400)}

    told, _, _ = play(script, 220, cuts=(60, 110, 160), turned=lambda n: "AB" if n < 60 else "")
    assert told[:60] == [BOTH] * 60
    assert told[160:] == [BOTH] * 60
    assert {side for people in told[60:110] for side in people.values()}.isdisjoint(
        {side for people in told[110:160] for side in people.values()}
    ), "two people are not shown in one tile"


def test_when_one_of_two_is_named_the_other_is_at_once() -> None:
    """B is in profile for the first time, and nothing is known of his profile."""

    def script(n: int) -> Faces:
        return seats(n) if n < 60 else {"B": (350, 210), "A": (930, 210)}

    told, _, _ = play(script, 120, cuts=(60,), turned=lambda n: "B" if n >= 60 else "")
    assert told == [BOTH] * 120


def test_a_crowd_gets_no_tile_while_one_is_away() -> None:
    def script(n: int) -> Faces:
        crowd: Faces = {"C": (200, 180), "C2": (480, 180), "D": (760, 180), "D2": (1040, 180)}
        return seats(n) if not 60 <= n < 400 else crowd

    told, _, _ = play(script, 460, cuts=(60, 400), turned=lambda n: "CD" if 60 <= n < 400 else "")
    assert told == [BOTH] * 60 + [{}] * 340 + [BOTH] * 60


def test_of_three_one_is_not_replaced_while_unseen_for_long() -> None:
    def script(n: int) -> Faces:
        three = {"A": (250, 210), "B": (640, 210), "C": (1030, 190)}
        return three if not 90 <= n < 450 else {k: v for k, v in three.items() if k != "B"}

    told, _, _ = play(script, 540)
    assert told[:90] == [BOTH] * 90
    assert told[100:440] == [{"A": Person.LEFT}] * 340
    assert told[460:] == [BOTH] * 80


def test_what_a_mistake_taught_is_forgotten_with_it() -> None:
    """The picture of an exchange is found late: a gallery must not keep the other's views."""
    _, _, reid = play(lambda n: seats(n) if n < 300 else {"B": (350, 210), "A": (930, 210)}, 700)
    for side, gallery in reid.galleries.items():
        told, _, _ = play(seats, 30)
        assert told[-1] == BOTH
        person, other = ("A", "B") if side is Person.LEFT else ("B", "A")
        views = gallery.whole().views[Pose.FRONTAL].total
        assert views is not None
        assert views[1 + "AB".index(person)] > 5 * abs(views[1 + "AB".index(other)])


def test_a_face_behind_another_is_not_described() -> None:
    """Its picture is half somebody else's."""

    class Recording(TruthfulEmbedder):
        def embed(self, frame: Frame, faces: Sequence[Detection]) -> F32Array:
            described.extend((frame.index, face.box.h) for face in faces)
            return super().embed(frame, faces)

    described: list[tuple[int, float]] = []

    def script(n: int) -> Faces:
        return {"A": (350, 210) if n < 60 else (640, 210), "B": (700, 300)}

    play(script, 120, embedder=Recording(), mode="always")
    assert {height for n, height in described if n < 60} == {210, 300}
    assert {height for n, height in described if n >= 60} == {300}


def looks_of(name: str, count: int = 4) -> list[Look]:
    return [Look(vector(name, Pose.FRONTAL).astype(np.float16), 0.9, None) for _ in range(count)]


@pytest.mark.parametrize(("other", "learned"), [("B", True), ("A", False)])
def test_who_looks_like_both_is_learned_as_neither(other: str, learned: bool) -> None:
    """The other person is not in the picture, so that nothing but the face tells which of the two it is."""
    known = Recognition.of(Casting(W, H), SCALE, {})
    marks = landmarks_of(detection("A", 350, 210))
    assert marks is not None
    for track_id, name in ((1, "A"), (2, other), (3, "A")):
        for n, look in enumerate(looks_of(name)):
            known.add(track_id, n * FPS, float(n), marks, look)
    for track_id, side in ((1, Person.LEFT), (2, Person.RIGHT)):
        sighting = known.sightings[track_id]
        known.galleries[side].put(sighting.key, sighting.appearance(), sighting.turn)
    known.learn({3: Person.LEFT})
    assert (known.sightings[3].key in known.galleries[Person.LEFT]) == learned
