"""The frame rate of recordings that declare none."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.video_files import VideoFile, without_rate

from dualface.decode.software import SoftwareDecoder, probe

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
