"""One video's misfortune is its own: a batch brings every video that can be made, and a reason for each other one."""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import psutil
import pytest
from tests.faults.conftest import Faulty
from tests.support.runs import Film, assert_same_film, left_behind, made, sound_of
from tests.support.video_files import VideoFile

from dualface.batch.run_batch import run_batch
from dualface.cli.execution import exit_code
from dualface.config.schema import Config
from dualface.decode.software import SoftwareDecoder
from dualface.errors import CorruptInputError, DeviceMemoryError, DiskFullError, ExitCode, InputError
from dualface.events import Event, EventBus, VideoFinished, VideoProgress, VideoWarning
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import Job, Status
from dualface.render.compose.error_policy import Rung
from dualface.testing.faults import Fault, install
from dualface.types import Person
from dualface.workers.failure import Failure
from dualface.workers.model_process import ModelProcess
from dualface.workers.process_stream import ProcessStream
from dualface.workers.processes import Launcher
from dualface.workers.starting import LocalStarter


def copies(source: Path, folder: Path, *names: str) -> list[Path]:
    folder.mkdir()
    for name in names:
        os.link(source, folder / name)
    return [folder / name for name in names]


def test_a_video_that_crashes_its_decoder_does_not_disturb_the_others(
    source: Path, film: Film, faulty: Faulty, tmp_path: Path
) -> None:
    good, bad = copies(source, tmp_path / "in", "good.mp4", "bad.mp4")
    events: list[Event] = []
    outcomes = faulty([bad, good], tmp_path / "out", [Fault("decoder", 5, "segfault", source="bad")], events=events)
    assert [outcome.status for outcome in outcomes] == [Status.FAILED, Status.DONE]
    assert "SIGSEGV" in str(outcomes[0].error)
    assert_same_film(made(outcomes[1]), film)
    assert not (tmp_path / "out" / "bad.mp4").exists()
    retries = [event for event in events if isinstance(event, VideoWarning) and "tried again" in event.message]
    assert len(retries) == 2
    assert [event.job.source for event in events if isinstance(event, VideoFinished)].count(bad) == 1


@pytest.mark.parametrize("stage", ["decoder", "detector", "encoder"])
@pytest.mark.slow
def test_an_exception_in_any_stage_is_survived(stage: str, source: Path, film: Film, faulty: Faulty, tmp_path: Path) -> None:
    fault = Fault(stage, 50, "exception", once=tmp_path / "happened")  # type: ignore[arg-type]
    outcome = faulty([source], tmp_path / "out", [fault])[0]
    assert (tmp_path / "happened").exists()
    assert_same_film(made(outcome), film)


@pytest.mark.slow
def test_a_stalled_stream_is_ended_and_the_next_goes_on_where_it_was(
    source: Path, film: Film, config: Config, launcher: Launcher, tmp_path: Path
) -> None:
    """Time passes only while it hangs: what a worker needs to get on, on a busy machine, is not judged here."""
    job, happened = Job(source, tmp_path / "out" / source.name), tmp_path / "happened"
    now, hangs = 0.0, True

    def clock() -> float:
        nonlocal now
        now += hangs and happened.exists()
        return now

    prepare = partial(install, [Fault("composer", 50, "stall", once=happened)])
    starter = LocalStarter(launcher, prepare=prepare)
    stream = ProcessStream(stop=threading.Event(), starter=starter, clock=clock, cpu_seconds=lambda _: 0.0)
    with closing(stream):
        ended = stream.make(job, config, lambda _: None)
        assert ended.failure is Failure.STALLED
        assert "nothing moved any more after Vitals(" in str(ended.outcome.error)
        hangs = False
        again = stream.make(job, config, lambda _: None)
    assert again.failure is None
    assert_same_film(made(again.outcome), film)


@pytest.mark.slow
def test_garbage_from_decoder_and_detector_costs_no_frame(source: Path, film: Film, faulty: Faulty, tmp_path: Path) -> None:
    faults = [
        Fault("detector", 20, "nan", frames=15),
        Fault("detector", 50, "garbage", frames=10),
        Fault("decoder", 70, "garbage", frames=5),
    ]
    outcome = faulty([source], tmp_path / "out", faults)[0]
    assert outcome.error is None
    assert made(outcome).times == film.times


@pytest.mark.slow
def test_too_many_pictures_that_cannot_be_composed_end_as_degraded(
    source: Path, film: Film, faulty: Faulty, tmp_path: Path
) -> None:
    faults = [
        Fault("composer", 56, "composition", frames=20, spares=Rung.LAST_GOOD),
        Fault("composer", 76, "composition", frames=12, spares=Rung.SCENE),
        Fault("composer", 88, "composition", frames=7, spares=Rung.CARD),
    ]
    events: list[Event] = []
    outcome = faulty([source], tmp_path / "out", faults, events=events)[0]
    assert outcome.status is Status.DEGRADED
    assert exit_code([outcome]) is ExitCode.DEGRADED
    whole = made(outcome)
    assert (whole.times, whole.sound) == (film.times, film.sound)
    for side in Person:
        undisturbed, counts = film.summary["composition"][side], outcome.summary["composition"][side]
        caused = {rung: counts[rung] - undisturbed[rung] for rung in Rung}
        assert caused == {Rung.RETRY: 39, Rung.LAST_GOOD: 20, Rung.SCENE: 12, Rung.CARD: 7}
    warnings = [event.message for event in events if isinstance(event, VideoWarning)]
    assert warnings == [f"{source}: 39% of the pictures could not be composed as planned."]


