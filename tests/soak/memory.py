"""Runs that get less memory than they ask for: a whole film, or a clear end that can be gone on from."""

from __future__ import annotations

import random
import resource
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from tests.soak.films import Subject, environment, finished, subjects, whole
from tests.soak.report import Guarded, Report, Verdict, in_parallel, timed

from dualface.errors import ExitCode

_TOLD = {int(code) for code in ExitCode}
_SECONDS = 120.0
"""A run that has not ended by then hangs: it takes a tenth of that, and is tried again a few times."""


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
    program = [sys.executable, "-X", "faulthandler", "-m", "dualface"]
    command = [*program, "run", str(subject.source), "-o", str(out), "--quiet", *settings]
    ended = _ended(command, out, limit)
    if ended is None:
        return Verdict(f"seed {seed}, {limit / 1e6:.0f} MB: hangs; see {out / 'said'}", 1, ["hung"])
    made = (out / subject.source.name).exists()
    if made:
        how, problem = "made", whole(subject, out)
    elif ended in _TOLD and "Traceback" not in (out / "said").read_text(errors="replace"):
        how, problem = "ended in words", None
    else:
        how, problem = "died", None  # within Python's or a library's own start, or an allocation of theirs
    problem = problem or finished(subject, out)
    if problem is None:
        shutil.rmtree(out)
        return Verdict(None, 1, [how])
    return Verdict(f"seed {seed}, {limit / 1e6:.0f} MB, {how}: {problem}; see {out}", 1, [how])


def _ended(command: list[str], out: Path, limit: int) -> int | None:
    """The exit status of a run with so many bytes of address space; ``None`` for one that hangs; ``said`` tells where."""
    with (
        (out / "said").open("wb") as said,
        subprocess.Popen(
            command,
            cwd=out,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment(),
        ) as process,
    ):
        resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, limit))
        try:
            return process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            return None
