"""Whatever ends a process, the film in the end is the one that an undisturbed run makes."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import av
import pytest
from av.video.frame import PictureType
from tests.faults.conftest import Faulty
from tests.support.runs import Film, assert_same_film, left_behind, made
from tests.support.stopping import stopping_at

from dualface.batch.run_batch import run_batch
from dualface.config.schema import Config
from dualface.errors import OutputError, OutputExistsError
from dualface.events import Event, EventBus, VideoFinished, VideoNote, VideoProgress, VideoStarted, VideoWarning
from dualface.jobs import Job, Status
from dualface.testing.faults import Fault
from dualface.video import work_folder
from dualface.video.finished import is_own_work
from dualface.video.made_from import Identity
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun
from dualface.video.work_folder import WorkFolder

KILLS = [
    Fault("encoder", 79, "kill"),
    *[pytest.param(Fault("encoder", frame, "kill"), marks=pytest.mark.slow) for frame in (55, 99)],
    pytest.param(Fault("decoder", 60, "segfault"), marks=pytest.mark.slow),
    # in the middle of closing a segment
    *[pytest.param(Fault("disk", flush, "kill"), marks=pytest.mark.slow) for flush in (4, 13)],
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
    with stopping_at(frame, bus, stop):
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


@pytest.fixture(scope="module")
def unfinished(source: Path, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run leaves that the user stops after some segments."""
    job = Job(source, tmp_path_factory.mktemp("unfinished") / source.name)
    events = stopped_at(60, job, config)
    assert isinstance(events[-1], VideoFinished)
    assert events[-1].outcome.status is Status.STOPPED
    assert not job.output.exists()
    return job.output.parent


@pytest.fixture
def interrupted(unfinished: Path, source: Path, tmp_path: Path) -> Job:
    """A job with closed segments, stopped by the user."""
    shutil.copytree(unfinished, tmp_path / "out")
    return Job(source, tmp_path / "out" / source.name)


def test_a_stopped_run_goes_on_says_where_and_is_skipped_once_it_is_finished(
    interrupted: Job, config: Config, film: Film
) -> None:
    events = finish(interrupted, config)
    assert resumed_at(events) >= 40
    assert isinstance(events[-1], VideoFinished)
    assert_same_film(made(events[-1].outcome), film)
    assert left_behind(interrupted.output.parent) == []
    changed = interrupted.output.stat().st_mtime_ns
    assert is_own_work(interrupted, config)
    events = finish(interrupted, config)
    assert [type(event) for event in events] == [VideoFinished]
    assert isinstance(events[0], VideoFinished)
    assert events[0].outcome.status is Status.DONE
    assert interrupted.output.stat().st_mtime_ns == changed


@pytest.mark.slow
def test_another_film_under_the_name_is_neither_taken_for_the_finished_one_nor_lost(interrupted: Job, config: Config) -> None:
    finish(interrupted, config)
    interrupted.output.write_bytes(b"somebody's own")
    assert not is_own_work(interrupted, config)
    finished = finish(interrupted, config)[-1]
    assert isinstance(finished, VideoFinished)
    assert isinstance(finished.outcome.error, OutputExistsError)
    assert interrupted.output.read_bytes() == b"somebody's own"


@pytest.mark.slow
def test_a_name_that_is_taken_while_the_film_is_made_is_left_alone(source: Path, config: Config, tmp_path: Path) -> None:
    job, bus = Job(source, tmp_path / "out" / source.name), EventBus()

    def watch(event: Event) -> None:
        if isinstance(event, VideoProgress):
            job.output.write_bytes(b"somebody's own")

    bus.subscribe(watch)
    outcome = run_batch([job], config, bus=bus, stop=threading.Event())[0]
    assert isinstance(outcome.error, OutputExistsError)
    assert [path.name for path in job.output.parent.iterdir() if not path.name.startswith(".")] == [job.output.name]
    assert job.output.read_bytes() == b"somebody's own"


def with_damaged_packets(source: Path, target: Path, damaged: slice) -> Path:
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    for packet in packets[damaged]:
        assert packet.pos is not None
        data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    target.write_bytes(data)
    return target


def with_key_frames(source: Path, target: Path) -> Path:
    """The same pictures, of which every fifth can be sought."""
    with av.open(str(source)) as before, av.open(str(target), "w") as after:
        pictures = before.streams.video[0]
        stream = after.add_stream("libx264", rate=pictures.average_rate, options={"g": "5", "bf": "0", "preset": "ultrafast"})
        stream.width, stream.height = pictures.width, pictures.height
        for frame in before.decode(pictures):
            frame.pict_type = PictureType.NONE
            after.mux(stream.encode(frame))
        after.mux(stream.encode(None))
    return target


