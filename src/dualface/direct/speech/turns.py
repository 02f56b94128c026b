"""Turns of speech: who speaks from when to when, decided over the whole film.

A semi-Markov model: each answer lasts a least time, a change costs something, and of all ways to cut the film into turns the
likeliest is taken (Viterbi; for least lengths see Murphy, "Hidden semi-Markov models", 2002).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dualface.direct.speech.evidence import Evidence
from dualface.types import F64Array, Person, Speech, Talk, Turn

IntArray = NDArray[np.int64]

ANSWERS = (Talk.LEFT, Talk.RIGHT, Talk.BOTH, Talk.NOBODY, Talk.OFF)
_LEAST_SECONDS: Mapping[Talk, float] = MappingProxyType(
    {Talk.LEFT: 0.3, Talk.RIGHT: 0.3, Talk.BOTH: 0.5, Talk.NOBODY: 0.4, Talk.OFF: 0.6}
)
"""A turn of each answer lasts at least so long: a word, an overlap, a pause that is none between two words."""
_CHANGE = 1.5
"""Nats that a change costs."""
_RARE: Mapping[Talk, float] = MappingProxyType({Talk.BOTH: 1.5, Talk.OFF: 1.8})
"""Nats a second that speak against what is rare."""
_UNSEEN = 2.0
"""The same against somebody's speaking whose lips nobody sees."""
_SURE = 0.6
"""A turn that is less certain is not known."""
_LEAD = 1.0
"""Nats a second by which lips must tell of one more than of the other: half as much motion again.  A lesser lead is a toss-up,
however long the turn: what misleads (a bowed head, a smile, light) lasts as long.
"""
_TOSS_UP = 0.5
_GUESS = 0.7
"""Nobody is surer of somebody's turn than of whose the microphone is."""
_MOST_NATS = 20.0


def speech_of(evidence: Evidence) -> list[Speech]:
    """Who speaks in each frame."""
    if not len(evidence.time):
        return []
    odds = _odds(evidence)
    steps = np.diff(evidence.time, append=2 * evidence.time[-1] - evidence.time[-2] if len(evidence.time) > 1 else 0.04)
    steps = np.clip(steps, 0.0, 0.2)
    gained = odds * steps
    chosen = _likeliest(gained, evidence.time)
    speech: list[Speech] = []
    for answer, group in groupby(chosen.tolist()):
        first, count = len(speech), len(list(group))
        span = slice(first, first + count)
        speech += [_judged(answer, gained[:, span].sum(1), evidence, span, float(steps[span].sum()))] * count
    return speech


def turns_of(speech: Sequence[Speech], times: Sequence[float], end: float) -> list[Turn]:
    """The turns of frames that begin at ``times``, the last of them ending at ``end``, all in seconds."""
    turns, first = [], 0
    for told, group in groupby(speech):
        after = first + len(list(group))
        turns.append(Turn(times[first], times[after] if after < len(times) else end, told.talk, told.confidence))
        first = after
    return turns


def _odds(evidence: Evidence) -> F64Array:
    """Nats a second for each of ``ANSWERS``, in each frame; nobody's are 0."""
    who = evidence.microphones or evidence.lips
    unseen = {person: np.zeros_like(evidence.time) for person in Person}
    if evidence.microphones is None:
        unseen = {person: _UNSEEN * (1 - evidence.seen[person]) for person in Person}
    left, right = (who[person] - unseen[person] for person in Person)
    sound = evidence.sound
    silence = np.zeros_like(sound)
    return np.array([sound + left, sound + right, sound + left + right - _RARE[Talk.BOTH], silence, sound - _RARE[Talk.OFF]])


def _likeliest(gained: F64Array, time: F64Array) -> IntArray:
    """The index into ``ANSWERS`` of each frame.

    Two best sums a frame and answer: of turns that have lasted long enough, and of those that may begin here.
    """
    answers, count = gained.shape
    sums = np.concatenate([np.zeros((answers, 1)), np.cumsum(gained, 1)], 1)
    least = np.array([_LEAST_SECONDS[answer] for answer in ANSWERS])
    begins = np.array([np.searchsorted(time, time - seconds + 1e-6, "right") - 1 for seconds in least])
    entered = np.full((answers, count), -np.inf)
    entered[:, 0] = 0.0
    came_from = np.zeros((answers, count), np.int64)
    lasting = np.full(answers, -np.inf)
    began = np.zeros((answers, count), np.int64)
    rows = np.arange(answers)
    for n in range(count):
        if n:
            best = int(np.argmax(lasting))
            others = lasting.copy()
            others[best] = -np.inf
            second = int(np.argmax(others))
            came_from[:, n] = np.where(rows == best, second, best)
            entered[:, n] = lasting[came_from[:, n]] - _CHANGE
        on = lasting + gained[:, n]
        first = np.maximum(begins[:, n], 0)
        fresh = np.where(begins[:, n] >= 0, entered[rows, first] + sums[:, n + 1] - sums[rows, first], -np.inf)
        began[:, n] = np.where(fresh > on, first, began[:, n - 1] if n else 0)
        lasting = np.maximum(on, fresh)
    return _traced(lasting, came_from, began)


def _traced(lasting: F64Array, came_from: IntArray, began: IntArray) -> IntArray:
    """The likeliest answers, from the last frame back to the first."""
    count = came_from.shape[1]
    chosen = np.full(count, ANSWERS.index(Talk.NOBODY))
    if not np.isfinite(lasting).any():  # it is over before anybody could have said a word
        return chosen
    answer, after = int(np.argmax(lasting)), count
    while after > 0:
        first = int(began[answer, after - 1])
        chosen[first:after] = answer
        answer, after = int(came_from[answer, first]), first
    return chosen


def _judged(answer: int, gained: F64Array, evidence: Evidence, span: slice, seconds: float) -> Speech:
    """How sure the answer to a turn is, against all others to the whole of it; what is not, is not known."""
    ahead = np.clip(gained - gained[answer], -_MOST_NATS, _MOST_NATS)
    confidence, talk = round(float(1 / np.exp(ahead).sum()), 3), ANSWERS[answer]
    if evidence.guessed and talk in (Talk.LEFT, Talk.RIGHT):
        confidence = min(confidence, _GUESS)
    if talk is Talk.NOBODY:
        return Speech(talk, confidence)
    if _hardly_ahead(talk, gained, evidence, seconds):
        confidence = min(confidence, _TOSS_UP)
    blind = evidence.microphones is None and not any(evidence.seen[person][span].mean() > 0.5 for person in Person)
    if confidence < _SURE or blind:
        return Speech(Talk.UNKNOWN, confidence)
    return Speech(talk, confidence)


def _hardly_ahead(talk: Talk, gained: F64Array, evidence: Evidence, seconds: float) -> bool:
    """Whether lips name one of the two, and nearly as much the other."""
    if evidence.microphones is not None or talk not in (Talk.LEFT, Talk.RIGHT):
        return False
    left, right = (gained[ANSWERS.index(one)] for one in (Talk.LEFT, Talk.RIGHT))
    return bool(abs(left - right) < _LEAD * seconds)
