"""Nodes of a Ray cluster that are killed at random moments while they make films."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from tests.soak.report import Report, Verdict, timed
from tests.support.configured import configured
from tests.support.moving import moving_film
from tests.support.ray_nodes import Nodes, ray_nodes, while_it_runs

from dualface.batch.run_batch import run_batch
from dualface.events import EventBus, VideoProgress
from dualface.jobs import Job, Status

FRAMES, VIDEOS = 600, 4
_KILLS_A_RUN = 5
"""A video that is begun eight times without an end is given up."""


def nodes(folder: Path, count: int, seed: int, jobs: int) -> Report:
    """Runs of a few films each, by as many nodes as ``jobs`` (two at least), until ``count`` nodes were killed."""
    chance = random.Random(seed)
    if find_spec("ray") is None:
        return Report("nodes", facts=Counter(["left out: Ray is not installed"]))
    with timed(Report("nodes")) as report, ray_nodes(max(jobs, 2)) as cluster:
        while report.injected < count:
            before = cluster.killed
            problem = _run(folder / f"run{report.runs}", cluster, chance, min(_KILLS_A_RUN, count - report.injected))
            struck = cluster.killed - before
            if not struck and problem is None:
                problem = f"run {report.runs}: no node was killed"
            report.take(Verdict(problem, max(struck, 1), [f"{VIDEOS} films"]))
    return report


def _run(folder: Path, cluster: Nodes, chance: random.Random, most: int) -> str | None:
    """What went wrong, in words."""
    folder.mkdir()
    config = configured(folder, **{"cluster.address": cluster.address, "cluster.cpus": "1", "cluster.memory_gb": "0.1"})
    tasks = [Job(moving_film(folder / f"{n}.mp4", 192, 108, FRAMES), folder / "out" / f"{n}.mp4") for n in range(VIDEOS)]
    bus, due, end = EventBus(), threading.Event(), cluster.killed + most

    def strike() -> None:
        if cluster.killed < end:
            time.sleep(chance.uniform(0.0, 3.0))
            cluster.replace_one(chance.randrange(100))

    bus.subscribe(lambda event: due.set() if isinstance(event, VideoProgress) else None)
    outcomes = while_it_runs(lambda: run_batch(tasks, config, bus=bus, stop=threading.Event()), due, strike)
    for task, outcome in zip(tasks, outcomes, strict=True):
        if outcome.status is not Status.DONE:
            return f"{task.output}: {outcome.error}"
        lines = task.output.with_suffix(".tracks.jsonl").read_text().splitlines()[1:]
        if [json.loads(line)["frame"] for line in lines] != list(range(FRAMES)):
            return f"{task.output}: not every frame is there once"
    return None
