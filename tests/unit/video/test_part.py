"""A part of the footage becomes a film of its own; a sequence of pictures becomes one, too."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from tests.support.films import CLICK_SECONDS, Film, Tone, click_seconds, of_kind, streams
from tests.support.settings_of import settings_of
from tests.support.stopping import stopping_at
from tests.support.video_files import VideoFile

from dualface.config.schema import InputConfig
from dualface.decode.software import probe
from dualface.decode.trimmed import Span
from dualface.device.cpu import CpuDevice
from dualface.errors import ConfigurationError, InputError
from dualface.events import Event, EventBus, VideoNote, VideoStarted
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import VideoInfo
from dualface.video.part import span_of
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun

TALK = Film(stamps=tuple(n * 512 for n in range(180)), tones=(Tone(seconds=6.0),))
"""Six seconds at 30 frames/s."""


class SeesNobody:
    def detect(self, frames: Any) -> list[list[Any]]:
        return [[] for _ in frames]

    def close(self) -> None:
        pass


def made(
    source: Path, output: Path, events: list[Event] | None = None, *, stop_at: int | None = None, **keys: str
) -> VideoOutcome:
    keys = {"framing__size": "128x72", "reid__mode": "never", "encoding__gop": "15"} | keys
    config = settings_of(output.parent.parent, **keys)
    models = SharedModels(config, CpuDevice())
    models.detector = lambda width, height: SeesNobody()  # type: ignore[method-assign]
    bus, stop = EventBus(), threading.Event()

    if events is not None:
        bus.subscribe(events.append)
    with stopping_at(stop_at, bus, stop):
        return VideoRun(Job(source, output), config, models, bus=bus, stop=stop).run()


def seconds(path: Path) -> tuple[int, float]:
    with av.open(str(path)) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    return len(times), times[0]


@pytest.mark.parametrize("container", ["mp4", "mkv"])
@pytest.mark.parametrize("source", ["talk.mp4", "talk.ts"])
def test_pictures_and_sound_of_a_part_stay_together(source: str, container: str, tmp_path: Path) -> None:
    events: list[Event] = []
    outcome = made(
        TALK.write(tmp_path / source),
        tmp_path / "out" / f"talk.{container}",
        events,
        input__start="0.3",
        input__end="00:00:02.3",
        encoding__container=container,
    )
    assert outcome.error is None
    frames, first = seconds(outcome.job.output)
    assert frames == outcome.summary["frames"] == 60
    assert first == pytest.approx(0, abs=0.002)
    assert click_seconds(outcome.job.output) == pytest.approx(CLICK_SECONDS - 0.3, abs=1 / 30)
    started = next(event for event in events if isinstance(event, VideoStarted))
    assert abs(started.total_frames - 60) <= 1
    assert outcome.summary["duration_seconds"] == pytest.approx(59 / 30, abs=0.01)


@pytest.mark.parametrize(
    ("keys", "frames"), [({}, 210), ({"encoding__fps": "25", "encoding__codec": "prores", "encoding__container": "mov"}, 175)]
)
def test_a_part_that_was_interrupted_goes_on(keys: dict[str, str], frames: int, tmp_path: Path) -> None:
    long = Film(stamps=tuple(n * 512 for n in range(300)), tones=(Tone(seconds=10.0),)).write(tmp_path / "talk.mp4")
    output = tmp_path / "out" / f"talk.{keys.get('encoding__container', 'mp4')}"
    part: dict[str, Any] = {"input__start": "2", "input__end": "9"} | keys
    assert made(long, output, stop_at=frames * 7 // 9, **part).status is Status.STOPPED
    events: list[Event] = []
    outcome = made(long, output, events, **part)
    assert outcome.error is None
    start = outcome.summary["resumed_at_frame"]
    assert start > 0
    assert any(event.message == f"{long}: continued at frame {start}." for event in events if isinstance(event, VideoNote))
    assert seconds(output)[0] == frames
    lines = output.with_name("talk.tracks.jsonl").read_text().splitlines()[1:]
    assert len(lines) == frames


def test_another_part_is_another_film(tmp_path: Path) -> None:
    source, output = TALK.write(tmp_path / "talk.mp4"), tmp_path / "out" / "talk.mp4"
    assert made(source, output, input__end="1").summary["frames"] == 30
    outcome = made(source, output, input__end="2")
    assert outcome.error is not None
    assert "exists already" in str(outcome.error)


def test_an_end_behind_the_end_is_told(tmp_path: Path) -> None:
    source = TALK.write(tmp_path / "talk.mp4")
    outcome = made(source, tmp_path / "out" / "talk.mp4", input__start="5", input__end="60")
    assert outcome.summary["frames"] == 30
    assert outcome.summary["notes"] == [f"{source} ends at 6.0 s, before the end that was asked for (60 s)."]


def test_a_start_behind_the_end_is_refused(tmp_path: Path) -> None:
    outcome = made(TALK.write(tmp_path / "talk.mp4"), tmp_path / "out" / "talk.mp4", input__start="1:00")
    assert isinstance(outcome.error, InputError)
    assert "lasts 6.0 s and has nothing from 60 s on; begin earlier." in str(outcome.error)
    assert list((tmp_path / "out").iterdir()) == []


def test_numbered_pictures_become_a_film_of_their_rate(tmp_path: Path) -> None:
    (tmp_path / "shots").mkdir()
    for number in range(30):
        Image.fromarray(np.full((90, 160, 3), 5 * number, np.uint8)).save(tmp_path / f"shots/img{number:03}.png")
    outcome = made(tmp_path / "shots" / "img%03d.png", tmp_path / "out" / "img.mp4", input__rate="10", input__start="1")
    assert outcome.error is None
    with av.open(str(outcome.job.output)) as container:
        assert container.streams.video[0].average_rate == 10
        assert len(list(container.decode(video=0))) == 20
    assert any("30 pictures are taken as a film of 10 a second" in note for note in outcome.summary["notes"])


def test_pictures_that_changed_are_another_source(tmp_path: Path) -> None:
    (tmp_path / "shots").mkdir()
    for number in range(5):
        Image.new("RGB", (160, 90)).save(tmp_path / f"shots/{number}.png")
    output = tmp_path / "out" / "shots.mp4"
    assert made(tmp_path / "shots", output).error is None
    assert made(tmp_path / "shots", output).summary["skipped"]
    Image.new("RGB", (160, 90)).save(tmp_path / "shots/5.png")
    assert "exists already" in str(made(tmp_path / "shots", output).error)


INFO = VideoInfo(64, 48, Fraction(25), 250, 10.0)


def wanted(start: str = "", end: str = "") -> InputConfig:
    return InputConfig(start=start, end=end, rate="25")


def test_timecodes_count_from_the_films_own() -> None:
    info = VideoInfo(64, 48, Fraction(25), 250, 10.0, timecode="10:00:00:00")
    assert span_of(wanted("10:00:02:00", "10:00:04:05"), info, Path("a.mov")) == Span(Fraction(2), Fraction(21, 5))
    assert span_of(wanted("2", "00:00:04"), info, Path("a.mov")) == Span(Fraction(2), Fraction(4))
    assert span_of(wanted("00:00:02:05"), INFO, Path("a.mov")) == Span(Fraction(11, 5), None)


@pytest.mark.parametrize(
    ("start", "end", "timecode", "sentence"),
    [
        (
            "00:00:02:00",
            "",
            "10:00:00:00",
            "a.mov: input.start is 00:00:02:00, no timecode of this video, which begins at 10:00:00:00",
        ),
        ("00:00:02:25", "", "", "there are 25 frames a second"),
        ("3", "00:00:02:00", "", "a.mov: input.end is 00:00:02:00, which is not after input.start, 3."),
    ],
)
def test_times_that_a_film_cannot_have_are_refused(start: str, end: str, timecode: str, sentence: str) -> None:
    info = VideoInfo(64, 48, Fraction(25), 250, 10.0, timecode=timecode)
    with pytest.raises(ConfigurationError) as caught:
        span_of(wanted(start, end), info, Path("a.mov"))
    assert sentence in str(caught.value)


def test_a_timecode_in_a_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    spec = VideoFile()
    with av.open(str(path), "w") as container:
        stream = spec.add_stream(container)
        container.metadata["timecode"] = "10:00:00:00"
        for frame in spec.pictures():
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert probe(path).timecode == "10:00:00:00"


@pytest.mark.parametrize(("rate", "frames", "container"), [("25", 75, "mp4"), ("29.97", 90, "mov"), ("60", 180, "mkv")])
def test_at_another_rate_pictures_and_sound_stay_together(rate: str, frames: int, container: str, tmp_path: Path) -> None:
    jitter = (0, 150, -100, 200, 0, -150)
    talk = Film(stamps=tuple(n * 512 + jitter[n % 6] for n in range(90)), tones=(Tone(seconds=3.0),)).write(
        tmp_path / "talk.mp4"
    )
    outcome = made(talk, tmp_path / "out" / f"talk.{container}", encoding__fps=rate, encoding__container=container)
    assert outcome.error is None
    assert abs(outcome.summary["frames"] - frames) <= 1
    with av.open(str(outcome.job.output)) as film:
        assert film.streams.video[0].average_rate == Fraction(30000, 1001) if rate == "29.97" else Fraction(rate)
        times = [float(frame.time or 0) for frame in film.decode(video=0)]
    steps = np.diff(times)
    assert np.abs(steps - 1 / float(Fraction(30000, 1001) if rate == "29.97" else Fraction(rate))).max() < 0.0011
    assert click_seconds(outcome.job.output) == pytest.approx(CLICK_SECONDS, abs=0.002)


@pytest.mark.parametrize("codec", ["prores", "dnxhr"])
def test_for_editors_every_picture_is_a_key_frame_and_pcm_is_copied(codec: str, tmp_path: Path) -> None:
    talk = Film(stamps=TALK.stamps[:60], tones=(Tone(codec="pcm_s24le", seconds=2.0),)).write(tmp_path / "talk.mov")
    config = settings_of(tmp_path, framing__size="256x144", encoding__codec=codec)
    assert config.encoding.container == "mov"
    outcome = made(talk, tmp_path / "out" / "talk.mov", framing__size="256x144", encoding__codec=codec)
    assert outcome.error is None
    pictures, sound = streams(outcome.job.output)
    assert (pictures.codec, sound.codec) == ({"dnxhr": "dnxhd"}.get(codec, codec), "pcm_s24le")
    assert b"".join(sound.payload) == b"".join(of_kind(talk, "audio")[0].payload)
    with av.open(str(outcome.job.output)) as film:
        assert all(packet.is_keyframe for packet in film.demux(video=0) if packet.size)
    frames, first = seconds(outcome.job.output)
    assert (frames, first) == (60, 0.0)
    assert click_seconds(outcome.job.output) == pytest.approx(CLICK_SECONDS, abs=0.002)
