"""Where a stream's chroma samples lie among its luma samples."""

from __future__ import annotations

import contextlib
import io

import av
from av.video.stream import VideoStream

USUAL = "left"
"""As in MPEG-2, H.264 and HEVC unless they say otherwise: on the even luma columns, between two luma rows."""
_HORIZONTAL, _VERTICAL = b"\x55\xb7\x81", b"\x55\xb8\x81"
"""Identifier and size of Matroska's ChromaSitingHorz and ChromaSitingVert (RFC 9559): 1 on a sample, 2 between two."""
_NAMES = {(1, 2): "left", (2, 2): "center", (1, 1): "topleft", (2, 1): "top"}


def chroma_location(stream: VideoStream) -> str:
    """FFmpeg's name of the place: ``left`` (also where nothing is known), ``center``, ``topleft`` or ``top``.

    PyAV shows neither a frame's chroma location nor a stream's, but the header of a Matroska file for such a stream tells.
    """
    memory = io.BytesIO()
    trial = av.open(memory, "w", format="matroska")
    try:
        trial.add_stream_from_template(stream, opaque=True)
        trial.start_encoding()
        header = memory.getvalue()
    except (ValueError, av.FFmpegError):  # a codec that Matroska does not take
        return USUAL
    finally:
        with contextlib.suppress(av.FFmpegError):
            trial.close()
    return _NAMES.get((_value(header, _HORIZONTAL), _value(header, _VERTICAL)), USUAL)


def _value(header: bytes, element: bytes) -> int:
    start = header.find(element)
    return header[start + len(element)] if start >= 0 else 0
