"""Which of a picture's two fields is shown first."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
from av.filter import Graph
from av.video.frame import VideoFrame

from dualface.decode.open import open_video

_TOP_FIRST = 1
"""In FFmpeg's filter ``select``, an ``interlace_type``."""
_FRAMES = 300
"""So many are looked at."""


def upper_field_first(source: Path) -> bool | None:
    """Whether the upper field comes first in the first picture of ``source`` that has two; ``None`` where none has.

    Decodes on the CPU up to that picture.  Raises :class:`~dualface.errors.InputError` where ``source`` can't be opened.
    """
    video = open_video(source, 1)
    with video.container:
        try:
            for frame in islice(video.container.decode(video.stream), _FRAMES):
                if frame.interlaced_frame:
                    return _upper_first(frame)
        except av.FFmpegError:
            return None
    return None


def _upper_first(frame: VideoFrame) -> bool:
    """PyAV does not show the flag, but a filter that lets only such pictures pass does."""
    graph = Graph()
    source = graph.add("buffer", video_size=f"{frame.width}x{frame.height}", pix_fmt=frame.format.name, time_base="1/25")
    select, sink = graph.add("select", expr=f"eq(interlace_type,{_TOP_FIRST})"), graph.add("buffersink")
    graph.link_nodes(source, select, sink).configure()
    source.push(frame)
    source.push(None)
    try:
        sink.pull()
    except (av.error.BlockingIOError, av.error.EOFError):
        return False
    return True
