"""The frame rate of recordings that declare none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.support.beeps import SECONDS, BeepFilm, moved, rewritten
from tests.support.video_files import VideoFile, without_rate

from dualface.decode import rate
from dualface.decode.rate import first_time, seconds_by_size
from dualface.decode.software import SoftwareDecoder, probe
from dualface.media import open_media

MILLISECONDS = Fraction(1, 1000)


def jittered(fps: float, seconds: float, most: int) -> list[int]:
    """Timestamps in milliseconds, each up to ``most`` off its place."""
    count = round(fps * seconds)
    off = np.random.default_rng(5).integers(-most, most + 1, count)
    return [int(stamp) for stamp in np.rint(np.arange(count) * 1000 / fps) + off - off[0]]


def recording(folder: Path, stamps: Sequence[int], codec: str = "libvpx", suffix: str = ".webm", bframes: str = "0") -> Path:
    options = {"bf": bframes} if codec == "libx264" else {}
    spec = VideoFile(codec=codec, frames=len(stamps), pts=stamps, time_base=MILLISECONDS, options=options)
    return without_rate(spec.write(folder / f"declared{suffix}"), folder / f"recording{suffix}")


@pytest.mark.parametrize(("fps", "most"), [(24, 12), (30, 9), (60, 5)])
@pytest.mark.parametrize(
    ("codec", "suffix", "bframes"), [("libvpx", ".webm", "0"), ("libx264", ".mkv", "0"), ("libx264", ".mkv", "2")]
)
def test_a_browsers_recording_has_the_rate_of_its_pictures(
    fps: int, most: int, codec: str, suffix: str, bframes: str, tmp_path: Path
) -> None:
    info = probe(recording(tmp_path, jittered(fps, 4, most), codec, suffix, bframes))
    assert float(info.fps) == pytest.approx(fps, rel=0.02)
    assert info.variable_rate


def test_pauses_do_not_count(tmp_path: Path) -> None:
    """A recorder of a screen waits for something to move; the rate is that while it records."""
    stamps = [stamp + 300 * (number // 9) for number, stamp in enumerate(jittered(30, 4, 9))]
    assert float(probe(recording(tmp_path, stamps)).fps) == pytest.approx(30, rel=0.03)


def test_even_steps_are_a_constant_rate(tmp_path: Path) -> None:
    info = probe(recording(tmp_path, [73 * number for number in range(60)]))
    assert info.fps == Fraction(1000, 73)
    assert not info.variable_rate


def test_one_picture_has_a_rate_too(tmp_path: Path) -> None:
    assert probe(recording(tmp_path, [0])).fps > 0


def test_what_a_container_declares_stays_exact(tmp_path: Path) -> None:
    stamps = jittered(30, 4, 9)
    spec = VideoFile(frames=len(stamps), pts=stamps, time_base=MILLISECONDS, rate=Fraction(30000, 1001))
    assert probe(spec.write(tmp_path / "declared.mkv")).fps == Fraction(30000, 1001)


def test_timestamps_are_still_those_of_the_recording(tmp_path: Path) -> None:
    stamps = jittered(30, 2, 9)
    decoder = SoftwareDecoder(recording(tmp_path, stamps))
    assert [frame.pts for frame in decoder] == stamps


@pytest.mark.parametrize("b_frames", [0, 2])
def test_first_pictures_without_times_lie_before_the_others(b_frames: int, tmp_path: Path) -> None:
    """Half a second lies before 0, for which Matroska has no times."""
    film = moved(BeepFilm("mp4", b_frames=b_frames).content(), "matroska", -0.5, avoid_negative_ts="disabled")
    (tmp_path / "film.mkv").write_bytes(film)
    assert first_time(tmp_path / "film.mkv", 0, Fraction(40)) == -500
    assert [frame.pts for frame in SoftwareDecoder(tmp_path / "film.mkv")] == [n * 40 - 500 for n in range(50)]


def test_pictures_that_all_have_times_begin_with_the_first(tmp_path: Path) -> None:
    assert first_time(BeepFilm("mkv", b_frames=2).write(tmp_path), 0, Fraction(40)) == 0


def test_pictures_without_any_times_have_no_first(tmp_path: Path) -> None:
    assert first_time(VideoFile().write(tmp_path / "raw.h264"), 0, Fraction(1)) is None
    assert first_time(tmp_path / "missing.mkv", 0, Fraction(1)) is None


def test_how_long_a_file_lasts_is_told_by_its_size(tmp_path: Path) -> None:
    once = BeepFilm("ts").content()
    (tmp_path / "film.ts").write_bytes(once * 3)
    assert seconds_by_size(tmp_path / "film.ts", 0) == pytest.approx(3 * SECONDS, rel=0.2)
    assert seconds_by_size(tmp_path / "missing.ts", 0) is None


def test_a_file_that_breaks_off_while_it_is_read_still_has_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film.ts"
    path.write_bytes(BeepFilm("ts").content())

    def breaking(container: Any) -> Iterator[Any]:
        yield from islice(container.demux(), 60)
        raise av.InvalidDataError(1, "damaged")

    class Damaged:
        def __init__(self, container: Any) -> None:
            self._container, self.size = container, container.size

        def demux(self) -> Iterator[Any]:
            return breaking(self._container)

    @contextmanager
    def damaged(*arguments: Any, **options: Any) -> Iterator[Damaged]:
        with open_media(*arguments, **options) as container:
            yield Damaged(container)

    monkeypatch.setattr(rate, "open_media", damaged)
    assert seconds_by_size(path, 0) == pytest.approx(SECONDS, rel=0.3)


@pytest.mark.parametrize("kind", ["late.mkv", "late.mp4", "leaps.ts", "leaps.flv"])
def test_an_absurd_clock_makes_no_absurd_duration(kind: str, tmp_path: Path) -> None:
    """A film of 27 hours would need more room than the disk has, and memory."""
    name, extension = kind.split(".")
    formats = {"mkv": "matroska", "ts": "mpegts", "mp4": "mp4", "flv": "flv"}
    film = BeepFilm("mp4").content()
    content = rewritten(
        film,
        formats[extension],
        lambda stream, time: (
            time + (100_000 if (name == "late" and stream == "video") or (name == "leaps" and time >= 1) else 0)
        ),
    )
    (tmp_path / kind).write_bytes(content)
    assert probe(tmp_path / kind).duration_seconds == pytest.approx(SECONDS, abs=0.5)
