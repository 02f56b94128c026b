"""Plans as lines of JSON and back, without loss; see ``docs/file-formats.md``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dualface.errors import InputError
from dualface.records.headers import RecordHeader
from dualface.records.json_lines import Entry, Schema, header_line, line_of, number, read_lines, write_lines
from dualface.types import Box, Fill, FramePlan, Mark, Person, Placement, Rect, Speech, Talk, TileState

SCHEMA = Schema("dualface.plan", 1)


def plan_line(plan: FramePlan) -> str:
    """The line of one frame."""
    entry: Entry = {"n": plan.index, "t": plan.time, "layout": plan.layout}
    if plan.cut:
        entry["cut"] = True
    entry["placements"] = [_placement_entry(placement) for placement in plan.placements]
    if plan.people:
        entry["people"] = {str(track): person for track, person in plan.people.items()}
    if plan.speech is not None:
        entry["speech"] = [plan.speech.talk, number(plan.speech.confidence)]
    return line_of(entry)


def plan_of(entry: Entry) -> FramePlan:
    """The plan that a line tells.  Raises ``KeyError``, ``TypeError`` or ``ValueError`` for any other entry."""
    people = {int(track): Person(name) for track, name in entry.get("people", {}).items()}
    placements = tuple(map(_placement_of, entry["placements"]))
    speech = Speech(Talk(entry["speech"][0]), float(entry["speech"][1])) if "speech" in entry else None
    return FramePlan(entry["n"], float(entry["t"]), bool(entry.get("cut", False)), entry["layout"], placements, people, speech)


def write_plan(path: Path, header: RecordHeader, plans: Iterable[FramePlan]) -> None:
    """Writes a file whole or not at all, packed if its name ends in ``.gz``.  Raises :class:`OSError`."""
    write_lines(path, [header_line(SCHEMA, header.entry()), *map(plan_line, plans)])


def read_plan(path: Path) -> tuple[RecordHeader, Iterator[FramePlan]]:
    """Raises :class:`~dualface.errors.InputError`, also while the plans are read."""
    lines = read_lines(path, SCHEMA)
    return RecordHeader.of(path, lines.header), _plans(path, lines.entries)


def _plans(path: Path, entries: Iterable[Entry]) -> Iterator[FramePlan]:
    for line, entry in enumerate(entries, 2):
        try:
            yield plan_of(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}: line {line} is damaged; make the file anew.", file=path) from error


def _placement_entry(placement: Placement) -> list[Any]:
    at = placement.at
    crop = list(map(number, placement.crop))
    told = [placement.person, [at.x, at.y, at.w, at.h], crop, placement.state, placement.track_id, placement.fill]
    return told if placement.mark is Mark.NONE else [*told, placement.mark]


def _placement_of(entry: list[Any]) -> Placement:
    person, at, crop, state, track_id, fill, *mark = entry
    x, y, w, h = map(float, crop)
    return Placement(
        Rect(*at),
        Box(x, y, w, h),
        None if person is None else Person(person),
        TileState(state),
        track_id,
        Fill(fill),
        Mark(mark[0]) if mark else Mark.NONE,
    )
