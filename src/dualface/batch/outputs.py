"""Which output each video gets, and whether all of them may be written.  Checked before any work starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dualface.config.presets import Variant, settings_of
from dualface.errors import ConfigurationError, InputError, OutputError, OutputExistsError
from dualface.jobs import SIDE_SUFFIXES, Job, OtherFilm
from dualface.sequences import is_sequence, name_of, pictures_of

FILM_SUFFIXES = frozenset({".mp4", ".mkv", ".mov"})
"""What the name of a film ends in."""
_OF_VIDEOS = FILM_SUFFIXES | {".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mpeg", ".mpg", ".mts", ".mxf", ".ts", ".webm", ".wmv"}


@dataclass(frozen=True, slots=True)
class Orders:
    """The jobs, and sentences about what differs from what the user may expect."""

    jobs: tuple[Job, ...]
    notes: tuple[str, ...]


def container_of(output: Path) -> str | None:
    """The container of the film that ``output`` names; ``None`` for a folder.

    Raises :class:`~dualface.errors.ConfigurationError` for a film of another kind.
    """
    suffix = output.suffix.lower()
    if output.is_dir() or suffix not in _OF_VIDEOS:
        return None
    if suffix not in FILM_SUFFIXES:
        what = f"-o {output}: films are written as .mp4, .mkv or .mov, not as {suffix}"
        raise ConfigurationError(f"{what}; choose one of these, or a folder.", file=output)
    return suffix[1:]


def plan_jobs(
    sources: Sequence[Path], output: Path, *, container: str, overwrite: bool, also: Sequence[Variant] = ()
) -> Orders:
    """A job for each source: the film that ``output`` names, else ``<output>/<stem>.<container>``.

    Films that are ``also`` to be made stand beside it, as ``<stem>.<name>.<container>``.  Where two sources share a stem (but
    for case), the later one's output is numbered: ``talk-2.mp4``.  The numbers depend on the order of ``sources`` alone.

    Raises :class:`~dualface.errors.ConfigurationError` for several sources of one film.
    """
    if container_of(output) is not None:
        if len(sources) > 1:
            what = f"-o {output} is one film, but {len(sources)} videos are given"
            raise ConfigurationError(f"{what}; name a folder instead.", file=output)
        return Orders((_with_others(Job(sources[0], output, overwrite), container, also),), ())
    stems = [name_of(source) for source in sources]
    reserved = {stem.casefold() for stem in stems}
    taken: dict[str, Path] = {}
    jobs, notes = [], []
    for source, own in zip(sources, stems, strict=True):
        stem = own
        if taken.keys() & _names_taken(stem, also):
            free = (name for name in _numbered(stem) if not _names_taken(name, also) & (reserved | taken.keys()))
            stem = next(free)
            first = next(taken[name] for name in _names_taken(own, also) if name in taken)
            what = "the same name as" if own.casefold() == name_of(first).casefold() else "the name of a film of"
            notes.append(f"{source} has {what} {first}; its output is {stem}.{container}.")
        taken |= dict.fromkeys(_names_taken(stem, also), source)
        jobs.append(_with_others(Job(source, output / f"{stem}.{container}", overwrite), container, also))
    return Orders(tuple(jobs), tuple(notes))


def _names_taken(stem: str, also: Sequence[Variant]) -> set[str]:
    """The stems of all films of a video."""
    return {stem.casefold(), *(f"{stem}.{one.name}".casefold() for one in also)}


def _with_others(job: Job, container: str, also: Sequence[Variant]) -> Job:
    others = []
    for one in also:
        own = one.entries.get("encoding.container")
        others.append(OtherFilm(one.name, job.beside(f".{one.name}.{own.value if own else container}"), settings_of(one)))
    return replace(job, also=tuple(others))


def check_outputs(jobs: Sequence[Job], how: Callable[[Job], str] = lambda _: "") -> None:
    """Refuses what would destroy or can't be written, without writing anything.

    ``how`` says of a job how the film that is there came to be: what goes on after "exists already".
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
    existing = [(job, path) for job in jobs if not job.overwrite for path in _files(job) if path.exists()]
    if existing:
        (job, path), more = existing[0], f" (and {len(existing) - 1} more)" if len(existing) > 1 else ""
        raise OutputExistsError(
            f"{path} exists already{more}{how(job)}; --overwrite replaces it, -o chooses another folder.", file=path
        )


def check_sources(sources: Sequence[Path]) -> None:
    """Raises :class:`~dualface.errors.InputError` for a source that is neither a file nor a sequence of pictures."""
    for source in sources:
        if is_sequence(source):
            pictures_of(source)
        elif not source.is_file():
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
