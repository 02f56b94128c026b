"""Beep on flash, within one picture, for every container, codec and kind of timestamp."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.support.beeps import (
    FLASHES,
    PICTURE,
    SECONDS,
    SOUND_PID,
    VIDEO_PID,
    BeepFilm,
    flv_tags,
    moved,
    remade,
    rewritten,
    sync_of,
    with_pes_times,
)

WRAP = 2**33 / 90000
"""When the clock of MPEG-TS and MPEG-PS begins again, in seconds."""
LONG = 100_000

SOURCES = {
    "mp4": BeepFilm("mp4"),
    "mp4 b-frames": BeepFilm("mp4", b_frames=2),
    "mp4 fragments": BeepFilm("mp4", options={"movflags": "empty_moov+frag_keyframe"}),
    "mp4 alac": BeepFilm("mp4", audio="alac"),
    "mp4 ac3": BeepFilm("mp4", audio="ac3"),
    "mp4 eac3": BeepFilm("mp4", audio="eac3"),
    "mp4 mp3": BeepFilm("mp4", audio="libmp3lame", rate=44100),
    "mp4 opus": BeepFilm("mp4", audio="libopus"),
    "mp4 flac": BeepFilm("mp4", audio="flac"),
    "mov pcm 16": BeepFilm("mov", audio="pcm_s16le"),
    "mov pcm 24": BeepFilm("mov", audio="pcm_s24le"),
    "mov pcm float": BeepFilm("mov", audio="pcm_f32le"),
    "mov adpcm": BeepFilm("mov", video="mpeg4", audio="adpcm_ima_qt", layout="mono"),
    "3gp": BeepFilm("3gp", video="mpeg4", rate=16000, layout="mono"),
    "mkv": BeepFilm("mkv", b_frames=2),
    "mkv vorbis": BeepFilm("mkv", audio="vorbis"),
    "mkv flac": BeepFilm("mkv", audio="flac"),
    "mkv pcm": BeepFilm("mkv", audio="pcm_s16le"),
    "mkv mp3": BeepFilm("mkv", audio="libmp3lame"),
    "webm opus": BeepFilm("webm", video="libvpx", audio="libopus"),
    "webm vorbis": BeepFilm("webm", video="libvpx", audio="vorbis"),
    "ts": BeepFilm("ts"),
    "ts b-frames": BeepFilm("ts", b_frames=2),
    "ts mp2": BeepFilm("ts", video="mpeg2video", audio="mp2"),
    "ts ac3": BeepFilm("ts", audio="ac3"),
    "ts latm": BeepFilm("ts", options={"mpegts_flags": "latm"}),
    "m2ts": BeepFilm("m2ts", audio="ac3", options={"mpegts_m2ts_mode": "1"}),
    "mpg": BeepFilm("mpg", video="mpeg2video", audio="mp2", b_frames=2),
    "mpg ac3": BeepFilm("mpg", video="mpeg2video", audio="ac3"),
    "flv": BeepFilm("flv", b_frames=2),
    "flv mp3": BeepFilm("flv", video="flv", audio="libmp3lame", rate=44100),
    "avi mp3": BeepFilm("avi", video="mpeg4", audio="libmp3lame"),
    "avi pcm": BeepFilm("avi", video="mjpeg", audio="pcm_s16le"),
    "wmv": BeepFilm("wmv", video="wmv2", audio="wmav2", rate=44100),
}


IN_MOV = ("mp4", "mp4 mp3", "mov pcm 16", "mov pcm 24", "ts", "avi pcm")


@pytest.mark.parametrize(
    ("source", "container"),
    [(source, container) for source in SOURCES for container in ("mp4", "mkv")] + [(source, "mov") for source in IN_MOV],
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


def _kind(film: bytes, extension: str, *flashes: float, **expected: Any) -> Any:
    """``flashes``: when it flashes and beeps, in seconds; ``beeps`` where that is not the same."""
    return film, extension, flashes or FLASHES, expected


def _joined(count: int) -> tuple[float, ...]:
    return tuple(piece * SECONDS + flash for piece in range(count) for flash in FLASHES)


def _only(stream: str, shift: float, *, since: float = -10) -> Callable[[str, Fraction], Fraction]:
    return lambda kind, time: time + Fraction(shift if kind == stream and time >= since else 0)


MP4, MKV, TS, FLV = (BeepFilm(extension).content() for extension in ("mp4", "mkv", "ts", "flv"))
TS_B = BeepFilm("ts", b_frames=2).content()
MPG = BeepFilm("mpg", video="mpeg2video", audio="mp2").content()
WEBM = BeepFilm("webm", video="libvpx", audio="libopus").content()
SILENT = BeepFilm("ts", audio="").content()
FORMATS = {"mp4": MP4, "mkv": MKV, "ts": TS, "flv": FLV, "mpg": MPG}
MUXERS = {"mp4": "mp4", "mkv": "matroska", "ts": "mpegts", "flv": "flv", "mpg": "vob"}
UNTIMED = {"avoid_negative_ts": "disabled"}

KINDS = {
    # joined recordings: the clock starts anew
    "ts twice": _kind(TS * 2, "ts", *_joined(2)),
    "ts three times": _kind(TS * 3, "ts", *_joined(3)),
    "ts b-frames twice": _kind(TS_B * 2, "ts", *_joined(2)),
    "mpg twice": _kind(MPG * 2, "mpg", *_joined(2)),
    "mkv twice": _kind(MKV * 2, "mkv", *_joined(2)),
    "webm twice": _kind(WEBM * 2, "webm", *_joined(2)),
    "flv twice": _kind(FLV + flv_tags(FLV), "flv", *_joined(2)),
    "ts twice, the first without sound": _kind(SILENT + TS, "ts", *_joined(2), beeps=_joined(2)[2:]),
    "ts twice, the second without sound": _kind(TS + SILENT, "ts", *_joined(2), beeps=_joined(1)),
    "ts twice, less sound": _kind(BeepFilm("ts", sound_seconds=1.6).content() + TS, "ts", *_joined(2)),
    "ts twice, more sound": _kind(BeepFilm("ts", sound_seconds=2.5).content() + TS, "ts", *_joined(2), says="overlaps"),
    # it leaps
    "ts leaps": _kind(TS + moved(TS, "mpegts", 500), "ts", *_joined(2)),
    "ts leaps and starts anew": _kind(moved(TS, "mpegts", 1000) + TS + moved(TS, "mpegts", 1000), "ts", *_joined(3)),
    "mpg starts anew late": _kind(moved(MPG, "vob", 1000) + MPG, "mpg", *_joined(2)),
    "flv leaps": _kind(FLV + flv_tags(moved(FLV, "flv", LONG)), "flv", *_joined(2)),
    "mkv leaps": _kind(MKV + moved(MP4, "matroska", LONG), "mkv", *_joined(2)),
    # it begins again after 26.5 hours
    "ts wraps": _kind(moved(TS, "mpegts", WRAP - 1), "ts"),
    "ts b-frames wraps": _kind(moved(TS_B, "mpegts", WRAP - 1), "ts"),
    "mpg wraps": _kind(moved(MPG, "vob", WRAP - 1), "mpg"),
    "ts wraps twice": _kind(moved(TS, "mpegts", WRAP - 1) * 2, "ts", *_joined(2)),
    # first times are missing
    "mkv without first times": _kind(moved(MP4, "matroska", -0.5, **UNTIMED), "mkv"),
    "mkv b-frames without first times": _kind(moved(BeepFilm("mp4", b_frames=2).content(), "matroska", -0.5, **UNTIMED), "mkv"),
    "webm without first times": _kind(moved(WEBM, "webm", -0.5, **UNTIMED), "webm"),
    # single times are wrong, or the clock of one stream alone
    "ts with a wild picture": _kind(with_pes_times(TS, VIDEO_PID, lambda n, t: t + (5000 if n == 20 else 0)), "ts"),
    "ts with a picture set back": _kind(with_pes_times(TS, VIDEO_PID, lambda n, t: t - (1 if n == 30 else 0)), "ts"),
    "ts with wild sound": _kind(
        with_pes_times(TS, SOUND_PID, lambda n, t: t + (5000 if 0.9 < t < 1.1 else 0)), "ts", says="leap"
    ),
    "ts pictures set back": _kind(with_pes_times(TS, VIDEO_PID, lambda n, t: t - (1 if n >= 30 else 0)), "ts"),
    "ts pictures leap": _kind(with_pes_times(TS, VIDEO_PID, lambda n, t: t + (500 if n >= 30 else 0)), "ts"),
    "ts sound set back": _kind(with_pes_times(TS, SOUND_PID, lambda n, t: t - (0.8 if t >= 1 else 0)), "ts", says="leap"),
    "ts sound leaps": _kind(with_pes_times(TS, SOUND_PID, lambda n, t: t + (500 if t >= 1 else 0)), "ts", says="leap"),
    "mkv sound leaps": _kind(rewritten(MKV, "matroska", _only("audio", 20_000, since=0.8)), "mkv", says="leap"),
    "mp4 sound leaps": _kind(rewritten(MP4, "mp4", _only("audio", 20_000, since=0.8)), "mp4", says="leap"),
    # one stream begins absurdly late
    **{
        f"{name} sound {late} s late": _kind(
            rewritten(film, MUXERS[name], _only("audio", late)), name, says="placed at the film's beginning"
        )
        for name, film in FORMATS.items()
        for late in (60, LONG)
    },
    **{
        f"{name} pictures {late} s late": _kind(
            rewritten(film, MUXERS[name], _only("video", late)), name, says="begins with its pictures"
        )
        for name, film in FORMATS.items()
        for late in (15, LONG)
    },
    # and what must stay as it is
    "ts pauses": _kind(rewritten(TS, "mpegts", lambda _, t: t + (5 if t >= 1 else 0)), "ts", 0.48, 6.48),
    "ts pictures pause": _kind(
        rewritten(BeepFilm("ts", sound_seconds=14).content(), "mpegts", _only("video", 12, since=1)),
        "ts",
        *(0.48, 13.48),
        beeps=FLASHES,
    ),
    "mkv pauses": _kind(rewritten(MKV, "matroska", lambda _, t: t + (50 if t >= 1 else 0)), "mkv", 0.48, 51.48),
    "mp4 pauses": _kind(rewritten(MP4, "mp4", lambda _, t: t + (50 if t >= 1 else 0)), "mp4", 0.48, 51.48),
    "mkv begins late": _kind(moved(MP4, "matroska", 30), "mkv"),
}


IN_MKV = (
    "ts twice",
    "mkv twice",
    "ts leaps",
    "ts wraps",
    "mkv without first times",
    "mp4 sound leaps",
    "mkv pictures 15 s late",
)


@pytest.mark.parametrize(("kind", "container"), [(kind, "mp4") for kind in KINDS] + [(kind, "mkv") for kind in IN_MKV])
def test_every_kind_of_timestamp(kind: str, container: str, tmp_path: Path) -> None:
    film, extension, flashes, expected = KINDS[kind]
    path = tmp_path / f"source.{extension}"
    path.write_bytes(film)
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
