"""Plans as lines of JSON and back, without loss; see ``docs/file-formats.md``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from dualface.errors import InputError
from dualface.records.headers import RecordHeader
from dualface.records.json_lines import Entry, Schema, header_line, line_of, number, read_header, read_lines, write_lines
from dualface.types import Box, Fill, FramePlan, Mark, Person, Placement, Rect, Speech, Talk, TileState

SCHEMA = Schema("dualface.plan", 1)
Read = TypeVar("Read")


def plan_line(plan: FramePlan, base: FramePlan | None = None) -> str:
    """The line of one frame; ``base`` is its plan without corrections, where that is another."""
    entry: Entry = {"n": plan.index, "t": plan.time, **_plan_entry(plan)}
    if base is not None and base != plan:
        entry["base"] = _plan_entry(base)
    return line_of(entry)


def plan_of(entry: Entry) -> FramePlan:
    """The plan that a line tells.  Raises ``KeyError``, ``TypeError`` or ``ValueError`` for any other entry."""
    people = {int(track): Person(name) for track, name in entry.get("people", {}).items()}
    placements = tuple(map(_placement_of, entry["placements"]))
    speech = Speech(Talk(entry["speech"][0]), float(entry["speech"][1])) if "speech" in entry else None
    return FramePlan(entry["n"], float(entry["t"]), bool(entry.get("cut", False)), entry["layout"], placements, people, speech)


def base_of(entry: Entry) -> FramePlan:
    """The plan without corrections that a line tells.  Raises as :func:`plan_of`."""
    return plan_of({**entry["base"], "n": entry["n"], "t": entry["t"]} if "base" in entry else entry)


def write_plan(path: Path, header: RecordHeader, plans: Sequence[FramePlan], bases: Sequence[FramePlan] | None = None) -> None:
    """Writes a file whole or not at all, packed if its name ends in ``.gz``; ``bases`` are the plans without corrections.

    Raises :class:`OSError`.
    """
    write_lines(path, [header_line(SCHEMA, header.entry()), *map(plan_line, plans, bases or plans)])


def plan_header(path: Path) -> RecordHeader:
    """The header alone.  Raises :class:`~dualface.errors.InputError`."""
    return RecordHeader.of(path, read_header(path, SCHEMA))


def read_plan(path: Path) -> tuple[RecordHeader, Iterator[FramePlan]]:
    """Raises :class:`~dualface.errors.InputError`, also while the plans are read."""
    lines = read_lines(path, SCHEMA)
    return RecordHeader.of(path, lines.header), _plans(path, lines.entries, plan_of)


def read_plan_and_base(path: Path) -> tuple[RecordHeader, Iterator[tuple[FramePlan, FramePlan]]]:
    """Each plan, and the one without corrections, which is the same object where it is the same.

    Raises :class:`~dualface.errors.InputError`, also while the plans are read.
    """
    lines = read_lines(path, SCHEMA)
    return RecordHeader.of(path, lines.header), _plans(path, lines.entries, _both_of)


def _both_of(entry: Entry) -> tuple[FramePlan, FramePlan]:
    plan = plan_of(entry)
    return plan, base_of(entry) if "base" in entry else plan


def _plan_entry(plan: FramePlan) -> Entry:
    entry: Entry = {"layout": plan.layout}
    if plan.cut:
        entry["cut"] = True
    entry["placements"] = [_placement_entry(placement) for placement in plan.placements]
    if plan.people:
        entry["people"] = {str(track): person for track, person in plan.people.items()}
    if plan.speech is not None:
        entry["speech"] = [plan.speech.talk, number(plan.speech.confidence)]
    return entry


def _plans(path: Path, entries: Iterable[Entry], read: Callable[[Entry], Read]) -> Iterator[Read]:
    for line, entry in enumerate(entries, 2):
        try:
            yield read(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}: line {line} is damaged; make the file anew.", file=path) from error


def _placement_entry(placement: Placement) -> list[Any]:
    at = placement.at
    crop = list(map(number, placement.crop))
    entry = [placement.person, [at.x, at.y, at.w, at.h], crop, placement.state, placement.track_id, placement.fill]
    more = [placement.corner, placement.mark]
    return entry if more == [0, Mark.NONE] else [*entry, *more]


def _placement_of(entry: list[Any]) -> Placement:
    person, at, crop, state, track_id, fill, *more = entry
    x, y, w, h = map(float, crop)
    corner, mark = more or (0, Mark.NONE)
    whose = None if person is None else Person(person)
    return Placement(Rect(*at), Box(x, y, w, h), whose, TileState(state), track_id, Fill(fill), int(corner), Mark(mark))
