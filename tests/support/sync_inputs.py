"""Films with beeps and flashes in every container and codec, and what can be wrong with their clocks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from typing import Any

from tests.support.beeps import (
    FLASHES,
    SECONDS,
    SOUND_PID,
    VIDEO_PID,
    BeepFilm,
    flv_tags,
    moved,
    rewritten,
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


def _kind(make: Callable[[], bytes], extension: str, *flashes: float, **expected: Any) -> Any:
    """``make`` makes the film.  ``flashes``: when it flashes and beeps, in seconds; ``beeps`` where that is not the same."""
    return make, extension, flashes or FLASHES, expected


def _joined(count: int) -> tuple[float, ...]:
    return tuple(piece * SECONDS + flash for piece in range(count) for flash in FLASHES)


def _only(stream: str, shift: float, *, since: float = -10) -> Callable[[str, Fraction], Fraction]:
    return lambda kind, time: time + Fraction(shift if kind == stream and time >= since else 0)


PLAIN = {
    "mp4": BeepFilm("mp4"),
    "mkv": BeepFilm("mkv"),
    "ts": BeepFilm("ts"),
    "ts b-frames": BeepFilm("ts", b_frames=2),
    "ts silent": BeepFilm("ts", audio=""),
    "flv": BeepFilm("flv"),
    "mpg": BeepFilm("mpg", video="mpeg2video", audio="mp2"),
    "webm": BeepFilm("webm", video="libvpx", audio="libopus"),
}
"""What the others are made of."""


@cache
def film(name: str) -> bytes:
    return PLAIN[name].content()


MUXERS = {"mp4": "mp4", "mkv": "matroska", "ts": "mpegts", "flv": "flv", "mpg": "vob"}
UNTIMED = {"avoid_negative_ts": "disabled"}


def _late(name: str, stream: str, seconds: int) -> bytes:
    return rewritten(film(name), MUXERS[name], _only(stream, seconds))


KINDS = {
    # joined recordings: the clock starts anew
    "ts twice": _kind(lambda: film("ts") * 2, "ts", *_joined(2)),
    "ts three times": _kind(lambda: film("ts") * 3, "ts", *_joined(3)),
    "ts b-frames twice": _kind(lambda: film("ts b-frames") * 2, "ts", *_joined(2)),
    "mpg twice": _kind(lambda: film("mpg") * 2, "mpg", *_joined(2)),
    "mkv twice": _kind(lambda: film("mkv") * 2, "mkv", *_joined(2)),
    "webm twice": _kind(lambda: film("webm") * 2, "webm", *_joined(2)),
    "flv twice": _kind(lambda: film("flv") + flv_tags(film("flv")), "flv", *_joined(2)),
    "ts twice, the first without sound": _kind(lambda: film("ts silent") + film("ts"), "ts", *_joined(2), beeps=_joined(2)[2:]),
    "ts twice, the second without sound": _kind(lambda: film("ts") + film("ts silent"), "ts", *_joined(2), beeps=_joined(1)),
    "ts twice, less sound": _kind(lambda: BeepFilm("ts", sound_seconds=1.6).content() + film("ts"), "ts", *_joined(2)),
    "ts twice, more sound": _kind(
        lambda: BeepFilm("ts", sound_seconds=2.5).content() + film("ts"), "ts", *_joined(2), says="overlaps"
    ),
    # it leaps
    "ts leaps": _kind(lambda: film("ts") + moved(film("ts"), "mpegts", 500), "ts", *_joined(2)),
    "ts leaps and starts anew": _kind(
        lambda: moved(film("ts"), "mpegts", 1000) + film("ts") + moved(film("ts"), "mpegts", 1000), "ts", *_joined(3)
    ),
    "mpg starts anew late": _kind(lambda: moved(film("mpg"), "vob", 1000) + film("mpg"), "mpg", *_joined(2)),
    "flv leaps": _kind(lambda: film("flv") + flv_tags(moved(film("flv"), "flv", LONG)), "flv", *_joined(2)),
    "mkv leaps": _kind(lambda: film("mkv") + moved(film("mp4"), "matroska", LONG), "mkv", *_joined(2)),
    # it begins again after 26.5 hours
    "ts wraps": _kind(lambda: moved(film("ts"), "mpegts", WRAP - 1), "ts"),
    "ts b-frames wraps": _kind(lambda: moved(film("ts b-frames"), "mpegts", WRAP - 1), "ts"),
    "mpg wraps": _kind(lambda: moved(film("mpg"), "vob", WRAP - 1), "mpg"),
    "ts wraps twice": _kind(lambda: moved(film("ts"), "mpegts", WRAP - 1) * 2, "ts", *_joined(2)),
    # first times are missing
    "mkv without first times": _kind(lambda: moved(film("mp4"), "matroska", -0.5, **UNTIMED), "mkv"),
    "mkv b-frames without first times": _kind(
        lambda: moved(BeepFilm("mp4", b_frames=2).content(), "matroska", -0.5, **UNTIMED), "mkv"
    ),
    "webm without first times": _kind(lambda: moved(film("webm"), "webm", -0.5, **UNTIMED), "webm"),
    # single times are wrong, or the clock of one stream alone
    "ts with a wild picture": _kind(
        lambda: with_pes_times(film("ts"), VIDEO_PID, lambda n, t: t + (5000 if n == 20 else 0)), "ts"
    ),
    "ts with a picture set back": _kind(
        lambda: with_pes_times(film("ts"), VIDEO_PID, lambda n, t: t - (1 if n == 30 else 0)), "ts"
    ),
    "ts with wild sound": _kind(
        lambda: with_pes_times(film("ts"), SOUND_PID, lambda n, t: t + (5000 if 0.9 < t < 1.1 else 0)), "ts", says="leap"
    ),
    "ts pictures set back": _kind(lambda: with_pes_times(film("ts"), VIDEO_PID, lambda n, t: t - (1 if n >= 30 else 0)), "ts"),
    "ts pictures leap": _kind(lambda: with_pes_times(film("ts"), VIDEO_PID, lambda n, t: t + (500 if n >= 30 else 0)), "ts"),
    "ts sound set back": _kind(
        lambda: with_pes_times(film("ts"), SOUND_PID, lambda n, t: t - (0.8 if t >= 1 else 0)), "ts", says="leap"
    ),
    "ts sound leaps": _kind(
        lambda: with_pes_times(film("ts"), SOUND_PID, lambda n, t: t + (500 if t >= 1 else 0)), "ts", says="leap"
    ),
    "mkv sound leaps": _kind(lambda: rewritten(film("mkv"), "matroska", _only("audio", 20_000, since=0.8)), "mkv", says="leap"),
    "mp4 sound leaps": _kind(lambda: rewritten(film("mp4"), "mp4", _only("audio", 20_000, since=0.8)), "mp4", says="leap"),
    # one stream begins absurdly late
    **{
        f"{name} sound {late} s late": _kind(partial(_late, name, "audio", late), name, says="placed at the film's beginning")
        for name in MUXERS
        for late in (60, LONG)
    },
    **{
        f"{name} pictures {late} s late": _kind(partial(_late, name, "video", late), name, says="begins with its pictures")
        for name in MUXERS
        for late in (15, LONG)
    },
    # and what must stay as it is
    "ts pauses": _kind(lambda: rewritten(film("ts"), "mpegts", lambda _, t: t + (5 if t >= 1 else 0)), "ts", 0.48, 6.48),
    "ts pictures pause": _kind(
        lambda: rewritten(BeepFilm("ts", sound_seconds=14).content(), "mpegts", _only("video", 12, since=1)),
        "ts",
        *(0.48, 13.48),
        beeps=FLASHES,
    ),
    "mkv pauses": _kind(lambda: rewritten(film("mkv"), "matroska", lambda _, t: t + (50 if t >= 1 else 0)), "mkv", 0.48, 51.48),
    "mp4 pauses": _kind(lambda: rewritten(film("mp4"), "mp4", lambda _, t: t + (50 if t >= 1 else 0)), "mp4", 0.48, 51.48),
    "mkv begins late": _kind(lambda: moved(film("mp4"), "matroska", 30), "mkv"),
}
