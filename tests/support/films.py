"""Small films with sound, subtitles, chapters and descriptions, and what is found in a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from dualface.types import F32Array

CLICK_SECONDS = 0.5
ASS_HEADER = b"""[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour
Style: Default,Arial,16,&Hffffff
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class Tone:
    """A sound stream: silence with a click :data:`CLICK_SECONDS` after it begins, at ``start`` seconds."""

    codec: str = "aac"
    rate: int = 48000
    layout: str = "stereo"
    start: float = 0.0
    seconds: float = 1.0
    language: str = ""
    title: str = ""
    disposition: int = 0


@dataclass(frozen=True)
class Film:
    """``stamps`` are the pictures' timestamps in ``time_base``; ``texts`` are subtitles: start and end in seconds, words."""

    stamps: Sequence[int] = tuple(n * 512 for n in range(30))
    time_base: Fraction = Fraction(1, 15360)
    tones: Sequence[Tone] = (Tone(),)
    texts: Sequence[tuple[float, float, str]] = ()
    text_codec: str = "subrip"
    chapters: Sequence[tuple[float, float, str]] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    rotation: int | None = None
    format: str | None = None
    options: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        with av.open(str(path), "w", format=self.format, container_options=self.options) as out:
            video: Any = out.add_stream("libx264", rate=30, options={"preset": "ultrafast", "g": "10", "bf": "0"})
            video.width, video.height, video.codec_context.time_base = 64, 48, self.time_base
            if self.rotation is not None:
                video.set_display_rotation(self.rotation)
            sounds = [_add(out, tone) for tone in self.tones]
            text = _add_text(out, self.text_codec) if self.texts else None
            out.metadata.update(self.metadata)
            out.set_chapters([_chapter(n, *chapter) for n, chapter in enumerate(self.chapters)])
            packets = [*self._pictures(video), *(p for s, t in zip(sounds, self.tones, strict=True) for p in _encoded(s, t))]
            packets += [_text(text, *words) for words in self.texts]
            for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
                out.mux(packet)
        return path

    def _pictures(self, stream: Any) -> list[Any]:
        packets: list[Any] = []
        for n, stamp in enumerate(self.stamps):
            frame = av.VideoFrame.from_ndarray(np.full((72, 64), 40 + n * 3 % 200, np.uint8), format="yuv420p")
            frame.pts, frame.time_base = stamp, self.time_base
            packets += stream.encode(frame)
        packets += stream.encode(None)
        return packets


def _add(out: Any, tone: Tone) -> Any:
    stream = out.add_stream(tone.codec, rate=tone.rate)
    stream.layout = tone.layout
    if tone.codec.startswith("wma"):
        stream.bit_rate = 128_000  # it has no default
    if tone.language:
        stream.metadata["language"] = tone.language
    if tone.title:
        stream.metadata["title"] = tone.title
    stream.disposition = tone.disposition
    return stream


def _add_text(out: Any, codec: str) -> Any:
    if codec != "ass":
        return out.add_mux_stream(codec)
    stream = out.add_stream(codec)
    stream.codec_context.subtitle_header = ASS_HEADER
    return stream


def _encoded(stream: Any, tone: Tone) -> list[Any]:
    stream.codec_context.open(strict=False)
    channels = stream.codec_context.channels
    samples = np.zeros((channels, int(tone.seconds * tone.rate)), np.float32)
    click = int(CLICK_SECONDS * tone.rate)
    samples[:, click : click + 48] = 0.9
    packets: list[Any] = []
    step = stream.codec_context.frame_size or 1024
    for start in range(0, samples.shape[1], step):
        piece = np.ascontiguousarray(samples[:, start : start + step].T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(piece, format="flt", layout=tone.layout)
        frame.sample_rate, frame.pts = tone.rate, start + round(tone.start * tone.rate)
        frame.time_base = Fraction(1, tone.rate)
        packets += stream.encode(frame)
    packets += stream.encode(None)
    return packets


def _text(stream: Any, start: float, end: float, words: str) -> Any:
    packet: Any = av.Packet(words.encode())
    packet.pts = packet.dts = round(start * 1000)
    packet.duration, packet.time_base, packet.stream = round((end - start) * 1000), Fraction(1, 1000), stream
    return packet


def _chapter(number: int, start: float, end: float, title: str) -> Any:
    base = Fraction(1, 1000)
    return {"id": number, "start": int(start * 1000), "end": int(end * 1000), "time_base": base, "metadata": {"title": title}}


def trimmed(source: Path, path: Path, seconds: Fraction) -> Path:
    """A copy of ``source``, an MP4, without its first ``seconds``: all packets are there, and an edit list cuts them away."""
    with av.open(str(source)) as before, av.open(str(path), "w") as after:
        outputs = [after.add_stream_from_template(stream, opaque=True) for stream in before.streams]
        for packet in before.demux():
            if packet.size and packet.pts is not None and packet.dts is not None:
                shift = round(seconds / packet.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = outputs[packet.stream_index]
                after.mux(packet)
    return path


@dataclass(frozen=True)
class Found:
    """A stream of a file.  ``starts`` are the packets' presentation times in seconds, ``payload`` their bytes."""

    kind: str
    codec: str
    starts: list[Fraction]
    payload: list[bytes]
    metadata: dict[str, str]
    disposition: int


def streams(path: Path) -> list[Found]:
    with av.open(str(path)) as container:
        packets: dict[int, list[av.Packet[Any]]] = {stream.index: [] for stream in container.streams}
        for packet in container.demux():
            if packet.size:
                packets[packet.stream_index].append(packet)
        return [
            Found(
                kind=stream.type,
                codec=stream.codec_context.codec.canonical_name if stream.codec_context is not None else "",
                starts=[(p.pts or 0) * p.time_base for p in packets[stream.index]],
                payload=[bytes(p) for p in packets[stream.index]],
                metadata=dict(stream.metadata),
                disposition=int(stream.disposition),
            )
            for stream in container.streams
        ]


def of_kind(path: Path, kind: str) -> list[Found]:
    return [stream for stream in streams(path) if stream.kind == kind]


def click_seconds(path: Path, number: int = 0) -> float:
    """When the click of a sound stream is heard, in seconds after the first picture."""
    with av.open(str(path)) as container:
        first = min(float(frame.time or 0) for frame in container.decode(video=0))
    with av.open(str(path)) as container:
        for frame in container.decode(audio=number):
            loud: F32Array = np.abs(_as_float(frame)).max(0)
            if loud.max() > 0.3:
                return float(frame.time or 0) + int(np.argmax(loud > 0.3)) / frame.sample_rate - first
    raise AssertionError(f"no click in {path}")


def _as_float(frame: av.AudioFrame) -> Any:
    """Shape (channels, samples), -1…1."""
    samples: Any = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype == np.uint8:
        return samples / 128.0 - 1
    return samples / np.iinfo(samples.dtype).max if samples.dtype.kind == "i" else samples


def boxes(path: Path) -> list[str]:
    """The top-level boxes of an MP4 or MOV, in order."""
    data, names, at = path.read_bytes(), [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        names.append(data[at + 4 : at + 8].decode("latin-1"))
        at += int.from_bytes(data[at + 8 : at + 16], "big") if size == 1 else size or len(data)
    return names
