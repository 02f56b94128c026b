"""Which output each video gets, and whether all of them may be written.  Checked before any work starts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dualface.errors import InputError, OutputError, OutputExistsError
from dualface.jobs import SIDE_SUFFIXES, Job


@dataclass(frozen=True, slots=True)
class Orders:
    """The jobs, and sentences about what differs from what the user may expect."""

    jobs: tuple[Job, ...]
    warnings: tuple[str, ...]


def plan_jobs(sources: Sequence[Path], output_dir: Path, *, container: str, overwrite: bool) -> Orders:
    """A job for each source, ``DIR/<stem>.<container>``.

    Where two sources share a stem (but for case), the later one's output is numbered: ``talk-2.mp4``.  The numbers depend on
    the order of ``sources`` alone.
    """
    reserved = {source.stem.casefold() for source in sources}
    taken: dict[str, Path] = {}
    jobs, warnings = [], []
    for source in sources:
        stem = source.stem
        if stem.casefold() in taken:
            stem = next(name for name in _numbered(stem) if name.casefold() not in reserved | taken.keys())
            first = taken[source.stem.casefold()]
            warnings.append(f"{source} has the same name as {first}; its output is {stem}.{container}.")
        taken[stem.casefold()] = source
        jobs.append(Job(source, output_dir / f"{stem}.{container}", overwrite))
    return Orders(tuple(jobs), tuple(warnings))


def check_outputs(jobs: Sequence[Job]) -> None:
    """Refuses what would destroy or can't be written, without writing anything.

    Raises :class:`~dualface.errors.OutputError` for an output that is an input or whose folder can't be written, and
    :class:`~dualface.errors.OutputExistsError` for an existing output that may not be overwritten.
    """
    for folder in dict.fromkeys(job.output.parent for job in jobs):
        try:
            _check_folder(folder)
        except OSError as error:
            raise OutputError(f"The output folder {folder} can't be made: {error.strerror}.", file=folder) from error
    sources = {_identity(job.source): job.source for job in jobs if job.source.exists()}
    for job in jobs:
        for path in _files(job):
            if path.exists() and _identity(path) in sources:
                raise OutputError(f"The output {path} is an input as well; choose another folder with -o.", file=path)
    existing = [path for job in jobs if not job.overwrite for path in _files(job) if path.exists()]
    if existing:
        more = f" (and {len(existing) - 1} more)" if len(existing) > 1 else ""
        raise OutputExistsError(
            f"{existing[0]} exists already{more}; --overwrite replaces it, -o chooses another folder.", file=existing[0]
        )


def check_sources(sources: Sequence[Path]) -> None:
    """Raises :class:`~dualface.errors.InputError` for a source that is not a readable file."""
    for source in sources:
        if not source.is_file():
            raise InputError(f"{source} is not a file.", file=source)


def _check_folder(folder: Path) -> None:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise OutputError(f"The output folder {folder} can't be made, {existing} is a file.", file=folder)
    if not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(f"The output folder {folder} can't be written; check its permissions.", file=folder)


def _numbered(stem: str) -> Iterator[str]:
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1


def _files(job: Job) -> list[Path]:
    return [job.output, *(job.beside(suffix) for suffix in SIDE_SUFFIXES)]


def _identity(path: Path) -> tuple[int, int]:
    """The same for all names of one file."""
    facts = path.stat()
    return facts.st_dev, facts.st_ino
