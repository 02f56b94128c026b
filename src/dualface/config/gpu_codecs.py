"""Which codecs a GPU really decodes and encodes: each is tried, because neither generation nor name promises it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dualface.config.codecs import quiet_encoders, sample
from dualface.gpu.visible import counted_as_nvidia_smi

_WIDTH, _HEIGHT = 256, 192
"""Larger than the least that any NVDEC takes."""


@dataclass(frozen=True, slots=True)
class _Format:
    name: str
    encoder: str
    decoder: str
    pixel_format: str


_DECODED = (
    _Format("H.264", "libx264", "h264", "yuv420p"),
    _Format("H.264 10 bit", "libx264", "h264", "yuv420p10le"),
    _Format("HEVC", "libx265", "hevc", "yuv420p"),
    _Format("HEVC 10 bit", "libx265", "hevc", "yuv420p10le"),
    _Format("AV1", "libsvtav1", "av1", "yuv420p"),
    _Format("VP9", "libvpx-vp9", "vp9", "yuv420p"),
)
_ENCODED = {"H.264": "h264_nvenc", "HEVC": "hevc_nvenc", "AV1": "av1_nvenc"}


def decodable(index: int) -> tuple[str, ...]:
    """Names of the formats that NVDEC of GPU ``index``, as CUDA counts, decodes.  Raises nothing."""
    with counted_as_nvidia_smi(), quiet_encoders():
        return tuple(one.name for one in _DECODED if _is_decoded(one, index))


def encodable(index: int) -> tuple[str, ...]:
    """Names of the formats that NVENC of GPU ``index``, as CUDA counts, encodes.  Raises nothing."""
    with counted_as_nvidia_smi():
        return tuple(name for name, library in _ENCODED.items() if _is_encoded(library, index))


def _is_decoded(one: _Format, index: int) -> bool:
    import av
    from av.codec.hwaccel import HWAccel

    try:
        extradata, packets = sample(one.encoder, one.pixel_format, _WIDTH, _HEIGHT)
        hardware = HWAccel("cuda", device=str(index), allow_software_fallback=False)
        context: Any = av.CodecContext.create(one.decoder, "r", hardware)
        context.extradata = extradata
        return sum(len(context.decode(packet)) for packet in [*packets, None]) == len(packets)
    except Exception:  # whatever a driver does wrong, the answer is no
        return False


def _is_encoded(library: str, index: int) -> bool:
    try:
        _, packets = sample(library, "nv12", _WIDTH, _HEIGHT, {"gpu": str(index)})
        return bool(packets)
    except Exception:
        return False
