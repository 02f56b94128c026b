"""What speaks for each answer to "who speaks?", frame by frame, in nats a second.

Three kinds: what is heard says whether anybody speaks, lips say who, and two microphones say it better.  All are logarithms of
odds, bounded, so that no single kind and no single moment can be sure of everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dualface.types import F64Array, Observation, Person

BoolArray = NDArray[np.bool_]

_VOICE_SECONDS, _LIPS_SECONDS = 0.3, 0.5
"""Each kind is averaged over so long."""
_QUIETER, _NOTHING = (50.0, 35.0), -70.0
"""In dB: so much quieter than the film's loud moments nobody is heard, so much somebody may be; and what counts as no sound."""
_VOICE_MOST = 4.0
_CLEAR = (0.5, 0.9)
"""Of a voice, from where on it counts, and counts fully, however quiet it is."""
_NEAR_SECONDS = 10.0
NO_VOICE = 0.12
"""Of a voice, in the surest moment of the seconds around: less is none."""
_TRUSTED = ((NO_VOICE, 0.25, 0.8, 0.95), (-5.0, -0.5, -0.5, -2.0))
"""How much a "no" of the voice detector is worth, in nats, by the surest "yes" in the seconds around: where nothing resembles a
voice there is none; where something does, it may be muffled by music; where voices are clear, they would be heard.
"""
_SILENCE = -8.0
_LIPS_REST, _LIPS_WEIGHT, _LIPS_MOST = -1.15, 6.0, 3.0
"""Logarithm (base 10) of the motion of lips that may speak as well as not, nats for each factor of ten, and the most."""
_OWN_SHARE = 0.5
"""How far what is usual for a face shifts that; faces differ, in light and in what they do while they listen."""
_LEAST_RANGE = 0.6
"""Powers of ten between a face's still and lively moments, from which on it tells what is usual."""
_NOBODY, _LEAST_PAUSE = -2.0, 0.6
"""Sound that says that nobody speaks, and seconds of it that tell what lips do meanwhile."""
_RESTLESS, _LEAST_WORTH = 0.2, 0.2
"""Lips that move so much more than resting ones (powers of ten) while nobody speaks tell little: they are worth this share."""
_STILL = 1e-3


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry for each frame: ``time`` in seconds, ``sound`` for somebody's speaking, ``lips`` for each person's.

    The latter are 0 where nobody sees them, which ``seen`` tells; ``motion`` is what they rest on, not a number there.
    ``microphones`` as ``lips``, where there are two; then these count.  ``guessed``: which is whose is but a guess.
    """

    time: F64Array
    sound: F64Array
    lips: dict[Person, F64Array]
    seen: dict[Person, F64Array]
    motion: dict[Person, F64Array]
    microphones: dict[Person, F64Array] | None = None
    guessed: bool = False


def evidence_of(seen: Sequence[Observation]) -> Evidence:
    """Of observations that have sound."""
    time = np.array([one.time for one in seen])
    motion = {person: _motion(seen, person) for person in Person}
    measured = {person: np.isfinite(values).astype(np.float64) for person, values in motion.items()}
    sound = _sound(seen, time)
    lips = {person: _lips(values, time, sound < _NOBODY) for person, values in motion.items()}
    return Evidence(time, sound, lips, measured, motion)


def without_lips(evidence: Evidence) -> Evidence:
    """As if nobody had been seen."""
    nothing = {person: np.zeros_like(evidence.time) for person in Person}
    nowhere = {person: np.full_like(evidence.time, np.nan) for person in Person}
    return replace(evidence, lips=nothing, seen=nothing, motion=nowhere)


def averaged(values: F64Array, weights: F64Array, time: F64Array, seconds: float) -> F64Array:
    """A running mean over ``seconds`` around each frame, by weights; 0 where these are 0 all around."""
    sums = np.concatenate([[0.0], np.cumsum(values * weights)])
    total = np.concatenate([[0.0], np.cumsum(weights)])
    first = np.searchsorted(time, time - seconds / 2, "left")
    after = np.searchsorted(time, time + seconds / 2, "right")
    weight = total[after] - total[first]
    mean: F64Array = np.where(weight > 1e-9, (sums[after] - sums[first]) / np.maximum(weight, 1e-9), 0.0)
    return mean


def _motion(seen: Sequence[Observation], person: Person) -> F64Array:
    """How the lips of a person move in each frame; not a number where nobody measured it."""
    values = np.full(len(seen), np.nan)
    for n, one in enumerate(seen):
        for face in one.faces:
            if face.person is person and face.lips is not None:
                values[n] = face.lips
    return values


def _lips(motion: F64Array, time: F64Array, pauses: BoolArray) -> F64Array:
    known = np.isfinite(motion)
    if not known.any():
        return np.zeros_like(time)
    mean = averaged(np.where(known, motion, 0.0), known.astype(np.float64), time, _LIPS_SECONDS)
    lively = np.log10(mean + _STILL)
    low, high = np.percentile(lively[known], [10, 90])
    own = _OWN_SHARE if high - low >= _LEAST_RANGE else 0.0
    rest, worth = _LIPS_REST + own * ((low + high) / 2 - _LIPS_REST), 1.0
    paused = lively[known & pauses]
    if len(paused) * float(np.median(np.diff(time, prepend=0.0))) >= _LEAST_PAUSE:
        restless = max(float(np.median(paused)) - rest, 0.0)
        rest, worth = rest + restless, float(np.interp(restless, (0.0, _RESTLESS), (1.0, _LEAST_WORTH)))
    odds: F64Array = worth * np.clip((lively - rest) * _LIPS_WEIGHT, -_LIPS_MOST, _LIPS_MOST)
    odds[~known] = 0.0
    return odds


def _sound(seen: Sequence[Observation], time: F64Array) -> F64Array:
    voice = np.array([one.sound.voice if one.sound is not None else 0.0 for one in seen])
    level = np.array([one.sound.level if one.sound is not None else -100.0 for one in seen])
    every = np.ones_like(time)
    voice = np.clip(averaged(voice, every, time, _VOICE_SECONDS), 0.005, 0.995)
    near = _highest(voice, time, _NEAR_SECONDS)
    odds = np.clip(np.log(voice / (1 - voice)), np.interp(near, *_TRUSTED), _VOICE_MOST)
    odds = np.where(near < NO_VOICE, _TRUSTED[1][0], odds)
    silent, audible = (max(float(np.percentile(level, 95)) - quieter, _NOTHING) for quieter in _QUIETER)
    loud = np.clip((averaged(level, every, time, _VOICE_SECONDS) - silent) / max(audible - silent, 1.0), 0.0, 1.0)
    clear = np.clip((voice - _CLEAR[0]) / (_CLEAR[1] - _CLEAR[0]), 0.0, 1.0)
    told: F64Array = _SILENCE + (odds - _SILENCE) * np.maximum(loud, clear)
    return told


def _highest(values: F64Array, time: F64Array, seconds: float) -> F64Array:
    """The highest value within so many seconds of each frame, to half a second."""
    blocks = np.floor((time - time[0]) / 0.5).astype(np.int64)
    highest = np.zeros(int(blocks[-1]) + 1)
    np.maximum.at(highest, blocks, values)
    reach = round(seconds / 0.5)
    padded = np.pad(highest, reach)
    around: F64Array = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(1)
    each: F64Array = around[blocks]
    return each
