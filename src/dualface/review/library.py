"""Which films there are in the folder that the page shows.  Nothing outside it is named to anybody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dualface.api.orders import videos_in
from dualface.errors import InputError
from dualface.jobs import OBSERVATIONS_SUFFIX, SUMMARY_SUFFIX

OUTPUT = "dualface-out"
"""The folder for what is made of a video that has no film yet: that of ``dualface run``."""
CONTAINERS = (".mp4", ".mkv", ".mov")
_DEEPEST = 4
"""So many folders below the one that is shown are looked into."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One film, made or to be made.

    ``stem`` is where its files stand, without their suffixes; ``source`` the video where no analysis names it, because there
    is none yet.  ``title`` is the path in the folder, for people; ``id`` stands for the entry in addresses, always the same.
    """

    id: str
    stem: Path
    title: str
    source: Path | None = None

    def beside(self, suffix: str) -> Path:
        return self.stem.with_name(self.stem.name + suffix)

    @property
    def observations(self) -> Path:
        return self.beside(OBSERVATIONS_SUFFIX)

    @property
    def film(self) -> Path:
        """The film, or where it will be."""
        made = (self.beside(suffix) for suffix in CONTAINERS)
        return next((path for path in made if path.is_file()), self.beside(".mp4"))

    def summary(self) -> dict[str, Any]:
        """What the run that made the film has told; empty where there was none."""
        try:
            found = json.loads(self.beside(SUMMARY_SUFFIX).read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class Library:
    """The films in a folder, or the one that a file belongs to.

    ``shown`` is a folder; a film that dualface has made; its observations; or a video.  Raises
    :class:`~dualface.errors.InputError` for anything else.
    """

    def __init__(self, shown: Path) -> None:
        if not shown.exists():
            raise InputError(f"{shown} does not exist; name a folder, a film or a video.", file=shown)
        self._only = None if shown.is_dir() else shown.resolve()
        self.root = (shown if shown.is_dir() else shown.parent).resolve()

    def entries(self) -> list[Entry]:
        """All films, in the order of their names."""
        looked = {entry.id: entry for entry in self._looked_at()}
        if self._only is not None:
            return self._of_one(looked, self._only)
        for video in videos_in(self.root):
            if not any(_is_of(entry, video) for entry in looked.values()):
                entry = self._unseen(video)
                looked.setdefault(entry.id, entry)
        return sorted(looked.values(), key=lambda entry: entry.title.casefold())

    def entry(self, id: str) -> Entry | None:
        return next((entry for entry in self.entries() if entry.id == id), None)

    def _of_one(self, looked: dict[str, Entry], only: Path) -> list[Entry]:
        own = [entry for entry in looked.values() if only in (entry.observations, entry.film.resolve()) or _is_of(entry, only)]
        return own or [self._unseen(only)]

    def _unseen(self, video: Path) -> Entry:
        return self._entry(video.parent / OUTPUT / video.stem, video)

    def _looked_at(self) -> Iterator[Entry]:
        for path in _below(self.root, _DEEPEST):
            if path.name.endswith(OBSERVATIONS_SUFFIX):
                stem = path.with_name(path.name.removesuffix(OBSERVATIONS_SUFFIX))
                yield self._entry(stem)

    def _entry(self, stem: Path, video: Path | None = None) -> Entry:
        name = stem.relative_to(self.root).as_posix()
        id = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:16]
        return Entry(id, stem, (video or stem).relative_to(self.root).as_posix(), video)


def _is_of(entry: Entry, video: Path) -> bool:
    """Whether an entry is about ``video``."""
    source = entry.source or Path(str(entry.summary().get("source", "")))
    return source == video or (entry.stem.name == video.stem and entry.stem.parent == video.parent / OUTPUT)


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """Files that are really there: links may lead out of the folder."""
    try:
        children = sorted(folder.iterdir())
    except OSError:
        return
    for child in children:
        if child.name.startswith(".") or child.is_symlink():
            continue
        if child.is_dir() and depth:
            yield from _below(child, depth - 1)
        elif child.is_file():
            yield child
