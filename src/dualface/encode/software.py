"""The software encoders that PyAV carries: x264, x265 and SVT-AV1."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.codec.codec import UnknownCodecError
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import PictureType

from dualface.encode.settings import EncoderSettings
from dualface.errors import ConfigurationError, DeviceError, DualfaceError
from dualface.interfaces import EncodeStats
from dualface.pixels.room import check_room
from dualface.types import ColorTags, Frame, Packet, PixelFormat

_UNSPECIFIED = 2
_FPS_UNKNOWN = Fraction(30)


class SoftwareEncoder:
    """Compresses canvases on the CPU; see :class:`~dualface.interfaces.Encoder`.

    Every frame becomes one packet with the frame's own timestamp.  A frame whose ``owner`` is a PyAV frame of the same
    size and format is read where it lies, any other is copied into one first.  Its memory may be written again as soon as
    :meth:`encode` has returned.  Encoding releases the GIL.

    ``fps`` steers the rate control (0: unknown); ``variable_rate`` says that it is only an average.  ``time_base`` is the
    frames' own.  ``pixel_format`` is what most frames will have; the other one is converted.

    Raises :class:`~dualface.errors.DeviceError` when PyAV has no such encoder,
    :class:`~dualface.errors.ConfigurationError` when it refuses the settings; opening and encoding raise
    :class:`~dualface.errors.DeviceMemoryError` when there is too little memory.
    """

    def __init__(
        self,
        width: int,
        height: int,
        fps: Fraction,
        time_base: Fraction,
        color: ColorTags,
        settings: EncoderSettings | None = None,
        *,
        pixel_format: PixelFormat = PixelFormat.YUV420P,
        variable_rate: bool = False,
    ) -> None:
        self.stats = EncodeStats()
        self._settings = settings or EncoderSettings()
        self._width, self._height, self._color = width, height, color
        fps = fps or _FPS_UNKNOWN
        self._frame_duration = max(round(1 / (fps * time_base)), 1)
        self._last_pts: int | None = None
        self._durations: dict[int, int] = {}  # of frames inside the encoder, by timestamp; SVT-AV1 does not carry them
        self._staging: av.VideoFrame | None = None
        self._flushed = False
        self._open(fps, time_base, pixel_format, variable_rate)

    def _open(self, fps: Fraction, time_base: Fraction, pixel_format: PixelFormat, variable_rate: bool) -> None:
        library = self._settings.library
        if library == "libsvtav1":
            os.environ.setdefault("SVT_LOG", "1")  # errors only; it writes its log past FFmpeg's
        # A muxer that writes nothing: its stream is the encoder's context and the template of the files' streams in one.
        self._container = av.open("null", "w", format="null")
        try:
            self.stream = cast("av.VideoStream", self._container.add_stream(library, rate=fps))
        except UnknownCodecError as error:
            raise DeviceError(f"This PyAV has no {library}; install PyAV's own wheel or choose another codec.") from error
        context = self.stream.codec_context
        context.width, context.height, context.time_base = self._width, self._height, time_base
        context.pix_fmt = pixel_format.value if library == "libx264" else PixelFormat.YUV420P.value
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = color_numbers(self._color)
        context.flags |= Flags.global_header
        context.thread_count = self._settings.threads
        context.options = self._settings.options(self._width, self._height, fps, variable_rate=variable_rate)
        try:
            self._container.start_encoding()
        except FFmpegError as error:
            check_room("encode", self._width, self._height, error)
            raise ConfigurationError(
                f"{library} refuses {self._width}x{self._height} at {float(fps):.3g} frames/s with {self._settings}: "
                f"{error.strerror}; change the section encoding of the configuration."
            ) from error

    @property
    def codec_name(self) -> str:
        """FFmpeg's name of the encoder, for example ``libx264``."""
        return self._settings.library

    def encode(self, frame: Frame) -> list[Packet]:
        """Takes the next frame and returns the packets that are ready; ``Packet.data`` is a PyAV packet.

        A timestamp that is not above the one before is raised to one unit above it.

        Raises :class:`ValueError` for a frame of another size or in GPU memory, :class:`~dualface.errors.DualfaceError` when
        the encoder fails.
        """
        if (frame.width, frame.height, frame.device) != (self._width, self._height, "cpu"):
            raise ValueError(f"The encoder takes {self._width}x{self._height} pixels in main memory, not {frame!r}.")
        picture = frame.owner if _is_same_picture(frame) else self._copied(frame)
        pts = frame.pts if self._last_pts is None else max(frame.pts, self._last_pts + 1)
        self._last_pts = pts
        picture.pts, picture.time_base = pts, frame.time_base
        self._durations[pts] = frame.duration or self._frame_duration
        picture.pict_type = PictureType.NONE  # a decoded frame's own type would be forced on the encoder
        picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range = color_numbers(self._color)
        self.stats.frames_in += 1
        return self._packets(picture, frame.index)

    def flush(self) -> list[Packet]:
        """All remaining packets.  The encoder takes no frame afterwards."""
        if self._flushed:
            return []
        self._flushed = True
        return self._packets(None, None)

    def close(self) -> None:
        """Gives the encoder's memory back, once nothing holds :attr:`stream` any more."""
        self._staging = None
        self._container.close()

    def _packets(self, picture: av.VideoFrame | None, index: int | None) -> list[Packet]:
        try:
            packets = self.stream.encode(picture)
        except FFmpegError as error:
            check_room("encode", self._width, self._height, error)
            what = "the rest" if index is None else f"frame {index}"
            raise DualfaceError(
                f"{self.codec_name} could not encode {what}: {error.strerror}; try another codec.", stage="encode", frame=index
            ) from error
        self.stats.packets_out += len(packets)
        self.stats.bytes_out += sum(packet.size for packet in packets)
        return [self._wrapped(packet) for packet in packets]

    def _wrapped(self, packet: av.Packet[Any]) -> Packet:
        if packet.pts is None or packet.dts is None:
            raise DualfaceError(f"{self.codec_name} gave a packet without a timestamp; try another codec.", stage="encode")
        duration = self._durations.pop(packet.pts, self._frame_duration)
        return Packet(packet, packet.pts, packet.dts, duration, packet.time_base, packet.is_keyframe)

    def _copied(self, frame: Frame) -> av.VideoFrame:
        staging = self._staging
        if staging is None or staging.format.name != frame.format.value:
            staging = self._staging = av.VideoFrame(frame.width, frame.height, frame.format.value)
        for source, target in zip(frame.planes, staging.planes, strict=True):
            pixels = np.asarray(source).reshape(source.shape[0], -1)
            rows = np.frombuffer(cast("Any", target), np.uint8).reshape(-1, target.line_size)
            rows[: pixels.shape[0], : pixels.shape[1]] = pixels
        return staging


def _is_same_picture(frame: Frame) -> bool:
    owner = frame.owner
    return (
        isinstance(owner, av.VideoFrame)
        and owner.format.name == frame.format.value
        and (owner.width, owner.height) == (frame.width, frame.height)
    )


def color_numbers(color: ColorTags) -> tuple[int, int, int, int]:
    """Primaries, transfer, matrix and range in FFmpeg's numbers."""
    matrix = color.matrix or _UNSPECIFIED  # 0 is RGB, which 4:2:0 can't be
    return color.primaries or _UNSPECIFIED, color.transfer or _UNSPECIFIED, matrix, 2 if color.full_range else 1
