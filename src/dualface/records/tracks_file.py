"""The tracks file: who is where and what is shown, a JSON line for every frame; see ``docs/tracks-format.md``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dualface.records.json_lines import Entry, Lines, Schema, Upgrade, header_line, line_of, number, read_lines
from dualface.types import Fill, FramePlan, Observation, Person, Placement, Talk, VideoInfo

_BOX_DIGITS = 3


def tracks_header(source_name: str, info: VideoInfo, size: tuple[int, int], names: Mapping[Person, str]) -> str:
    """The first line: what the numbers of the others mean.  ``size`` is the film's width and height in pixels."""
    return header_line(
        SCHEMA,
        {
            "source": source_name,
            "width": info.width,
            "height": info.height,
            "fps": str(info.fps),
            "output": {"width": size[0], "height": size[1]},
            "names": {person.value: names.get(person) or None for person in Person},
        },
    )


def tracks_line(seen: Observation, plan: FramePlan) -> str:
    """The line of one frame: what was seen in it, and what is shown of it."""
    entry: Entry = {
        "frame": plan.index,
        "time": round(plan.time, 6),
        "cut": plan.cut,
        "reid": seen.reid,
        "layout": plan.layout,
        "faces": [
            {
                "track": face.track_id,
                "person": plan.people.get(face.track_id),
                "box": _numbers(face.box),
                "score": round(face.score, 3),
            }
            for face in seen.faces
        ],
        "tiles": {p.person or "scene": _tile(p) for p in plan.placements if p.fill is not Fill.BACKDROP},
    }
    if plan.speech is not None and plan.speech.talk is not Talk.UNKNOWN:
        entry["speaking"] = list(plan.speech.talk.people)
    if seen.namings:
        entry["namings"] = [
            {
                "track": naming.track_id,
                "person": naming.person,
                "was": naming.was,
                "since": naming.since,
                "similarity": round(naming.similarity, 4),
                "reason": naming.reason,
            }
            for naming in seen.namings
        ]
    return line_of(entry)


def read_tracks(path: Path) -> Lines:
    """The header and the lines, in the newest version.  Raises :class:`~dualface.errors.InputError`, lines do so too."""
    return read_lines(path, SCHEMA)


def _tile(placement: Placement) -> Entry:
    at = placement.at
    return {
        "at": [at.x, at.y, at.w, at.h],
        "crop": _numbers(placement.crop),
        "state": placement.state.value,
        "track": placement.track_id,
    }


def _numbers(box: tuple[float, ...]) -> list[float]:
    return [number(round(v, _BOX_DIGITS)) for v in box]


def _second_header(header: Entry) -> Entry:
    kept = {key: value for key, value in header.items() if key != "tiles"}
    return kept | {"schema": "dualface.tracks/2", "names": dict.fromkeys(("left", "right"))}


def _second_line(header: Entry, entry: Entry) -> Entry:
    """Version 1 had both tiles in every frame, at places that the header told."""
    places: dict[str, Any] = header.get("tiles", {})
    tiles = {name: {"at": places.get(name), **tile} for name, tile in entry.get("tiles", {}).items()}
    named = {"namings" if key == "corrections" else key: value for key, value in entry.items()}
    return named | {"layout": "split", "tiles": tiles}


SCHEMA = Schema("dualface.tracks", 2, {1: Upgrade(_second_header, _second_line)})
