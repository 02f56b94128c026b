"""Several streams in one process: each makes its videos there, and where it ends all of them start anew in another one."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.configured import configured
from tests.support.moving import moving_film

from dualface.config.schema import Config
from dualface.jobs import Job, Status
from dualface.workers.failure import Failure
from dualface.workers.model_process import can_share_models
from dualface.workers.process_stream import ProcessStream
from dualface.workers.processes import new_launcher
from dualface.workers.starting import HostStarter
from dualface.workers.worker_host import WorkerHost, streams_a_process

pytestmark = pytest.mark.skipif(not can_share_models(), reason="needs fork servers and memory files")


@pytest.fixture
def streams() -> Iterator[list[ProcessStream]]:
    with closing(new_launcher()) as launcher, closing(WorkerHost(launcher, sharing=None, prepare=None)) as host:
        both = [ProcessStream(stop=threading.Event(), starter=HostStarter(host)) for _ in range(2)]
        yield both
        for one in both:
            one.close()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return configured(tmp_path)


def test_streams_share_a_process(streams: list[ProcessStream], config: Config, tmp_path: Path) -> None:
    source = moving_film(tmp_path / "film.mp4", 128, 96, 12)
    jobs = [Job(source, tmp_path / f"{n}.mp4") for n in range(2)]
    assert all(stream.probe(job) is not None for stream, job in zip(streams, jobs, strict=True))
    ended: dict[int, Status] = {}

    def make(n: int) -> None:
        ended[n] = streams[n].make(jobs[n], config, lambda _: None).outcome.status

    threads = [threading.Thread(target=make, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == {0: Status.DONE, 1: Status.DONE}
    assert all(job.output.exists() for job in jobs)
    assert len({stream._started()[1] for stream in streams}) == 1


@pytest.mark.slow
def test_all_of_them_outlive_their_process(streams: list[ProcessStream], config: Config, tmp_path: Path) -> None:
    source = moving_film(tmp_path / "film.mp4", 128, 96, 12)
    before = {stream._started()[1] for stream in streams}
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    for n, stream in enumerate(streams):
        job = Job(source, tmp_path / f"{n}.mp4")
        ended = stream.make(job, config, lambda _: None)
        if ended.failure is not None:  # it was not seen in time that the process had ended: as in a run, once more
            assert ended.failure is Failure.CRASHED
            ended = stream.make(job, config, lambda _: None)
        assert ended.outcome.status is Status.DONE
    after = {stream._started()[1] for stream in streams}
    assert len(after) == 1
    assert after.isdisjoint(before)


@pytest.mark.parametrize(
    ("streams", "cores", "gigabytes", "places"),
    [(1, 1, 8, 1), (8, 4, 8, 1), (16, 16, 80, 1), (12, 8, 80, 2), (16, 32, 12, 2)],
)
def test_only_many_streams_share_processes_where_room_is_short(streams: int, cores: int, gigabytes: int, places: int) -> None:
    assert streams_a_process(streams, cores, gigabytes * 10**9) == places
