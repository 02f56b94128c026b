"""The power goes: what was not flushed is lost, and on disks that lie about it some of what was."""

from __future__ import annotations

import random
import shutil
from functools import partial
from pathlib import Path

from tests.soak.disks import cut_the_power
from tests.soak.films import Subject, finished, run, subjects, whole
from tests.soak.orders import Orders
from tests.soak.report import Guarded, Report, Verdict, in_parallel, timed

_LYING = 0.3
"""Share of the flushes that a lying disk forgets."""


def power(folder: Path, count: int, seed: int, jobs: int) -> Report:
    with timed(Report("power cuts")) as report:
        films = subjects(folder)
        for verdict in in_parallel(jobs, Guarded(partial(_cut, folder, films)), range(seed, seed + count)):
            report.take(verdict)
    return report


def _cut(folder: Path, films: list[Subject], seed: int) -> Verdict:
    chance, out, journal = random.Random(seed), folder / f"power{seed}", folder / f"power{seed}-journal"
    subject, lies = chance.choice(films), chance.choice((0.0, _LYING))
    flush = chance.randrange(subject.flushes + 2)  # the last ones are behind the end
    ended = run(
        Orders(
            [str(subject.source)],
            str(out),
            subject.settings,
            faults=[("disk", flush, "kill")],
            struck=str(folder / f"power{seed}-struck"),
            second_look=subject.second_look,
            journal=str(journal),
            lies=lies,
            seed=seed,
        )
    )
    hurt = cut_the_power(out, journal, chance)
    facts = ["on a disk that lies" if lies else "on an honest disk", *(["lost something"] if hurt else [])]
    problem = None
    if ended.status == 0 and not lies:  # what was called done must be there
        problem = whole(subject, out)
        facts.append("behind the end")
    problem = problem or finished(subject, out)
    if problem is None:
        shutil.rmtree(out)
        shutil.rmtree(journal)
        return Verdict(None, 1, facts)
    return Verdict(f"seed {seed}, flush {flush}, lies {lies}: {problem}; see {out}", 1, facts)
