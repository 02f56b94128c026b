"""Beep on flash, within one picture, for every container, codec and kind of timestamp."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.beeps import FLASHES, PICTURE, BeepFilm, moved, remade, sync_of
from tests.support.sync_inputs import KINDS, SOURCES

IN_MOV = ("mp4", "mp4 mp3", "mov pcm 16", "mov pcm 24", "ts", "avi pcm")


@pytest.mark.parametrize(
    ("source", "container"),
    [
        *[(source, "mp4") for source in SOURCES],
        *[pytest.param(source, "mkv", marks=pytest.mark.slow) for source in SOURCES],
        *[pytest.param(source, "mov", marks=pytest.mark.slow) for source in IN_MOV],
    ],
)
def test_every_container_and_codec(source: str, container: str, tmp_path: Path) -> None:
    path = SOURCES[source].write(tmp_path)
    report = remade(path, tmp_path / f"output.{container}")
    before, after = sync_of(path), sync_of(tmp_path / f"output.{container}")
    assert after.errors == pytest.approx([0] * len(FLASHES), abs=PICTURE)
    assert after.beeps == pytest.approx(before.beeps, abs=0.003)
    assert after.pictures == pytest.approx(before.pictures, abs=0.002)
    assert after.end >= before.end - 0.003
    assert (report.sound_copied + report.sound_transcoded, report.warnings, report.lost) == (1, [], False)


IN_MKV = (
    "ts twice",
    "mkv twice",
    "ts leaps",
    "ts wraps",
    "mkv without first times",
    "mp4 sound leaps",
    "mkv pictures 15 s late",
)


@pytest.mark.parametrize(
    ("kind", "container"),
    [*[(kind, "mp4") for kind in KINDS], *[pytest.param(kind, "mkv", marks=pytest.mark.slow) for kind in IN_MKV]],
)
def test_every_kind_of_timestamp(kind: str, container: str, tmp_path: Path) -> None:
    make, extension, flashes, expected = KINDS[kind]
    path = tmp_path / f"source.{extension}"
    path.write_bytes(make())
    report = remade(path, tmp_path / f"output.{container}")
    found = sync_of(tmp_path / f"output.{container}")
    assert found.flashes == pytest.approx(flashes, abs=0.002)
    assert found.beeps == pytest.approx(expected.get("beeps", flashes), abs=PICTURE * 0.6)
    assert len(found.pictures) == len(sync_of(path).pictures)
    assert found.pictures == sorted(set(found.pictures))
    assert not report.lost
    assert len(report.warnings) == bool(expected.get("says"))
    assert all(expected["says"] in warning for warning in report.warnings)


def test_sound_before_an_edit_lists_start_stays_hidden(tmp_path: Path) -> None:
    """Pictures and sound cut at 0.4 s without encoding anew: all packets are there."""
    path = tmp_path / "source.mp4"
    path.write_bytes(moved(BeepFilm("mp4").content(), "mp4", -0.4))
    for container in ("mp4", "mkv"):
        remade(path, tmp_path / f"output.{container}")
        found = sync_of(tmp_path / f"output.{container}")
        assert found.errors == pytest.approx([0, 0], abs=0.003)
        assert found.flashes == pytest.approx([0.08, 1.08], abs=0.002)


@pytest.mark.parametrize("offset", [-0.4, 0.4])
@pytest.mark.parametrize("extension", ["mp4", "mkv", "ts"])
def test_late_sound_and_late_pictures_stay_late(offset: float, extension: str, tmp_path: Path) -> None:
    path = BeepFilm(extension, picture_start=max(-offset, 0), sound_start=max(offset, 0)).write(tmp_path)
    remade(path, tmp_path / "output.mp4")
    assert sync_of(tmp_path / "output.mp4").errors == pytest.approx([offset, offset], abs=0.003)
