"""How FFmpeg is given the names of local files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av
from av.codec.hwaccel import HWAccel
from av.container import InputContainer

from dualface.sequences import USUAL_RATE, is_sequence, script_for

_LOCAL_ONLY = {
    "protocol_whitelist": "file,crypto,data",  # playlists reach no network
    "pattern_type": "none",  # a file called "%03d.png" is one picture
}

UNDECODED = MappingProxyType({"skip_frame": "all"})
"""For the decoder of a stream whose format nobody asks for: FFmpeg decodes a picture to know it, 24 ms at 1080p."""


def local_url(path: Path) -> str:
    """``path`` for FFmpeg, which would take ``a:b.mp4`` for a protocol and ``-`` or ``pipe:`` for a stream."""
    return f"file:{path.absolute()}"


def open_media(
    path: Path,
    *,
    options: Mapping[str, str] | None = None,
    decoding: Sequence[Mapping[str, str]] = (),
    hardware: HWAccel | None = None,
    rate: Fraction = USUAL_RATE,
) -> InputContainer:
    """Opens the local file ``path``, whatever its name looks like; ``options`` are the demuxer's, ``decoding`` the
    decoders' of the first streams while it finds out what they hold.

    A sequence of pictures (:mod:`dualface.sequences`) is opened as a film of ``rate`` pictures a second.  With ``hardware`` a
    hardware decoder is prepared.

    Raises ``av.FFmpegError``, ``OSError``, or ``ValueError`` for a name that is no Unicode text, and
    :class:`~dualface.errors.InputError` for a sequence without pictures.
    """
    if is_sequence(path):
        script = BytesIO(script_for(path, rate))
        return av.open(script, "r", format="concat", container_options={**_LOCAL_ONLY, "safe": "0"})
    decoders: Any = [dict(each) for each in decoding]  # PyAV says otherwise
    return av.open(
        local_url(path),
        "r",
        container_options={**_LOCAL_ONLY, **(options or {})},
        stream_options=decoders,
        metadata_errors="replace",
        hwaccel=hardware,
    )
