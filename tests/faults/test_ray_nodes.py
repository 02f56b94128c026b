"""A real Ray cluster of several nodes on this machine, whose nodes are killed."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.configured import configured
from tests.support.moving import moving_film

from dualface.batch.run_batch import run_batch
from dualface.events import Event, EventBus, VideoProgress
from dualface.jobs import Job, Status

FRAMES, VIDEOS, KILLS = 90, 3, 2


@pytest.fixture
def nodes() -> Iterator[Any]:
    pytest.importorskip("ray", reason="the extra dualface[cluster] is not installed")
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        cluster.add_node(num_cpus=1)
    yield cluster
    ray.shutdown()
    cluster.shutdown()  # type: ignore[no-untyped-call]


@pytest.mark.slow
@pytest.mark.skipif("DUALFACE_RAY_NODES" not in os.environ, reason="takes minutes; asked for by DUALFACE_RAY_NODES=1")
def test_every_film_is_made_with_every_frame_once_though_nodes_are_killed(tmp_path: Path, nodes: Any) -> None:
    settings = {"cluster.address": nodes.address, "cluster.cpus": "1", "cluster.memory_gb": "0.1"}
    config = configured(tmp_path, **settings)
    jobs = [Job(moving_film(tmp_path / f"{n}.mp4", 192, 108, FRAMES), tmp_path / "out" / f"{n}.mp4") for n in range(VIDEOS)]
    bus, killed = EventBus(), 0
    one_at_a_time = threading.Lock()

    def watch(event: Event) -> None:
        nonlocal killed
        with one_at_a_time:
            if isinstance(event, VideoProgress) and killed < KILLS and event.frames > 20:
                killed += 1
                nodes.remove_node(sorted(nodes.worker_nodes, key=lambda node: node.unique_id)[0], allow_graceful=False)
                nodes.add_node(num_cpus=1)

    bus.subscribe(watch)
    outcomes = run_batch(jobs, config, bus=bus, stop=threading.Event())
    assert [outcome.status for outcome in outcomes] == [Status.DONE] * VIDEOS
    assert killed == KILLS
    for job in jobs:
        lines = job.output.with_suffix(".tracks.jsonl").read_text().splitlines()[1:]
        assert [json.loads(line)["frame"] for line in lines] == list(range(FRAMES))
