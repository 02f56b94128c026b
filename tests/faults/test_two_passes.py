"""Films that follow speech: all is seen first, each picture is encoded once, and whatever ends a pass, it goes on there."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from tests.faults.conftest import Faulty
from tests.support.runs import Film, assert_same_film, left_behind, made
from tests.support.shared import made_once
from tests.support.stopping import stopping_at

from dualface.config.schema import Config
from dualface.events import Event, EventBus, VideoProgress, VideoStarted
from dualface.footage.conversation import Sound, write_conversation
from dualface.jobs import Job, Status, VideoOutcome
from dualface.render.encode.software import SoftwareEncoder
from dualface.testing.faults import Fault
from dualface.types import Frame, Packet
from dualface.video.kept import closed_frames, work_path
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun

pytestmark = pytest.mark.slow
FPS, TURNS = 10, [(3.0, "A"), (3.0, "B"), (3.0, "A")]
FRAMES = 90


@pytest.fixture(scope="module")
def config(config: Config) -> Config:
    return config.changed(layout="speaker", reid="never")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def talk(folder: Path) -> Path:
        path = folder / "talk.mp4"
        write_conversation(path, turns=TURNS, size=(480, 270), fps=FPS)
        return path

    return made_once(tmp_path_factory, "two passes", talk)


def run(job: Job, config: Config, stop_at: int | None = None) -> tuple[VideoOutcome, list[Event]]:
    """Runs the job in this process, to the end or until that many frames were seen."""
    stop, events, bus = threading.Event(), list[Event](), EventBus()
    bus.subscribe(events.append)
    models = SharedModels(config)
    with stopping_at(stop_at, bus, stop):
        outcome = VideoRun(job, config, models, bus=bus, stop=stop).run()
    models.close()
    return outcome, events


@pytest.fixture(scope="module")
def undisturbed(source: Path, config: Config, tmp_path_factory: pytest.TempPathFactory) -> tuple[Film, list[Event], int]:
    """The film, what was told of it, and how many pictures were encoded."""
    encoded = 0
    with pytest.MonkeyPatch.context() as patch:
        encode = SoftwareEncoder.encode

        def counted(encoder: SoftwareEncoder, frame: Frame) -> list[Packet]:
            nonlocal encoded
            encoded += 1
            return list(encode(encoder, frame))

        patch.setattr(SoftwareEncoder, "encode", counted)
        outcome, events = run(Job(source, tmp_path_factory.mktemp("reference") / source.name), config)
    assert outcome.error is None
    return made(outcome), events, encoded


def test_each_picture_is_encoded_once_and_both_passes_are_told(undisturbed: tuple[Film, list[Event], int]) -> None:
    film, events, encoded = undisturbed
    assert encoded == len(film.times) == FRAMES
    assert film.summary["layouts"]["full"] > 0.5
    (started,) = (event for event in events if isinstance(event, VideoStarted))
    progress = [event for event in events if isinstance(event, VideoProgress)]
    assert started.passes == 2
    assert [event.pass_number for event in progress] == sorted(event.pass_number for event in progress)
    shares = [started.share(event) for event in progress]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_run_that_is_stopped_while_it_only_looks_goes_on_there(
    source: Path, config: Config, undisturbed: tuple[Film, list[Event], int], tmp_path: Path
) -> None:
    job = Job(source, tmp_path / "out" / source.name)
    job.output.parent.mkdir()
    outcome, _ = run(job, config, stop_at=60)
    assert outcome.status is Status.STOPPED
    assert 40 <= closed_frames(job) < FRAMES
    outcome, events = run(job, config)
    assert next(event.resumed_at for event in events if isinstance(event, VideoStarted)) >= 40
    assert_same_film(made(outcome), undisturbed[0])
    assert left_behind(job.output.parent) == []


@pytest.mark.parametrize("damaged", ["*.lines", "*.state"])
def test_what_is_damaged_of_the_first_pass_is_seen_again(
    damaged: str, source: Path, config: Config, undisturbed: tuple[Film, list[Event], int], tmp_path: Path
) -> None:
    job = Job(source, tmp_path / "out" / source.name)
    job.output.parent.mkdir()
    run(job, config, stop_at=60)
    (path,) = work_path(job.output).glob(f"watched{damaged}")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    outcome, events = run(job, config)
    assert next(event.resumed_at for event in events if isinstance(event, VideoStarted)) == 0
    assert_same_film(made(outcome), undisturbed[0])


@pytest.mark.parametrize(
    "fault",
    [
        Fault("decoder", 60, "kill"),  # in the first pass
        Fault("encoder", 55, "kill"),  # in the second
        *[Fault("disk", flush, "kill") for flush in (2, 4, 6, 8, 13)],  # while something is noted
    ],
    ids=lambda fault: f"{fault.stage}-{fault.at}",
)
def test_a_killed_worker_goes_on_where_it_was(
    fault: Fault,
    source: Path,
    config: Config,
    undisturbed: tuple[Film, list[Event], int],
    faulty: Faulty,
    tmp_path: Path,
) -> None:
    once = Fault(fault.stage, fault.at, fault.kind, once=tmp_path / "happened")
    (outcome,) = faulty([source], tmp_path / "out", [once], config=config)
    assert (tmp_path / "happened").exists()
    assert outcome.error is None
    assert_same_film(made(outcome), undisturbed[0])
    assert left_behind(tmp_path / "out") == []


@pytest.mark.parametrize("sound", ["silence", "music only"])
def test_where_nobody_is_heard_one_pass_makes_what_follow_makes(sound: Sound, config: Config, tmp_path: Path) -> None:
    source = tmp_path / "mute.mp4"
    write_conversation(source, turns=[(2.0, "A")], listeners="restless", sound=sound, size=(320, 180), fps=FPS)
    shown = []
    for layout in ("speaker", "follow"):
        job = Job(source, tmp_path / layout / source.name)
        job.output.parent.mkdir()
        outcome, events = run(job, config.changed(layout=layout))
        assert [event.passes for event in events if isinstance(event, VideoStarted)] == [1]
        assert outcome.error is None
        lines = job.output.with_suffix(".tracks.jsonl").read_text().splitlines()[1:]
        shown.append([(line["layout"], line["tiles"]) for line in map(json.loads, lines)])
    assert shown[0] == shown[1]
