"""What is heard of sound that was encoded as AAC: the same samples at the same time, from the first to the last."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.support.beeps import BeepFilm, remade, rewritten, sync_of

from dualface.types import F32Array

SECONDS = 1.0


def noise(rate: int, seconds: float = SECONDS) -> F32Array:
    """Soft noise, low enough for AAC, with a loud last 20 ms; float32, one channel."""
    samples = np.random.default_rng(3).normal(0, 0.1, int(rate * seconds))
    low = np.convolve(samples, np.ones(16) / 16, "same")
    low[-rate // 50 :] *= 4
    return np.asarray(low, np.float32)


def film(path: Path, samples: F32Array, rate: int, codec: str = "pcm_s16le", *, start: float = 0.0, channels: int = 1) -> Path:
    """A second of grey pictures with these samples on every channel."""
    layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[channels]
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height = 64, 48
        sound: Any = out.add_stream(codec, rate=rate)
        sound.layout = layout
        if codec == "wmav2":
            sound.bit_rate = 64_000 * channels  # it has no more
        for n in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((72, 64), 80, np.uint8), format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for at in range(0, len(samples), 1024):
            piece = np.repeat(samples[at : at + 1024, None], channels, 1).reshape(1, -1)
            audio = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="flt", layout=layout)
            audio.sample_rate, audio.pts, audio.time_base = rate, at + round(start * rate), Fraction(1, rate)
            out.mux(sound.encode(audio))
        out.mux(sound.encode(None))
    return path


def heard(path: Path, seconds: float) -> F32Array:
    """One channel, float32, from the first picture on, silence where there is none."""
    with av.open(str(path)) as container:
        first = float(next(container.decode(video=0)).time or 0)
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        rate = stream.codec_context.sample_rate
        found = np.zeros(int(seconds * rate), np.float32)
        mono = av.AudioResampler("flt", "mono", rate)
        end: int | None = None
        for frame in container.decode(stream):
            told = round((float(frame.time or 0) - first) * rate) if frame.time is not None or end is None else end
            at = told if end is None or abs(told - end) > rate // 500 else end  # Matroska rounds to a millisecond
            samples = np.concatenate([one.to_ndarray()[0] for one in mono.resample(frame)])
            end = at + len(samples)
            samples, at = samples[max(-at, 0) :], max(at, 0)
            found[at : at + len(samples)] = samples[: len(found) - at]
    return found


def likeness(a: F32Array, b: F32Array) -> float:
    """How alike two sounds are, -1…1, however loud."""
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize(("rate", "start"), [(48000, 0.0), (44100, 0.0), (48000, 0.4), (192000, 0.4)])
def test_every_sample_stays_where_it_was(tmp_path: Path, container: str, rate: int, start: float) -> None:
    source = film(tmp_path / "source.mov", noise(rate), rate, start=start)
    remade(source, tmp_path / f"output.{container}", audio="aac")
    before, after = heard(source, 1.5), heard(tmp_path / f"output.{container}", 1.5)
    before = before[:: len(before) // len(after)]
    assert likeness(before, after) > 0.9
    shifted = [likeness(np.roll(before, shift), after) for shift in range(-3, 4)]
    tolerance = 1 if container == "mkv" or rate > 48000 else 0  # Matroska rounds to a millisecond, 192 kHz is resampled
    assert abs(int(np.argmax(shifted)) - 3) <= max(tolerance * 3, 0)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_the_last_20_ms_are_heard(tmp_path: Path, container: str) -> None:
    for seconds in (1.0, 1.01, 1.003):  # the last frame of AAC full, half full, nearly empty
        path = tmp_path / str(seconds)
        path.mkdir()
        source = film(path / "source.mov", noise(48000, seconds), 48000)
        remade(source, path / f"output.{container}", audio="aac")
        last = slice(int(seconds * 48000) - 960, int(seconds * 48000) - 48)
        assert likeness(heard(source, 1.2)[last], heard(path / f"output.{container}", 1.2)[last]) > 0.9


def test_what_a_decoder_keeps_to_the_end_is_heard_too(tmp_path: Path) -> None:
    """Windows Media Audio's gives its last 46 ms when it is told that nothing more comes."""
    source = film(tmp_path / "source.wmv", noise(44100, 1.02), 44100, "wmav2")
    remade(source, tmp_path / "output.mp4", audio="aac")
    before, after = heard(source, 1.2), heard(tmp_path / "output.mp4", 1.2)
    end = int(np.flatnonzero(np.abs(before) > 0.01)[-1])
    last = slice(end - 1764, end)  # 40 ms
    assert max(likeness(np.roll(before, shift)[last], after[last]) for shift in range(-48, 49)) > 0.9


def test_copied_sound_is_whole_to_the_last_packet(tmp_path: Path) -> None:
    source = film(tmp_path / "source.mp4", noise(48000), 48000, "aac")
    for container in ("mp4", "mov", "mkv"):
        remade(source, tmp_path / f"output.{container}")
        before, after = heard(source, 1.2), heard(tmp_path / f"output.{container}", 1.2)
        assert len(before) == len(after)
        shift = 48 if container == "mkv" else 0  # Matroska rounds to a millisecond
        differences = [np.abs(np.roll(before, -n) - after)[shift:].max() for n in range(-shift, shift + 1)]
        assert min(differences) < 1e-6


