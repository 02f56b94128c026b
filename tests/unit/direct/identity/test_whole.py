"""Who is who over the whole film: what editors would say, whatever the order in which people turn up."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.observed_films import SCALE, H, ObservedFilm, Place, W, marks, vector

from dualface.direct.identity.whole import Identities, name_tracks, renamed
from dualface.likeness import Pose
from dualface.types import Box, F32Array, Look, Observation, Person

LEFT, RIGHT = Person.LEFT, Person.RIGHT
SEATS = {"A": Place(0.28), "B": Place(0.72)}
NEAR = Place(0.5, 0.5)


def decide(film: ObservedFilm, known: dict[Person, list[F32Array]] | None = None) -> Identities:
    return name_tracks(film.observations, W, H, scale=SCALE, known=known)


def names(film: ObservedFilm, identities: Identities | None = None) -> list[dict[str, Person]]:
    """For each frame, who is called what; nobody's faces are left out."""
    called = renamed(film.observations, identities or decide(film))
    return [{film.truth[f.track_id]: f.person for f in one.faces if f.person is not None} for one in called]


def everybody(film: ObservedFilm) -> dict[str, set[Person | None]]:
    """What each person is called over the film."""
    told: dict[str, set[Person | None]] = {}
    for one, frame in zip(film.observations, names(film), strict=True):
        for face in one.faces:
            name = film.truth[face.track_id]
            told.setdefault(name, set()).add(frame.get(name))
    return told


def test_close_ups_before_and_after_a_two_shot() -> None:
    film = ObservedFilm()
    for people in ({"B": NEAR}, {"A": NEAR}, SEATS, {"B": NEAR}, {"B": Place(0.3), "A": Place(0.7)}, {"A": NEAR}):
        film.shot(2, people)
    assert everybody(film) == {"A": {LEFT}, "B": {RIGHT}}


def test_the_first_shot_with_both_decides_sides_though_it_comes_last() -> None:
    film = ObservedFilm()
    for people in ({"A": NEAR}, {"B": NEAR}, {"A": NEAR}, {"B": Place(0.3), "A": Place(0.7)}):
        film.shot(2, people)
    assert everybody(film) == {"A": {RIGHT}, "B": {LEFT}}
    assert decide(film).sides == "left where both are first seen together"


def test_who_never_meet_sit_as_they_look() -> None:
    film = ObservedFilm()
    for _ in range(3):
        film.shot(2, {"A": Place(0.5, 0.4, Pose.LEFT)})
        film.shot(2, {"B": Place(0.5, 0.4, Pose.RIGHT)})
    assert everybody(film) == {"A": {RIGHT}, "B": {LEFT}}


def test_a_profile_two_shot_first_then_frontal_close_ups() -> None:
    film = ObservedFilm()
    film.shot(2, {"A": Place(0.25, 0.3, Pose.RIGHT), "B": Place(0.75, 0.3, Pose.LEFT)})
    for name in "BABA":
        film.shot(2, {name: NEAR})
    assert everybody(film) == {"A": {LEFT}, "B": {RIGHT}}


def test_half_profiles_of_one_in_profile_speak_against_nobody() -> None:
    """The landmarks of a profile shake: some looks pass for frontal views, and are like nobody's."""
    film = ObservedFilm()
    film.shot(3, {"A": NEAR})
    film.shot(3, {"B": NEAR})
    film.shot(3, {"A": Place(0.25, 0.2, Pose.RIGHT), "B": Place(0.75, 0.2, Pose.LEFT)})
    for at in (60, 61, 62, 63, 64):
        one = film.observations[at]
        box = one.faces[0].box
        look = Look(vector("H").astype(np.float16), 0.8)
        turned = replace(one.faces[0], landmarks=marks(box, Pose.FRONTAL), look=look)
        film.observations[at] = replace(one, faces=(turned, one.faces[1]))
    assert everybody(film) == {"A": {LEFT}, "B": {RIGHT}}


def test_one_who_is_only_ever_seen_in_profile() -> None:
    film = ObservedFilm()
    film.shot(2, {"A": Place(0.25, 0.3, Pose.RIGHT), "B": Place(0.75)})
    film.shot(2, {"B": NEAR})
    film.shot(2, {"A": Place(0.4, 0.5, Pose.RIGHT)})
    assert everybody(film) == {"A": {LEFT}, "B": {RIGHT}}


