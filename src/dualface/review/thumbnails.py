"""Small pictures of a video's moments, as JPEG."""

from __future__ import annotations

import threading
from collections import OrderedDict
from io import BytesIO
from pathlib import Path

import av
from PIL import Image

from dualface.media import open_media

_SIZE = (192, 108)
_MOST = 2000
_FARTHEST = 600
"""So many pictures are decoded at most to get to the one that is asked for; else an earlier one is taken."""


class Thumbnails:
    """Makes and keeps pictures; one at a time, so that playing goes on meanwhile."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, float], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def picture(self, path: Path, seconds: float) -> bytes | None:
        """The picture shown ``seconds`` after the video's beginning; ``None`` where there is none."""
        key = path, round(seconds, 3)
        with self._lock:
            if key not in self._kept:
                made = _made(path, seconds)
                if made is None:
                    return None
                self._kept[key] = made
                if len(self._kept) > _MOST:
                    self._kept.popitem(last=False)
            return self._kept[key]


def _made(path: Path, seconds: float) -> bytes | None:
    try:
        with open_media(path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            stream.codec_context.skip_frame = "DEFAULT"
            wanted = seconds + (container.start_time or 0) / av.time_base
            if seconds > 1:
                container.seek(int(wanted * av.time_base), backward=True)
            shown = None
            for n, frame in enumerate(container.decode(stream)):
                if shown is not None and ((frame.time or 0) > wanted + 1e-3 or n > _FARTHEST):
                    break
                shown = frame
            return None if shown is None else _jpeg(shown)
    except (av.FFmpegError, OSError, ValueError, IndexError):
        return None


def _jpeg(frame: av.VideoFrame) -> bytes:
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    if frame.rotation:
        picture = picture.rotate(frame.rotation, expand=True)
    picture.thumbnail((_SIZE[0] * 2, _SIZE[1]))
    file = BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()
