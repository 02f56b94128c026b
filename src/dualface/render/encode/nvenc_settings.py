"""The encoder settings in NVENC's terms, as FFmpeg takes them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from dualface.render.encode.levels import h264_level
from dualface.render.encode.settings import EncoderSettings

LIBRARIES: Mapping[str, str] = MappingProxyType({"h264": "h264_nvenc", "hevc": "hevc_nvenc", "av1": "av1_nvenc"})
_PRESETS: Mapping[str, str] = MappingProxyType(
    {"auto": "fast", "fast": "fast", "medium": "medium", "slow": "slow"}
    | dict.fromkeys(("ultrafast", "superfast", "veryfast", "faster"), "p1")
    | dict.fromkeys(("slower", "veryslow", "placebo"), "p7")
)
_SURFACES = 16


def nvenc_options(settings: EncoderSettings, width: int, height: int, fps: Fraction) -> dict[str, str]:
    """Options of FFmpeg's NVENC encoders: low latency, key frames where a segment may begin.

    The software encoders' presets are taken for the nearest of NVENC's, SVT-AV1's numbers two by two.
    """
    options = {
        "preset": _PRESETS.get(settings.preset) or f"p{max(7 - int(settings.preset) // 2, 1)}",
        "tune": "ll",
        "zerolatency": "1",
        "forced-idr": "1",
        "surfaces": str(_SURFACES),
        "g": str(settings.gop),
        "bf": str(settings.b_frames),
        **_rate_options(settings),
    }
    if settings.codec == "h264":
        peak = {"cbr": 1, "vbr": 2, "crf": 0}[settings.rate_control] * settings.bitrate_kbps
        options["profile"] = settings.profile
        options["level"] = h264_level(width, height, fps, peak_kbps=peak, profile=settings.profile, at_least=settings.level)
    return options


def _rate_options(settings: EncoderSettings) -> dict[str, str]:
    rate = settings.bitrate_kbps
    if settings.rate_control == "crf":
        return {"rc": "vbr", "cq": settings.quality, "b": "0"}
    peak = rate if settings.rate_control == "cbr" else 2 * rate
    return {"rc": settings.rate_control, "b": f"{rate}k", "maxrate": f"{peak}k", "bufsize": f"{peak}k"}