def test_beside_one_who_is_known_the_other_needs_no_look() -> None:
    film = ObservedFilm()
    film.shot(2, SEATS)
    film.shot(1, SEATS)
    film.observations[20:] = [
        replace(one, faces=(one.faces[0], replace(one.faces[1], look=None))) for one in film.observations[20:]
    ]
    assert names(film) == [{"A": LEFT, "B": RIGHT}] * 30


def test_a_crowd_gets_nothing_while_one_is_away() -> None:
    film = ObservedFilm()
    film.shot(3, SEATS)
    film.shot(2, {n: Place(x, 0.25) for n, x in zip("CDEA", (0.12, 0.38, 0.62, 0.88), strict=True)})
    film.shot(3, {"B": NEAR})
    film.shot(2, {n: Place(x, 0.25) for n, x in zip("CFGH", (0.12, 0.38, 0.62, 0.88), strict=True)})
    assert everybody(film) == {"A": {LEFT}, "B": {RIGHT}} | {name: {None} for name in "CDEFGH"}


def test_of_three_the_third_is_nobody_even_while_the_second_is_not_seen_for_long() -> None:
    film = ObservedFilm()
    three = {"A": Place(0.2), "B": Place(0.5), "C": Place(0.8, 0.26)}
    ids = film.shot(5, three)
    film.shot(12, {n: p for n, p in three.items() if n != "B"}, cut=False, tracks=[ids[0], ids[2]])
    film.shot(5, three, cut=False, tracks=[ids[0], 9, ids[2]])
    film.shot(3, {"A": Place(0.3), "B": Place(0.7)})
    assert everybody(film) == {"A": {LEFT}, "B": {RIGHT}, "C": {None}}


def test_a_stranger_who_is_alone_or_beside_one_of_them_is_nobody() -> None:
    film = ObservedFilm()
    film.shot(3, SEATS)
    film.shot(2, {"C": NEAR})
    film.shot(2, {"A": Place(0.3), "C": Place(0.7)})
    film.shot(3, {"B": NEAR})
    assert everybody(film) == {"A": {LEFT}, "B": {RIGHT}, "C": {None}}


def test_a_portrait_between_them_is_nobody_however_large() -> None:
    film = ObservedFilm(still={2})
    film.shot(8, {"A": Place(0.2, 0.25), "C": Place(0.5, 0.4), "B": Place(0.8, 0.25)})
    film.shot(3, {"B": NEAR})
    assert everybody(film) == {"A": {LEFT}, "B": {RIGHT}, "C": {None}}


def test_a_film_of_pictures_is_about_them() -> None:
    film = ObservedFilm(still={1, 2})
    film.shot(8, SEATS)
    assert everybody(film) == {"A": {LEFT}, "B": {RIGHT}}


def test_people_who_cross_and_whose_tracks_are_exchanged() -> None:
    film = ObservedFilm()
    a, b = film.shot(3, {"A": Place(0.28, to=0.5), "B": Place(0.72, to=0.5)})
    film.truth.clear()
    film.shot(3, {"A": Place(0.5, to=0.72), "B": Place(0.5, to=0.28)}, cut=False, tracks=[b, a])
    called = renamed(film.observations, decide(film))
    left = [next(f.box.cx for f in one.faces if f.person is LEFT) for one in called]
    assert left[0] < left[25] < left[35] < left[-1], "A walks from left to right"


def test_a_dissolve_that_exchanges_people_in_their_seats() -> None:
    film = ObservedFilm()
    a, b = film.shot(4, SEATS)
    film.shot(4, {"B": Place(0.28), "A": Place(0.72)}, cut=False, tracks=[a, b])
    called = renamed(film.observations, decide(film))
    assert [f.person for f in called[10].faces] == [LEFT, RIGHT]
    assert [f.person for f in called[-10].faces] == [RIGHT, LEFT]


def test_known_people_have_their_sides_and_an_absent_one_is_told() -> None:
    film = ObservedFilm()
    for people in (SEATS, {"B": NEAR}, {"A": NEAR}):
        film.shot(2, people)
    assert names(film, decide(film, {LEFT: [vector("B")]}))[0] == {"A": RIGHT, "B": LEFT}
    nothing = decide(film, {RIGHT: [vector("H")]})
    assert nothing.absent == {RIGHT}
    assert names(film, nothing) == names(film)


def test_a_known_person_is_a_principal_however_seldom_he_is_seen() -> None:
    film = ObservedFilm()
    for people in (SEATS, {"B": NEAR}, {"A": NEAR}, {"C": NEAR}):
        film.shot(2, people)
    assert everybody(film)["C"] == {None}
    assert names(film, decide(film, {RIGHT: [vector("C")]}))[-1] == {"C": RIGHT}


