"""Sound through a whole run: in sync, said, and never lost under the status "done"."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from tests.support.beeps import FLASHES, SECONDS, BeepFilm, moved, rewritten, sync_of
from tests.support.settings_of import settings_of
from tests.support.stopping import stopping_at

from dualface.cli.execution import exit_code
from dualface.device.cpu import CpuDevice
from dualface.events import Event, EventBus, VideoNote
from dualface.jobs import Job, Status, VideoOutcome
from dualface.types import Detection, Frame
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun


class Nobody:
    """A detector for films that show nobody."""

    def detect(self, frames: Sequence[Frame]) -> list[list[Detection]]:
        return [[] for _ in frames]

    def close(self) -> None:
        pass


def run(source: Path, *, stop_at: int | None = None, container: str = "mp4", **keys: str) -> tuple[VideoOutcome, list[Event]]:
    """One run, and what it told; it is stopped once ``stop_at`` frames are encoded."""
    settings = settings_of(
        source.parent,
        framing__size="128x64",
        reid__mode="never",
        errors__absent_share="1",
        encoding__container=container,
        **keys,
    )
    models = SharedModels(settings, CpuDevice())
    models.detector = lambda width, height: Nobody()  # type: ignore[method-assign]
    bus, stop, events = EventBus(), threading.Event(), list[Event]()

    bus.subscribe(events.append)
    job = Job(source, source.parent / "out" / f"{source.stem}.{container}")
    with stopping_at(stop_at, bus, stop):
        return VideoRun(job, settings, models, bus=bus, stop=stop).run(), events


def told(outcome: VideoOutcome) -> list[str]:
    """The warnings, but for the one that everybody gets whose film shows nobody."""
    return [warning for warning in outcome.summary["warnings"] if "no face was found" not in warning]


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def late(stream: str, seconds: int) -> Any:
    return lambda kind, time: time + Fraction(seconds if kind == stream else 0)


def test_sound_goes_on_in_the_second_of_two_joined_recordings(tmp_path: Path) -> None:
    outcome, _ = run(written(tmp_path, "twice.ts", BeepFilm("ts").content() * 2))
    found = sync_of(outcome.job.output)
    assert outcome.status is Status.DONE
    assert found.flashes == pytest.approx([*FLASHES, *(SECONDS + flash for flash in FLASHES)], abs=0.002)
    assert found.errors == pytest.approx([0] * 4, abs=0.02)
    [warning] = told(outcome)
    assert "its clock starts anew or jumps at 2.0 s" in warning


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("mkv", late("audio", 100_000), "begins 100000 s after the first picture, when the film is over"),
        ("mkv", late("video", 100_000), "the film begins with its pictures, and the sound was moved there, by 100000 s"),
        ("mp4", late("video", 100_000), "the film begins with its pictures"),
    ],
)
def test_absurd_offsets_are_mended_and_said(name: str, change: Any, words: str, tmp_path: Path) -> None:
    formats = {"mkv": "matroska", "mp4": "mp4"}
    content = rewritten(BeepFilm("mp4").content(), formats[name], change)
    outcome, _ = run(written(tmp_path, f"film.{name}", content))
    found = sync_of(outcome.job.output)
    assert outcome.status is Status.DONE
    assert found.errors == pytest.approx([0, 0], abs=0.025)
    assert found.end < SECONDS + 0.1
    assert [words in warning for warning in told(outcome)] == [True]


def test_first_packets_without_times(tmp_path: Path) -> None:
    content = moved(BeepFilm("mp4").content(), "matroska", -0.5, avoid_negative_ts="disabled")
    outcome, _ = run(written(tmp_path, "film.mkv", content))
    assert outcome.status is Status.DONE
    assert sync_of(outcome.job.output).errors == pytest.approx([0, 0], abs=0.003)


@pytest.mark.parametrize(
    ("film", "container", "audio", "codec", "note"),
    [
        (BeepFilm("mov", audio="pcm_s24le"), "mp4", "auto", "aac", "sound stream 1 (pcm_s24le) became AAC, which all players"),
        (BeepFilm("mov", audio="pcm_s24le"), "mp4", "copy", "pcm_s24le", None),
        (BeepFilm("mov", audio="pcm_s24le"), "mov", "auto", "pcm_s24le", None),
        (BeepFilm("webm", video="libvpx", audio="libopus"), "mp4", "auto", "aac", "--audio copy keeps it as it is"),
        (BeepFilm("webm", video="libvpx", audio="libopus"), "mkv", "auto", "opus", None),
        (BeepFilm("webm", video="libvpx", audio="libopus"), "mkv", "aac", "aac", "became AAC, as asked"),
        (BeepFilm("mkv", audio="vorbis"), "mov", "auto", "aac", "because it can't be written into MOV"),
        (BeepFilm("mkv", audio="ac3"), "mp4", "auto", "ac3", None),
        (BeepFilm("mp4"), "mp4", "aac", "aac", None),
    ],
)
def test_sound_that_plays(film: BeepFilm, container: str, audio: str, codec: str, note: str | None, tmp_path: Path) -> None:
    outcome, events = run(film.write(tmp_path), container=container, encoding__audio=audio)
    with av.open(str(outcome.job.output)) as found:
        assert found.streams.audio[0].codec_context.codec.canonical_name == codec
    notes = [event.message for event in events if isinstance(event, VideoNote)]
    assert (outcome.status, told(outcome), outcome.summary["notes"]) == (Status.DONE, [], notes)
    assert [note in each for each in notes] == [True] if note else not notes
    assert sync_of(outcome.job.output).errors == pytest.approx([0, 0], abs=0.003)


def test_a_film_whose_sound_is_lost_is_not_done(tmp_path: Path) -> None:
    source = BeepFilm("mkv", audio="flac").write(tmp_path)
    content = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        places = [(packet.pos or 0, packet.size) for packet in container.demux(audio=0) if packet.size]
    for at, size in places[3:]:
        content[at + 8 : at + size] = bytes(size - 8)
    outcome, _ = run(written(tmp_path, "damaged.mkv", bytes(content)))
    assert outcome.status is Status.PARTIAL
    assert outcome.summary["partial"]
    assert exit_code([outcome]) == 7
    assert [warning for warning in told(outcome) if "damaged packets are silent" in warning]


def test_a_run_goes_on_in_a_recording_whose_clock_starts_anew(tmp_path: Path) -> None:
    """Its frames' times are not those of the file, where the same times come again and again."""
    source = written(tmp_path, "often.ts", BeepFilm("ts").content() * 6)
    stopped, _ = run(source, stop_at=220)
    assert stopped.status is Status.STOPPED
    outcome, _ = run(source)
    found = sync_of(outcome.job.output)
    assert outcome.summary["resumed_at_frame"] >= 100
    assert outcome.summary["frames"] == len(found.pictures) == 300
    assert found.flashes == pytest.approx([piece * SECONDS + flash for piece in range(6) for flash in FLASHES], abs=0.002)
    assert found.errors == pytest.approx([0] * 12, abs=0.025)
    [warning] = told(outcome)
    assert "starts anew or jumps at 2.0 s, 4.0 s, 6.0 s, 8.0 s and 10.0 s" in warning