@pytest.mark.parametrize(("channels", "kbps"), [(1, 128), (2, 256), (6, 768)])
def test_the_rate_is_one_at_which_nobody_hears_a_difference(tmp_path: Path, channels: int, kbps: int) -> None:
    source = film(tmp_path / "source.mov", noise(48000, 2.0), 48000, channels=channels)
    remade(source, tmp_path / "output.mp4")
    with av.open(str(tmp_path / "output.mp4")) as container:
        size = sum(packet.size for packet in container.demux(audio=0))
    assert size * 8 / 2.0 / 1000 == pytest.approx(kbps, rel=0.25)


@pytest.mark.parametrize(
    ("layout", "kept"),
    [
        ("mono", "mono"),
        ("stereo", "stereo"),
        ("2.1", "2.1"),
        ("3.0", "3.0"),
        ("4.0", "4.0"),
        ("quad", "quad"),
        ("5.0", "5.0"),
        ("5.0(side)", "5.0"),
        ("5.1", "5.1"),
        ("5.1(side)", "5.1"),
        ("6.1", "7 channels"),
        ("7.1", "7.1"),
        ("hexadecagonal", "stereo"),
    ],
)
def test_loudspeakers_are_kept(tmp_path: Path, layout: str, kept: str) -> None:
    source = BeepFilm("mov", audio="pcm_s16le", layout=layout).write(tmp_path)
    report = remade(source, tmp_path / "output.mp4")
    with av.open(str(tmp_path / "output.mp4")) as container:
        assert container.streams.audio[0].codec_context.layout.name == kept
    assert sync_of(tmp_path / "output.mp4").errors == pytest.approx([0, 0], abs=0.001)
    assert bool(report.warnings) == (layout == "hexadecagonal")


def without(source: bytes, start: float, end: float) -> bytes:
    """A film without the sound from ``start`` to ``end`` seconds."""
    return rewritten(source, "matroska", lambda kind, time: time + (end - start if kind == "audio" and time >= start else 0))


@pytest.mark.parametrize("gap", [0.02, 0.05, 0.7, 1.5, 3.0])
@pytest.mark.parametrize("layout", ["stereo", "7.1"])
def test_gaps_become_silence(tmp_path: Path, gap: float, layout: str) -> None:
    path = tmp_path / "source.mkv"
    path.write_bytes(without(BeepFilm("mkv", audio="pcm_s16le", layout=layout).content(), 1.0, 1.0 + gap))
    remade(path, tmp_path / "output.mp4")
    assert sync_of(tmp_path / "output.mp4").beeps == pytest.approx([0.48, 1.48 + gap], abs=0.031)
    with av.open(str(tmp_path / "output.mp4")) as container:
        starts = [packet.pts for packet in container.demux(audio=0) if packet.pts is not None]
    assert {after - before for before, after in pairwise(starts)} == {1024}


def test_sound_whose_rate_changes_in_the_middle_stays_in_sync(tmp_path: Path) -> None:
    """Two recordings; the sound of the first ended early."""
    first = BeepFilm("ts", video="mpeg2video", audio="mp2", rate=48000, sound_seconds=1.6)
    path = tmp_path / "source.ts"
    path.write_bytes(first.content() + BeepFilm("ts", video="mpeg2video", audio="mp2", rate=44100, layout="mono").content())
    remade(path, tmp_path / "output.mp4")
    assert sync_of(tmp_path / "output.mp4").errors == pytest.approx([0] * 4, abs=0.03)


def test_sound_that_cannot_be_decoded_is_told_and_lost(tmp_path: Path) -> None:
    content = bytearray(BeepFilm("mkv", audio="flac").content())
    path = tmp_path / "source.mkv"
    path.write_bytes(content)
    with av.open(str(path)) as container:
        places = [(packet.pos or 0, packet.size) for packet in container.demux(audio=0) if packet.size]
    for at, size in places[5:]:
        content[at + 8 : at + 8 + size - 8] = bytes(size - 8)
    path.write_bytes(content)
    report = remade(path, tmp_path / "output.mp4")
    assert report.lost
    assert "damaged packets are silent" in report.warnings[0]


def test_damaged_floats_that_are_no_numbers_are_silent_and_the_rest_is_heard(tmp_path: Path) -> None:
    samples = noise(48000)
    path = film(tmp_path / "source.mov", samples, 48000, "pcm_f32le")
    content = path.read_bytes()
    spoilt = samples[20000:20008].astype("<f4").tobytes()
    assert content.count(spoilt) == 1
    nonsense = np.array([np.nan, np.inf, -np.inf, 1e30] * 2, "<f4").tobytes()
    path.write_bytes(content.replace(spoilt, nonsense))
    remade(path, tmp_path / "output.mp4")
    assert likeness(heard(tmp_path / "output.mp4", SECONDS), samples) > 0.9
