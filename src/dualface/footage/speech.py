"""Voices for made-up footage, and conversations: who speaks when, with mouths that move as the voice does.

A voice is a row of syllables: harmonics of a gliding pitch under the formants of vowels, with some hiss between them
(additive synthesis after Klatt, "Software for a cascade/parallel formant synthesizer", 1980).  Nobody would take it for a
person, but voice detectors do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dualface.footage.poses import Pose
from dualface.types import F32Array, F64Array

RATE = 48000
_WORDS_APART = 0.3
"""Whoever says nothing for longer, in seconds to the next or last syllable, listens."""
_VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410), (660, 1720, 2410))
"""The first three formants of vowels, in Hz (Peterson and Barney, 1952)."""
_WIDTHS, _HEIGHTS = (90.0, 110.0, 170.0), (1.0, 0.7, 0.4)
_SYLLABLE = 0.19
"""Seconds from one to the next, on average."""
_HIGHEST = 5000.0
"""Of the harmonics, in Hz."""
_GLIDE, _LEVEL = 0.25, 0.3


CONVERSATION: Sequence[tuple[float, str]] = (
    (3.0, "A"),
    (2.5, "B"),
    (0.8, ""),
    (3.0, "A"),
    (1.2, "AB"),
    (3.0, "B"),
    (0.5, "A"),
    (2.5, "B"),
    (1.5, ""),
)
"""Turns as in ordinary talk: a pause, an overlap, an interjection.  Seconds, and who speaks."""


@dataclass(frozen=True, slots=True)
class Syllables:
    """When somebody's syllables are, in seconds, how loud each is, 0…1, and which vowel it has."""

    times: F64Array
    loud: F64Array
    vowels: tuple[int, ...]

    def opening(self, time: float) -> float:
        """How far the mouth is open, 0…1."""
        if not len(self.times):
            return 0.0
        near = np.abs(self.times - time)
        open_by = self.loud * np.clip(1 - near / (0.6 * _SYLLABLE), 0.0, 1.0)
        return float(open_by.max())


def syllables(spans: Sequence[tuple[float, float]], seed: int) -> Syllables:
    """Syllables that fill these stretches, from second to second."""
    rng = np.random.default_rng(seed)
    times: list[float] = []
    for start, end in spans:
        at = start + 0.06
        while at < end - 0.08:
            times.append(at)
            at += _SYLLABLE * rng.uniform(0.75, 1.3)
    count = len(times)
    return Syllables(np.array(times), rng.uniform(0.55, 1.0, count), tuple(rng.integers(0, len(_VOWELS), count).tolist()))


def spans_of(turns: Sequence[tuple[float, str]], who: str) -> list[tuple[float, float]]:
    """When ``who`` speaks, in seconds from the beginning."""
    spans, at = [], 0.0
    for seconds, speakers in turns:
        if who in speakers:
            spans.append((at, at + seconds))
        at += seconds
    return spans


def voice(spoken: Syllables, seconds: float, pitch: float, seed: int = 0) -> F32Array:
    """The sound of syllables: float32, (samples,), −1…1 at 48 kHz.  ``pitch``: in Hz."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    marks = np.concatenate([[0.0], spoken.times, [seconds]])
    tremble = np.interp(t, np.arange(0, seconds + 0.02, 0.01), rng.normal(0, 0.01, len(np.arange(0, seconds + 0.02, 0.01))))
    tone = np.interp(t, marks, pitch * (1 + rng.uniform(-_GLIDE, _GLIDE, len(marks)))) * (1 + tremble)
    vowels = np.array([_VOWELS[vowel] for vowel in (0, *spoken.vowels, 0)], np.float64)
    formants = [np.interp(t, marks, vowels[:, n]) for n in range(len(_WIDTHS))]
    phase = 2 * np.pi * np.cumsum(tone) / RATE
    sound = np.zeros(len(t))
    for k in range(1, int(_HIGHEST / pitch)):
        under = sum(h / (1 + ((k * tone - f) / w) ** 2) for f, w, h in zip(formants, _WIDTHS, _HEIGHTS, strict=True))
        sound += under / k * np.sin(k * phase)
    loud, hiss = _envelopes(spoken, t)
    noise = np.diff(rng.normal(0, 1, len(t)), prepend=0.0)
    sound *= loud / max(float(np.abs(sound).max()), 1e-9)
    sound += noise * (0.03 * hiss + 0.004 * loud)
    return (_LEVEL * sound / max(float(np.abs(sound).max()), 1e-9)).astype(np.float32)


def _envelopes(spoken: Syllables, t: F64Array) -> tuple[F64Array, F64Array]:
    """How loud voice and hiss are at each of the samples' times, 0…1: a hiss comes before each vowel."""
    loud, hiss = np.zeros(len(t)), np.zeros(len(t))
    for at, most in zip(spoken.times, spoken.loud, strict=True):
        part = slice(*np.searchsorted(t, (at - 0.13, at + 0.13)).tolist())
        away = t[part] - at
        loud[part] = np.maximum(loud[part], most * np.clip(1 - np.abs(away) / 0.12, 0, 1) ** 0.5)
        hiss[part] = np.maximum(hiss[part], np.clip(1 - np.abs(away + 0.1) / 0.03, 0, 1))
    return loud, hiss


class Speaking:
    """How a person acts who speaks these syllables: the ``act`` of an :class:`~dualface.footage.cast.Actor`.

    ``moves_silently``: the mouth goes on while nothing is said, as by these other syllables.  ``lively``: the head nods,
    leans and turns while nothing is said.
    """

    def __init__(self, spoken: Syllables, moves_silently: Syllables | None = None, *, lively: bool = False) -> None:
        self._spoken, self._lively = spoken, lively
        self._all = [spoken, *([moves_silently] if moves_silently is not None else [])]

    def __call__(self, pose: Pose, time: float) -> Pose:
        pose = pose._replace(mouth=max(one.opening(time) for one in self._all))
        times = self._spoken.times
        speaks = len(times) > 0 and float(np.abs(times - time).min()) < _WORDS_APART
        return pose if speaks or not self._lively else _stirring(pose, time)


def _stirring(pose: Pose, time: float) -> Pose:
    def wave(period: float) -> float:
        return math.sin(2 * math.pi * time / period)

    return pose._replace(
        turn=pose.turn + 0.08 * wave(1.3),
        head_y=pose.head_y + 0.04 * wave(0.7),
        tilt=pose.tilt + 0.06 * wave(1.9),
        profile=max(0.35 * wave(2.3), 0.0),
    )


def truth(turns: Sequence[tuple[float, str]], times: Sequence[float]) -> list[str]:
    """Who speaks at each of these times, in seconds."""
    ends = np.cumsum([seconds for seconds, _ in turns])
    return [turns[min(int(np.searchsorted(ends, time, "right")), len(turns) - 1)][1] for time in times]


PITCHES: Mapping[str, float] = {"A": 205.0, "B": 118.0}
"""How high the two people of a conversation speak, in Hz."""
