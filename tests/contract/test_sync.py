"""Beep on flash, within one picture, for every container, codec and kind of timestamp."""

from __future__ import annotations

from tests.support.beeps import BeepFilm

WRAP = 2**33 / 90000
"""When the clock of MPEG-TS and MPEG-PS begins again, in seconds."""
LONG = 100_000.0

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
    "mov mjpeg adpcm": BeepFilm("mov", video="mjpeg", audio="adpcm_ima_qt", layout="mono"),
    "3gp": BeepFilm("3gp", video="mpeg4", audio="aac", rate=16000, layout="mono"),
    "mkv": BeepFilm("mkv", b_frames=2),
    "mkv vorbis": BeepFilm("mkv", audio="libvorbis"),
    "mkv flac": BeepFilm("mkv", audio="flac"),
    "mkv pcm": BeepFilm("mkv", audio="pcm_s16le"),
    "mkv dts": BeepFilm("mkv", audio="dca"),
    "mkv truehd": BeepFilm("mkv", audio="truehd"),
    "webm opus": BeepFilm("webm", video="libvpx", audio="libopus"),
    "webm vorbis": BeepFilm("webm", video="libvpx", audio="libvorbis"),
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
    "ogv": BeepFilm("ogv", video="mpeg4", audio="libvorbis"),
}
OUTPUTS = ("mp4", "mov", "mkv")
