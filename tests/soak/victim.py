"""A program that makes films and is struck by what it is ordered to be struck by.

python -m tests.soak.victim '{"sources": ["talk.mp4"], "out": "out", "faults": [["encoder", 50, "kill"]]}'

Prints a line of JSON at its end, if it has one.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

from tests.soak.disks import CountingDisk, FullDisk, Journal
from tests.soak.orders import Orders, prepare
from tests.support.settings_of import settings_of

from dualface.batch.run_batch import run_batch
from dualface.events import EventBus
from dualface.jobs import Job


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
