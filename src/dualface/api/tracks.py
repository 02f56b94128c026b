"""Reading what a run has written of who is where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dualface.errors import InputError
from dualface.jobs import TRACKS_SUFFIX, Job
from dualface.records import tracks_file


class Tracks(NamedTuple):
    """A tracks file: what its first line says of the film, and an entry for each frame, as it is in the file.

    The page on the tracks file says what is in them.  Both are those of the newest version, whichever wrote the file.
    """

    header: dict[str, Any]
    frames: Iterator[dict[str, Any]]


def read_tracks(path: str | Path) -> Tracks:
    """Who is where in each frame of a film: ``path`` is the film that dualface has made, or ``STEM.tracks.jsonl`` beside it.

    Frames are read as they are asked for, so that a long film takes no memory.  Raises
    :class:`~dualface.errors.InputError`, also while they are read.
    """
    named = Path(path)
    beside = Job(named, named).beside(TRACKS_SUFFIX)
    if named.suffix != Path(TRACKS_SUFFIX).suffix:
        if not beside.is_file():
            what = "has no tracks file beside it" if named.is_file() else "is not a file"
            raise InputError(f"{named} {what}; name a film that dualface has made.", file=named)
        named = beside
    lines = tracks_file.read_tracks(named)
    return Tracks(lines.header, lines.entries)
