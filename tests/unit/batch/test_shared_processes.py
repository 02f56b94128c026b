"""Many videos at a time on a GPU are made two to a process; only the GPU is made up here, the CPU does the work."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.support.configured import configured
from tests.support.moving import moving_film

from dualface.batch import run_batch as module
from dualface.batch.run_batch import run_batch
from dualface.events import EventBus
from dualface.interfaces import WorkerProcess
from dualface.jobs import Job, Status
from dualface.workers.processes import Launcher, can_fork, new_launcher

STREAMS = 12


class Counting:
    """Counts what it starts."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher, self.started = launcher, 0

    def start(self, *work: object) -> WorkerProcess:
        self.started += 1
        return self._launcher.start(*work)  # type: ignore[arg-type]

    def close(self) -> None:
        self._launcher.close()


@pytest.mark.slow
@pytest.mark.skipif(not can_fork(), reason="needs fork servers")
def test_two_videos_share_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_gpu_sensor", lambda _: (None, 1 << 36))
    source = moving_film(tmp_path / "film.mp4", 128, 96, 6)
    settings = {"hardware.device": "cpu", "hardware.mps": "false", "processing.cuda_streams": str(STREAMS)}
    jobs = [Job(source, tmp_path / f"{n}.mp4") for n in range(STREAMS)]
    launcher = Counting(new_launcher())
    try:
        outcomes = run_batch(jobs, configured(tmp_path, **settings), bus=EventBus(), stop=threading.Event(), launcher=launcher)
    finally:
        launcher.close()
    assert [outcome.status for outcome in outcomes] == [Status.DONE] * STREAMS
    assert launcher.started <= STREAMS // 2
