"""Hearing a video: its sound is read once its pictures were, when their times are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from dualface.decode.sound import sound_of
from dualface.direct.speech.evidence import NO_VOICE
from dualface.film_clock import FilmClock
from dualface.observe.listening import sounds_at, voices_in
from dualface.types import Observation

_BEYOND_SECONDS = 1.0


def somebody_is_heard(source: Path, check: Callable[[], None] = lambda: None) -> bool:
    """Whether there may be a voice in ``source``; reads its sound up to the first.  ``check`` as :func:`with_sound`."""
    return any(voice >= NO_VOICE for voice in voices_in(sound_of(source, check=check)))


def with_sound(
    source: Path, seen: Sequence[Observation], fps: float, *, clock: FilmClock, check: Callable[[], None] = lambda: None
) -> list[Observation]:
    """The observations with what is heard while their frames are shown; silence where ``source`` has no sound.

    ``clock`` is how the source's times became the observations'.  ``check`` is called often and may raise.
    """
    if not seen:
        return []
    times = [one.time for one in seen]
    pieces = sound_of(source, clock=clock, start=times[0] - _BEYOND_SECONDS, end=times[-1] + _BEYOND_SECONDS, check=check)
    sounds = sounds_at(pieces, times, 1 / fps)
    return [replace(one, sound=sound) for one, sound in zip(seen, sounds, strict=True)]
