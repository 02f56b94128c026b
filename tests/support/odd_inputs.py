"""Odd and bad video files, one small writer each, and what reading them must come to."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PIL import Image
from tests.support.video_files import VideoFile, add_silence, picture

from dualface.errors import CorruptInputError, InputError
from dualface.types import ColorTags, U8Array

Writer = Callable[[Path], Path]
"""Writes one file into a folder and returns its path."""

PLAIN = VideoFile()
NO_B_FRAMES = VideoFile(options={"bf": "0"})


@dataclass(frozen=True)
class OddInput:
    """A file that opens: upright size, number of frames and whether it is damaged; ``None`` where FFmpeg's luck decides."""

    name: str
    write: Writer
    size: tuple[int, int] = (64, 48)
    frames: int | None = 8
    truncated: bool = False
    corrupt: bool | None = False


@dataclass(frozen=True)
class BadInput:
    """A file that can't be read as a video: the error and a part of its message."""

    name: str
    write: Writer
    error: type[InputError]
    says: str


def video(name: str, spec: VideoFile = PLAIN) -> Writer:
    return lambda folder: spec.write(folder / name)


def bytes_file(name: str, content: bytes) -> Writer:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return write


def noise(frames: int, width: int = 64, height: int = 48) -> list[VideoFrame]:
    """Pictures that compress badly, so that packets are big enough to damage."""
    random = np.random.default_rng(1)
    pictures = []
    for index in range(frames):
        samples = random.integers(60, 200, (height, width, 3), dtype=np.uint8)
        frame = VideoFrame.from_ndarray(samples, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 25)
        pictures.append(frame)
    return pictures


def cut(name: str, share: float, spec: VideoFile = PLAIN) -> Writer:
    """A file of 24 frames that ends after ``share`` of its bytes."""

    def write(folder: Path) -> Path:
        path = spec.write(folder / name, noise(24))
        os.truncate(path, int(path.stat().st_size * share))
        return path

    return write


def damaged(name: str, spec: VideoFile = PLAIN, packets: slice = slice(10, 12), keep: int = 0) -> Writer:
    """A file of 24 frames, some packets of which hold noise after their first ``keep`` bytes."""

    def write(folder: Path) -> Path:
        path = spec.write(folder / name, noise(24))
        content = bytearray(path.read_bytes())
        with av.open(str(path)) as container:
            places = [(packet.pos or 0, packet.size) for packet in container.demux(video=0) if packet.size]
        random = np.random.default_rng(2)
        for start, size in places[packets]:
            content[start + keep : start + size] = random.bytes(size - keep)
        path.write_bytes(content)
        return path

    return write


def header_only(name: str, spec: VideoFile = PLAIN) -> Writer:
    def write(folder: Path) -> Path:
        path = folder / name
        with av.open(str(path), "w", options=dict(spec.container_options)) as container:
            spec.add_stream(container)
            container.start_encoding()
        return path

    return write


def sound_only(folder: Path) -> Path:
    path = folder / "sound.m4a"
    with av.open(str(path), "w") as container:
        add_silence(container, container.add_stream("aac", rate=48000), 0.2)
    return path


def folder_as_input(folder: Path) -> Path:
    path = folder / "folder.mp4"
    path.mkdir()
    return path


