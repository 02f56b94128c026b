"""What is heard lands on the frames that are shown meanwhile."""

from collections.abc import Iterator

import numpy as np
import pytest

from dualface.decode.sound import RATE, SoundPiece
from dualface.footage.speech import syllables, voice
from dualface.observe.listening import SILENT, sounds_at, voices_in
from dualface.types import F32Array, Sound

TIMES = [n / 25 for n in range(100)]


def spoken(seconds: float = 4.0, pitch: float = 130.0) -> F32Array:
    sound = voice(syllables([(0.0, seconds)], 3), seconds, pitch)
    return np.ascontiguousarray(sound.reshape(-1, 3).mean(1))


def pieces(samples: F32Array, start: float = 0.0, stream: int = 0, size: int = 1024) -> list[SoundPiece]:
    rows = np.atleast_2d(samples)
    return [SoundPiece(stream, start + n / RATE, rows[:, n : n + size]) for n in range(0, rows.shape[1], size)]


def heard(*streams: list[SoundPiece]) -> list[Sound]:
    return sounds_at([piece for pieces in streams for piece in pieces], TIMES, 1 / 25)


def test_no_sound_is_silence() -> None:
    assert set(sounds_at([], TIMES, 1 / 25)) == {Sound(0.0, SILENT)}


def test_a_voice_is_heard_where_it_is_and_gaps_are_silent() -> None:
    told = heard(pieces(spoken()[: RATE * 3 // 2]) + pieces(spoken()[:RATE], start=2.5))
    levels = np.array([one.level for one in told])
    assert levels[5:35].mean() > -50
    assert levels[40:60].max() == SILENT
    assert levels[65:85].mean() > -50
    assert np.mean([one.voice for one in told[5:35]]) > 0.5


@pytest.mark.parametrize("size", [160, 5000])
def test_how_it_is_cut_into_pieces_does_not_matter(size: int) -> None:
    told, other = heard(pieces(spoken())), heard(pieces(spoken(), size=size))
    np.testing.assert_allclose([one.level for one in told], [one.level for one in other], atol=0.2)
    np.testing.assert_allclose([one.voice for one in told], [one.voice for one in other], atol=0.01)


def test_a_voice_in_the_middle_has_no_microphone_and_two_channels_or_tracks_have() -> None:
    one, other = spoken(), np.zeros_like(spoken())
    assert all(sound.microphones is None for sound in heard(pieces(np.array([one, one]))))
    for told in (heard(pieces(np.array([one, other]))), heard(pieces(one), pieces(other, stream=1))):
        first, second = told[50].microphones or (0.0, 0.0)
        assert first > second + 30
        assert told[50].voice > 0.4


def test_voices_are_told_while_the_sound_is_read() -> None:
    read = 0

    def reading(samples: F32Array) -> Iterator[SoundPiece]:
        nonlocal read
        for piece in pieces(samples):
            read += 1
            yield piece

    assert any(voice > 0.5 for voice in voices_in(reading(spoken(20.0))))
    assert read * 1024 / RATE < 5
    assert max(voices_in(pieces(np.zeros(5 * RATE, np.float32)))) < 0.12
    assert list(voices_in([])) == []
