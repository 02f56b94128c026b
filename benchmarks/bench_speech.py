"""Who speaks, on conversations that are made up: each kind of evidence alone and together, and what it costs.

    make bench-speech

*right* is the share of (frame, person) pairs in which it was told rightly whether the person speaks, a third of a second around
each change left out; *onset* the median delay of a turn of at least a second; *known* the share of the time in which voices are
heard and it is told whose they are.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

from dualface.api.analysing import analyse
from dualface.direct.speech.evidence import Evidence, evidence_of, without_lips
from dualface.direct.speech.microphones import with_microphones
from dualface.direct.speech.turns import speech_of
from dualface.footage.conversation import Listeners, Sound, write_conversation
from dualface.types import Observation, Person, Speech, Talk

SCENES: Sequence[tuple[str, Listeners, Sound]] = (
    ("listeners rest", "still", "mixed"),
    ("listeners rest, music", "still", "music"),
    ("listeners nod and turn", "lively", "mixed"),
    ("listeners' lips move too", "restless", "mixed"),
    ("the same, a microphone each", "restless", "microphones"),
)
_SIDES = {"A": Person.LEFT, "B": Person.RIGHT}
_SEEDS = 1
_FPS = 30

Way = Callable[[Sequence[Observation]], list[Speech]]


def main() -> None:
    """Prints the tables."""
    ways: dict[str, Way] = {
        "always the left one": lambda seen: [Speech(Talk.LEFT, 1.0)] * len(seen),
        "voice alone": lambda seen: speech_of(without_lips(evidence_of(seen))),
        "lips alone": lambda seen: speech_of(_without_sound(evidence_of(seen))),
        "voice and lips": lambda seen: speech_of(evidence_of(seen)),
        "all": _all,
    }
    columns = "".join(f"{name:>22}" for name in ways)
    print(f"{'right':30}{columns}")
    films = {scene: [_film(*scene[1:], seed) for seed in range(_SEEDS)] for scene in SCENES}
    for (name, _, _), made in films.items():
        scores = [np.mean([_right(way(seen), truth) for seen, truth in made]) for way in ways.values()]
        print(f"{name:30}" + "".join(f"{score:22.3f}" for score in scores))
    print()
    print(f"{'all evidence':30}{'onset':>10}{'known':>10}{'ms of CPU a second':>22}")
    for (name, _, _), made in films.items():
        started = time.process_time()
        told = [(_all(seen), truth) for seen, truth in made]
        spent = (time.process_time() - started) * 1000 * _FPS / sum(len(seen) for seen, _ in made)
        onset = median(delay for speech, truth in told for delay in _onsets(speech, truth))
        known = np.mean([_known(speech, truth) for speech, truth in told])
        print(f"{name:30}{onset:+10.2f}{known:10.2f}{spent:22.2f}")


def _film(listeners: Listeners, sound: Sound, seed: int) -> tuple[Sequence[Observation], list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "talk.mp4")
        _, truth = write_conversation(path, listeners=listeners, sound=sound, fps=_FPS, seed=seed)
        return analyse(path, speech__find=True).observations, truth


def _all(seen: Sequence[Observation]) -> list[Speech]:
    return speech_of(with_microphones(seen, evidence_of(seen)))


def _without_sound(evidence: Evidence) -> Evidence:
    return replace(evidence, sound=np.zeros_like(evidence.time))


def _changes(truth: Sequence[str]) -> list[int]:
    return [n for n in range(1, len(truth)) if truth[n] != truth[n - 1]]


def _right(speech: Sequence[Speech], truth: Sequence[str]) -> float:
    near = {n + k for n in _changes(truth) for k in range(-_FPS // 3, _FPS // 3 + 1)}
    judged = [
        (who in said) == (side in told.talk.people)
        for n, (told, said) in enumerate(zip(speech, truth, strict=True))
        if n not in near
        for who, side in _SIDES.items()
    ]
    return float(np.mean(judged))


def _onsets(speech: Sequence[Speech], truth: Sequence[str]) -> list[float]:
    delays = []
    marks = [0, *_changes(truth), len(truth)]
    for first, after in pairwise(marks):
        if len(truth[first]) != 1 or after - first < _FPS:
            continue
        side, before = _SIDES[truth[first]], first
        while before and side in speech[before - 1].talk.people and first - before < _FPS:
            before -= 1
        heard = next((n for n in range(before, after) if side in speech[n].talk.people), after)
        delays.append((heard - first) / _FPS)
    return delays


def _known(speech: Sequence[Speech], truth: Sequence[str]) -> float:
    return float(np.mean([told.talk is not Talk.UNKNOWN for told, said in zip(speech, truth, strict=True) if said]))


if __name__ == "__main__":
    main()
