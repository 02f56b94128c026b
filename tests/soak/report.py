"""What a part of the soak has come to, and how it does many things at a time."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Case = TypeVar("Case")
_UNTIL = "DUALFACE_SOAK_UNTIL"
"""A time, for the processes that make runs too."""
Result = TypeVar("Result")


@dataclass
class Report:
    """``injected`` faults, how many of the runs that they struck came out ``whole``, and what else there is to say."""

    part: str
    injected: int = 0
    runs: int = 0
    whole: int = 0
    facts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return self.whole == self.runs and not self.failures

    def take(self, verdict: Verdict) -> None:
        """Counts one run; tells of one that went wrong at once, so that it can be looked at while others go on."""
        self.facts.update(verdict.facts)
        if not verdict.begun:
            return
        self.runs += 1
        self.injected += verdict.injected
        if verdict.problem is None:
            self.whole += 1
        else:
            self.failures.append(verdict.problem)
            print(f"{self.part}: {verdict.problem}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Verdict:
    """How one run ended: ``problem`` says what is wrong and how to find it again, ``None`` if nothing is."""

    problem: str | None = None
    injected: int = 1
    facts: Sequence[str] = ()
    begun: bool = True


def end_after(seconds: float) -> None:
    """Lets no run be begun later than in so many seconds."""
    os.environ[_UNTIL] = str(time.time() + seconds)


@contextmanager
def timed(report: Report) -> Iterator[Report]:
    began = time.monotonic()
    yield report
    report.seconds = time.monotonic() - began


@dataclass(frozen=True)
class Guarded(Generic[Case]):
    """Makes one run, of which whatever goes wrong is its verdict, a hang included, so that the others go on.

    Begins none once the time is over that :func:`end_after` set.
    """

    work: Callable[[Case], Verdict]

    def __call__(self, case: Case) -> Verdict:
        if time.time() > float(os.environ.get(_UNTIL, "inf")):
            return Verdict(facts=["not begun any more"], begun=False)
        try:
            return self.work(case)
        except Exception as error:
            return Verdict(f"{case}: {type(error).__name__}: {error}")


def in_parallel(jobs: int, work: Callable[[Case], Result], cases: Iterable[Case]) -> Iterator[Result]:
    """The results in the order of the cases, ``jobs`` of them at a time, each in a process."""
    if jobs == 1:
        yield from map(work, cases)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(work, cases)


def table(reports: Sequence[Report]) -> str:
    """For people, and for the documentation."""
    lines = ["| Part | Injected | Runs | Whole | What happened | Time |", "|---|---|---|---|---|---|"]
    for one in reports:
        facts = ", ".join(f"{count} {what}" for what, count in sorted(one.facts.items()))
        lines.append(f"| {one.part} | {one.injected} | {one.runs} | {one.whole} | {facts} | {one.seconds:.0f} s |")
    return "\n".join(lines)