def two_streams(folder: Path) -> Path:
    """The second of two video streams is the default one."""
    path = folder / "two.mkv"
    specs = (VideoFile(width=96, height=64), VideoFile())
    with av.open(str(path), "w") as container:
        streams = [spec.add_stream(container) for spec in specs]
        streams[0].disposition, streams[1].disposition = Disposition(0), Disposition.default
        for spec, stream in zip(specs, streams, strict=True):
            for frame in spec.pictures():
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def cover_picture(folder: Path) -> Path:
    """A cover picture, larger than the film, is written first."""
    path = folder / "cover.mp4"
    spec, cover = VideoFile(), VideoFile(width=200, height=200, codec="png", pix_fmt="rgb24", frames=1)
    with av.open(str(path), "w") as container:
        streams = [cover.add_stream(container), spec.add_stream(container)]
        streams[0].disposition = Disposition.attached_pic
        for each, stream in zip((cover, spec), streams, strict=True):
            for frame in each.pictures():
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def changing_size(
    folder: Path,
    sizes: Sequence[tuple[int, int]] = ((64, 48), (96, 64), (48, 64)),
    draw: Callable[[int, int], U8Array] = picture,
    *,
    name: str = "changing.ts",
    spec: VideoFile = NO_B_FRAMES,
) -> Path:
    """A file whose pictures change size and shape; eight pictures of each size."""
    path = folder / name
    with av.open(str(path), "w") as container:
        stream = spec.add_stream(container)
        stream.width, stream.height = sizes[0]
        for part, (width, height) in enumerate(sizes):
            encoder = _bare_encoder(spec, width, height)
            source = VideoFrame.from_ndarray(draw(width, height), format="rgb24")
            for index in range(spec.frames + 1):
                frame = source.reformat(format=spec.pix_fmt)
                frame.pts, frame.time_base = part * spec.frames + index, 1 / spec.rate
                for packet in encoder.encode(frame if index < spec.frames else None):
                    packet.stream = stream
                    container.mux(packet)
    return path


def _bare_encoder(spec: VideoFile, width: int, height: int) -> VideoCodecContext:
    """Of no container: it writes its headers into the packets."""
    encoder = av.CodecContext.create(spec.codec, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, spec.pix_fmt
    encoder.time_base, encoder.framerate, encoder.thread_count = 1 / spec.rate, spec.rate, 1
    encoder.options = dict(spec.options)
    return encoder


def joined(folder: Path) -> Path:
    """Two transport streams copied together: the clock starts anew in the middle."""
    once = VideoFile().write(folder / "once.ts").read_bytes()
    path = folder / "joined.ts"
    path.write_bytes(once + once)
    return path


def taken_over_from_avi(folder: Path, film: Path) -> Path:
    """The H.264 pictures of an AVI in Matroska, marked V_MS/VFW/FOURCC: with the times of decoding, as the AVI has them."""
    path = folder / "taken-over.mkv"
    with av.open(str(film)) as before, av.open(str(path), "w") as after:
        stream = before.streams.video[0]
        output = after.add_stream_from_template(stream, opaque=True)
        header = struct.pack("<IiiHH4s20x", 40, stream.width, stream.height, 1, 24, b"H264")
        output.codec_context.extradata = header + (stream.codec_context.extradata or b"")
        for packet in before.demux(stream):
            if packet.size:
                packet.pts, packet.stream = packet.dts, output
                after.mux(packet)
    path.write_bytes(path.read_bytes().replace(b"V_MPEG4/ISO/AVC", b"V_MS/VFW/FOURCC"))
    return path


def fragments(**options: str) -> VideoFile:
    return VideoFile(options={"g": "4"}, container_options={"movflags": "empty_moov+frag_keyframe"} | options)


FASTSTART = VideoFile(container_options={"movflags": "faststart"}, sound=True, frames=24)
MILLISECONDS = Fraction(1, 1000)
UNEVEN = (0, 40, 41, 100, 300, 301, 302, 500)
X265 = {"x265-params": "log-level=none"}


def encrypted(folder: Path) -> Path:
    """Common Encryption, as shops protect their films."""
    key = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
        "encryption_kid": 32 * "a",
    }
    return VideoFile(container_options=key).write(folder / "protected.mp4")


