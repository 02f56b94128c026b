"""Slices that were seen by different workers, joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.observe.seams import SeamError, joined
from dualface.types import Box, Naming, Observation, ObservedFace, Person

FPS = 10.0
unhurried = settings(deadline=None, max_examples=40)


def film(frames: int, absences: Sequence[range] = ()) -> list[Observation]:
    """Two people side by side, 1 left and 2 right; the left one is not seen in some frames."""
    seen = []
    for n in range(frames):
        left = ObservedFace(1, Box(100.0 + n % 7, 50.0, 60.0, 70.0), 0.9, Person.LEFT)
        right = ObservedFace(2, Box(400.0, 60.0 + n % 5, 60.0, 70.0), 0.9, Person.RIGHT)
        away = any(n in absence for absence in absences)
        faces = (right,) if away else (left, right)
        seen.append(Observation(n, 5.0 + n / FPS, n == 0, faces, there=(1,) if away else ()))
    return seen


def seen_by_another(part: Sequence[Observation], *, tracks: int, exchanged: bool) -> list[Observation]:
    """The same, as a worker sees it who begins there: frames and tracks counted from the beginning, names as they come."""
    ids = {track: tracks + n for n, track in enumerate(dict.fromkeys(face.track_id for one in part for face in one.faces))}
    return [
        replace(
            one,
            index=n,
            faces=tuple(
                replace(f, track_id=ids[f.track_id], person=f.person.other if exchanged and f.person else f.person)
                for f in one.faces
            ),
            there=tuple(ids[track] for track in one.there if track in ids),
        )
        for n, one in enumerate(part)
    ]


def test_bars_are_where_those_have_found_them_who_saw_the_shot_begin() -> None:
    boxed = (Box(0.0, 40.0, 640.0, 280.0),)
    whole = [replace(one, active=boxed if n >= 3 else (), cut=n in (0, 60)) for n, one in enumerate(film(100))]
    early, late = whole[:50], [replace(one, active=() if one.index < 60 else one.active) for one in whole[20:]]
    assert joined([early, late], [whole[40].time]) == whole


def test_parts_that_change_are_known_to_those_who_have_seen_it() -> None:
    bars, boxes = (Box(0.0, 40.0, 640.0, 280.0),), (Box(0.0, 0.0, 320.0, 360.0), Box(320.0, 0.0, 320.0, 360.0))
    whole = [
        replace(one, active=boxes if n >= 60 else bars, active_since=60 if n >= 60 else None) for n, one in enumerate(film(100))
    ]
    late = [
        replace(one, index=n, active=boxes if n >= 40 else (), active_since=40 if n >= 40 else None, cut=n == 0)
        for n, one in enumerate(film(100)[20:])
    ]
    assert joined([whole[:50], late], [whole[40].time]) == whole


@unhurried
@given(
    cuts=st.lists(st.integers(20, 80), min_size=1, max_size=4, unique=True).map(sorted),
    before=st.integers(1, 15),
    after=st.integers(1, 15),
    tracks=st.integers(0, 5),
    exchanged=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_slices_are_joined_to_what_one_worker_sees(
    cuts: list[int], before: int, after: int, tracks: int, exchanged: list[bool]
) -> None:
    whole = film(100)
    bounds = [0, *cuts, 100]
    slices = [
        seen_by_another(whole[max(a - before, 0) : b + after], tracks=tracks + k, exchanged=exchanged[k])
        for k, (a, b) in enumerate(pairwise(bounds))
    ]
    made = joined(slices, [whole[cut].time for cut in cuts])
    wanted = film(100)
    if exchanged[0]:  # whoever begins gives the names
        wanted = [replace(o, faces=tuple(replace(f, person=f.person and f.person.other) for f in o.faces)) for o in wanted]
    assert [one.index for one in made] == list(range(100))
    assert made == wanted


@unhurried
@given(absence=st.integers(0, 60).flatmap(lambda a: st.integers(a, 60).map(lambda b: range(a, b))))
def test_nobody_is_given_to_another_track_while_a_face_is_away(absence: range) -> None:
    whole = film(60, [absence])
    slices = [
        seen_by_another(whole[:40], tracks=1, exchanged=False),
        seen_by_another(whole[20:], tracks=7, exchanged=False),
    ]
    made = joined(slices, [whole[30].time])
    assert [one.time for one in made] == [one.time for one in whole]
    for person in Person:
        others = {f.track_id for one in made for f in one.faces if f.person is person.other}
        assert not others & {f.track_id for one in made for f in one.faces if f.person is person}
    if not set(range(20, 40)) <= set(absence):  # both have seen him
        assert {face.track_id for one in made for face in one.faces} == {1, 2}


def test_a_track_that_nobody_has_seen_before_gets_a_number_of_its_own() -> None:
    whole = film(60, [range(30)])
    first = seen_by_another(whole[:30], tracks=1, exchanged=False)
    second = seen_by_another(whole[20:], tracks=1, exchanged=False)
    made = joined([first, second], [whole[25].time])
    tracks = [{face.track_id for face in one.faces} for one in made]
    assert tracks[0] == {1}
    assert tracks[-1] == {1, 2}


def test_decisions_are_told_by_the_frames_of_the_film() -> None:
    whole = film(40)
    second = seen_by_another(whole[10:], tracks=1, exchanged=True)
    second[15] = replace(second[15], namings=(Naming(1, Person.RIGHT, None, 12, 0.8, "recognised"),))
    made = joined([whole[:30], second], [whole[20].time])
    (naming,) = made[25].namings
    assert (naming.track_id, naming.person, naming.since) == (1, Person.LEFT, 22)


def test_slices_that_do_not_meet_are_not_joined() -> None:
    whole = film(40)
    with pytest.raises(SeamError, match=r"nobody has seen both sides of 7\.500 s"):
        joined([whole[:20], seen_by_another(whole[25:], tracks=1, exchanged=False)], [whole[20].time])
    with pytest.raises(SeamError, match="ends before"):
        joined([whole[:20], whole[10:15]], [whole[18].time])
