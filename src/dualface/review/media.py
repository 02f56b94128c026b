"""The video that the page plays: the film's source, or a proxy of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dualface.review.open_film import OpenFilm
from dualface.review.playable import playable


@dataclass(frozen=True, slots=True)
class Media:
    """``offset``: when its first picture is shown, in seconds of the browser's clock.  Without a ``path``, ``why``."""

    path: Path | None = None
    media_type: str = ""
    offset: float = 0.0
    kind: str = ""
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "type": self.media_type, "offset": self.offset, "why": self.why}


def media_of(film: OpenFilm) -> Media:
    """The source, if browsers play it."""
    found = playable(film.source)
    if found is None:
        return Media(why="This browser can't play the source; a proxy is needed.")
    return Media(film.source, found.media_type, found.offset, "source")
