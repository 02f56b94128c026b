"""What a piece of work was made from: enough to know whether it may be continued, or is done already."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dualface import __version__
from dualface.config.people_file import PeopleFile
from dualface.config.schema import Config, ProcessingConfig
from dualface.decode.open import check_file
from dualface.direct.layouts.chosen import chosen_layout
from dualface.errors import InputError
from dualface.jobs import Job
from dualface.sequences import is_sequence, pictures_of

_FORMAT = 9
"""Of the work folder; raised with every change that an earlier version's work can't be continued across."""
_SAMPLE_BYTES = 1 << 16
IN_THE_PLAN = frozenset(
    {
        "layout",
        "only",
        "alone",
        "least_seconds",
        "highlight",
        "size",
        "headroom",
        "zoom",
        "smoothing",
        "gap",
        "margin",
        "behind",
        "corners",
        "caption_left",
        "caption_right",
    }
)
"""What of ``framing`` may differ within a film: plans tell it or, of captions, the summary.  All else is in each picture."""


NOT_OF_THE_FILM = frozenset(
    {"hardware", "memory", "cluster", "export", "models.download", "detection.backend", "encoding.container"}
) | {f"processing.{name}" for name in ProcessingConfig.model_fields if name != "lookahead_seconds"}
"""Sections and keys that change only where and how fast the work is done, so that it may go on elsewhere; what is exported of
a film; and the container, which only the last step knows of: a film's name tells it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Digests of the settings that decide what the output looks like, and of the source; and who worked on them."""

    settings: str
    source: str
    program: str

    @classmethod
    def of(cls, job: Job, config: Config) -> Identity:
        """Raises :class:`~dualface.errors.InputError` when the source, or the plan to follow, can't be read."""
        settings = _settings_digest(config)
        if job.plan is not None:
            settings = _digest(settings.encode() + _content(job.plan))
        return cls(settings, source_digest(job.source), f"{__version__}/{_FORMAT}")

    def difference(self, other: Identity) -> str | None:
        """What is different in ``other``, in words; ``None`` if nothing is."""
        if self.source != other.source:
            return "the source has changed"
        if self.settings != other.settings:
            return "the settings have changed"
        if self.program != other.program:
            return "another version of dualface began it"
        return None

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> Identity | None:
        """``None`` for anything that :meth:`to_json` did not give."""
        if isinstance(value, dict) and set(value) == {"settings", "source", "program"}:
            return cls(**{key: str(text) for key, text in value.items()})
        return None


def film_digest(config: Config) -> str:
    """What two plans of one video must have in common to be shown in one film: its canvas, and how it is encoded."""
    settings = config.model_dump(mode="json")
    del settings["encoding"]["container"]
    drawn = {name: value for name, value in settings["framing"].items() if name not in IN_THE_PLAN}
    canvas = [*chosen_layout(config.framing)[1], drawn]
    return _digest(json.dumps([settings["encoding"], settings["input"], canvas], sort_keys=True).encode())


def _settings_digest(config: Config) -> str:
    """Of what makes a film what it is: all but :data:`NOT_OF_THE_FILM`."""
    settings = {
        section: {name: value for name, value in values.items() if f"{section}.{name}" not in NOT_OF_THE_FILM}
        for section, values in config.model_dump(mode="json").items()
        if section not in NOT_OF_THE_FILM
    }
    if config.reid.people:
        settings["reid"]["people"] = PeopleFile(Path(config.reid.people)).digest()
    return _digest(json.dumps(settings, sort_keys=True).encode())


def source_digest(source: Path) -> str:
    """Size, time of the last change, and a little of both ends: reading all of a long video would take long."""
    check_file(source)
    try:
        if is_sequence(source):
            return _pictures_digest(source)
        with source.open("rb") as file:
            whole = os.fstat(file.fileno())
            head = file.read(_SAMPLE_BYTES)
            file.seek(max(whole.st_size - _SAMPLE_BYTES, 0))
            tail = file.read(_SAMPLE_BYTES)
    except OSError as error:
        raise InputError(f"{source} can't be read ({error.strerror}); check the path.", file=source, stage="decode") from error
    return _digest(f"{whole.st_size} {whole.st_mtime_ns} ".encode() + head + tail)


def _pictures_digest(source: Path) -> str:
    """Names, sizes and times of the last change."""
    facts = [(picture.name, picture.stat()) for picture in pictures_of(source)]
    return _digest("".join(f"{name}/{f.st_size}/{f.st_mtime_ns}/" for name, f in facts).encode(errors="replace"))


def digest_of_file(path: Path) -> str:
    """Of all that is in a small file.  Raises :class:`~dualface.errors.InputError`."""
    return _digest(_content(path))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}); check the path.", file=path, stage="direct") from error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
