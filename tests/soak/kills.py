"""Processes killed at random steps and at random times, batch and single, up to three times in a row."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

from tests.soak.films import Subject, command_of, environment, finished, run, subjects
from tests.soak.orders import Orders
from tests.soak.report import Guarded, Report, Verdict, in_parallel, timed

from dualface.testing.faults import FaultStage

STAGES = [stage for stage in get_args(FaultStage) if stage != "detector"]
FRAMES = 120
_MOST = 3


@dataclass(frozen=True)
class Case:
    """One film, or two in a batch, whose making is ended ``times`` times."""

    number: int
    seed: int
    times: int


def kills(folder: Path, count: int, seed: int, jobs: int) -> Report:
    with timed(Report("kills")) as report:
        films = subjects(folder)
        for verdict in in_parallel(jobs, Guarded(partial(_killed, folder, films)), _cases(count, seed)):
            report.take(verdict)
    return report


def _cases(count: int, seed: int) -> Iterator[Case]:
    chance, number = random.Random(seed), 0
    while count > 0:
        times = min(chance.randint(1, _MOST), count)
        yield Case(number, chance.getrandbits(32), times)
        count, number = count - times, number + 1


def _killed(folder: Path, films: list[Subject], case: Case) -> Verdict:
    chance, out = random.Random(case.seed), folder / f"kill{case.number}"
    subject, batch = chance.choice(films), chance.random() < 0.5
    sources = [subject.source]
    if batch:  # two at a time, of which the same is to become
        sources.append(out.with_name(f"{out.name}-other.mp4"))
        shutil.copyfile(subject.source, sources[1])
    facts, struck = [f"{'batch' if batch else 'single'} {subject.name}"], 0
    for n in range(case.times):
        orders = Orders([str(one) for one in sources], str(out), subject.settings, batch=batch, second_look=subject.second_look)
        how = chance.choice(("step", "time"))
        hit = (_at_a_step if how == "step" else _at_a_time)(orders, subject, folder / f"struck{case.number}-{n}", chance)
        struck += hit
        facts.append(f"at a {how}" if hit else "over before it was struck")
    problem = finished(subject, out, sources)
    if problem is None:
        shutil.rmtree(out)
        return Verdict(None, struck, facts)
    return Verdict(f"{case}: {', '.join(facts)}: {problem}; see {out}", struck, facts)


def _at_a_step(orders: Orders, subject: Subject, struck: Path, chance: random.Random) -> bool:
    stage = chance.choice(STAGES)
    at = chance.randrange(subject.flushes) if stage == "disk" else chance.randrange(FRAMES)
    kind = chance.choice(("kill", "segfault"))
    run(Orders(**vars(orders) | {"faults": [(stage, at, kind)], "struck": str(struck)}))
    return struck.exists()


def _at_a_time(orders: Orders, subject: Subject, _: Path, chance: random.Random) -> bool:
    with subprocess.Popen(
        command_of(orders), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    ) as process:
        time.sleep(chance.uniform(0.1, 1.3) * subject.seconds)
        process.kill()
    return process.returncode < 0
