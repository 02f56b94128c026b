"""What the encoder is asked for, and what that means in FFmpeg's terms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from dualface.config.rules import EDITING_CODECS
from dualface.errors import ConfigurationError
from dualface.render.encode.levels import h264_level

_X26_PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
)  # fmt: skip
_LIBRARIES = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1", "prores": "prores_ks", "dnxhr": "dnxhd"}
_PRESETS = {"h264": _X26_PRESETS, "hevc": _X26_PRESETS, "av1": tuple(str(n) for n in range(14)), "prores": (), "dnxhr": ()}
_AUTO_PRESETS = {"h264": "veryfast", "hevc": "veryfast", "av1": "8"}
_PROFILES = ("baseline", "main", "high")
_CRF = {"h264": "23", "hevc": "28", "av1": "35"}  # the libraries' own defaults, of about the same quality

_FLAVOURS = {
    "prores": {"proxy": "proxy", "lt": "lt", "standard": "standard", "hq": "hq"},
    "dnxhr": {"proxy": "dnxhr_lb", "lt": "dnxhr_sq", "standard": "dnxhr_sq", "hq": "dnxhr_hq"},
}
_BITS_PER_PIXEL = {"proxy": 0.72, "lt": 1.64, "standard": 2.36, "hq": 3.54}
"""Of ProRes 422 at 1080p and 29.97 frames/s (Apple, "ProRes White Paper"); DNxHR's are about the same."""
_WORST_CRF = {"h264": 51, "hevc": 51, "av1": 63}


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """How to compress.

    ``preset`` is the encoder library's own; ``"auto"`` is ``veryfast`` for x264 and x265, ``8`` for SVT-AV1.  ``profile`` and
    ``level`` apply to H.264 only; the level is raised where picture size, rate and bit rate need more (``"auto"``: what they
    need).  ``cbr`` and ``vbr`` use ``bitrate_kbps`` (kbit/s; ``vbr`` allows peaks of twice that), ``crf`` the library's own
    even quality, or that of the number ``crf``.  ``gop`` is the number of frames from one key frame to the next, at most.
    SVT-AV1 ignores ``b_frames``.  ``prores`` and ``dnxhr`` have a ``flavour`` instead of all this, and
    ``bits`` are those of the canvases' samples.
    ``threads`` 0 lets the library decide.

    Raises :class:`~dualface.errors.ConfigurationError` for a preset, profile or quality that the library does not have.
    """

    codec: Literal["h264", "hevc", "av1", "prores", "dnxhr"] = "h264"
    flavour: Literal["proxy", "lt", "standard", "hq"] = "hq"
    preset: str = "auto"
    profile: str = "high"
    level: str = "4.1"
    bitrate_kbps: int = 5000
    rate_control: Literal["cbr", "vbr", "crf"] = "cbr"
    crf: int | None = None
    bits: int = 8
    gop: int = 30
    b_frames: int = 0
    threads: int = 0

    def __post_init__(self) -> None:
        if self.codec not in _LIBRARIES:
            raise ConfigurationError(f"encoding.codec: there is no codec {self.codec!r}; use {_choices(tuple(_LIBRARIES))}.")
        allowed = _PRESETS[self.codec]
        if self.codec in EDITING_CODECS and (self.preset != "auto" or self.crf is not None):
            name, value = ("preset", self.preset) if self.crf is None else ("crf", self.crf)
            raise ConfigurationError(f"encoding.{name}: {self.codec} has none, not {value!r}; choose encoding.flavour instead.")
        if self.preset not in ("auto", *allowed):
            raise ConfigurationError(
                f"encoding.preset: {self.library} has no preset {self.preset!r}; use auto or {_choices(allowed)}."
            )
        if self.crf is not None and self.crf > _WORST_CRF[self.codec]:
            raise ConfigurationError(
                f"encoding.crf: {self.library} has qualities from 1 to {_WORST_CRF[self.codec]}, not {self.crf}."
            )
        if self.codec == "h264" and self.profile not in _PROFILES:
            raise ConfigurationError(
                f"encoding.profile: {self.profile!r} is no H.264 profile for 8-bit 4:2:0 video; use {_choices(_PROFILES)}."
            )

    @property
    def library(self) -> str:
        """FFmpeg's name of the software encoder."""
        return _LIBRARIES[self.codec]

    @property
    def quality(self) -> str:
        """The quality that ``crf`` aims at, by the library's own scale."""
        return _CRF[self.codec] if self.crf is None else str(self.crf)

    def options(self, width: int, height: int, fps: Fraction, *, variable_rate: bool) -> dict[str, str]:
        """The options of FFmpeg's software encoder for pictures of ``width`` × ``height`` pixels at ``fps``."""
        if self.codec in EDITING_CODECS:
            return self._editing_options()
        options = {
            "preset": _AUTO_PRESETS[self.codec] if self.preset == "auto" else self.preset,
            "g": str(self.gop),
            "bf": str(self.b_frames),
            **self._rate_options(),
        }
        if self.codec == "h264":
            options |= self._x264_options(width, height, fps, variable_rate)
        elif self.codec == "hevc":
            options |= self._x265_options()
        else:
            options |= self._svt_av1_options()
        return options

    @property
    def pixel_format(self) -> str:
        """FFmpeg's name of what the encoder takes."""
        deep = self.codec == "prores" or self.bits > 8
        return ("yuv422p10le" if deep else "yuv422p") if self.codec in EDITING_CODECS else "yuv420p"

    def expected_kbps(self, width: int, height: int, fps: Fraction) -> int:
        """The film's bit rate, about, in kbit/s."""
        if self.codec not in EDITING_CODECS:
            return self.bitrate_kbps
        return round(_BITS_PER_PIXEL[self.flavour] * width * height * float(fps or 30) / 1000)

    def _editing_options(self) -> dict[str, str]:
        options = {"profile": _FLAVOURS[self.codec][self.flavour]}
        if self.codec == "dnxhr" and self.bits > 8:
            options = {"profile": "dnxhr_hqx"}  # the only one of 10 bits and 4:2:2
        return options | {"vendor": "apl0"} if self.codec == "prores" else options

    def _rate_options(self) -> dict[str, str]:
        if self.rate_control == "crf":
            return {"crf": self.quality}
        options = {"b": f"{self.bitrate_kbps}k"}
        if self.rate_control == "cbr":
            options |= {"maxrate": f"{self.bitrate_kbps}k", "bufsize": f"{self.bitrate_kbps}k"}
        elif self.codec != "av1":  # SVT-AV1 refuses a peak rate here
            options |= {"maxrate": f"{2 * self.bitrate_kbps}k", "bufsize": f"{2 * self.bitrate_kbps}k"}
        return options

    def _x264_options(self, width: int, height: int, fps: Fraction, variable_rate: bool) -> dict[str, str]:
        peak = {"cbr": 1, "vbr": 2, "crf": 0}[self.rate_control] * self.bitrate_kbps
        level = h264_level(width, height, fps, peak_kbps=peak, profile=self.profile, at_least=self.level)
        options = {"profile": self.profile, "level": level}
        if self.rate_control == "cbr" and not variable_rate:
            # Filler makes the rate truly constant; the clock of the hypothetical decoder then counts frames.
            options["x264-params"] = "nal-hrd=cbr:force-cfr=1"
        return options

    def _x265_options(self) -> dict[str, str]:
        # Closed GOPs, so that a segment can begin at any key frame.  x265 writes its log past FFmpeg's.
        params = "open-gop=0:log-level=none:info=0"
        return {"x265-params": params + (f":pools={self.threads}" if self.threads else "")}

    def _svt_av1_options(self) -> dict[str, str]:
        params = [f"lp={self.threads}"] if self.threads else []
        if self.rate_control == "cbr":
            params.append("pred-struct=1")  # low delay, the only structure that SVT-AV1 has CBR for
        return {"svtav1-params": ":".join(params)} if params else {}


def _choices(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