@pytest.mark.slow
def test_damage_before_the_place_where_it_goes_on_is_not_forgotten(source: Path, config: Config, tmp_path: Path) -> None:
    """Whoever goes on seeks past it and never sees it."""
    sought = with_key_frames(source, tmp_path / "sought.mp4")
    damaged = with_damaged_packets(sought, tmp_path / "damaged.mp4", slice(2, 4))
    jobs = [Job(damaged, tmp_path / name) for name in ("whole.mp4", "resumed.mp4")]
    finish(jobs[0], config)
    stopped_at(60, jobs[1], config)
    events = finish(jobs[1], config)
    assert resumed_at(events) >= 30
    whole, resumed = (json.loads(job.beside(".summary.json").read_bytes()) for job in jobs)
    assert whole["decode"]["corrupt_packets"] == 2
    assert resumed["decode"] == whole["decode"]
    assert resumed["status"] == whole["status"] == "partial"
    assert resumed["warnings"] == whole["warnings"]


def test_a_folder_that_another_run_has_just_removed_is_made_again(
    tmp_path: Path, config: Config, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_folder, "_LOCK_SECONDS", 60.0)  # however busy the machine is
    identity = Identity.of(Job(source, tmp_path / "film.mp4"), config)
    first = WorkFolder(tmp_path / "work", identity)
    waiting: list[WorkFolder] = []
    thread = threading.Thread(target=lambda: waiting.append(WorkFolder(tmp_path / "work", identity)))
    thread.start()
    time.sleep(0.2)
    first.remove()
    thread.join()
    waiting[0].begin()
    monkeypatch.setattr(work_folder, "_LOCK_SECONDS", 0.1)
    with pytest.raises(OutputError, match="another run"):
        WorkFolder(tmp_path / "work", identity)
    waiting[0].remove()


def test_other_settings_or_another_source_start_anew_and_say_so(interrupted: Job, config: Config, tmp_path: Path) -> None:
    encoding = config.encoding.model_copy(update={"bitrate_kbps": 900})
    events = finish(interrupted, config.model_copy(update={"encoding": encoding}))
    assert resumed_at(events) == 0
    assert any("the settings have changed" in event.message for event in events if isinstance(event, VideoNote))
    assert not any(isinstance(event, VideoWarning) for event in events), "it was asked for"


@pytest.mark.parametrize("container", ["mkv", "mov"])
@pytest.mark.slow
def test_another_container_goes_on_with_the_same_work(container: str, interrupted: Job, config: Config, film: Film) -> None:
    """The container is a matter of the last step; nothing is made twice, and nothing stays behind."""
    encoding = config.encoding.model_copy(update={"container": container})
    job = replace(interrupted, output=interrupted.output.with_suffix(f".{container}"))
    events = finish(job, config.model_copy(update={"encoding": encoding}))
    assert resumed_at(events) > 0
    notes = [event.message for event in events if isinstance(event, VideoNote)]
    assert notes == [f"{job.source}: continued at frame {resumed_at(events)}."]
    assert isinstance(events[-1], VideoFinished)
    again = made(events[-1].outcome)
    assert again.tracks == film.tracks
    assert len(again.pictures) == len(film.pictures)
    assert again.summary["notes"] == notes
    assert left_behind(job.output.parent) == []


@pytest.mark.slow
def test_work_on_a_film_of_another_name_is_mentioned(interrupted: Job, config: Config) -> None:
    job = replace(interrupted, output=interrupted.output.with_name("other.mp4"))
    events = finish(job, config)
    [note] = [event.message for event in events if isinstance(event, VideoNote)]
    work = interrupted.output.with_name(f".{interrupted.output.stem}.work")
    assert note == f"{job.source}: unfinished work on another film of it is in {work}; remove that if you don't want it."
    assert left_behind(job.output.parent) == [work.name]


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


@pytest.mark.parametrize(
    "damage", [damage_checkpoints, *[pytest.param(damage, marks=pytest.mark.slow) for damage in (cut_segments, empty_identity)]]
)
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


@pytest.mark.slow
def test_a_killed_command_line_goes_on(source: Path, film: Film, tmp_path: Path, config: Config) -> None:
    same = ["--size", "320x180", "--set", "encoding.gop=10", "--set", "detection.input_size=256x160"]
    command = ["run", str(source), "-o", str(tmp_path / "out"), *same, "--quiet"]
    killed = subprocess.run([sys.executable, "-c", SCRIPT, *command], cwd=tmp_path, check=False)
    assert killed.returncode == -signal.SIGKILL
    job = Job(source, tmp_path / "out" / source.name)
    assert not job.output.exists()
    events = finish(job, config)
    assert resumed_at(events) == 40
    assert isinstance(events[-1], VideoFinished)
    assert_same_film(made(events[-1].outcome), film)
