"""A program that makes films and is struck by what it is ordered to be struck by.

python -m tests.soak.victim '{"sources": ["talk.mp4"], "out": "out", "faults": [["encoder", 50, "kill"]]}'

Prints a line of JSON at its end, if it has one.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.soak.disks import CountingDisk, FullDisk, Journal
from tests.support.settings_of import settings_of

from dualface.batch.run_batch import run_batch
from dualface.events import EventBus
from dualface.jobs import Job
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
        setattr(video_run, "whole_decision", lambda *_: exchanged)  # noqa: B010
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


def main() -> int:
    orders = Orders(**json.loads(sys.argv[1]))
    out = Path(orders.out)
    out.mkdir(exist_ok=True)
    disk: Any = None
    if orders.full_from is not None:
        disk = FullDisk(out, orders.full_from)
    elif orders.counts:
        disk = CountingDisk(out)
    if orders.journal:
        Journal(out, Path(orders.journal), lies=orders.lies, seed=orders.seed)
    config = settings_of(out, **{key.replace(".", "__"): value for key, value in orders.settings.items()})
    if not orders.batch:
        prepare(orders)
    outcomes = run_batch(
        [Job(Path(source), out / Path(source).name) for source in orders.sources],
        config,
        bus=EventBus(),
        stop=threading.Event(),
        prepare=partial(prepare, orders) if orders.batch else None,
    )
    errors = {one.job.source.name: f"{type(one.error).__name__}: {one.error}" if one.error else "" for one in outcomes}
    facts = {"flushes": disk.flushes, "steps": disk.steps, "memory": _peak()} if disk is not None else {}
    print(json.dumps({"errors": errors, "facts": facts}), flush=True)
    return max((int(one.error.exit_code) for one in outcomes if one.error), default=0)


def _peak() -> int:
    """The most address space that this process has had, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmPeak:"))


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
