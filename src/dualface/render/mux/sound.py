"""The source's sound on its way into the output: copied bit for bit, or encoded as AAC."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.error import FFmpegError

from dualface.render.mux.playable import AAC_BITS_PER_CHANNEL
from dualface.render.mux.timing import SampleClock

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
_USUAL_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""FFmpeg's own for each number of channels, where a source says no more; MP4 and MOV ask for one."""
_AAC_LAYOUTS = {"5.0(side)": "5.0", "5.1(side)": "5.1", "quad(side)": "quad"}
"""The same loudspeakers under the names that AAC has for them."""
_MOST_CHANNELS = 8
"""Of AAC as players know it; PyAV's frames of more crash."""
_LARGEST_GAP_SECONDS = 0.03
"""That is not filled, in transcoded sound: timestamps may be rounded or tremble, but by less than a picture."""

_FLOATS = frozenset({"flt", "fltp", "dbl", "dblp"})
_LOUDEST = 1000.0
"""Times full scale; encoders refuse what is much louder, and all that follows it."""


class CopiedSound:
    """Copies sound packets; a :class:`~dualface.render.mux.track.Track`."""

    def __init__(self, source: AudioStream, container: av.container.OutputContainer) -> None:
        self.output = container.add_stream_from_template(source)
        if _is_unnamed(source.codec_context.layout):
            self.output.codec_context.layout = _USUAL_LAYOUTS[source.codec_context.layout.nb_channels]
        rate = source.codec_context.sample_rate
        self._sample = Fraction(1, rate)
        self._clock = SampleClock(rate, source.codec_context.frame_size)
        self._last: int | None = None

    def push(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        stamp, base = packet.dts if packet.pts is None else packet.pts, packet.time_base
        start = self._clock.place(None if stamp is None else stamp * base, base)
        if self._last is not None:
            start = max(start, self._last + 1)
        self._last = start
        packet.duration = round((packet.duration or 0) * base * self._sample.denominator)
        packet.pts, packet.dts, packet.time_base = start, start, self._sample
        packet.stream = self.output
        return [packet]

    def flush(self) -> list[av.Packet[Any]]:
        return []


class TranscodedSound:
    """Decodes sound and encodes it as AAC; a :class:`~dualface.render.mux.track.Track`.

    Rate and loudspeakers are the source's where AAC has them.  Gaps become silence, so that it stays in sync; damaged packets
    are gaps, and ``failed`` counts them.
    """

    def __init__(self, source: AudioStream, container: av.container.OutputContainer) -> None:
        context = source.codec_context
        self._source = source
        self.output: AudioStream = container.add_stream(
            "aac", rate=context.sample_rate if context.sample_rate in _AAC_RATES else 48000
        )
        self.output.layout = _aac_layout(context.layout)
        self.output.bit_rate = AAC_BITS_PER_CHANNEL * self.output.codec_context.channels
        self.pushed = self.failed = 0
        self.heard = False
        """Whether anything could be decoded."""
        self._resampler: AudioResampler | None = None
        self._kind: tuple[str, str, int] | None = None
        self._next: int | None = None

    def push(self, packet: av.Packet[Any]) -> list[av.Packet[Any]]:
        self.pushed += 1
        return self._decode(packet)

    def flush(self) -> list[av.Packet[Any]]:
        return [*self._decode(None), *self._drained(), *self.output.encode(None)]

    def _decode(self, packet: av.Packet[Any] | None) -> list[av.Packet[Any]]:
        try:
            frames = self._source.decode(packet)
        except FFmpegError:
            self.failed += self.heard  # a stream that was cut may begin within a packet
            return []
        packets: list[av.Packet[Any]] = []
        for frame in map(_of_numbers, frames):
            frame.time_base = self._source.time_base  # of those that come at the end PyAV does not know it
            if not self.heard and frame.pts is None and packet is not None:
                frame.pts = packet.pts
            self.heard = True
            packets += self._resample(frame)
        return packets

    def _resample(self, frame: AudioFrame) -> list[av.Packet[Any]]:
        packets: list[av.Packet[Any]] = []
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        start = None if frame.time is None else round(frame.time * self.output.codec_context.sample_rate)
        self._next = (start or 0) if self._next is None else self._next
        if self._resampler is None or kind != self._kind or self._is_long_after(start):
            packets += self._drained()
            packets += self._silence(start) if self._is_long_after(start) else []
            self._resampler, self._kind = self._new_resampler(frame.sample_rate), kind
        return packets + self._encode(self._resampler.resample(frame))

    def _new_resampler(self, rate: int) -> AudioResampler:
        """It fills gaps with silence and trims overlaps (called async), also before the first frame, by the timestamps.

        ``rate`` is that of the frames it takes, in whose samples it counts.
        """
        context = self.output.codec_context
        first = round((self._next or 0) * rate / context.sample_rate)
        options = {"async": "1", "min_hard_comp": str(_LARGEST_GAP_SECONDS), "first_pts": str(first)}
        return AudioResampler(
            context.format, context.layout, context.sample_rate, frame_size=context.frame_size, options=options
        )

    def _drained(self) -> list[av.Packet[Any]]:
        return self._encode(self._resampler.resample(None)) if self._resampler else []

    def _is_long_after(self, start: int | None) -> bool:
        """Whether the pause before a frame is so long that a resampler would take much memory for it."""
        return start is not None and start - (self._next or 0) > self.output.codec_context.sample_rate

    def _silence(self, end: int | None) -> list[av.Packet[Any]]:
        context = self.output.codec_context
        packets: list[av.Packet[Any]] = []
        samples = np.zeros((1, context.frame_size * context.channels), np.float32)  # one plane: PyAV fails with many
        planar = AudioResampler(context.format, context.layout, context.sample_rate, frame_size=context.frame_size)
        while self._is_long_after(end):
            frame = AudioFrame.from_ndarray(samples, format="flt", layout=context.layout.name)
            frame.sample_rate = context.sample_rate
            packets += self._encode(planar.resample(frame))
        return packets

    def _encode(self, frames: list[AudioFrame]) -> list[av.Packet[Any]]:
        packets: list[av.Packet[Any]] = []
        for frame in frames:
            assert self._next is not None
            frame.pts, frame.time_base = self._next, Fraction(1, frame.sample_rate)
            self._next += frame.samples
            packets += self.output.encode(frame)
        return packets


def _of_numbers(frame: AudioFrame) -> AudioFrame:
    """The frame, or where damaged floats hold what no loudspeaker can play, one that is silent there."""
    if frame.format.name not in _FLOATS:
        return frame
    samples = frame.to_ndarray()
    playable = np.abs(samples) <= _LOUDEST  # false for what is no number
    if playable.all():
        return frame
    mended = AudioFrame.from_ndarray(np.where(playable, samples, samples.dtype.type(0)), frame.format.name, frame.layout.name)
    mended.pts, mended.sample_rate = frame.pts, frame.sample_rate
    return mended


def _is_unnamed(layout: AudioLayout) -> bool:
    """Whether the source says how many channels there are and not which."""
    return layout.name == f"{layout.nb_channels} channels" and layout.nb_channels in _USUAL_LAYOUTS


def _aac_layout(layout: AudioLayout) -> str:
    """The source's loudspeakers, else as many, else stereo: the first of these that the encoder has."""
    named = _AAC_LAYOUTS.get(layout.name, layout.name) if layout.nb_channels <= _MOST_CHANNELS else "stereo"
    usual = _USUAL_LAYOUTS.get(layout.nb_channels, "stereo")
    return next(name for name in (named, usual, "stereo") if _encodes(name))


def _encodes(layout: str) -> bool:
    encoder: Any = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.format = 48000, "fltp"
    try:
        encoder.layout = layout
        encoder.open()
    except (ValueError, FFmpegError):
        return False
    return True
