"""Writes small video files for tests: any codec, container, timestamps, colour tags and display matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from dualface.types import ColorTags, U8Array

CORNERS = {
    "top left": (200, 40, 40),
    "top right": (40, 200, 40),
    "bottom left": (40, 40, 200),
    "bottom right": (200, 200, 40),
}
"""RGB of the four quarters of :func:`picture`."""


UNTAGGED = ColorTags()


@dataclass(frozen=True)
class VideoFile:
    """What to write.  ``pts`` are in ``time_base``; without them frames follow each other at ``rate``.

    ``rotation`` (counterclockwise degrees, as the container stores it) and ``mirrored`` make the display matrix.
    """

    width: int = 64
    height: int = 48
    frames: int = 8
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    rate: Fraction = Fraction(25)
    pts: Sequence[int] = ()
    time_base: Fraction | None = None
    color: ColorTags = UNTAGGED
    pixel_aspect: Fraction = Fraction(1)
    rotation: int | None = None
    mirrored: bool = False
    sound: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    container_options: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None

    def write(self, path: Path, pictures: Sequence[VideoFrame] | None = None) -> Path:
        """Encodes ``pictures``, else the test picture, and returns ``path``."""
        with av.open(str(path), "w", format=self.format, options=dict(self.container_options)) as container:
            stream = self.add_stream(container)
            tone = container.add_stream("aac" if path.suffix != ".webm" else "libopus", rate=48000) if self.sound else None
            for frame in pictures or self.pictures():
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if tone is not None:
                add_silence(container, tone, self.frames / float(self.rate))
        return path

    def add_stream(self, container: OutputContainer) -> VideoStream:
        stream = container.add_stream(self.codec, rate=self.rate, options=dict(self.options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = self.width, self.height, self.pix_fmt
        context = stream.codec_context
        context.thread_count = 1
        context.sample_aspect_ratio = self.pixel_aspect
        context.color_primaries, context.color_trc, context.colorspace = (
            self.color.primaries,
            self.color.transfer,
            self.color.matrix,
        )
        context.color_range = 2 if self.color.full_range else 1
        if self.time_base is not None:
            context.time_base = self.time_base
        if self.rotation is not None or self.mirrored:
            stream.set_display_rotation(self.rotation or 0, hflip=self.mirrored)
        return stream

    def pictures(self) -> Iterator[VideoFrame]:
        source = VideoFrame.from_ndarray(picture(self.width, self.height), format="rgb24")
        base = self.time_base or 1 / self.rate
        for index in range(self.frames):
            frame = source.reformat(format=self.pix_fmt)
            frame.pts = self.pts[index] if self.pts else index
            frame.time_base = base
            yield frame


def picture(width: int, height: int) -> U8Array:
    """Four quarters of plain colour, :data:`CORNERS`; uint8, shape (height, width, 3), RGB."""
    image = np.empty((height, width, 3), np.uint8)
    for name, color in CORNERS.items():
        rows = slice(0, height // 2) if name.startswith("top") else slice(height // 2, None)
        columns = slice(0, width // 2) if name.endswith("left") else slice(width // 2, None)
        image[rows, columns] = color
    return image


def luma(image: U8Array) -> U8Array:
    """BT.601 limited-range luma of an RGB image, uint8, shape (height, width)."""
    return np.asarray(np.rint(16 + image @ np.array([65.481, 128.553, 24.966]) / 255), np.uint8)


def add_silence(container: OutputContainer, stream: av.AudioStream, seconds: float) -> None:
    """Encodes ``seconds`` of silence into an audio stream at 48 kHz."""
    for start in range(0, int(seconds * 48000), 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = 48000, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def planar_frame(planes: Sequence[NDArray[Any]], pix_fmt: str, color: ColorTags = UNTAGGED) -> VideoFrame:
    """A frame of exactly these planes (uint8, or uint16 for more bits), each of shape (height, width)."""
    height, width = planes[0].shape
    frame = VideoFrame(width, height, pix_fmt)
    for plane, samples in zip(frame.planes, planes, strict=True):
        rows = np.frombuffer(cast("memoryview", plane), samples.dtype).reshape(plane.height, -1)
        rows[:, : samples.shape[1]] = samples
    frame.color_primaries, frame.color_trc, frame.colorspace = color.primaries, color.transfer, color.matrix
    frame.color_range = 2 if color.full_range else 1
    return frame


def without_rate(source: Path, path: Path) -> Path:
    """The video of ``source`` in Matroska or WebM that declares no frame rate and no durations, as browsers record."""
    with av.open(str(source)) as before, av.open(str(path), "w", options={"live": "1"}) as after:
        stream = after.add_stream_from_template(before.streams.video[0], opaque=True)
        stream.codec_context.framerate = Fraction(0)
        for packet in before.demux(video=0):
            if packet.size:
                packet.duration, packet.stream = 0, stream
                after.mux(packet)
    return path
