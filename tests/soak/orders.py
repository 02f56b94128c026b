"""What a victim is ordered to do, in a module of its own: worker processes find it by its name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from dualface.testing.faults import Fault, install
from dualface.types import Observation, Person
from dualface.video import video_run
from dualface.video.second_look import Decided

EXCHANGED = range(82, 88)
"""Frames in which the second look names the two people from right to left."""
PEOPLE = (Person.LEFT, Person.RIGHT)


@dataclass(frozen=True)
class Orders:
    """``faults``: stage, frame or flush, kind; each happens once, and leaves the file ``struck``.

    ``batch``: in worker processes.  ``second_look``: one that makes pictures again.  ``full_from``: from this step on there is
    no room on the disk.  ``journal``: a folder beside ``out`` in which it is noted what is safe on the disk, but for a share
    ``lies`` of the flushes.  ``counts``: to tell of flushes, steps and memory.
    """

    sources: list[str]
    out: str
    settings: dict[str, str]
    faults: list[tuple[str, int, str]] = field(default_factory=list)
    struck: str = ""
    batch: bool = False
    second_look: bool = False
    full_from: int | None = None
    journal: str = ""
    lies: float = 0.0
    seed: int = 0
    counts: bool = False

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def prepare(orders: Orders) -> None:
    """In each process that makes films: lets the second look exchange people, and the faults happen."""
    if orders.second_look:
        setattr(video_run, "whole_decision", lambda *_, **__: exchanged)  # noqa: B010
    install([Fault(stage, at, kind, once=Path(orders.struck)) for stage, at, kind in orders.faults])  # type: ignore[arg-type]


def exchanged(seen: Sequence[Observation]) -> Decided:
    """The same whatever it was before: a second look that was ended may come a second time."""

    def turned(one: Observation) -> Observation:
        if one.index not in EXCHANGED:
            return one
        order = sorted((face.box.cx for face in one.faces if face.person), reverse=True)
        faces = (replace(face, person=face.person and PEOPLE[order.index(face.box.cx) % 2]) for face in one.faces)
        return replace(one, faces=tuple(faces))

    return Decided([turned(one) for one in seen])
