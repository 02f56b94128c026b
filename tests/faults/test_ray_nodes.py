"""A real Ray cluster of several nodes on this machine, whose nodes are killed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.configured import configured
from tests.support.moving import moving_film
from tests.support.ray_nodes import Nodes, ray_nodes, while_it_runs

from dualface.batch.run_batch import run_batch
from dualface.events import Event, EventBus, VideoProgress
from dualface.jobs import Job, Status

FRAMES, VIDEOS, KILLS = 90, 2, 2


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    pytest.importorskip("ray", reason="the extra dualface[cluster] is not installed")
    with ray_nodes() as nodes:
        yield nodes


@pytest.mark.slow
def test_every_film_is_made_with_every_frame_once_though_nodes_are_killed(tmp_path: Path, nodes: Nodes) -> None:
    settings = {"cluster.address": nodes.address, "cluster.cpus": "1", "cluster.memory_gb": "0.1"}
    config = configured(tmp_path, **settings)
    jobs = [Job(moving_film(tmp_path / f"{n}.mp4", 192, 108, FRAMES), tmp_path / "out" / f"{n}.mp4") for n in range(VIDEOS)]
    bus, due, asked = EventBus(), threading.Event(), 0

    def watch(event: Event) -> None:
        nonlocal asked
        if isinstance(event, VideoProgress) and asked < KILLS and event.frames > 20 and not due.is_set():
            asked += 1
            due.set()

    bus.subscribe(watch)
    outcomes = while_it_runs(lambda: run_batch(jobs, config, bus=bus, stop=threading.Event()), due, nodes.replace_one)
    assert [outcome.status for outcome in outcomes] == [Status.DONE] * VIDEOS
    assert nodes.killed > 0
    for job in jobs:
        lines = job.output.with_suffix(".tracks.jsonl").read_text().splitlines()[1:]
        assert [json.loads(line)["frame"] for line in lines] == list(range(FRAMES))
