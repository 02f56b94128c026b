"""Recordings with a microphone for each person: two tracks, or left and right.

Whose microphone is the louder one, by what is usual for it, speaks; what both hear at usual levels is both.  The lips tell
which is whose: over the whole film they move when theirs is loud.  Where they don't tell, the first is the left person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dualface.direct.speech.evidence import BoolArray, Evidence, averaged
from dualface.types import F64Array, Observation, Person

_SECONDS = 0.25
"""Levels are averaged over so long: a syllable."""
_AUDIBLE = 30.0
"""In dB below what is loud for a microphone: so quiet is nobody's voice at it."""
_BLEED = 10.0
"""In dB: who is so much louder at the other microphone speaks there."""
_NATS_PER_DB, _MOST = 0.4, 5.0
_APART, _MOSTLY, _EACH = 6.0, 0.7, 0.04
"""Two microphones differ by so many dB most of the time, and each is the louder one now and then."""
_LEVEL = 20.0
"""A microphone that hardly anybody speaks into is at most so much more sensitive than the other, in dB."""
_TOLD_BY_LIPS, _SIGMAS = 6.0, 2.0
"""From here on lips tell which microphone is whose, or their rhythm, in standard deviations of what chance would make of it."""
_LEAST_SPREAD = 0.05
"""Of loudness (dB) and liveliness (a logarithm): what hardly changes has no rhythm."""
_RHYTHM_SECONDS, _DRIFT_SECONDS = 0.17, 1.5


def with_microphones(seen: Sequence[Observation], evidence: Evidence) -> Evidence:
    """The evidence of these observations with that of two microphones, where there are two."""
    pairs = [one.sound.microphones for one in seen if one.sound is not None and one.sound.microphones is not None]
    if not pairs or len(pairs) < len(seen):
        return evidence
    levels = np.array(pairs, np.float64).T
    smooth = np.array([_mean_level(level, evidence.time, _SECONDS) for level in levels])
    usual = np.percentile(smooth, 95, axis=1)
    usual = np.maximum(usual, usual.max() - _LEVEL)
    over = smooth - usual[:, None]
    if not _are_two(over):
        return evidence
    ahead = over[0] - over[1]
    odds = [_odds(over[0], ahead), _odds(over[1], -ahead)]
    fits = _fits(odds, over, evidence)
    first, second = odds if fits >= 0 else odds[::-1]
    return replace(evidence, microphones={Person.LEFT: first, Person.RIGHT: second}, guessed=fits == 0)


def _odds(over: F64Array, ahead: F64Array) -> F64Array:
    audible, own = (over + _AUDIBLE) * _NATS_PER_DB, (ahead + _BLEED) * _NATS_PER_DB
    odds: F64Array = np.clip(np.minimum(audible, own), -_MOST, _MOST)
    return odds


def _are_two(over: F64Array) -> bool:
    """Whether the levels are those of two microphones, not of one recording with some width."""
    loud = over.max(0) > -_AUDIBLE
    if not loud.any():
        return False
    ahead = (over[0] - over[1])[loud]
    first, second = float((ahead > _APART).mean()), float((ahead < -_APART).mean())
    return first + second >= _MOSTLY and min(first, second) >= _EACH


def _fits(odds: Sequence[F64Array], over: F64Array, evidence: Evidence) -> float:
    """Above 0 if the first microphone is the left person's, below if it is the right one's; 0 if nothing tells."""
    lips = evidence.lips
    told = float(np.mean((lips[Person.LEFT] - lips[Person.RIGHT]) * (odds[0] - odds[1])))
    if abs(told) >= _TOLD_BY_LIPS:
        return told
    alone = [(odds[n] > 1) & (odds[1 - n] < 0) for n in range(2)]
    rhythm = {
        (n, person): _in_step(over[n], evidence.motion[person], alone[n], evidence.time) for n in range(2) for person in Person
    }
    better = rhythm[0, Person.LEFT] + rhythm[1, Person.RIGHT] - rhythm[0, Person.RIGHT] - rhythm[1, Person.LEFT]
    steps = np.diff(evidence.time, prepend=evidence.time[0])
    chance = [1 / max(float(steps[on].sum()) / _RHYTHM_SECONDS, 1.0) for on in alone]
    return better if abs(better) >= _SIGMAS * (2 * sum(chance)) ** 0.5 else 0.0


def _in_step(level: F64Array, motion: F64Array, alone: BoolArray, time: F64Array) -> float:
    """How well lips and loudness go up and down together while one microphone alone is heard: a correlation, −1…1."""
    known = np.isfinite(motion) & alone
    if known.sum() < 3:
        return 0.0
    lively = np.log(np.where(np.isfinite(motion), motion, 0.0) + 0.01)
    a, b = (_undrifted(values, time)[known] for values in (lively, np.maximum(level, -_AUDIBLE - _BLEED)))
    if a.std() < _LEAST_SPREAD or b.std() < _LEAST_SPREAD:
        return 0.0
    return float(np.mean((a - a.mean()) * (b - b.mean())) / (a.std() * b.std()))


def _undrifted(values: F64Array, time: F64Array) -> F64Array:
    every = np.ones_like(time)
    return averaged(values, every, time, _RHYTHM_SECONDS) - averaged(values, every, time, _DRIFT_SECONDS)


def _mean_level(level: F64Array, time: F64Array, seconds: float) -> F64Array:
    power = averaged(10 ** (level / 10), np.ones_like(time), time, seconds)
    mean: F64Array = 10 * np.log10(np.maximum(power, 1e-10))
    return mean
