"""A film in the list: how it ended, and its worst moments, without opening it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dualface.api.sources import find_source
from dualface.errors import DualfaceError
from dualface.records.headers import RecordHeader
from dualface.records.observation_file import observation_header
from dualface.review.library import Entry
from dualface.review.overview import AWAY, LONG_AWAY_SECONDS, doubts

_MOST = 3


def film_line(entry: Entry) -> dict[str, Any]:
    """``badness`` sorts the list; ``moments`` are ``{at, badness, text}``, the worst first, in the source's seconds."""
    summary = entry.summary()
    moments = sorted(_moments(summary, _names(entry)), key=lambda one: -one["badness"])
    return {
        "id": entry.id,
        "title": entry.title,
        "looked_at": entry.observations.is_file(),
        "made": entry.film.is_file(),
        "status": str(summary.get("status", "")),
        "duration": summary.get("duration_seconds", 0),
        "badness": sum(one["badness"] for one in moments),
        "count": len(moments),
        "moments": moments[:_MOST],
    }


def _moments(summary: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for one in doubts(summary):
        who = names.get(str(one.get("person")), "neither of the two")
        badness = round(1 - one["confidence"], 3)
        yield {"at": one["from"], "badness": badness, "text": f"{one['confidence']:.0%} sure that this is {who}"}
    missing = summary.get("missing")
    for person, spans in (missing if isinstance(missing, dict) else {}).items():
        for first, last in spans:
            if last - first > LONG_AWAY_SECONDS:
                yield {"at": first, "badness": AWAY, "text": f"{names.get(person, person)} is away for {last - first:.0f} s"}


def _names(entry: Entry) -> dict[str, str]:
    """What the two are called, as the settings say that the video was looked at with."""
    header = _header(entry)
    framing = header.settings.get("framing", {}) if header is not None else {}
    return {side: framing.get(f"caption_{side}") or f"{side.capitalize()} person" for side in ("left", "right")}


def source_of(entry: Entry) -> Path | None:
    """The video that was looked at, where it is to be found."""
    header = _header(entry)
    folder = entry.stem.parent
    return find_source(header, (folder, folder.parent)) if header is not None else None


def _header(entry: Entry) -> RecordHeader | None:
    try:
        return observation_header(entry.observations) if entry.observations.is_file() else None
    except (DualfaceError, OSError):
        return None
