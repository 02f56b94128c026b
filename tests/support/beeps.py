"""Films in which a beep sounds whenever the picture flashes, what is done to their clocks, and where both are in a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np

from dualface.decode.software import SoftwareDecoder
from dualface.render.encode.settings import EncoderSettings
from dualface.render.encode.software import SoftwareEncoder
from dualface.render.mux.assemble import assemble
from dualface.render.mux.report import MuxReport
from dualface.render.mux.segments import SegmentWriter
from dualface.types import ColorTags, F32Array, Frame

FPS = 25
PICTURE = 1 / FPS
SECONDS = 2
FLASHES = (0.48, 1.48)
"""When a film flashes and beeps, in seconds after its first picture; for 0.08 s."""
_SIZE = (64, 48)
_LENGTH = 0.08
_DARK, _BRIGHT = 60, 200


@dataclass(frozen=True)
class BeepFilm:
    """``extension`` decides the container.  ``picture_start`` and ``sound_start`` are in seconds on the film's own clock."""

    extension: str = "mp4"
    video: str = "libx264"
    audio: str = "aac"
    rate: int = 48000
    layout: str = "stereo"
    b_frames: int = 0
    picture_start: float = 0.0
    sound_start: float = 0.0
    sound_seconds: float = SECONDS
    seconds: int = SECONDS
    flashes: Sequence[float] = FLASHES
    fps: int = FPS
    options: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path, name: str = "source") -> Path:
        path = folder / f"{name}.{self.extension}"
        path.write_bytes(self.content())
        return path

    def content(self) -> bytes:
        """The file's bytes."""
        file = io.BytesIO()
        with av.open(file, "w", format=_FORMATS.get(self.extension, self.extension), container_options=self.options) as out:
            video, sound = self._video(out), self._sound(out)
            packets = [*self._pictures(video), *(self._samples(sound) if sound is not None else [])]
            for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
                out.mux(packet)
        return file.getvalue()

    def _video(self, out: Any) -> Any:
        options = {"bf": str(self.b_frames), "g": "10"} | ({"preset": "ultrafast"} if self.video == "libx264" else {})
        video = out.add_stream(self.video, rate=self.fps, options=options)
        video.width, video.height = _SIZE
        video.pix_fmt = "yuvj420p" if self.video == "mjpeg" else "yuv420p"
        video.bit_rate, video.codec_context.thread_count = 200_000, 1
        return video

    def _sound(self, out: Any) -> Any:
        if not self.audio:
            return None
        sound = out.add_stream(self.audio, rate=self.rate, options={"strict": "experimental"})
        sound.layout = self.layout
        sound.bit_rate = 64_000 * sound.codec_context.channels
        return sound

    def _pictures(self, video: Any) -> list[Any]:
        packets: list[Any] = []
        for n in range(self.seconds * self.fps):
            bright = any(flash <= n / self.fps + 1e-6 < flash + _LENGTH for flash in self.flashes)
            luma = np.full((_SIZE[1] * 3 // 2, _SIZE[0]), 128, np.uint8)
            luma[: _SIZE[1]] = _BRIGHT if bright else _DARK
            frame = av.VideoFrame.from_ndarray(luma, format="yuv420p").reformat(format=video.pix_fmt)
            frame.pts, frame.time_base = n + round(self.picture_start * self.fps), Fraction(1, self.fps)
            packets += video.encode(frame)
        packets += video.encode(None)
        return packets

    def _samples(self, sound: Any) -> list[Any]:
        sound.codec_context.open(strict=False)
        samples = beeps(self.rate, self.sound_seconds, self.flashes)
        step = sound.codec_context.frame_size or 1024
        packets: list[Any] = []
        for start in range(0, len(samples), step):
            piece = np.repeat(samples[start : start + step, None], sound.codec_context.channels, 1).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="flt", layout=self.layout)
            frame.sample_rate, frame.pts = self.rate, start + round(self.sound_start * self.rate)
            frame.time_base = Fraction(1, self.rate)
            packets += sound.encode(frame)
        packets += sound.encode(None)
        return packets


_FORMATS = {"mkv": "matroska", "ts": "mpegts", "m2ts": "mpegts", "mpg": "vob", "wmv": "asf", "3gp": "3gp", "ogv": "ogg"}


def beeps(rate: int, seconds: float, flashes: Sequence[float] = FLASHES) -> F32Array:
    """The films' sound, float32, one channel, -1…1."""
    time = np.arange(int(seconds * rate)) / rate
    on = np.any([(flash <= time) & (time < flash + _LENGTH) for flash in flashes], axis=0)
    return np.asarray(0.6 * np.sin(2 * np.pi * 1000 * time) * on, np.float32)


def moved(film: bytes, format: str, seconds: float = 0.0, **options: str) -> bytes:
    """The same film, its packets copied, with ``seconds`` added to all times; ``options`` are the muxer's."""
    return rewritten(film, format, lambda _, time: time + Fraction(seconds), **options)


def rewritten(film: bytes, format: str, time: Callable[[str, Fraction], Fraction | float], **options: str) -> bytes:
    """The same film, its packets copied, with times changed by ``time(kind of stream, old time in seconds)``.

    The muxer does not see that they step back: its checks are for clocks of its own.
    """
    file = io.BytesIO()
    with av.open(io.BytesIO(film), "r") as before, av.open(file, "w", format=format, container_options=options) as after:
        outputs = [after.add_stream_from_template(stream, opaque=True) for stream in before.streams]
        for packet in before.demux():
            if packet.size:
                assert packet.pts is not None
                assert packet.dts is not None
                shift = round((time(packet.stream.type, packet.dts * packet.time_base) / packet.time_base) - packet.dts)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = outputs[packet.stream_index]
                after.mux(packet)
    return file.getvalue()


def minutes_of(count: int, *, fps: int = 5) -> bytes:
    """A Matroska film of so many minutes with a flash and a beep in the middle of each; small, and quick to make."""
    sound = {"audio": "pcm_s16le", "rate": 16000, "layout": "mono", "sound_seconds": 60}
    minute = BeepFilm("mov", seconds=60, flashes=(30.4,), fps=fps, **sound)  # type: ignore[arg-type]
    return repeated(minute.content(), "matroska", count, 60)


def repeated(film: bytes, format: str, times: int, seconds: float) -> bytes:
    """The same film again and again on one clock that goes on, ``seconds`` each."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as out:
        outputs: list[Any] = []
        for piece in range(times):
            with av.open(io.BytesIO(film), "r") as once:
                outputs = outputs or [out.add_stream_from_template(stream, opaque=True) for stream in once.streams]
                for packet in once.demux():
                    if packet.size and packet.pts is not None and packet.dts is not None:
                        shift = round(piece * seconds / packet.time_base)
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        packet.stream = outputs[packet.stream_index]
                        out.mux(packet)
    return file.getvalue()


def flv_tags(film: bytes) -> bytes:
    """An FLV without its header, to be joined to another: as a broadcaster whose clock starts anew goes on."""
    return film[13:]


def with_pes_times(film: bytes, pid: int, time: Callable[[int, Fraction], Fraction | float]) -> bytes:
    """A transport stream whose packets of one stream get the times ``time(number, old time in seconds)``, whatever they are."""
    packets = [bytearray(film[at : at + 188]) for at in range(0, len(film), 188)]
    number = 0
    for packet in packets:
        starts = packet[1] & 0x40 and ((packet[1] & 0x1F) << 8 | packet[2]) == pid
        pes = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        if not starts or packet[pes : pes + 3] != b"\0\0\1":
            continue
        for at in range(pes + 9, pes + 9 + packet[pes + 8] // 5 * 5, 5):
            old = (packet[at] & 0x0E) << 29 | packet[at + 1] << 22 | (packet[at + 2] & 0xFE) << 14
            old |= packet[at + 3] << 7 | packet[at + 4] >> 1
            new = round(time(number, Fraction(old, 90000)) * 90000) % 2**33
            packet[at] = packet[at] & 0xF1 | new >> 29 & 0x0E
            packet[at + 1], packet[at + 2] = new >> 22 & 0xFF, new >> 14 & 0xFE | 1
            packet[at + 3], packet[at + 4] = new >> 7 & 0xFF, new << 1 & 0xFE | 1
        number += 1
    return b"".join(packets)


VIDEO_PID, SOUND_PID = 0x100, 0x101
"""Of FFmpeg's transport streams."""


@dataclass(frozen=True)
class Sync:
    """Where a file flashes and beeps, in seconds from the first picture on; ``end`` of its sound."""

    flashes: list[float]
    beeps: list[float]
    pictures: list[float]
    end: float

    @property
    def errors(self) -> list[float]:
        """How much later each beep is than its flash."""
        assert len(self.flashes) == len(self.beeps), self
        return [beep - flash for flash, beep in zip(self.flashes, self.beeps, strict=True)]


def sync_of(path: Path, sound: int = 0) -> Sync:
    """What is seen and heard in a file."""
    with av.open(str(path)) as container:
        lumas = [(float(frame.time or 0), _luma(frame)) for frame in container.decode(video=0)]
    first = lumas[0][0]
    bright = [(time - first, luma > (_DARK + _BRIGHT) / 2) for time, luma in lumas]
    flashes = [time for (_, before), (time, now) in pairwise([(0.0, False), *bright]) if now and not before]
    heard, end = _heard(path, sound)
    return Sync(flashes, [time - first for time in heard], [time for time, _ in bright], end - first)


def _luma(frame: av.VideoFrame) -> float:
    plane = frame.planes[0]
    samples = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)
    return float(samples[:, : plane.width].mean())


