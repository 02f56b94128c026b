"""A whole film at a glance: its shots, what each person's tile shows when, and what is worth a look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from dualface.types import FramePlan, Person, Placement, TileState

ABSENT = "absent"
_LONG_HELD_SECONDS, _LONG_AWAY_SECONDS = 1.0, 3.0
"""How long a tile may hold its last framing, or its person be away, before that is worth a look."""
_HELD, _AWAY = 0.3, 0.15
"""How bad that is, 0…1; a name that is not sure is as bad as it is doubtful."""


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


def shots(frames: Sequence[FramePlan]) -> list[list[Any]]:
    """``[first frame, layout]`` of each shot; the layout is the one that it has longest."""
    starts = [0, *(n for n, frame in enumerate(frames) if frame.cut and n)] if frames else []
    found = []
    for first, end in pairwise([*starts, len(frames)]):
        lengths: dict[str, int] = {}
        for frame in frames[first:end]:
            lengths[frame.layout] = lengths.get(frame.layout, 0) + 1
        found.append([first, max(lengths, key=lambda name: lengths[name])])
    return found


def lanes(frames: Sequence[FramePlan]) -> dict[Person, list[list[Any]]]:
    """For each person ``[first frame, state, place]`` wherever one of the two changes.

    ``state`` is a placement's, or ``absent`` without one; ``place`` is ``[x, y, w, h]`` on the canvas, or nothing.
    """
    runs: dict[Person, list[list[Any]]] = {person: [] for person in Person}
    for n, frame in enumerate(frames):
        for person, run in runs.items():
            placement = _of(frame.placements, person)
            at = placement.at if placement is not None else None
            state = placement.state if placement is not None else ABSENT
            place = [at.x, at.y, at.w, at.h] if at is not None else []
            if not run or run[-1][1] != state or run[-1][2] != place:
                run.append([n, state, place])
    return runs


def concerns(
    frames: Sequence[FramePlan], times: Sequence[float], summary: Mapping[str, Any], names: Mapping[Person, str]
) -> list[Concern]:
    """What is worth a look, in the order of time.  ``times`` are the frames', in seconds from the first."""
    found = [*_held(frames, times, names), *_unsure(frames, summary, names)]
    return sorted(found, key=lambda one: (one.first, one.end))


def worst(found: Iterable[Concern], count: int) -> list[Concern]:
    """The worst moments first."""
    return sorted(found, key=lambda one: -one.badness)[:count]


def _of(placements: Iterable[Placement], person: Person) -> Placement | None:
    return next((one for one in placements if one.person is person), None)


def _held(frames: Sequence[FramePlan], times: Sequence[float], names: Mapping[Person, str]) -> Iterable[Concern]:
    for person, runs in lanes(frames).items():
        ends = [*(run[0] for run in runs[1:]), len(frames)]
        for (first, state, _), end in zip(runs, ends, strict=True):
            seconds = times[end - 1] - times[first]
            if state == TileState.HELD and seconds > _LONG_HELD_SECONDS:
                text = f"{names[person]} is not seen for {seconds:.0f} s; the last framing stays"
                yield Concern(first, end, _HELD, "held", person, text)
            elif state in (TileState.STAND_IN, ABSENT) and seconds > _LONG_AWAY_SECONDS:
                yield Concern(first, end, _AWAY, "away", person, f"{names[person]} is away for {seconds:.0f} s")


def _unsure(frames: Sequence[FramePlan], summary: Mapping[str, Any], names: Mapping[Person, str]) -> Iterable[Concern]:
    """What the run that made the film was not sure of; its times are on the source's clock."""
    told = summary.get("second_look")
    for one in told.get("unsure", []) if isinstance(told, dict) else []:
        first = _frame_at(frames, float(one["from"]))
        end = max(_frame_at(frames, float(one["to"])), first + 1)
        person = Person(one["person"]) if one.get("person") else None
        who = f"that this is {names[person]}" if person else "that this is neither of the two"
        text = f"{float(one['confidence']):.0%} sure {who}: {one.get('why', '')}"
        yield Concern(first, end, 1 - float(one["confidence"]), "unsure", person, text)


def _frame_at(frames: Sequence[FramePlan], time: float) -> int:
    low, high = 0, len(frames) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if frames[middle].time <= time + 1e-6 else (low, middle - 1)
    return max(low, 0)
