"""The films that are made of one video, each with a configuration of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from dualface.config.presets import with_settings
from dualface.config.rules import EDITING_CODECS
from dualface.config.schema import Config
from dualface.jobs import Job

FIRST = ""
"""The name of the film that the video's job names itself."""


class FilmOrder(NamedTuple):
    """One of the films of a video: its name among them, the job of making it alone, and its configuration."""

    name: str
    job: Job
    config: Config


def films_of(job: Job, config: Config) -> list[FilmOrder]:
    """All films of a video, the first one first; ``config`` is that one's."""
    first = FilmOrder(FIRST, replace(job, also=()), config)
    others = (
        FilmOrder(
            other.name,
            Job(job.source, other.output, job.overwrite, corrections=job.corrections),
            with_settings(config, other.settings),
        )
        for other in job.also
    )
    return [first, *others]


def keeps_bits(config: Config) -> bool:
    """Whether the film shall have 10 bits a sample where the source has as many or more."""
    return config.encoding.codec in EDITING_CODECS
