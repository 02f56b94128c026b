"""Videos that come into a folder: each is handed out once, when whoever writes it has finished."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dualface.errors import InputError

Mark = tuple[int, int]
"""A file's size and time of change: another one is another file."""
_PATIENCE_SECONDS = 60.0
"""What can't be opened although nothing has changed it for so long is worth a word."""


@dataclass
class Incoming:
    """The videos in ``folder`` but not in ``exclude``.

    One is ready when nothing has changed it for ``settle`` seconds and it can be opened: a copy that waits for the network has
    not grown either, but its index is not there yet.
    """

    folder: Path
    exclude: Path
    settle: float
    recursive: bool = False
    _seen: dict[Path, tuple[Mark, float]] = field(default_factory=dict)
    _done: dict[Path, Mark] = field(default_factory=dict)
    _told: dict[Path, Mark] = field(default_factory=dict)

    def ready(self, now: float) -> list[Path]:
        """Those that have become ready, at a time in seconds of any clock.  Raises :class:`~dualface.errors.InputError` where
        the folder is gone.
        """
        found = []
        for path in self._videos():
            mark = _mark(path)
            if mark is None or self._done.get(path) == mark:
                continue
            before, since = self._seen.get(path, (None, now))
            if before != mark:
                self._seen[path] = mark, now
            elif now - since >= self.settle and mark[0] and _opens(path):
                found.append(path)
        return found

    def stuck(self, now: float) -> list[Path]:
        """Those that have not changed for a minute and can't be opened; each is told once, as long as it stays as it is."""
        patience = self.settle + _PATIENCE_SECONDS
        found = [path for path, (mark, since) in self._seen.items() if now - since >= patience and self._told.get(path) != mark]
        self._told |= {path: self._seen[path][0] for path in found}
        return found

    def waiting(self) -> list[Path]:
        """Those that have been seen but are not ready."""
        return [path for path, (mark, _) in self._seen.items() if self._done.get(path) != mark]

    def take(self, path: Path) -> None:
        """It is not handed out again, unless it changes: neither a film that was made nor a failure."""
        mark = self._seen.pop(path, (None, 0.0))[0] or _mark(path)
        if mark is not None:
            self._done[path] = mark

    def _videos(self) -> list[Path]:
        from dualface.batch.inputs import find_videos

        if not self.folder.is_dir():
            raise InputError(f"{self.folder} is not a folder; name the one that videos come into.", file=self.folder)
        try:
            return find_videos([str(self.folder)], recursive=self.recursive, exclude=self.exclude).videos
        except InputError:  # there are none
            return []


def _mark(path: Path) -> Mark | None:
    try:
        facts = path.stat()
    except OSError:  # taken away
        return None
    return facts.st_size, facts.st_mtime_ns


def _opens(path: Path) -> bool:
    import av

    from dualface.media import open_media

    try:
        with open_media(path) as container:
            return bool(container.streams.video)
    except (av.FFmpegError, OSError, ValueError, InputError):
        return False