BAD_INPUTS: tuple[BadInput, ...] = (
    BadInput("encrypted", encrypted, InputError, "use a copy without protection."),
    BadInput("archive", bytes_file("talks.zip", b"PK\3\4" + bytes(500)), InputError, "unpack it and name the video in it."),
    BadInput(
        "project", bytes_file("talk.prproj", b"\x1f\x8b" + bytes(500)), InputError, "export the video there and name that."
    ),
    BadInput("raw recording", bytes_file("A001.braw", bytes(500)), InputError, "with the maker's program and name that."),
    BadInput("unfinished download", bytes_file("talk.mp4.part", bytes(500)), InputError, "wait or start it again."),
    BadInput("noise", bytes_file("noise.mp4", bytes(range(256)) * 4), InputError, "and name that, else copy it again."),
    BadInput("missing", lambda folder: folder / "missing.mp4", InputError, "does not exist"),
    BadInput("folder", folder_as_input, InputError, "is a folder"),
    BadInput("empty", bytes_file("empty.mp4", b""), InputError, "is empty"),
    BadInput("text named mp4", bytes_file("text.mp4", b"Not a video at all.\n" * 20), InputError, "is not a video"),
    BadInput("text", bytes_file("text.txt", b"Not a video at all.\n" * 200), InputError, "is a text file"),
    BadInput("zeros", bytes_file("zeros.mkv", bytes(5000)), InputError, "is not a video"),
    BadInput("subtitles", bytes_file("a.srt", b"1\n00:00:00,000 --> 00:00:01,000\nHi\n"), InputError, "holds no video"),
    BadInput("sound only", sound_only, InputError, "only sound"),
    BadInput("mp4 without index", cut("unfinished.mp4", 0.7), CorruptInputError, "moov"),
    BadInput("mkv header only", header_only("header.mkv"), CorruptInputError, "ends within its header"),
    BadInput("avi without frames", header_only("none.avi", VideoFile(codec="mpeg4")), InputError, "without a single frame"),
    BadInput("mp4 without frames", header_only("none.mp4", fragments()), InputError, "without a single frame"),
    BadInput("all packets damaged", damaged("noise.mp4", packets=slice(None)), CorruptInputError, "none of its 24"),
)


def numbered_pictures(name: str) -> Writer:
    def write(folder: Path) -> Path:
        (folder / "shots").mkdir()
        for number in range(8):
            Image.fromarray(picture(64, 48)).save(folder / "shots" / f"img{number:03}.png")
        return folder / name

    return write


