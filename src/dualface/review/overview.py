"""A whole film at a glance: its shots, what each person's tile shows when, and what is worth a look."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dualface.types import FramePlan, Person, Placement, Talk, TileState

ABSENT = "absent"
LONG_HELD_SECONDS, LONG_AWAY_SECONDS = 1.0, 3.0
"""How long a tile may hold its last framing, or its person be away, before that is worth a look."""
HELD, AWAY = 0.3, 0.15
"""How bad that is, 0…1; a name that is not sure is as bad as it is doubtful."""
Lanes = Mapping[Person, Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Concern:
    """Something worth a look: frames ``first`` up to, not including, ``end``; ``badness`` is 0…1."""

    first: int
    end: int
    badness: float
    kind: str
    person: Person | None
    text: str

    def as_json(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "end": self.end,
            "badness": round(self.badness, 3),
            "kind": self.kind,
            "person": self.person,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Glance:
    """A part of a film: frames that begin a shot; how many frames of each layout follow each of them (the first counts those
    before); the lanes; and who speaks from which frame on, ``None`` where that is not known.
    """

    first: int
    cuts: Sequence[int]
    layouts: Sequence[Counter[str]]
    lanes: Lanes
    talks: Sequence[tuple[int, Talk | None]] = ()


def glance(first: int, frames: Sequence[FramePlan]) -> Glance:
    """Of frames that begin with number ``first``."""
    cuts: list[int] = []
    layouts: list[Counter[str]] = [Counter()]
    for n, frame in enumerate(frames, first):
        if frame.cut and n:
            cuts.append(n)
            layouts.append(Counter())
        layouts[-1][frame.layout] += 1
    return Glance(first, cuts, layouts, {person: _lane(person, first, frames) for person in Person}, _talks(first, frames))


def joined_shots(glances: Iterable[Glance]) -> list[list[Any]]:
    """``[first frame, layout]`` of each shot; the layout is the one that it has longest."""
    starts, layouts = [0], [Counter[str]()]
    for one in glances:
        layouts[-1] = layouts[-1] + one.layouts[0]
        starts += one.cuts
        layouts += one.layouts[1:]
    return [
        [first, max(counts, key=lambda name: counts[name])] for first, counts in zip(starts, layouts, strict=True) if counts
    ]


def joined_lanes(glances: Iterable[Glance]) -> dict[Person, list[Sequence[Any]]]:
    """For each person ``[first frame, state, place]`` wherever one of the two changes.

    ``state`` is a placement's, or ``absent`` without one; ``place`` is ``[x, y, w, h]`` on the canvas, or nothing.
    """
    lanes: dict[Person, list[Sequence[Any]]] = {person: [] for person in Person}
    for one in glances:
        for person, runs in one.lanes.items():
            lane = lanes[person]
            goes_on = lane and runs and lane[-1][1:] == runs[0][1:]
            lane += runs[1:] if goes_on else runs
    return lanes


def joined_talks(glances: Iterable[Glance]) -> list[tuple[int, Talk | None]]:
    """Who speaks, from which frame on; nothing where nobody has found that out."""
    talks: list[tuple[int, Talk | None]] = []
    for one in glances:
        talks += one.talks[1:] if talks and one.talks and talks[-1][1] == one.talks[0][1] else one.talks
    return talks if any(talk is not None for _, talk in talks) else []


def concerns(
    lanes: Lanes, times: Sequence[float], begins: float, summary: Mapping[str, Any], names: Mapping[Person, str]
) -> list[Concern]:
    """What is worth a look, in the order of time.

    ``times`` are the frames', in seconds from the first, which is at ``begins`` on the source's clock.
    """
    found = [*_missing(lanes, times, names), *_unsure(times, begins, summary, names)]
    return sorted(found, key=lambda one: (one.first, one.end))


def _talks(first: int, frames: Sequence[FramePlan]) -> list[tuple[int, Talk | None]]:
    talks: list[tuple[int, Talk | None]] = []
    for n, frame in enumerate(frames, first):
        talk = frame.speech.talk if frame.speech is not None else None
        if not talks or talks[-1][1] != talk:
            talks.append((n, talk))
    return talks


def _lane(person: Person, first: int, frames: Sequence[FramePlan]) -> list[list[Any]]:
    runs: list[list[Any]] = []
    for n, frame in enumerate(frames, first):
        placement = _of(frame.placements, person)
        at = placement.at if placement is not None else None
        state = placement.state if placement is not None else ABSENT
        place = [at.x, at.y, at.w, at.h] if at is not None else []
        if not runs or runs[-1][1] != state or runs[-1][2] != place:
            runs.append([n, state, place])
    return runs


def _of(placements: Iterable[Placement], person: Person) -> Placement | None:
    return next((one for one in placements if one.person is person), None)


def _missing(lanes: Lanes, times: Sequence[float], names: Mapping[Person, str]) -> Iterator[Concern]:
    for person, runs in lanes.items():
        ends = [*(run[0] for run in runs[1:]), len(times)]
        for (first, state, _), end in zip(runs, ends, strict=True):
            seconds = times[end - 1] - times[first]
            if state == TileState.HELD and seconds > LONG_HELD_SECONDS:
                text = f"{names[person]} is not seen for {seconds:.0f} s; the last framing stays"
                yield Concern(first, end, HELD, "held", person, text)
            elif state in (TileState.STAND_IN, ABSENT) and seconds > LONG_AWAY_SECONDS:
                yield Concern(first, end, AWAY, "away", person, f"{names[person]} is away for {seconds:.0f} s")


def _unsure(
    times: Sequence[float], begins: float, summary: Mapping[str, Any], names: Mapping[Person, str]
) -> Iterator[Concern]:
    """What the run that made the film was not sure of; its times are on the source's clock."""
    for doubt in doubts(summary):
        first = max(bisect_right(times, doubt["from"] - begins + 1e-3) - 1, 0)
        end = max(bisect_right(times, doubt["to"] - begins + 1e-3), first + 1)
        person = Person(doubt["person"]) if doubt.get("person") else None
        who = f"that this is {names[person]}" if person else "that this is neither of the two"
        text = f"{doubt['confidence']:.0%} sure {who}: {doubt.get('why', '')}"
        yield Concern(first, end, 1 - doubt["confidence"], "unsure", person, text)


def doubts(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The names that are not sure, as a summary has them: from, to, person, confidence, why."""
    look = summary.get("second_look")
    found = look.get("unsure", []) if isinstance(look, dict) else []
    return [one for one in found if isinstance(one, dict) and {"from", "to", "confidence"} <= one.keys()]
