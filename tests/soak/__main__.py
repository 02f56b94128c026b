"""``make soak``: faults by the thousand; prints what was survived, as a table.

python -m tests.soak --part kills --count 1000 --jobs 14 --seed 1

Without ``--part`` all parts run, with few faults each.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.soak.damage import damage
from tests.soak.full_disk import full_disk
from tests.soak.kills import kills
from tests.soak.memory import memory
from tests.soak.nodes import nodes
from tests.soak.power import power
from tests.soak.report import Report, end_after, table
from tests.soak.service import service
from tests.soak.sync import sync

PARTS: dict[str, tuple[Callable[[Path, int, int, int], Report], int]] = {
    "kills": (kills, 30),
    "damage": (damage, 5000),
    "memory": (memory, 10),
    "power": (power, 20),
    "disk": (full_disk, 30),
    "sync": (sync, 60),
    "nodes": (nodes, 5),
    "service": (service, 10),
}
"""Each with how many faults it injects, unless told otherwise (``sync``: how many minutes its film lasts)."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Injects faults for a long time.")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this one; may be given more than once")
    parser.add_argument("--count", type=int, help="faults to inject, or minutes of film")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=max((os.cpu_count() or 2) // 2, 1), help="runs at a time")
    parser.add_argument("--folder", type=Path, help="where to work, and to leave what went wrong")
    parser.add_argument("--seconds", type=float, help="begin no run of a part later than that after its start")
    options = parser.parse_args()
    reports = []
    for name in options.part or PARTS:
        part, usual = PARTS[name]
        if options.seconds:
            end_after(options.seconds)
        folder = Path(tempfile.mkdtemp(prefix=f"dualface-soak-{name}-", dir=options.folder))
        reports.append(part(folder, options.count or usual, options.seed, options.jobs))
        print(table(reports[-1:]), flush=True)
        if reports[-1].good:
            shutil.rmtree(folder)
    print(f"\n{table(reports)}")
    return 0 if all(report.good for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
