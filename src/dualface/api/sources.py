"""Where the video is that an analysis is about."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dualface.errors import DualfaceError
from dualface.records.headers import RecordHeader


def find_source(header: RecordHeader, folders: Iterable[Path]) -> Path | None:
    """The video that ``header`` names, there or, where it was moved, in one of ``folders``; ``None`` where it is not.

    A file counts only if it is the one that was looked at, unchanged: whoever writes a header can name any file, but not
    without knowing what is in it.
    """
    name = header.source.name
    return next((path for path in (header.source, *(folder / name for folder in folders)) if _is(path, header)), None)


def _is(path: Path, header: RecordHeader) -> bool:
    from dualface.video.made_from import source_digest

    try:
        return bool(header.fingerprint) and source_digest(path) == header.fingerprint
    except DualfaceError:
        return False
