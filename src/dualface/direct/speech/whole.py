"""Who speaks, decided over a whole film: a pure function of everything that was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dualface.config.schema import Config
from dualface.direct.layouts.chosen import follows_speech
from dualface.direct.speech.evidence import evidence_of
from dualface.direct.speech.microphones import with_microphones
from dualface.direct.speech.turns import speech_of
from dualface.types import Observation

_EXPORTS = {"rttm", "turns"}
"""Formats that tell who speaks."""


def wants_speech(config: Config) -> bool:
    """Whether anything asks who speaks: the settings, an export, a layout or a highlight.

    Raises :class:`~dualface.errors.ConfigurationError` for an unknown layout.
    """
    exported = _EXPORTS.intersection(name.strip() for name in config.export.formats.split(","))
    return config.speech.find or bool(exported) or follows_speech(config.framing)


def with_speech(seen: Sequence[Observation]) -> Sequence[Observation]:
    """The observations with who speaks in each frame; as they are where nobody listened."""
    if not seen or any(one.sound is None for one in seen):
        return seen
    told = speech_of(with_microphones(seen, evidence_of(seen)))
    return [replace(one, speech=speech) for one, speech in zip(seen, told, strict=True)]
