"""A disk that is full from some step on: opening, writing, flushing a file, making a folder."""

from __future__ import annotations

import random
import shutil
from functools import partial
from pathlib import Path

from tests.soak.films import Subject, finished, run, subjects, whole
from tests.soak.orders import Orders
from tests.soak.report import Guarded, Report, Verdict, in_parallel, timed

from dualface.errors import ExitCode


def full_disk(folder: Path, count: int, seed: int, jobs: int) -> Report:
    """``count`` steps at random, or all there are if that is no more."""
    with timed(Report("full disk")) as report:
        films = subjects(folder)
        steps = [(number, step) for number, film in enumerate(films) for step in range(film.steps)]
        report.facts["steps there are"] = len(steps)
        chosen = steps if count >= len(steps) else random.Random(seed).sample(steps, count)
        for verdict in in_parallel(jobs, Guarded(partial(_filled, folder, films)), chosen):
            report.take(verdict)
    return report


def _filled(folder: Path, films: list[Subject], at: tuple[int, int]) -> Verdict:
    number, step = at
    subject, out = films[number], folder / f"full{number}-{step}"
    orders = Orders([str(subject.source)], str(out), subject.settings, second_look=subject.second_look, full_from=step)
    ended = run(orders)
    shown = [path.name for path in out.iterdir() if not path.name.startswith(".")]
    error = ended.errors.get(subject.source.name, "")
    if ended.status == 0:
        how, problem = "made", whole(subject, out)
    else:
        how, problem = "refused", None
        if ended.status != ExitCode.OUTPUT:
            problem = f"ended with {ended.status}: {error or ended.said}"
        elif subject.source.name in shown:
            problem = f"a film stands there after {error}"
    problem = problem or finished(subject, out)
    if problem is None:
        shutil.rmtree(out)
        return Verdict(None, 1, [how])
    return Verdict(f"{subject.name}, step {step}: {problem}; see {out}", 1, [how])