@pytest.mark.slow
def test_a_picture_that_not_even_cards_replace_ends_the_video_with_a_reason(
    source: Path, faulty: Faulty, tmp_path: Path
) -> None:
    outcome = faulty([source], tmp_path / "out", [Fault("composer", 20, "composition", frames=100)])[0]
    assert outcome.status is Status.FAILED
    assert str(source) in str(outcome.error)
    assert "frame 20" in str(outcome.error)
    assert not outcome.job.output.exists()


@pytest.mark.slow
def test_memory_that_does_not_suffice_is_tried_alone_and_then_given_up(source: Path, faulty: Faulty, tmp_path: Path) -> None:
    events: list[Event] = []
    outcome = faulty([source], tmp_path / "out", [Fault("composer", 20, "memory", frames=100)], events=events)[0]
    assert outcome.status is Status.FAILED
    messages = [event.message for event in events if isinstance(event, VideoWarning)]
    assert any("without other streams" in message for message in messages)
    assert isinstance(outcome.error, DeviceMemoryError)
    assert f"{source}: the memory did not suffice" in str(outcome.error)


def limit_memory(more: int) -> None:
    """``more`` bytes than the process has now, threads' stacks included."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    now = next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmData:"))
    resource.setrlimit(resource.RLIMIT_DATA, (now + more, now + more))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and RLIMIT_DATA")
def test_a_video_too_large_for_the_memory_there_really_is_ends_with_that_reason(
    source: Path, film: Film, config: Config, tmp_path: Path
) -> None:
    """It must not come out with frames missing, as if the file were damaged; and the next video is made."""
    one_thread = {"decode_threads": 1, "encode_threads": 1}
    config = config.model_copy(update={"processing": config.processing.model_copy(update=one_thread)})
    large = VideoFile(7680, 4320, 30, options={"preset": "ultrafast", "crf": "40"}).write(tmp_path / "large.mp4")
    jobs = [Job(path, tmp_path / "out" / path.name) for path in (large, source)]
    events: list[Event] = []
    bus = EventBus()
    bus.subscribe(events.append)
    outcomes = run_batch(jobs, config, bus=bus, stop=threading.Event(), prepare=partial(limit_memory, 500 << 20))
    assert [outcome.status for outcome in outcomes] == [Status.FAILED, Status.DONE]
    assert isinstance(outcomes[0].error, DeviceMemoryError)
    assert exit_code(outcomes) is ExitCode.DEVICE
    assert str(outcomes[0].error).startswith(f"{large}: ")
    assert "memory" in str(outcomes[0].error)
    assert any("on a single thread" in event.message for event in events if isinstance(event, VideoWarning))
    assert_same_film(made(outcomes[1]), film)
    assert [path.name for path in jobs[0].output.parent.iterdir() if path.stem == "large"] == []


def test_a_video_that_never_fits_is_refused_at_once(source: Path, config: Config, tmp_path: Path) -> None:
    memory = config.memory.model_copy(update={"ram_limit_gb": 0.1})
    job = Job(source, tmp_path / "out" / "talk.mp4")
    outcome = run_batch([job], config.model_copy(update={"memory": memory}), bus=EventBus(), stop=threading.Event())[0]
    assert isinstance(outcome.error, DeviceMemoryError)
    assert "ram_limit_gb" in str(outcome.error)


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.slow
def test_a_full_disk_leaves_only_what_can_be_continued(
    source: Path, film: Film, config: Config, faulty: Faulty, tmp_path: Path
) -> None:
    job = Job(source, tmp_path / "out" / source.name)
    limit = partial(limit_files, len(source.read_bytes()) * 10)
    full = run_batch([job], config, bus=EventBus(), stop=threading.Event(), prepare=limit)[0]
    assert isinstance(full.error, DiskFullError)
    assert full.error.exit_code is ExitCode.OUTPUT
    assert [path.name for path in job.output.parent.iterdir() if not path.name.startswith(".")] == []
    again = faulty([source], tmp_path / "out", [])[0]
    assert_same_film(made(again), film)
    assert left_behind(job.output.parent) == []


@pytest.mark.slow
def test_a_source_that_is_removed_is_needed_again_for_its_sound_and_may_be_put_back(
    source: Path, film: Film, faulty: Faulty, tmp_path: Path
) -> None:
    """The open file can be read to its end, but the sound is copied at the end, from the file of that name."""
    elsewhere, mine = copies(source, tmp_path / "in", "elsewhere.mp4", "mine.mp4")
    events: list[Event] = []
    outcome = faulty([mine], tmp_path / "out", [Fault("decoder", 40, "remove", path=mine)], events=events)[0]
    assert outcome.status is Status.FAILED
    assert isinstance(outcome.error, InputError)
    assert f"{mine} does not exist" in str(outcome.error)
    assert any(f"{mine}: can't be read any more" in e.message for e in events if isinstance(e, VideoWarning))
    assert [path.name for path in outcome.job.output.parent.iterdir()] == [".mine.work"]
    os.link(elsewhere, mine)
    again = faulty([mine], tmp_path / "out", [])[0]
    assert again.summary["resumed_at_frame"] == len(film.times)
    assert_same_film(made(again), film)
    assert left_behind(outcome.job.output.parent) == []


@pytest.mark.slow
def test_of_a_source_that_is_cut_off_while_it_is_read_what_is_left_is_made(faulty: Faulty, tmp_path: Path) -> None:
    """Matroska can be read without its end."""
    mine = tmp_path / "mine.mkv"
    render_scene(mine, SCENES["cuts"], size=(320, 180), fps=10)
    outcome = faulty([mine], tmp_path / "out", [Fault("decoder", 5, "truncate", path=mine)])[0]
    assert outcome.status is Status.PARTIAL
    assert exit_code([outcome]) is ExitCode.PARTIAL
    left, film = list(SoftwareDecoder(mine)), made(outcome)
    assert film.times == [frame.pts * frame.time_base for frame in left]
    assert 40 < len(left) < 60  # of 100
    assert [packet for _, packet in film.sound] == [packet for _, packet in sound_of(mine)]
    assert len(film.tracks.splitlines()) == len(left)


@pytest.mark.slow
def test_a_source_whose_index_is_cut_off_while_it_is_read_leaves_nothing_but_a_reason(
    source: Path, faulty: Faulty, tmp_path: Path
) -> None:
    """An MP4 has it at its end: neither pictures nor sound could be found again."""
    mine = tmp_path / "mine.mp4"
    mine.write_bytes(source.read_bytes())
    outcome = faulty([mine], tmp_path / "out", [Fault("decoder", 5, "truncate", path=mine)])[0]
    assert outcome.status is Status.FAILED
    assert isinstance(outcome.error, CorruptInputError)
    assert f"{mine} is an incomplete MP4" in str(outcome.error)
    assert list(outcome.job.output.parent.iterdir()) == []


def nothing(connections: Sequence[Connection]) -> None:
    """What a process does that is only to be started."""


def test_a_stream_that_hangs_can_not_keep_a_stop_waiting(
    source: Path, config: Config, launcher: Launcher, tmp_path: Path
) -> None:
    launcher.start(nothing, []).join()  # the server that workers are forked from stays, whoever was the first to need it
    stop, bus, before = threading.Event(), EventBus(), psutil.Process().children(recursive=True)

    def watch(event: Event) -> None:
        if isinstance(event, VideoProgress):
            stop.set()

    bus.subscribe(watch)
    prepare = partial(install, [Fault("encoder", 10, "stall")])
    job = Job(source, tmp_path / "out" / "a.mp4")
    outcome = run_batch([job], config, bus=bus, stop=stop, prepare=prepare, launcher=launcher)[0]
    assert outcome.status is Status.STOPPED
    assert not (tmp_path / "out" / "a.mp4").exists()
    assert psutil.Process().children(recursive=True) == before


def two_at_a_time(config: Config) -> Config:
    return config.model_copy(update={"processing": config.processing.model_copy(update={"cuda_streams": 2})})


@pytest.mark.slow
def test_the_process_that_runs_the_models_may_die(
    source: Path, film: Film, config: Config, faulty: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections: list[ModelProcess] = []
    connect = ModelProcess.connect

    def noted(models: ModelProcess) -> Connection:
        connections.append(models)
        return connect(models)

    monkeypatch.setattr(ModelProcess, "connect", noted)
    sources = copies(source, tmp_path / "in", "a.mp4", "b.mp4")

    class Killing(list[Event]):
        def append(self, event: Event) -> None:
            super().append(event)
            process = connections[0]._process if connections else None
            if isinstance(event, VideoProgress) and event.frames > 20 and process is not None and len(connections) == 2:
                process.kill()

    events = Killing()
    outcomes = faulty(sources, tmp_path / "out", [], config=two_at_a_time(config), events=events)
    assert len(connections) > 2
    assert any("process that runs the models" in event.message for event in events if isinstance(event, VideoWarning))
    for outcome in outcomes:
        assert_same_film(made(outcome), film, least_psnr=30.0)


@pytest.mark.slow
def test_several_at_a_time_come_out_as_one_alone_does(
    source: Path, film: Film, config: Config, faulty: Faulty, tmp_path: Path
) -> None:
    sources = copies(source, tmp_path / "in", "a.mp4", "b.mp4", "c.mp4")
    outcomes = faulty(sources, tmp_path / "out", [], config=two_at_a_time(config))
    assert [outcome.job.source for outcome in outcomes] == sources
    for outcome in outcomes:
        assert_same_film(made(outcome), film, least_psnr=30.0)
    assert np.isfinite([outcome.summary["fps"] for outcome in outcomes]).all()
