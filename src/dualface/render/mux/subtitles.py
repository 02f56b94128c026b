"""The source's subtitles on their way into the output: copied bit for bit, or their words in the container's own codec."""

from __future__ import annotations

from typing import Any

import av
from av.error import FFmpegError
from av.subtitles.stream import SubtitleStream


class CopiedSubtitles:
    """Copies subtitle packets; a :class:`~dualface.render.mux.track.Track`."""

    def __init__(self, source: SubtitleStream, container: av.container.OutputContainer) -> None:
        self.output = container.add_stream_from_template(source)
        self._last: int | None = None

    def push(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        if packet.pts is None:
            return []
        self._last = packet.pts if self._last is None else max(packet.pts, self._last + 1)
        packet.pts = packet.dts = self._last
        packet.stream = self.output
        return [packet]

    def flush(self) -> list[av.Packet[Any]]:
        return []


class ConvertedSubtitles:
    """Makes subtitles of words into ``codec``; a :class:`~dualface.render.mux.track.Track`.  Damaged ones are left out.

    Raises ``ValueError`` where ``source`` holds pictures, and ``FFmpegError`` where its header is damaged.
    """

    def __init__(self, source: SubtitleStream, container: av.container.OutputContainer, codec: str) -> None:
        if not source.codec_context.codec.text_sub:
            raise ValueError(f"{source.codec_context.name} subtitles hold no words")
        self._decoder = source.codec_context
        self._decoder.open(strict=False)
        _prepare(av.CodecContext.create(codec, "w"), source)  # fails before the container has a stream that it can't write
        self.output: Any = container.add_stream(codec)
        _prepare(self.output.codec_context, source)
        self._last: int | None = None

    def push(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        try:
            words = self._decoder.decode2(packet)
            if words is None or packet.pts is None:  # MP4 has packets for the time without words
                return []
            converted: Any = self.output.codec_context.encode_subtitle(words)
        except FFmpegError:
            return []
        self._last = packet.pts if self._last is None else max(packet.pts, self._last + 1)
        converted.pts = converted.dts = self._last
        converted.duration, converted.time_base, converted.stream = packet.duration, packet.time_base, self.output
        return [converted]

    def flush(self) -> list[av.Packet[Any]]:
        return []


def _prepare(encoder: Any, source: SubtitleStream) -> None:
    encoder.subtitle_header = source.codec_context.subtitle_header
    encoder.time_base = source.time_base
    encoder.open()
