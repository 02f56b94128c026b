"""What is asked for, one video each, and how it ended."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

from dualface.errors import DualfaceError
from dualface.files import NAME_BYTES

TRACKS_SUFFIX, SUMMARY_SUFFIX = ".tracks.jsonl", ".summary.json"
OBSERVATIONS_SUFFIX, PLAN_SUFFIX = ".observations.jsonl.gz", ".plan.jsonl.gz"
CORRECTIONS_SUFFIX = ".corrections.yaml"
"""What the user may put beside a film; dualface's ``review`` writes it, a run only reads it."""
SPEECH_SUFFIX = ".rttm"
"""Of the table of turns, where it is asked for."""
SIDE_SUFFIXES = (TRACKS_SUFFIX, SUMMARY_SUFFIX, OBSERVATIONS_SUFFIX, PLAN_SUFFIX)
"""What stands beside a film."""


@dataclass(frozen=True, slots=True)
class OtherFilm:
    """Another film of the same video, made along with the first from one decode and one analysis.

    ``name`` is told in messages, ``settings`` are what differs from the first film's: keys, as ``framing.size``, and values.
    """

    name: str
    output: Path
    settings: tuple[tuple[str, bool | int | float | str], ...]


@dataclass(frozen=True, slots=True)
class SliceToSee:
    """A slice of a film that one of several workers looks at: ``start`` to ``end``, in seconds from the film's first picture,
    or to its last.  What is seen comes into the file ``seen``.
    """

    start: Fraction
    end: Fraction | None
    seen: Path


@dataclass(frozen=True, slots=True)
class SliceToMake:
    """A slice of a film that one of several workers makes: that of the observations in the file ``seen``, once it is there.

    ``time_base`` is the source's.
    """

    seen: Path
    time_base: Fraction


@dataclass(frozen=True, slots=True)
class Job:
    """One video to process.  ``output`` is the film; the other outputs stand beside it, see :meth:`beside`.

    ``plan`` is a file to take the plan from instead of looking at the video, ``observations`` what had been seen by then.
    ``also`` are other films to make of the video along with this one.
    ``corrections`` is a file of what a person has corrected.
    ``slice`` is what is to be done of a film that several workers make; ``output`` is then where the work stands.
    """

    source: Path
    output: Path
    overwrite: bool = False
    plan: Path | None = None
    observations: Path | None = None
    also: tuple[OtherFilm, ...] = ()
    corrections: Path | None = None
    slice: SliceToSee | SliceToMake | None = None

    def beside(self, suffix: str) -> Path:
        """``DIR/<stem><suffix>``, for example ``.tracks.jsonl``; a stem too long for that is cut and marked by a digest."""
        name = os.fsencode(self.output.stem + suffix)
        if len(name) > NAME_BYTES:
            stem = os.fsencode(self.output.stem)
            mark = f"~{hashlib.sha256(stem).hexdigest()[:8]}{suffix}"
            name = os.fsencode(stem[: NAME_BYTES - len(mark)].decode(errors="ignore") + mark)
        return self.output.with_name(os.fsdecode(name))


class Status(StrEnum):
    """How one video ended."""

    DONE = "done"
    PARTIAL = "partial"
    """Made and kept, but the source was truncated or damaged."""
    DEGRADED = "degraded"
    """Made and kept, but too many pictures could not be composed, or a tile is without its person nearly all the time."""
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class VideoOutcome:
    """One video's end.  ``summary`` is what ``<stem>.summary.json`` holds, ``error`` why there is no output.

    ``also`` are the ends of the other films that were made along with it, where there are any.
    """

    job: Job
    status: Status
    error: DualfaceError | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    also: tuple[VideoOutcome, ...] = ()
