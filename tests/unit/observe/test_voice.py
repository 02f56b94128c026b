"""Voices are told from music, noise and silence, however the sound comes in."""

import numpy as np
import pytest

from dualface.footage.sound import melody
from dualface.footage.speech import syllables, voice
from dualface.observe.voice import BLOCK, RATE, VoiceDetector
from dualface.types import F32Array

SECONDS = 4.0
NOISE = np.random.default_rng(0).normal(0, 0.05, round(SECONDS * RATE)).astype(np.float32)


def reduced(sound: F32Array) -> F32Array:
    """From 48 kHz to whole blocks of 16 kHz."""
    low = sound[: len(sound) // 3 * 3].reshape(-1, 3).mean(1)
    return np.ascontiguousarray(low[: len(low) // BLOCK * BLOCK], np.float32)


@pytest.mark.parametrize("pitch", [118.0, 205.0])
def test_a_voice_is_heard_and_its_pauses_are_not(pitch: float) -> None:
    spoken = reduced(voice(syllables([(0.0, 2.0)], 1), SECONDS, pitch))
    likely = VoiceDetector(1).push(spoken[None])[0]
    half = round(2.0 * RATE / BLOCK)
    assert likely[6 : half - 6].mean() > 0.6
    assert likely[half + 15 :].max() < 0.2


@pytest.mark.parametrize(
    "sound", [reduced(3 * melody(SECONDS).mean(0)), NOISE, np.zeros_like(NOISE)], ids=["music", "noise", "none"]
)
def test_what_is_no_voice_is_none(sound: F32Array) -> None:
    likely = VoiceDetector(1).push(sound[None, : len(sound) // BLOCK * BLOCK])
    assert likely.mean() < 0.05


def test_pieces_and_channels_do_not_change_the_answers() -> None:
    spoken, music = reduced(voice(syllables([(0.5, 3.0)], 2), SECONDS, 150.0)), reduced(melody(SECONDS)[0])
    both = np.array([spoken, music])
    whole, pieces = VoiceDetector(2), VoiceDetector(2)
    at_once = whole.push(both)
    in_pieces = np.concatenate([pieces.push(both[:, n : n + 7 * BLOCK]) for n in range(0, both.shape[1], 7 * BLOCK)], 1)
    np.testing.assert_allclose(in_pieces, at_once, atol=1e-5)
    np.testing.assert_allclose(VoiceDetector(1).push(spoken[None])[0], at_once[0], atol=1e-5)
