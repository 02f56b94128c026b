"""The source's sound and subtitles on their way into the output: copied bit for bit, or sound transcoded to AAC."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.error import FFmpegError
from av.subtitles.stream import SubtitleStream

from dualface.render.mux.timing import SampleClock

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
_AAC_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
_USUAL_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""FFmpeg's own for each number of channels, where a source says no more; MP4 and MOV ask for one."""
_AAC_BITS_PER_CHANNEL = 96_000


class Track(Protocol):
    """One stream of the source, other than the pictures."""

    output: Any
    """The container's stream, for metadata."""

    def push(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        """Takes the source's next packet; returns packets for the output, on its clock."""
        ...

    def flush(self) -> list[av.Packet[Any]]:
        """The rest, at the end."""
        ...


def copied(source: AudioStream | SubtitleStream, container: av.container.OutputContainer, origin: Fraction) -> Track:
    """A copy of ``source`` in ``container``; ``origin`` is the source time, in seconds, that becomes 0.

    Raises ``ValueError`` where the container is known not to take it.
    """
    if isinstance(source, AudioStream):
        return CopiedSound(source, container, origin)
    return CopiedSubtitles(source, container, origin)


class CopiedSound:
    """Copies sound packets; arguments as of :func:`copied`."""

    def __init__(self, source: AudioStream, container: av.container.OutputContainer, origin: Fraction) -> None:
        self.output = container.add_stream_from_template(source)
        layout = source.codec_context.layout
        if layout.name == f"{layout.nb_channels} channels" and layout.nb_channels in _USUAL_LAYOUTS:
            self.output.codec_context.layout = _USUAL_LAYOUTS[layout.nb_channels]
        rate = source.codec_context.sample_rate
        self._origin = origin
        self._sample = Fraction(1, rate)
        self._clock = SampleClock(rate, source.codec_context.frame_size)
        self._last: int | None = None

    def push(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        stamp, base = packet.dts if packet.pts is None else packet.pts, packet.time_base
        start = self._clock.place(None if stamp is None else stamp * base - self._origin, Fraction(base))
        if self._last is not None:
            start = max(start, self._last + 1)
        self._last = start
        packet.duration = round((packet.duration or 0) * base / self._sample)
        packet.pts, packet.dts, packet.time_base = start, start, self._sample
        packet.stream = self.output
        return [packet]

    def flush(self) -> list[av.Packet[Any]]:
        return []


class CopiedSubtitles:
    """Copies subtitle packets; arguments as of :func:`copied`."""

    def __init__(self, source: SubtitleStream, container: av.container.OutputContainer, origin: Fraction) -> None:
        self.output = container.add_stream_from_template(source)
        self._origin = origin
        self._last: int | None = None

    def push(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None:
            return []
        start = stamp - round(self._origin / packet.time_base)
        if self._last is not None:
            start = max(start, self._last + 1)
        self._last = packet.pts = packet.dts = start
        packet.stream = self.output
        return [packet]

    def flush(self) -> list[av.Packet[Any]]:
        return []


class ConvertedSubtitles:
    """Makes subtitles of words into ``codec``; other arguments as of :func:`copied`.  Damaged ones are left out.

    Raises ``ValueError`` where ``source`` holds pictures, and ``FFmpegError`` where its header is damaged.
    """

    def __init__(self, source: SubtitleStream, container: av.container.OutputContainer, origin: Fraction, codec: str) -> None:
        if not source.codec_context.codec.text_sub:
            raise ValueError(f"{source.codec_context.name} subtitles hold no words")
        self._decoder, self._origin = source.codec_context, origin
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
        start = packet.pts - round(self._origin / packet.time_base)
        self._last = start if self._last is None else max(start, self._last + 1)
        converted.pts = converted.dts = self._last
        converted.duration, converted.time_base, converted.stream = packet.duration, packet.time_base, self.output
        return [converted]

    def flush(self) -> list[av.Packet[Any]]:
        return []


class TranscodedSound:
    """Decodes sound and encodes it as AAC, at the source's rate and number of channels where AAC has them.

    Gaps in the source become silence, so that it stays in sync; damaged packets are gaps.
    """

    def __init__(self, source: AudioStream, container: av.container.OutputContainer, origin: Fraction) -> None:
        context = source.codec_context
        self._source, self._origin = source, origin
        rate = context.sample_rate if context.sample_rate in _AAC_RATES else 48000
        layout = _AAC_LAYOUTS.get(context.channels, "stereo")
        self.output: AudioStream = container.add_stream("aac", rate=rate)
        self.output.layout = layout
        self.output.bit_rate = _AAC_BITS_PER_CHANNEL * self.output.codec_context.channels
        self._resampler: AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None
        self._next: int | None = None

    def push(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        return self._decode(packet)

    def flush(self) -> list[av.Packet[Any]]:
        rest = self._decode(None)
        rest += self._encode(self._resampler.resample(None) if self._resampler else [])
        return rest + self.output.encode(None)

    def _decode(self, packet: av.Packet[Any] | None) -> list[av.Packet[Any]]:
        packets: list[av.Packet[Any]] = []
        try:
            frames = self._source.decode(packet)
        except FFmpegError:
            return packets
        for frame in frames:
            if frame.pts is not None:
                packets += self._resample(frame)
        return packets

    def _resample(self, frame: AudioFrame) -> list[av.Packet[Any]]:
        packets: list[av.Packet[Any]] = []
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or kind != self._format:
            packets += self._encode(self._resampler.resample(None) if self._resampler else [])
            self._format = kind
            context = self.output.codec_context
            # Called async, it means: fill gaps with silence and trim overlaps, by the timestamps.
            self._resampler = AudioResampler(
                context.format, context.layout, context.sample_rate, frame_size=context.frame_size, options={"async": "1"}
            )
        return packets + self._encode(self._resampler.resample(frame))

    def _encode(self, frames: list[AudioFrame]) -> list[av.Packet[Any]]:
        packets: list[av.Packet[Any]] = []
        for frame in frames:
            if self._next is None:
                self._next = round((frame.time or 0.0) * frame.sample_rate - self._origin * frame.sample_rate)
            frame.pts, frame.time_base = self._next, Fraction(1, frame.sample_rate)
            self._next += frame.samples
            packets += self.output.encode(frame)
        return packets


def _prepare(encoder: Any, source: SubtitleStream) -> None:
    encoder.subtitle_header = source.codec_context.subtitle_header
    encoder.time_base = source.time_base
    encoder.open()
