"""Finds the frame at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from itertools import chain
from pathlib import Path

import av

from dualface.decode.open import open_video
from dualface.interfaces import Decoder
from dualface.types import Frame

_MARGIN_SECONDS = 1.0
"""Packets come in decoding order, so that a later one may hold an earlier picture."""


def frames_from(open_decoder: Callable[[], Decoder], source: Path, seconds: float) -> Generator[Frame, None, None]:
    """The frames from ``seconds`` after the video's start on; none if it ends before.  Close the iterator when done.

    Seeks, and where that does not lead to exactly the right frame, reads from the start.  Raises
    :class:`~dualface.errors.InputError`.
    """
    decoder = open_decoder()
    try:
        pts = _timestamp_at(source, seconds)
        if pts is not None:
            if decoder.seek(0, pts):
                yield from decoder
                return
            decoder.close()
            decoder = open_decoder()
        frames = iter(decoder)
        first = next(frames, None)
        if first is not None:
            slack = first.duration * float(first.time_base) / 2
            yield from (frame for frame in chain([first], frames) if frame.time - first.time >= seconds - slack)
    finally:
        decoder.close()


def _timestamp_at(source: Path, seconds: float) -> int | None:
    """Timestamp of the first picture at or after ``seconds`` from the start, by the packets' claims; ``None`` if unknown."""
    video = open_video(source, 1)
    try:
        stream = video.stream
        if stream.time_base is None or stream.start_time is None or seconds < _MARGIN_SECONDS:
            return None
        wanted = stream.start_time + round(seconds / stream.time_base)
        margin = round(_MARGIN_SECONDS / stream.time_base)
        video.container.seek(wanted - margin, stream=stream)
        later: list[int] = []
        for packet in video.container.demux(stream):
            if packet.pts is None:
                continue
            if packet.pts > wanted + margin:
                break
            if packet.pts >= wanted:
                later.append(packet.pts)
        return min(later, default=None)
    except av.FFmpegError:
        return None
    finally:
        video.container.close()
