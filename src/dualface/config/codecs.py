"""Which software codecs really work here: each is tried on a few tiny frames, because a name alone promises nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from dualface.environment import variable
from dualface.scheduling import ordinary_threads


@dataclass(frozen=True, slots=True)
class CodecFacts:
    """One format.  The problems are short reasons; ``None`` when encoding or decoding works."""

    name: str
    encoder: str
    decoder: str
    encode_problem: str | None
    decode_problem: str | None


@dataclass(frozen=True, slots=True)
class _Trial:
    name: str
    encoder: str
    decoder: str
    pixel_format: str = "yuv420p"


_TRIALS = (
    _Trial("H.264", "libx264", "h264"),
    _Trial("HEVC", "libx265", "hevc"),
    _Trial("AV1", "libsvtav1", "libdav1d"),
    _Trial("VP9", "libvpx-vp9", "vp9"),
    _Trial("VP8", "libvpx", "vp8"),
    _Trial("MPEG-4", "mpeg4", "mpeg4"),
    _Trial("MPEG-2", "mpeg2video", "mpeg2video"),
    _Trial("Motion JPEG", "mjpeg", "mjpeg", "yuvj420p"),
    _Trial("ProRes", "prores_ks", "prores", "yuv422p10le"),
)
_QUIET = MappingProxyType({"libx265": {"x265-params": "log-level=none"}})
FRAMES = 3


def try_codecs() -> tuple[CodecFacts, ...]:
    """Encodes a few frames of 128×96 with each software encoder and decodes them again.  Raises nothing."""
    with quiet_encoders():
        return tuple(_try(trial) for trial in _TRIALS)


def _try(trial: _Trial) -> CodecFacts:
    try:
        extradata, packets = sample(trial.encoder, trial.pixel_format, 128, 96)
    except Exception as error:  # whatever a codec library does wrong, the other codecs are still to be tried
        reason = _reason(error)
        return CodecFacts(trial.name, trial.encoder, trial.decoder, reason, "not tried, for lack of an encoder")
    try:
        decoded = _decode(trial, extradata, packets)
        problem = None if decoded == FRAMES else f"{decoded} of {FRAMES} frames came out"
    except Exception as error:
        problem = _reason(error)
    return CodecFacts(trial.name, trial.encoder, trial.decoder, None, problem)


def sample(
    encoder: str, pixel_format: str, width: int, height: int, options: Mapping[str, str] = MappingProxyType({})
) -> tuple[bytes | None, list[Any]]:
    """A few plain frames, compressed: the codec's parameter sets and the packets.  Raises what PyAV does."""
    import av

    context = av.CodecContext.create(encoder, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, pixel_format
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.options = {**_QUIET.get(encoder, {}), **options}
    with ordinary_threads():
        context.open()
    packets = []
    for index in range(FRAMES):
        frame = av.VideoFrame(width, height, pixel_format)
        for plane in frame.planes:
            plane.update(bytes([100]) * plane.buffer_size)
        frame.pts = index
        packets += context.encode(frame)
    packets += context.encode(None)
    return context.extradata, packets


def _decode(trial: _Trial, extradata: bytes | None, packets: list[Any]) -> int:
    import av

    context = av.CodecContext.create(trial.decoder, "r")
    assert isinstance(context, av.VideoCodecContext)
    context.extradata = extradata
    return sum(len(context.decode(packet)) for packet in [*packets, None])


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__


def quiet_encoders() -> AbstractContextManager[None]:
    """SVT-AV1 writes to stderr by itself, past FFmpeg's log; this variable, read when it starts, is its only switch."""
    return variable("SVT_LOG", "1", unless_set=True)
