"""Whether browsers can play a video as it is, and when its first picture is shown there."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av

from dualface.media import open_media

_FORMATS = {"mov,mp4,m4a,3gp,3g2,mj2": "video/mp4", "matroska,webm": "video/webm"}
_CODECS = {"h264": ("yuv420p", "yuvj420p"), "vp8": ("yuv420p",), "vp9": ("yuv420p",), "av1": ("yuv420p",)}
_SOUND = {"aac", "mp3", "opus", "vorbis", "flac"}
_MOST_BITS = 60_000_000
_MOST_PIXELS = 3840 * 2160


class Playable(NamedTuple):
    """``offset``: when the first picture is shown, in seconds of the browser's clock, which begins with the file; ``begins``:
    the same on the file's own clock.
    """

    media_type: str
    offset: float
    begins: float


def playable(path: Path) -> Playable | None:
    """``None`` for what needs a proxy: other formats and codecs, and what is too large to be played smoothly."""
    try:
        with open_media(path) as container:
            video = container.streams.video[0]
            codec = video.codec_context
            media_type = _FORMATS.get(container.format.name)
            if media_type is None or codec.pix_fmt not in _CODECS.get(codec.codec.canonical_name, ()):
                return None
            if codec.width * codec.height > _MOST_PIXELS or (container.bit_rate or 0) > _MOST_BITS:
                return None
            if any(one.codec_context.codec.canonical_name not in _SOUND for one in container.streams.audio[:1]):
                return None
            if video.sample_aspect_ratio not in (None, Fraction(0), Fraction(1)):
                return None  # browsers round the width in their own ways
            begins = (video.start_time or 0) * (video.time_base or Fraction(1))
            return Playable(media_type, float(begins - Fraction(container.start_time or 0, av.time_base)), float(begins))
    except (av.FFmpegError, OSError, ValueError, IndexError):
        return None
