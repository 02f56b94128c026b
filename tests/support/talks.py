"""Observations of conversations that nobody filmed: who speaks, whose lips move, what is heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dualface.types import Box, Observation, ObservedFace, Person, Sound, Talk

FPS = 25
REST, MOVING = 0.01, 0.25
LOUD, SILENT = -25.0, -90.0

Script = Sequence[tuple[float, str]]
"""Seconds, and who speaks: ``L``, ``R``, ``LR``; ``O``: somebody out of the picture, ``~``: music, nothing: silence."""


def conversation(
    script: Script,
    *,
    seed: int = 0,
    restless: str = "",
    unseen: str = "",
    microphones: str = "",
    cuts: Sequence[float] = (),
) -> list[Observation]:
    """``restless``: whose lips move all the time; ``unseen``: who is not in the picture.

    ``microphones``: whose the two are, as ``LR``; none where empty.  ``cuts``: in seconds.
    """
    random = np.random.default_rng(seed)
    seen: list[Observation] = []
    starts = {round(cut * FPS) for cut in cuts}
    for seconds, who in script:
        for _ in range(round(seconds * FPS)):
            faces = tuple(
                ObservedFace(
                    n,
                    Box(100.0 + 400 * n, 100, 80, 100),
                    0.9,
                    person,
                    lips=(MOVING if letter in who or letter in restless else REST) * float(random.uniform(0.6, 1.4)),
                )
                for n, (letter, person) in enumerate((("L", Person.LEFT), ("R", Person.RIGHT)))
                if letter not in unseen
            )
            index = len(seen)
            seen.append(Observation(index, index / FPS, index in starts, faces, sound=_sound(who, microphones)))
    return seen


def _sound(who: str, microphones: str) -> Sound:
    voice = {"": 0.01, "~": 0.02}.get(who, 0.95)
    levels = tuple(LOUD if letter in who else SILENT if not who else LOUD - 25 for letter in microphones)
    return Sound(voice, LOUD if who else SILENT, (levels[0], levels[1]) if levels else None)


def told(seen: Sequence[Observation]) -> list[tuple[float, Talk]]:
    """From when on, in seconds, who speaks."""
    changes: list[tuple[float, Talk]] = []
    for one in seen:
        assert one.speech is not None
        if not changes or changes[-1][1] is not one.speech.talk:
            changes.append((one.time, one.speech.talk))
    return changes
