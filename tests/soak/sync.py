"""A long film with a beep and a flash each minute, made in one go and made with three kills."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from tests.soak.films import environment
from tests.soak.report import Guarded, Report, Verdict, in_parallel, timed
from tests.support.beeps import PICTURE, minutes_of, sync_of

FPS = 5
_MINUTES_A_SECOND = 2.0
"""About how much of the film is made in a second on a machine that does nothing else."""
_OPTIONS = (
    "--set=framing.size=128x64",
    "--set=errors.absent_share=1",
    "--set=detection.interval_seconds=1",
    "--set=detection.input_size=128x96",
    "--set=reid.mode=never",
    "--audio=aac",
)


def sync(folder: Path, count: int, seed: int, jobs: int) -> Report:
    """``count`` minutes."""
    with timed(Report("sync")) as report:
        source = folder / "long.mkv"
        source.write_bytes(minutes_of(count, fps=FPS))
        report.facts["minutes"] = count
        for verdict in in_parallel(min(jobs, 2), Guarded(partial(_made, folder, source, count, seed)), (0, 3)):
            report.take(verdict)
    return report


def _made(folder: Path, source: Path, minutes: int, seed: int, kills: int) -> Verdict:
    chance, out = random.Random(seed), folder / f"sync{kills}"
    out.mkdir()
    command = [sys.executable, "-m", "dualface", "run", str(source), "-o", str(out), "--quiet", *_OPTIONS]
    struck = 0
    for _ in range(kills):
        with subprocess.Popen(command, cwd=folder, env=environment()) as process:
            time.sleep(3 + chance.uniform(0.1, 0.3) * minutes / _MINUTES_A_SECOND)
            process.kill()
        struck += process.returncode < 0
    ended = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, env=environment())
    if ended.returncode:
        return Verdict(f"{kills} kills: {ended.stderr}", struck)
    found = sync_of(out / "long.mp4")
    worst = max(map(abs, found.errors), default=1.0)
    right = len(found.flashes) == minutes and len(found.pictures) == minutes * 60 * FPS and worst <= PICTURE
    problem = (
        None if right else f"{kills} kills: {len(found.flashes)} flashes, {len(found.pictures)} pictures, {worst:.3f} s off"
    )
    return Verdict(problem, struck, [f"film with beeps at most {1000 * worst:.1f} ms off"])
