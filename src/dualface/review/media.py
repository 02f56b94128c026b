"""The video that the page plays: the film's source, or a proxy of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dualface.records.headers import RecordHeader
from dualface.review.playable import playable
from dualface.review.proxies import proxy_path


@dataclass(frozen=True, slots=True)
class Media:
    """``kind``: ``source``, ``proxy``, or ``none``, which has no ``path`` but a reason, ``why``.

    ``offset``: when its first picture is shown, in seconds of the browser's clock.
    """

    kind: str
    path: Path | None = None
    media_type: str = ""
    offset: float = 0.0
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "type": self.media_type, "offset": self.offset, "why": self.why}


def media_of(header: RecordHeader, source: Path | None, begins: float, *, even_clock: bool) -> Media:
    """What the browser gets.

    ``begins`` is the first frame's time on the source's clock; with an uneven clock the source can't be played as the film.
    """
    proxy = proxy_path(header)
    if proxy.is_file() and (found := playable(proxy)) is not None:
        return Media("proxy", proxy, found.media_type, found.offset)
    if source is None:
        return Media("none", why=f"The video {header.source.name} is not where it was, or was changed.")
    found = playable(source) if even_clock else None
    if found is None:
        return Media("none", why="Browsers can't play this video as it is.")
    return Media("source", source, found.media_type, found.offset + begins - found.begins)