def _heard(path: Path, number: int) -> tuple[list[float], float]:
    loud: list[float] = []
    end = 0.0
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return [], 0.0
        expected = 0.0
        for frame in container.decode(audio=number):
            start = expected if frame.pts is None else float(frame.time or 0)
            samples = _as_float(frame)
            loud += [start + int(at) / frame.sample_rate for at in np.flatnonzero(np.abs(samples) > 0.2)]
            expected = start + frame.samples / frame.sample_rate
            end = max(end, expected)
    return [time for before, time in pairwise([-1.0, *sorted(loud)]) if time - before > 0.2], end


def _as_float(frame: av.AudioFrame) -> Any:
    """The first channel, -1…1."""
    if frame.format.is_planar and frame.layout.nb_channels >= 8:  # PyAV has no planes for them
        frame = av.AudioResampler(frame.format.packed, frame.layout, frame.sample_rate).resample(frame)[0]
    samples: Any = frame.to_ndarray()
    samples = samples[0] if frame.format.is_planar else samples.reshape(-1, frame.layout.nb_channels)[:, 0]
    if samples.dtype == np.uint8:
        return samples / 128.0 - 1
    return samples / np.iinfo(samples.dtype).max if samples.dtype.kind == "i" else samples


def remade(source: Path, output: Path, **how: Any) -> MuxReport:
    """Decodes the pictures of ``source``, encodes them anew as they are, and assembles both in ``output``."""
    decoder = SoftwareDecoder(source, threads=1)
    with closing(decoder):
        info = decoder.get_video_info()
        encoder = SoftwareEncoder(
            info.width,
            info.height,
            info.fps,
            info.time_base,
            ColorTags(1, 1, 1),
            EncoderSettings(preset="ultrafast", bitrate_kbps=200, threads=1, gop=10),
            variable_rate=True,
        )
        with closing(encoder), SegmentWriter(output.with_suffix(".work"), encoder.stream) as writer:
            for frame in decoder:
                _write(writer, encoder.encode(frame))
            _write(writer, encoder.flush())
            writer.finish()
    settings: dict[str, Any] = {"container": output.suffix[1:], "clock": decoder.stats.clock} | how
    return assemble(writer.segments, source, output, **settings)


def _write(writer: SegmentWriter, packets: Sequence[Any]) -> None:
    for packet in packets:
        writer.write(packet)


def film_of(frames: Sequence[Frame]) -> list[float]:
    """When frames are shown, in seconds after the first."""
    return [frame.time - frames[0].time for frame in frames]