def test_nobody_one_person_and_faces_that_nobody_looked_at() -> None:
    assert decide(ObservedFilm()).namings == ()
    alone = ObservedFilm()
    alone.shot(3, {"A": Place(0.3)})
    assert everybody(alone) == {"A": {LEFT}}
    plain = ObservedFilm()
    plain.shot(3, SEATS)
    plain.observations[:] = [
        replace(one, faces=tuple(replace(f, look=None, landmarks=None) for f in one.faces)) for one in plain.observations
    ]
    assert everybody(plain) == {"A": {LEFT}, "B": {RIGHT}}


def test_every_naming_says_how_sure_it_is_and_why() -> None:
    film = ObservedFilm()
    film.shot(3, SEATS)
    film.shot(0.2, {"B": Place(0.5, 0.4, Pose.LEFT)})
    sure, _, doubtful = decide(film).namings
    assert 0 <= doubtful.confidence < sure.confidence <= 1
    assert all(naming.reason for naming in decide(film).namings)


SEATED = st.tuples(st.sampled_from("ABCD"), st.sampled_from([0.2, 0.35]), st.sampled_from(list(Pose)))
SHOTS = st.lists(
    st.tuples(st.sampled_from([0.3, 1.0, 2.5]), st.lists(SEATED, max_size=3, unique_by=lambda seat: seat[0])), max_size=6
)


Shots = list[tuple[float, list[tuple[str, float, Pose]]]]


def filmed(shots: Shots) -> ObservedFilm:
    film = ObservedFilm()
    for seconds, people in shots:
        film.shot(seconds, {name: Place(0.2 + 0.3 * k, size, pose) for k, (name, size, pose) in enumerate(people)})
    return film


@given(SHOTS, st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_names_don_t_depend_on_how_tracks_are_called_nor_faces_listed(shots: Shots, rng: random.Random) -> None:
    film = filmed(shots)
    ids = list(film.truth)
    other = dict(zip(ids, rng.sample(range(100, 200), len(ids)), strict=True))
    shuffled = [
        replace(one, faces=tuple(replace(f, track_id=other[f.track_id]) for f in rng.sample(one.faces, len(one.faces))))
        for one in film.observations
    ]
    again = ObservedFilm(observations=shuffled, truth={other[k]: name for k, name in film.truth.items()})
    assert names(again) == names(film)


@given(SHOTS)
@settings(max_examples=15, deadline=None)
def test_two_faces_of_one_frame_are_never_one_person(shots: Shots) -> None:
    film = filmed(shots)
    for one in renamed(film.observations, decide(film)):
        people = [face.person for face in one.faces if face.person is not None]
        assert len(set(people)) == len(people)


@pytest.mark.parametrize("at", [5, 33, 70])
def test_a_cut_where_there_is_none_changes_nothing(at: int) -> None:
    def film(*, cut: bool) -> ObservedFilm:
        film = ObservedFilm()
        for people in (SEATS, {"B": NEAR}, {"A": NEAR}, SEATS):
            film.shot(2, people)
        if cut:
            film.truth |= {k + 50: name for k, name in film.truth.items()}
            film.observations[at:] = [
                replace(
                    one, cut=one.cut or one.index == at, faces=tuple(replace(f, track_id=f.track_id + 50) for f in one.faces)
                )
                for one in film.observations[at:]
            ]
        return film

    assert names(film(cut=True)) == names(film(cut=False))


def test_a_mirrored_film_has_its_sides_exchanged() -> None:
    film = ObservedFilm()
    for people in (SEATS, {"B": NEAR}, {"A": NEAR}, {"C": NEAR}, SEATS):
        film.shot(1.5, people)
    mirrored = replace(film, observations=[_mirrored(one) for one in film.observations])
    exchanged = [{name: side.other for name, side in frame.items()} for frame in names(film)]
    assert names(mirrored) == exchanged


def _mirrored(one: Observation) -> Observation:
    faces = []
    for face in one.faces:
        box, (a, b, nose, c, d) = face.box, face.landmarks or ()
        points = tuple((W - x, y) for x, y in (b, a, nose, d, c))
        faces.append(replace(face, box=Box(W - box.right, box.y, box.w, box.h), landmarks=points))
    return replace(one, faces=tuple(faces))
