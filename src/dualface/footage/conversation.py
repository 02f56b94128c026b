"""Two people who talk, with the truth about who speaks when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from dualface.footage.cast import load_cast
from dualface.footage.render import SceneTruth, render_scene
from dualface.footage.scenes import talk
from dualface.footage.sound import melody
from dualface.footage.speech import CONVERSATION, PITCHES, Speaking, spans_of, syllables, truth, voice
from dualface.types import F32Array

Listeners = Literal["still", "lively", "restless"]
"""What somebody who listens does: nothing much; nods, leans and turns; moves the mouth as speakers do."""
Sound = Literal["mixed", "music", "microphones", "music only", "silence"]
"""One voice over the other; with music under them; a voice a channel; the music alone; nothing."""

_MUSIC = 1.5
_BLEED = 0.12
"""How much of the other's voice a microphone hears."""


def write_conversation(
    path: Path,
    *,
    turns: Sequence[tuple[float, str]] = CONVERSATION,
    listeners: Listeners = "still",
    sound: Sound = "mixed",
    size: tuple[int, int] = (640, 360),
    fps: int = 30,
    seed: int = 0,
) -> tuple[SceneTruth, list[str]]:
    """Writes a conversation of A, on the left, and B.

    Returns where they are, and who speaks in each frame, as ``turns`` has it.
    """
    seconds = sum(length for length, _ in turns)
    spoken = {who: syllables(spans_of(turns, who), ord(who) + seed) for who in PITCHES}
    everywhere = [(0.0, seconds)]
    cast = {
        who: replace(
            actor,
            act=Speaking(
                spoken[who],
                syllables(everywhere, seed) if listeners == "restless" else None,
                lively=listeners == "lively",
            ),
        )
        for who, actor in load_cast("AB").items()
    }
    voices = [voice(spoken[who], seconds, pitch, seed) for who, pitch in PITCHES.items()]
    heard = _heard(np.array(voices, np.float32), seconds, sound)
    scene = talk(seconds, seed)
    where = render_scene(path, scene, size=size, fps=fps, audio=sound != "silence", grain=1.5, cast=cast, heard=heard)
    return where, truth(turns, [(n + 0.5) / fps for n in range(len(where.frames))])


def _heard(voices: F32Array, seconds: float, sound: Sound) -> F32Array:
    if sound == "microphones":
        return voices + np.float32(_BLEED) * voices[::-1]
    both = np.repeat(voices.sum(0, keepdims=True), 2, 0)
    music = np.float32(_MUSIC) * melody(seconds)
    choices: dict[str, F32Array] = {"mixed": both, "music": both + music, "music only": music, "silence": np.zeros_like(both)}
    return choices[sound]
