"""How a keyframe is told: editing programs move a picture's middle from the middle of the canvas."""

from __future__ import annotations

from urllib.parse import quote

from dualface.timeline import Keyframe, SourceMedia, Timeline


def from_middle(keyframe: Keyframe, timeline: Timeline) -> tuple[float, float]:
    """Where the source's middle lies, in pixels to the right of the canvas' middle and below it."""
    media = timeline.media
    return (
        keyframe.x + keyframe.scale * media.width / 2 - timeline.width / 2,
        keyframe.y + keyframe.scale * media.height / 2 - timeline.height / 2,
    )


def cut_off(keyframe: Keyframe, media: SourceMedia) -> tuple[float, float, float, float]:
    """What is cut off at the left, the top, the right and the bottom, in source pixels."""
    crop = keyframe.crop
    return crop.x, crop.y, media.width - crop.right, media.height - crop.bottom


def file_url(media: SourceMedia, host: str = "") -> str:
    """``file://HOST/absolute/path``, everything but letters, digits and ``_.-~/`` as ``%XX``, a drive's colon too."""
    path = media.path.absolute().as_posix()
    return f"file://{host}{'' if path.startswith('/') else '/'}{quote(path.encode(errors='surrogateescape'))}"
