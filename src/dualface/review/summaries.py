"""A film in the list: how it ended, and its worst moments, without opening it."""

from __future__ import annotations

from typing import Any

from dualface.review.library import Entry

_MOST = 3


def film_line(entry: Entry) -> dict[str, Any]:
    """``badness`` sorts the list; ``moments`` are ``{at, text}``, the worst first, times in seconds of the source's clock."""
    summary = entry.summary()
    moments = sorted(_moments(summary), key=lambda one: -one["badness"])
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
        "notes": [str(one) for one in [*summary.get("warnings", []), *summary.get("notes", [])]][:_MOST],
    }


def _moments(summary: dict[str, Any]) -> list[dict[str, Any]]:
    look = summary.get("second_look")
    unsure = look.get("unsure", []) if isinstance(look, dict) else []
    found = [
        {
            "at": one["from"],
            "badness": round(1 - one["confidence"], 3),
            "text": f"{one['confidence']:.0%} sure who this is",
        }
        for one in unsure
    ]
    missing = summary.get("missing")
    for person, spans in (missing if isinstance(missing, dict) else {}).items():
        found += [{"at": first, "badness": 0.1, "text": f"{person} person is away for {last - first:.0f} s"} for first, last in spans]
    return found
