"""Films made by a cluster, whose machines are lost."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from tests.support.configured import configured
from tests.support.moving import moving_film

from dualface import registry
from dualface.batch.run_batch import run_batch
from dualface.errors import DeviceError
from dualface.events import Event, EventBus, VideoProgress
from dualface.jobs import Job, Status
from dualface.testing.fake_cluster import FakeCluster

FRAMES = 60


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    fake = FakeCluster()
    make = registry.make

    def instead(kind: str, name: str, *arguments: object, **options: object) -> object:
        return fake if kind == "cluster" else make(kind, name, *arguments, **options)

    monkeypatch.setattr(registry, "make", instead)
    return fake


@pytest.mark.slow
def test_a_film_is_made_though_its_machine_is_lost(tmp_path: Path, cluster: FakeCluster) -> None:
    source = moving_film(tmp_path / "film.mp4", 192, 108, FRAMES)
    config = configured(tmp_path, **{"cluster.address": "there", "cluster.cpus": "1"})
    bus, lost = EventBus(), threading.Event()

    def watch(event: Event) -> None:
        if isinstance(event, VideoProgress) and not lost.is_set():
            lost.set()
            cluster.lose_a_machine()

    bus.subscribe(watch)
    [outcome] = run_batch([Job(source, tmp_path / "out.mp4")], config, bus=bus, stop=threading.Event())
    assert outcome.status is Status.DONE
    assert lost.is_set()
    assert len(cluster.started) == 2
    lines = (tmp_path / "out.tracks.jsonl").read_text().splitlines()[1:]
    assert [json.loads(line)["frame"] for line in lines] == list(range(FRAMES))


def test_without_room_for_one_the_error_says_what_to_lower(tmp_path: Path, cluster: FakeCluster) -> None:
    cluster.room = 0
    config = configured(tmp_path, **{"cluster.address": "there"})
    with pytest.raises(DeviceError, match=r"lower cluster\.cpus"):
        run_batch([Job(tmp_path / "film.mp4", tmp_path / "out.mp4")], config, bus=EventBus(), stop=threading.Event())


def test_a_stop_reaches_the_machines(tmp_path: Path, cluster: FakeCluster) -> None:
    source = moving_film(tmp_path / "film.mp4", 192, 108, FRAMES)
    config = configured(tmp_path, **{"cluster.address": "there", "cluster.cpus": "1"})
    bus, stop = EventBus(), threading.Event()
    bus.subscribe(lambda event: stop.set() if isinstance(event, VideoProgress) else None)
    [outcome] = run_batch([Job(source, tmp_path / "out.mp4")], config, bus=bus, stop=stop)
    assert outcome.status is Status.STOPPED
    assert not (tmp_path / "out.mp4").exists()
    assert not any(worker.is_alive() for worker in cluster.started)
