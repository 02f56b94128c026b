"""The sound of a file, whatever its tracks are like, on the film's clock."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from dualface.decode.sound import RATE, sound_of
from dualface.film_clock import UNCHANGED, FilmClock, Restart
from dualface.types import F32Array


def write(path: Path, tracks: Sequence[tuple[str, F32Array]], rate: int = 44100, start: float = 0.0) -> None:
    """PCM tracks of these layouts, samples of shape (channels, n)."""
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=rate, layout=layout) for layout, _ in tracks]
        for stream, (layout, samples) in zip(streams, tracks, strict=True):
            for first in range(0, samples.shape[1], 1024):
                part = np.round(samples[:, first : first + 1024] * 32000).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part.T.reshape(1, -1)), format="s16", layout=layout)
                frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
                frame.pts = round(start * rate) + first
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))


def click(channels: int, at: float, seconds: float = 1.0, rate: int = 44100) -> F32Array:
    """A tone of a tenth of a second in the first channel."""
    samples = np.zeros((channels, round(seconds * rate)), np.float32)
    first, count = round(at * rate), rate // 10
    samples[0, first : first + count] = 0.5 * np.sin(np.arange(count) * 2 * np.pi * 500 / rate)
    return samples


def begins(path: Path, stream: int = 0, clock: FilmClock = UNCHANGED) -> float:
    """When the tone begins, in seconds of the film's clock."""
    pieces = [piece for piece in sound_of(path, clock=clock) if piece.stream == stream]
    samples = np.concatenate([piece.samples for piece in pieces], 1)
    loud = np.flatnonzero(np.abs(samples[0]) > 0.05)
    return pieces[0].start + float(loud[0]) / RATE


@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("stereo", 2), ("5.1", 6)])
def test_any_layout_becomes_one_or_two_channels_in_time(layout: str, channels: int, tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    write(path, [(layout, click(channels, 0.4))])
    assert {len(piece.samples) for piece in sound_of(path)} == {min(channels, 2)}
    assert begins(path) == pytest.approx(0.4, abs=0.01)


def test_two_tracks_are_two_streams_and_sound_that_begins_late_does(tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    write(path, [("mono", click(1, 0.2)), ("mono", click(1, 0.6))], start=2.0)
    assert begins(path) == pytest.approx(2.2, abs=0.01)
    assert begins(path, stream=1) == pytest.approx(2.6, abs=0.01)


def test_it_follows_the_films_clock(tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    write(path, [("mono", click(1, 0.2))])
    clock = FilmClock((Restart(0, Fraction(0), Fraction(10)),))
    assert begins(path, clock=clock) == pytest.approx(10.2, abs=0.01)


def test_files_without_sound_or_that_are_none_have_none(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    assert list(sound_of(tmp_path / "text.mp4")) == []
    assert list(sound_of(tmp_path / "missing.mp4")) == []


def test_only_the_part_that_is_asked_for_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    write(path, [("mono", click(1, 0.2, seconds=8.0))])
    read = sum(piece.samples.shape[1] for piece in sound_of(path, end=2.0)) / RATE
    assert 2.0 <= read < 4.0
