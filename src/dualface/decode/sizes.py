"""How large a stream's pictures are from its beginning to its end.

A conference's recording grows with the connection, and recordings of several sizes get joined.  Whoever opens such a file must
know before the first picture how large the largest is.  Only key frames are looked at, and of them only the headers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from dualface.decode.open import OpenVideo
from dualface.decode.properties import PictureSize
from dualface.media import UNDECODED, open_media
from dualface.sequences import bytes_in

_READ_WHOLE = 128 << 20
"""Bytes up to which a file is read to its end; of a longer one some places are looked at."""
_PLACES = 50
_PACKETS_TO_A_KEY_FRAME = 2000
_WITHOUT_INDEX = ("mpegts", "mpeg", "h264", "hevc", "mpegvideo", "m4v", "mjpeg", "obu", "ivf")
"""Formats that can be entered at any byte, and whose clock may start anew."""
_LASTING = 0.02
"""Share of the film from which on a size counts: a slate or a damaged header must not make all the rest larger."""
_PARAMETER_SETS = {name: f"{name}_mp4toannexb,extract_extradata" for name in ("h264", "hevc", "vvc")}
_VP9_HEADER = 10
"""Bytes of a VP9 key frame that hold its size (VP9 bitstream specification, section 6.2)."""


def lasting_sizes(video: OpenVideo, first: tuple[int, int], *, read_whole: int = _READ_WHOLE) -> list[PictureSize]:
    """The sizes that a good part of the stream's pictures have, in the order in which they first come; empty when unknown.

    ``first`` is the width and height of the first picture as it was decoded: where it is none of those found, they tell
    nothing.  Opens the file once more; one longer than ``read_whole`` bytes is looked at in some places only.  Raises nothing.
    """
    try:
        length = bytes_in(video.path)
        index = video.stream.index
        has_headers = "mov" in video.container.format.name  # others tell a size to whoever decodes
        decoding = [*({} for _ in range(index)), UNDECODED] if has_headers else []
        with open_media(video.path, decoding=decoding) as container:
            stream = container.streams[index]
            assert isinstance(stream, VideoStream)
            for other in container.streams:
                if other is not stream:
                    other.discard = Discard.all
            headers = _Headers(stream)
            if length > read_whole:
                found = [(size, 1.0) for size in _sampled(stream, headers, length)]
            elif has_headers:  # it reads no byte of what is discarded
                stream.discard = Discard.nonkey
                found = _timed(stream, headers)
            else:
                found = list(_counted(stream, headers))
            return _lasting(found, first)
    except (av.FFmpegError, OSError, ValueError):
        return []


def _lasting(seen: Sequence[tuple[PictureSize, float]], first: tuple[int, int]) -> list[PictureSize]:
    weights: defaultdict[PictureSize, float] = defaultdict(float)
    for size, weight in seen:
        weights[size] += weight
    if all((size.width, size.height) != first for size in weights):
        return []
    least = _LASTING * sum(weights.values())
    return [size for size, weight in weights.items() if weight >= least]


def _timed(stream: VideoStream, headers: _Headers) -> list[tuple[PictureSize, float]]:
    """The size of each key frame, and how long it is until the next one."""
    seen: list[tuple[PictureSize, int]] = []
    for packet in _key_frames(stream):
        time = packet.pts or 0
        size = headers.size(packet)
        if size is not None:
            seen.append((size, time))
    end = (stream.start_time or 0) + (stream.duration or 0)
    times = [time for _, time in seen] + [end]
    return [(size, max(later - time, 0)) for (size, time), later in zip(seen, times[1:], strict=True)]


def _counted(stream: VideoStream, headers: _Headers) -> Iterator[tuple[PictureSize, float]]:
    """The size of each picture, that of the key frame before it.  Times would mislead where a clock starts anew."""
    size = None
    for packet in _packets(stream):
        if _is_good_key_frame(packet):
            size = headers.size(packet) or size
        if size is not None:
            yield size, 1.0


def _sampled(stream: VideoStream, headers: _Headers, length: int) -> Iterator[PictureSize]:
    container = stream.container
    assert isinstance(container, InputContainer)
    by_bytes = container.format.name in _WITHOUT_INDEX
    start, whole = (0, length) if by_bytes else (container.start_time or 0, container.duration or 0)
    for place in range(_PLACES):
        try:
            container.seek(start + whole * place // _PLACES, unsupported_byte_offset=by_bytes)
            packet = next(islice(_key_frames(stream), 1), None)
        except av.FFmpegError:
            continue
        size = None if packet is None else headers.size(packet)
        if size is not None:
            yield size


def _key_frames(stream: VideoStream) -> Iterator[Packet[Any]]:
    """Ends after a long way without one."""
    waited = 0
    for packet in _packets(stream):
        waited += 1
        if _is_good_key_frame(packet):
            waited = 0
            yield packet
        if waited > _PACKETS_TO_A_KEY_FRAME:
            return


def _packets(stream: VideoStream) -> Iterator[Packet[Any]]:
    """Ends where the file can't be read any further."""
    container = stream.container
    assert isinstance(container, InputContainer)
    try:
        for packet in container.demux(stream):
            if packet.size:
                yield packet
    except (av.FFmpegError, IndexError):  # the last from PyAV where a stream appeared late
        return


