"""What all encoders of PyAV have in common: pictures go in with rising timestamps, packets come out with durations."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

import av
from av.codec.context import Flags
from av.video.frame import PictureType

from dualface.errors import DualfaceError
from dualface.interfaces import EncodeStats
from dualface.types import ColorTags, Frame, Packet

_UNSPECIFIED = 2


class PyavStream:
    """The encoder ``library``, not yet open; ``stats`` count what goes through it.

    :attr:`stream`, of a muxer that writes nothing, is the encoder's context and the template of the files' streams in one.
    ``time_base`` is the frames' own.  Raises :class:`ValueError` when PyAV has no such encoder.
    """

    def __init__(
        self,
        library: str,
        size: tuple[int, int],
        fps: Fraction,
        time_base: Fraction,
        color: ColorTags,
        *,
        pix_fmt: str,
        options: Mapping[str, str],
        stats: EncodeStats,
    ) -> None:
        self._color, self._stats = color, stats
        self._frame_duration = max(round(1 / (fps * time_base)), 1)
        self._last_pts: int | None = None
        self._durations: dict[int, int] = {}  # of frames inside the encoder, by timestamp; SVT-AV1 does not carry them
        self._container = av.open("null", "w", format="null")
        self.stream = cast("av.VideoStream", self._container.add_stream(library, rate=fps))
        context = self.stream.codec_context
        context.width, context.height = size
        context.time_base, context.pix_fmt, context.options = time_base, pix_fmt, dict(options)
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = _color_numbers(color)
        context.flags |= Flags.global_header

    def start(self) -> None:
        """Opens the encoder and completes the template.  Raises ``av.FFmpegError`` when it refuses its settings."""
        self._container.start_encoding()

    def encode(self, picture: av.VideoFrame, frame: Frame) -> list[Packet]:
        """Takes the next picture, with the times of ``frame``, and returns the packets that are ready.

        A timestamp that is not above the one before is raised to one unit above it.  Raises ``av.FFmpegError`` when the encoder
        fails, :class:`~dualface.errors.DualfaceError` for a packet without a timestamp.
        """
        pts = frame.pts if self._last_pts is None else max(frame.pts, self._last_pts + 1)
        self._last_pts = pts
        self._durations[pts] = frame.duration or self._frame_duration
        picture.pts, picture.time_base = pts, frame.time_base
        picture.pict_type = PictureType.NONE  # a decoded frame's own type would be forced on the encoder
        picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range = _color_numbers(self._color)
        self._stats.frames_in += 1
        return self._packets(picture)

    def flush(self) -> list[Packet]:
        """All remaining packets; once.  Raises as :meth:`encode`."""
        return self._packets(None)

    def close(self) -> None:
        """Gives the encoder's memory back, once nothing holds :attr:`stream` any more."""
        self._container.close()

    def _packets(self, picture: av.VideoFrame | None) -> list[Packet]:
        packets = self.stream.encode(picture)
        self._stats.packets_out += len(packets)
        self._stats.bytes_out += sum(packet.size for packet in packets)
        return [self._wrapped(packet) for packet in packets]

    def _wrapped(self, packet: av.Packet[Any]) -> Packet:
        if packet.pts is None or packet.dts is None:
            name = self.stream.codec_context.name
            raise DualfaceError(f"{name} gave a packet without a timestamp; try another codec or --device cpu.", stage="encode")
        duration = self._durations.pop(packet.pts, self._frame_duration)
        return Packet(packet, packet.pts, packet.dts, duration, packet.time_base, packet.is_keyframe)


def _color_numbers(color: ColorTags) -> tuple[int, int, int, int]:
    """Primaries, transfer, matrix and range in FFmpeg's numbers."""
    matrix = color.matrix or _UNSPECIFIED  # 0 is RGB, which 4:2:0 can't be
    return color.primaries or _UNSPECIFIED, color.transfer or _UNSPECIFIED, matrix, 2 if color.full_range else 1
