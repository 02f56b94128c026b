"""Which sound common players and editors play, by container.  The sources are in ``docs/sound.md``."""

from __future__ import annotations

from typing import Literal

AudioMode = Literal["auto", "copy", "aac"]

AAC_BITS_PER_CHANNEL = 128_000
"""A second: 256 kbit/s for stereo, as shops ask of sound."""
_MPEG_4 = frozenset({"aac", "alac", "ac3", "eac3", "mp3"})
_QUICKTIME = _MPEG_4 | {"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be"}
_PLAYED = {"mp4": _MPEG_4, "mov": _QUICKTIME}


def is_played(codec: str, container: str) -> bool:
    """Whether sound of ``codec``, by FFmpeg's name, is played where files of ``container`` (mp4, mov, mkv) are.

    Who plays MKV plays whatever it may hold.
    """
    return container not in _PLAYED or codec in _PLAYED[container]


def is_copied(codec: str, container: str, mode: AudioMode) -> bool:
    """Whether sound shall be copied, should the container take it."""
    if mode == "aac":
        return codec == "aac"
    return mode == "copy" or is_played(codec, container)
