"""How FFmpeg is given the names of local files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import av
from av.codec.hwaccel import HWAccel
from av.container import InputContainer

_LOCAL_ONLY = {
    "protocol_whitelist": "file,crypto,data",  # playlists reach no network
    "pattern_type": "none",  # "%03d.png" is one picture, not a sequence
}


def local_url(path: Path) -> str:
    """``path`` for FFmpeg, which would take ``a:b.mp4`` for a protocol and ``-`` or ``pipe:`` for a stream."""
    return f"file:{path.absolute()}"


def open_media(path: Path, *, options: Mapping[str, str] | None = None, hardware: HWAccel | None = None) -> InputContainer:
    """Opens the local file ``path``, whatever its name looks like; ``options`` are the demuxer's.

    With ``hardware`` a hardware decoder is prepared.  Raises ``av.FFmpegError``, ``OSError``, or ``ValueError`` for a name
    that is no Unicode text.
    """
    return av.open(
        local_url(path),
        "r",
        container_options={**_LOCAL_ONLY, **(options or {})},
        metadata_errors="replace",
        hwaccel=hardware,
    )
