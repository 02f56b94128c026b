"""The short names of settings: flags of the command line, and keywords of the Python functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from dualface.errors import ConfigurationError

SHORT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "start": "input.start",
        "end": "input.end",
        "rate": "input.rate",
        "device": "hardware.device",
        "jobs": "processing.cuda_streams",
        "gpus": "hardware.gpus",
        "cluster": "cluster.address",
        "layout": "framing.layout",
        "alone": "framing.alone",
        "highlight": "framing.highlight",
        "size": "framing.size",
        "headroom": "framing.headroom",
        "zoom": "framing.zoom",
        "smoothing": "framing.smoothing",
        "gap": "framing.gap",
        "margin": "framing.margin",
        "background": "framing.background",
        "behind": "framing.behind",
        "corners": "framing.corners",
        "border": "framing.border",
        "border_color": "framing.border_color",
        "sides": "tracking.sides",
        "reid": "reid.mode",
        "people": "reid.people",
        "codec": "encoding.codec",
        "bitrate": "encoding.bitrate_kbps",
        "encoder_preset": "encoding.preset",
        "crf": "encoding.crf",
        "fps": "encoding.fps",
        "container": "encoding.container",
        "audio": "encoding.audio",
        "export": "export.formats",
    }
)
"""A short name, and the key that it sets; flags have hyphens where keywords have underscores."""


def key_of(name: str) -> str:
    """The key that a keyword sets: a short name, or a key with two underscores for its dot, as ``framing__zoom``."""
    return SHORT_NAMES.get(name, name.replace("__", "."))


def captions_of(names: str | Sequence[str], flag: str = "names") -> dict[str, str]:
    """The settings that name the two people, by their keys: of ``"Ann,Bob"``, or of two names of their own.

    ``flag`` is what an error calls it.  Raises :class:`~dualface.errors.ConfigurationError` unless there are two names.
    """
    parts = [part.strip() for part in (names.split(",") if isinstance(names, str) else map(str, names))]
    if len(parts) != 2:
        raise ConfigurationError(
            f'{flag} is {names!r}, but must be two names with a comma between, such as "Ann,Bob"; for names with commas '
            "set framing.caption_left and framing.caption_right."
        )
    return dict(zip(("framing.caption_left", "framing.caption_right"), parts, strict=True))
