"""Whatever ends a process, the film in the end is the one that an undisturbed run makes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.faults.conftest import Faulty
from tests.support.runs import Film, assert_same_film, left_behind, made

from dualface.config.schema import Config
from dualface.runtime.batch import run_batch
from dualface.runtime.engines import SharedModels
from dualface.runtime.events import Event, EventBus, Job, Status, VideoFinished, VideoProgress, VideoStarted, VideoWarning
from dualface.runtime.finished import is_own_work
from dualface.runtime.video import VideoRun
from dualface.testing.faults import Fault

KILLS = [
    *[Fault("encoder", frame, "kill") for frame in (55, 79, 99)],
    Fault("decoder", 60, "segfault"),
    *[Fault("disk", flush, "kill") for flush in (4, 13)],  # in the middle of closing a segment
]


@pytest.mark.parametrize("fault", KILLS, ids=lambda f: f"{f.kind}-{f.stage}-{f.at}")
def test_a_killed_worker_goes_on_from_its_checkpoint(
    fault: Fault, source: Path, film: Film, faulty: Faulty, tmp_path: Path
) -> None:
    once = Fault(fault.stage, fault.at, fault.kind, once=tmp_path / "happened")
    outcome = faulty([source], tmp_path / "out", [once])[0]
    assert (tmp_path / "happened").exists()
    assert outcome.error is None
    assert_same_film(made(outcome), film)
    assert left_behind(tmp_path / "out") == []
    if fault.stage == "encoder" and fault.at > 70:
        assert outcome.summary["resumed_at_frame"] >= 30


def stopped_at(frame: int, job: Job, config: Config) -> list[Event]:
    """Runs the job in this process and stops it once so many frames are encoded."""
    stop, events, bus = threading.Event(), list[Event](), EventBus()
    bus.subscribe(events.append)
    models = SharedModels(config)
    run = VideoRun(job, config, models, bus=bus, stop=stop)

    def watch(event: Event) -> None:
        if isinstance(event, VideoProgress) and event.frames >= frame:
            stop.set()

    bus.subscribe(watch)
    run.run()
    models.close()
    return events


def finish(job: Job, config: Config) -> list[Event]:
    events, bus = list[Event](), EventBus()
    bus.subscribe(events.append)
    run_batch([job], config, bus=bus, stop=threading.Event())
    return events


def resumed_at(events: list[Event]) -> int:
    return next(event.resumed_at for event in events if isinstance(event, VideoStarted))


@pytest.fixture
def interrupted(source: Path, config: Config, tmp_path: Path) -> Job:
    """A job with closed segments, stopped by the user."""
    job = Job(source, tmp_path / "out" / source.name)
    events = stopped_at(60, job, config)
    assert isinstance(events[-1], VideoFinished)
    assert events[-1].outcome.status is Status.STOPPED
    assert not job.output.exists()
    return job


def test_a_stopped_run_goes_on_and_says_where(interrupted: Job, config: Config, film: Film) -> None:
    events = finish(interrupted, config)
    assert resumed_at(events) >= 40
    assert isinstance(events[-1], VideoFinished)
    assert_same_film(made(events[-1].outcome), film)
    assert left_behind(interrupted.output.parent) == []


def test_a_finished_video_is_skipped(interrupted: Job, config: Config) -> None:
    finish(interrupted, config)
    changed = interrupted.output.stat().st_mtime_ns
    assert is_own_work(interrupted, config)
    events = finish(interrupted, config)
    assert [type(event) for event in events] == [VideoFinished]
    assert isinstance(events[0], VideoFinished)
    assert events[0].outcome.status is Status.DONE
    assert interrupted.output.stat().st_mtime_ns == changed


def test_other_settings_or_another_source_start_anew_and_say_so(interrupted: Job, config: Config, tmp_path: Path) -> None:
    encoding = config.encoding.model_copy(update={"bitrate_kbps": 900})
    events = finish(interrupted, config.model_copy(update={"encoding": encoding}))
    assert resumed_at(events) == 0
    assert any("the settings have changed" in event.message for event in events if isinstance(event, VideoWarning))


def damage_checkpoints(work: Path) -> None:
    for path in work.glob("*.checkpoint"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)


def cut_segments(work: Path) -> None:
    for path in work.glob("*.mp4"):
        path.write_bytes(path.read_bytes()[:-100])


def empty_identity(work: Path) -> None:
    (work / "job.json").write_text("{")


@pytest.mark.parametrize("damage", [damage_checkpoints, cut_segments, empty_identity])
def test_damaged_work_is_made_anew(damage: object, interrupted: Job, config: Config, film: Film) -> None:
    assert callable(damage)
    damage(next(interrupted.output.parent.glob(".*.work")))
    events = finish(interrupted, config)
    assert resumed_at(events) == 0
    assert isinstance(events[-1], VideoFinished)
    assert_same_film(made(events[-1].outcome), film)


SCRIPT = """
import sys
from dualface.cli.main import main
from dualface.testing.faults import Fault, install
install([Fault("encoder", 70, "kill")])
sys.exit(main(sys.argv[1:]))
"""


def test_a_killed_command_line_goes_on(source: Path, film: Film, tmp_path: Path, config: Config) -> None:
    command = ["run", str(source), "-o", str(tmp_path / "out"), "--size", "320x180", "--set", "encoding.gop=10", "--quiet"]
    killed = subprocess.run([sys.executable, "-c", SCRIPT, *command], cwd=tmp_path, check=False)
    assert killed.returncode == -signal.SIGKILL
    job = Job(source, tmp_path / "out" / source.name)
    assert not job.output.exists()
    events = finish(job, config)
    assert resumed_at(events) == 40
    assert isinstance(events[-1], VideoFinished)
    assert_same_film(made(events[-1].outcome), film)