ODD_INPUTS: tuple[OddInput, ...] = (
    OddInput("pictures by number", numbered_pictures("shots/img%03d.png")),
    OddInput("pictures by pattern", numbered_pictures("shots/img*.png")),
    OddInput("a folder of pictures", numbered_pictures("shots")),
    OddInput("plain", video("plain.mp4")),
    OddInput("with sound", video("sound.mp4", VideoFile(sound=True))),
    OddInput("cut mp4", cut("cut.mp4", 0.6, FASTSTART), frames=None, truncated=True, corrupt=True),
    OddInput("cut fragmented mp4", cut("cut-fragments.mp4", 0.6, fragments()), frames=None, truncated=True, corrupt=True),
    OddInput("cut mkv", cut("cut.mkv", 0.6), frames=None, truncated=True),
    OddInput("cut avi", cut("cut.avi", 0.6, VideoFile(codec="mpeg4")), frames=None, truncated=True, corrupt=True),
    OddInput("cut ts", cut("cut.ts", 0.6), frames=None, corrupt=None),
    OddInput("damaged mp4", damaged("damaged.mp4"), frames=None, corrupt=True),
    OddInput("damaged mkv", damaged("damaged.mkv", VideoFile(codec="mpeg4"), keep=20), frames=24, corrupt=True),
    OddInput("damaged mjpeg", damaged("damaged.avi", VideoFile(codec="mjpeg", pix_fmt="yuvj420p")), frames=22, corrupt=True),
    OddInput("turned 90", video("r90.mp4", VideoFile(rotation=90)), size=(48, 64)),
    OddInput("turned 180", video("r180.mp4", VideoFile(rotation=180))),
    OddInput("turned 270", video("r270.mkv", VideoFile(rotation=270)), size=(48, 64)),
    OddInput("mirrored", video("mirrored.mp4", VideoFile(mirrored=True))),
    OddInput("variable rate", video("vfr.mp4", VideoFile(pts=UNEVEN, time_base=MILLISECONDS))),
    OddInput("variable rate mkv", video("vfr.mkv", VideoFile(pts=UNEVEN, time_base=MILLISECONDS))),
    OddInput("repeated timestamps", video("repeated.mkv", VideoFile(pts=(0, 0, 1, 2, 2, 3, 4, 9)))),
    OddInput("no timestamps", video("raw.h264")),
    OddInput("clock starts anew", joined, frames=16),
    OddInput("late start", video("late.ts", VideoFile(sound=True))),
    OddInput("10 bit", video("10bit.mp4", VideoFile(codec="libx265", pix_fmt="yuv420p10le", options=X265))),
    OddInput("4:2:2", video("422.mp4", VideoFile(pix_fmt="yuv422p"))),
    OddInput("4:2:2 10 bit", video("prores.mov", VideoFile(codec="prores_ks", pix_fmt="yuv422p10le"))),
    OddInput("4:4:4", video("444.mp4", VideoFile(pix_fmt="yuv444p"))),
    OddInput("full range", video("full.mp4", VideoFile(pix_fmt="yuvj420p"))),
    OddInput("odd size", video("odd.mkv", VideoFile(width=65, height=49, codec="ffv1")), size=(65, 49)),
    OddInput("wide pixels", video("wide.mp4", VideoFile(pixel_aspect=Fraction(4, 3))), size=(85, 48)),
    OddInput("tall pixels", video("tall-pixels.mkv", VideoFile(pixel_aspect=Fraction(8, 9))), size=(64, 54)),
    OddInput("interlaced", video("tff.mp4", VideoFile(options={"x264-params": "tff=1"}))),
    OddInput("interlaced mpeg-2", video("tff.mpg", VideoFile(codec="mpeg2video", options={"flags": "+ildct+ilme"}))),
    OddInput("hdr pq", video("pq.mkv", VideoFile(codec="ffv1", pix_fmt="yuv420p10le", color=ColorTags(9, 16, 9)))),
    OddInput(
        "hdr hlg",
        video("hlg.mp4", VideoFile(codec="libx265", pix_fmt="yuv420p10le", color=ColorTags(9, 18, 9), options=X265)),
    ),
    OddInput("several streams", two_streams),
    OddInput("cover picture", cover_picture),
    OddInput("size changes", changing_size, size=(96, 64), frames=24),
    OddInput("mpeg-4 avi", video("mpeg4.avi", VideoFile(codec="mpeg4"))),
    OddInput("webm", video("vp9.webm", VideoFile(codec="libvpx-vp9"))),
    OddInput("webm with alpha", video("alpha.webm", VideoFile(codec="libvpx-vp9", pix_fmt="yuva420p"))),
    OddInput("flv", video("flv.flv", VideoFile(codec="flv"))),
    OddInput("rgb", video("rgb.mkv", VideoFile(codec="ffv1", pix_fmt="bgr0"))),
    OddInput("rgb with alpha", video("png.mov", VideoFile(codec="png", pix_fmt="rgba"))),
    OddInput("gray", video("gray.mkv", VideoFile(codec="ffv1", pix_fmt="gray"))),
    OddInput("gif", video("gif.gif", VideoFile(codec="gif", pix_fmt="rgb8"))),
    OddInput("one frame", video("one.mp4", VideoFile(frames=1)), frames=1),
    OddInput("tall", video("tall.mp4", VideoFile(width=16, height=4320)), size=(16, 4320)),
    OddInput("spaces", video("two people (final).mp4")),
    OddInput("newline", video("two\npeople.mp4")),
    OddInput("colon and percent", video("a:b %03d.mp4")),
    OddInput("unicode", video("두 사람 🎬 é.mp4")),
)