def _is_good_key_frame(packet: Packet[Any]) -> bool:
    return packet.is_keyframe and not packet.is_corrupt


class _Headers:
    """Reads sizes from key frames.

    Most of FFmpeg's decoders tell it without decoding anything.  Those of H.264, HEVC and VVC do when they decode; a
    picture is given to them only where its parameter sets are new.  VP9's decodes always, and is asked when a header is new.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._codec = stream.codec_context.codec.canonical_name
        self._extradata = stream.codec_context.extradata
        filters = _PARAMETER_SETS.get(self._codec)
        self._parameters = BitStreamFilterContext(filters, stream) if filters else None
        self._known: dict[bytes, PictureSize | None] = {}
        self._reader = self._decoder("ALL", self._extradata)
        self._last: PictureSize | None = None

    def size(self, packet: Packet[Any]) -> PictureSize | None:
        """The size of the picture in ``packet``, which is used up; ``None`` where it can't be known."""
        try:
            if self._parameters is not None:
                self._last = self._by_parameter_sets(packet) or self._last
                return self._last
            if self._codec == "vp9":
                mark = bytes(packet)[:_VP9_HEADER]
                if mark not in self._known:
                    self._known[mark] = _told(self._reader, packet)
                return self._known[mark]
            return _told(self._reader, packet)
        except av.FFmpegError:
            return None

    def _by_parameter_sets(self, packet: Packet[Any]) -> PictureSize | None:
        """``None`` also for a picture that brings none: those before hold on."""
        assert self._parameters is not None
        found = None
        for piece in self._parameters.filter(packet):
            sets = bytes(piece.get_sidedata("new_extradata")) if piece.has_sidedata("new_extradata") else b""
            if sets and sets not in self._known:
                self._known[sets] = _told(self._decoder("NONKEY", None), piece)
            found = self._known.get(sets) or found
        return found

    def _decoder(self, skip: str, extradata: bytes | None) -> VideoCodecContext:
        context = av.CodecContext.create(av.Codec(self._codec, "r"))
        assert isinstance(context, VideoCodecContext)
        context.thread_count, context.skip_frame = 1, skip  # type: ignore[assignment]
        if extradata:
            context.extradata = extradata
        return context


def _told(decoder: VideoCodecContext, packet: Packet[Any]) -> PictureSize | None:
    decoder.decode(packet)
    if decoder.width <= 0 or decoder.height <= 0:
        return None
    return PictureSize(decoder.width, decoder.height, decoder.sample_aspect_ratio)
