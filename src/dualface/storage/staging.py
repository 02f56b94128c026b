"""The local folder that videos in storage pass through, a few at a time, so that it never holds more than its budget."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dualface.config.schema import Config
from dualface.errors import InputError, OutputExistsError
from dualface.files import write_whole
from dualface.jobs import SUMMARY_SUFFIX, Job
from dualface.storage.remote import Facts, Remote
from dualface.storage.urls import name_of, shown

FROM = "staged_from"
"""What a summary in storage has besides: which file the film was made of, and with which settings."""
_ROOM_FOR_FILM = 2.0
"""A film is made of segments that become one: room for so many times the video is kept."""


@dataclass(frozen=True)
class Video:
    """One video to make.  ``source`` is an address, or a local path as a text; ``facts`` are those of an address."""

    source: str
    name: str
    facts: Facts | None = None

    @property
    def room(self) -> int:
        """Bytes of the local disk that it needs."""
        size = self.facts.size if self.facts is not None else Path(self.source).stat().st_size
        return round(size * _ROOM_FOR_FILM) + (size if self.facts is not None else 0)

    def identity(self, config: Config) -> dict[str, Any]:
        """What its film depends on."""
        settings = hashlib.sha256(json.dumps(config.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
        version = (self.facts.size, self.facts.version) if self.facts is not None else _of_local(Path(self.source))
        return {"source": shown(self.source), "size": version[0], "version": version[1], "settings": settings}


def videos_at(inputs: Sequence[str]) -> list[Video]:
    """The videos at addresses.  Raises :class:`~dualface.errors.InputError`."""
    found = []
    for url in dict.fromkeys(one for address in inputs for one in Remote(address).videos()):
        facts = Remote(url).facts()
        if facts is None:
            raise InputError(f"{shown(url)} does not exist; check the address.")
        found.append(Video(url, name_of(url), facts))
    return found


def in_groups(videos: Sequence[Video], budget: int, most: int) -> Iterator[list[Video]]:
    """Videos that have room together, at most ``most``.

    Raises :class:`~dualface.errors.InputError` for one that has no room alone.
    """
    group: list[Video] = []
    for video in videos:
        if video.room > budget:
            what = (
                f"{shown(video.source)} needs {video.room / 1e9:.2f} GB of the local disk, but {budget / 1e9:.2f} may be used"
            )
            raise InputError(f"{what}; raise --staging-gb, or name another folder with --staging.")
        if group and (len(group) == most or sum(one.room for one in group) + video.room > budget):
            yield group
            group = []
        group.append(video)
    if group:
        yield group


@dataclass(frozen=True)
class Staged:
    """A video on its way: ``folder`` holds it, and the film while it is made; an ended run is gone on with there."""

    video: Video
    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "source" / self.video.name if self.video.facts is not None else Path(self.video.source)

    @property
    def film(self) -> Path:
        """The folder of the film."""
        return self.folder / "film"

    def fetch(self) -> None:
        """Raises what :meth:`~dualface.storage.remote.Remote.fetch` raises."""
        self.film.mkdir(parents=True, exist_ok=True)
        facts = self.video.facts
        if facts is None or (self.source.is_file() and self.source.stat().st_size == facts.size):
            return
        self.source.parent.mkdir(exist_ok=True)
        Remote(self.video.source).fetch(self.source, facts)

    def put(self, target: Remote, job: Job, config: Config) -> None:
        """Puts all that was made into storage, the summary last: a film with a summary is whole.

        Raises what :meth:`~dualface.storage.remote.Remote.put` raises.
        """
        summary = job.beside(SUMMARY_SUFFIX)
        content = json.loads(summary.read_bytes()) | {FROM: self.video.identity(config)}
        write_whole(summary, json.dumps(content, indent=2).encode())
        files = [path for path in sorted(self.film.iterdir()) if path.is_file() and not path.name.startswith(".")]
        for path in sorted(files, key=lambda path: path.name.endswith(SUMMARY_SUFFIX)):
            target.put(path, path.name)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def staged(video: Video, root: Path) -> Staged:
    """The place of a video in the folder ``root``: the same for the same content of the same address."""
    version = (video.facts.size, video.facts.version) if video.facts is not None else _of_local(Path(video.source))
    digest = hashlib.sha256(json.dumps([video.source, version]).encode()).hexdigest()[:32]
    return Staged(video, root / digest)


def made_before(video: Video, target: Remote, film: str, config: Config, *, overwrite: bool) -> bool:
    """Whether storage has the film ``film`` of just this video with just these settings.

    Raises :class:`~dualface.errors.OutputExistsError` where it has another of that name.
    """
    there = Remote(f"{target.url.rstrip('/')}/{film}")
    summary = target.read(Job(Path(film), Path(film)).beside(SUMMARY_SUFFIX).name)
    facts = there.facts()
    found: Any = None
    if summary is not None:
        with suppress(ValueError):
            found = json.loads(summary)
    if facts is None:
        return False
    if isinstance(found, dict) and found.get(FROM) == video.identity(config) and found.get("output_bytes") == facts.size:
        return True
    if not overwrite:
        raise OutputExistsError(f"{there.shown} exists already; --overwrite replaces it, -o chooses another place.")
    return False


def _of_local(path: Path) -> tuple[int, str]:
    facts = path.stat()
    return facts.st_size, str(facts.st_mtime_ns)
