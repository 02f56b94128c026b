"""The pictures of several segments as one stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from dualface.media import UNDECODED, open_media
from dualface.render.mux.segments import DamagedWorkError, Segment

_UNPROBED = {"probesize": "32", "fpsprobesize": "0"}  # to copy packets, nothing need be known of the pictures
INLINE_FILTERS = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}


class JoinedVideo:
    """Packets of closed segments, one after the other, for the final file.

    Segments may come from encoders with different settings: then every key frame carries its own parameter sets.  ``start`` and
    ``end`` are in seconds on the source's clock.

    All methods raise :class:`~dualface.render.mux.segments.DamagedWorkError` for a segment that can't be read.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        with _unprobed(segments[0]) as first:
            self.time_base = _pictures(first).time_base or segments[0].time_base
        self.start = segments[0].first_pts * segments[0].time_base
        self.end = segments[-1].end_pts * segments[-1].time_base
        self._filter: str | None = None
        self.output: Any = None

    def open(self, container: OutputContainer, fps: Fraction | None, *, apple_tag: bool) -> None:
        """Adds the stream to the output; ``apple_tag`` names HEVC in the way that Apple's players ask for."""
        with _opened(self._segments[0]) as first:
            template = _pictures(first)
            codec = template.codec_context.codec.canonical_name
            self.output = container.add_stream_from_template(template, opaque=True)
            if len({segment.parameters for segment in self._segments}) > 1 and codec in INLINE_FILTERS:
                self._filter = INLINE_FILTERS[codec]
                BitStreamFilterContext(self._filter, template, self.output)
                self.output.codec_context.codec_tag = "\0\0\0\0"  # the muxer's choice
            elif codec == "hevc" and apple_tag:
                self.output.codec_context.codec_tag = "hvc1"
        self.output.codec_context.framerate = fps or 0

    @property
    def is_complete(self) -> bool:
        """Whether the muxer has written all pictures; true at the earliest once the container is closed."""
        return bool(self.output.frames == sum(segment.frames for segment in self._segments))

    def packets(self, origin: Fraction) -> Iterator[av.Packet[Any]]:
        """All packets in decoding order; ``origin`` is the source time, in seconds, that becomes 0."""
        last = None
        for segment in self._segments:
            start = segment.first_pts * segment.time_base - origin
            shift = None
            for packet in self._read(segment):
                if packet.pts is None or packet.dts is None:
                    raise DamagedWorkError(segment.path)
                if shift is None:  # all of a segment have one time base, and reckoning with fractions takes long
                    shift = int(start / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                if last is not None:  # an encoder that took over at a segment counts its delay from there
                    packet.dts = max(packet.dts, last + 1)
                last = packet.dts
                packet.stream = self.output
                yield packet

    def _read(self, segment: Segment) -> Iterator[av.Packet[Any]]:
        frames = 0
        with _unprobed(segment) as container:
            stream = _pictures(container)
            inline = BitStreamFilterContext(self._filter, stream) if self._filter else None
            try:
                for packet in container.demux(stream):
                    if packet.size:
                        frames += 1
                        yield from inline.filter(packet) if inline else (packet,)
            except FFmpegError as error:
                raise DamagedWorkError(segment.path) from error
        if frames != segment.frames:
            raise DamagedWorkError(segment.path)


def _unprobed(segment: Segment) -> InputContainer:
    return _opened(segment, options=_UNPROBED, decoding=[UNDECODED])


def _opened(segment: Segment, **how: Any) -> InputContainer:
    try:
        return open_media(segment.path, **how)
    except FFmpegError as error:
        raise DamagedWorkError(segment.path) from error


def _pictures(container: InputContainer) -> VideoStream:
    return container.streams.video[0]
