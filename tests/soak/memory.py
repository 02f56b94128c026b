"""Runs that get less memory than they ask for: a whole film, or a clear end that can be gone on from."""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.soak.films import Subject, environment, finished, subjects, whole
from tests.soak.report import Guarded, Report, Verdict, in_parallel, timed

from dualface.errors import ExitCode

_TOLD = {int(code) for code in ExitCode}


def memory(folder: Path, count: int, seed: int, jobs: int) -> Report:
    with timed(Report("memory")) as report:
        films = subjects(folder)
        for verdict in in_parallel(jobs, Guarded(partial(_limited, folder, films)), range(seed, seed + count)):
            report.take(verdict)
    return report


def _limited(folder: Path, films: list[Subject], seed: int) -> Verdict:
    """The command line under a limit of its address space."""
    chance, out = random.Random(seed), folder / f"memory{seed}"
    subject = next(film for film in films if not film.second_look)
    limit = int(subject.memory * chance.uniform(0.25, 1.05))
    out.mkdir()
    settings = [f"--set={key}={value}" for key, value in subject.settings.items()]
    command = [sys.executable, "-m", "dualface", "run", str(subject.source), "-o", str(out), "--quiet", *settings]
    ended = subprocess.run(
        command,
        cwd=out,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env=environment(),
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_AS, (limit, limit)),
    )
    made = (out / subject.source.name).exists()
    if made:
        how, problem = "made", whole(subject, out)
    elif ended.returncode in _TOLD and "Traceback" not in ended.stderr:
        how, problem = "ended in words", None
    else:
        how, problem = "died", None  # within Python's or a library's own start, or an allocation of theirs
    problem = problem or finished(subject, out)
    if problem is None:
        shutil.rmtree(out)
        return Verdict(None, 1, [how])
    return Verdict(f"seed {seed}, {limit / 1e6:.0f} MB, {how}: {problem}; see {out}", 1, [how])
