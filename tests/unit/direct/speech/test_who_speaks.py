"""Who speaks: from voices, lips and microphones, over a whole film."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.talks import LOUD, Script, conversation, told

from dualface.direct.speech.whole import with_speech
from dualface.types import Observation, Person, Sound, Talk

EXACT = 0.25
"""Seconds by which a change may be missed: what is averaged is twice as long."""


def check(seen: list[Observation], expected: list[tuple[float, Talk]]) -> None:
    got = told(with_speech(seen))
    assert [talk for _, talk in got] == [talk for _, talk in expected]
    assert [time for time, _ in got] == pytest.approx([time for time, _ in expected], abs=EXACT)


TALK: Script = [(2, "L"), (2, "R"), (1, ""), (2, "L"), (1.2, "LR"), (2, "R"), (1, "")]


def test_turns_pauses_and_overlaps_are_told() -> None:
    check(
        conversation(TALK),
        [
            (0, Talk.LEFT),
            (2, Talk.RIGHT),
            (4, Talk.NOBODY),
            (5, Talk.LEFT),
            (7, Talk.BOTH),
            (8.2, Talk.RIGHT),
            (10.2, Talk.NOBODY),
        ],
    )


def test_breaths_are_no_pauses_and_words_of_one_frame_no_turns() -> None:
    check(conversation([(1.5, "L"), (0.15, ""), (1.5, "L"), (0.04, "R"), (1.5, "L")]), [(0, Talk.LEFT)])


def test_a_voice_while_all_lips_rest_is_out_of_the_picture() -> None:
    check(conversation([(2, "L"), (2, "O"), (2, "R")]), [(0, Talk.LEFT), (2, Talk.OFF), (4, Talk.RIGHT)])


def test_lips_that_move_to_music_alone_do_not_speak() -> None:
    check(conversation([(6, "~")], restless="LR"), [(0, Talk.NOBODY)])


@pytest.mark.parametrize("restless", ["", "L", "LR"])
def test_without_sound_nobody_speaks(restless: str) -> None:
    check(conversation([(3, "")], restless=restless), [(0, Talk.NOBODY)])


def test_a_voice_that_nobody_can_be_seen_with_is_not_known() -> None:
    check(conversation([(3, "L"), (1, "")], unseen="LR"), [(0, Talk.UNKNOWN), (3, Talk.NOBODY)])


def test_lips_that_never_rest_do_not_tell_and_it_says_so() -> None:
    seen = with_speech(conversation(TALK, restless="LR"))
    assert {one.speech.talk for one in seen if one.speech} == {Talk.UNKNOWN, Talk.NOBODY}


@pytest.mark.parametrize("share", [0.5, 0.36])
def test_lips_that_never_rest_do_not_tell_either_where_one_moves_them_less(share: float) -> None:
    seen = [
        replace(
            one,
            faces=tuple(
                replace(face, lips=face.lips and face.lips * share) if face.person is Person.LEFT else face
                for face in one.faces
            ),
        )
        for one in conversation(TALK, restless="LR")
    ]
    assert {one.speech.talk for one in with_speech(seen) if one.speech} == {Talk.UNKNOWN, Talk.NOBODY}


@pytest.mark.parametrize(("listener", "answer"), [(0.02, Talk.LEFT), (0.055, Talk.UNKNOWN)])
@pytest.mark.parametrize("seconds", [2, 20])
def test_lips_that_move_hardly_more_than_the_others_do_not_tell_however_long(
    listener: float, answer: Talk, seconds: float
) -> None:
    lips = {Person.LEFT: 0.075, Person.RIGHT: listener}
    seen = [
        replace(one, faces=tuple(replace(face, lips=lips[face.person]) for face in one.faces if face.person))
        for one in conversation([(seconds, "L")])
    ]
    check(seen, [(0, answer)])


@pytest.mark.parametrize("restless", ["", "LR"])
def test_two_microphones_tell_whatever_lips_do(restless: str) -> None:
    seen = with_speech(conversation(TALK, restless=restless, microphones="LR"))
    talks = [talk for _, talk in told(seen)]
    assert talks == [Talk.LEFT, Talk.RIGHT, Talk.NOBODY, Talk.LEFT, Talk.BOTH, Talk.RIGHT, Talk.NOBODY]


def test_microphones_are_named_by_lips() -> None:
    straight, crossed = (told(with_speech(conversation(TALK, microphones=order))) for order in ("LR", "RL"))
    assert straight == crossed


def test_where_lips_do_not_tell_whose_a_microphone_is_it_is_a_guess() -> None:
    sure, guess = (with_speech(conversation(TALK, restless=who, microphones="LR")) for who in ("", "LR"))
    least = [
        min(one.speech.confidence for one in seen if one.speech and one.speech.talk is Talk.LEFT) for seen in (sure, guess)
    ]
    assert least[0] > 0.9 > 0.75 > least[1]


def test_a_stereo_recording_is_not_two_microphones() -> None:
    """Lips decide where the channels are nearly alike."""
    seen = [
        replace(one, sound=Sound(one.sound.voice, one.sound.level, (one.sound.level, one.sound.level - 2)))
        for one in conversation(TALK)
        if one.sound is not None
    ]
    assert told(with_speech(seen)) == told(with_speech(conversation(TALK)))


def test_music_whose_sides_differ_is_nobody_speaking() -> None:
    sides = [(LOUD, LOUD - 20), (LOUD - 20, LOUD)]
    seen = [
        replace(one, sound=Sound(one.sound.voice, LOUD, sides[one.index // 10 % 2] if one.index < 170 else (LOUD, LOUD)))
        for one in conversation([(9, "~")])
        if one.sound is not None
    ]
    assert {one.speech.talk for one in with_speech(seen) if one.speech} == {Talk.NOBODY}


def test_nothing_is_said_where_nobody_listened() -> None:
    seen = [replace(one, sound=None) for one in conversation(TALK)]
    assert with_speech(seen) == seen
    assert with_speech([]) == []


scripts = st.lists(st.tuples(st.floats(0.1, 2.0), st.sampled_from(["", "L", "R", "LR", "O", "~"])), min_size=1, max_size=6)


@given(scripts, st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_every_frame_has_an_answer_and_the_other_way_round_it_is_the_other_one(script: Script, seed: int) -> None:
    seen = with_speech(conversation(script, seed=seed))
    crossed = [
        replace(
            one,
            faces=tuple(replace(face, person=face.person and face.person.other) for face in one.faces),
        )
        for one in conversation(script, seed=seed)
    ]
    for one, other in zip(seen, with_speech(crossed), strict=True):
        assert one.speech is not None
        assert other.speech is not None
        assert 0 <= one.speech.confidence <= 1
        assert other.speech.talk is one.speech.talk.swapped
        assert set(one.speech.talk.people) <= set(Person)
