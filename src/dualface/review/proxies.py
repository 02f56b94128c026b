"""Small copies of videos that browsers can't play: films of one tile that shows all of the source."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import platformdirs

from dualface.api.plans import Plan
from dualface.events import Event
from dualface.records.headers import RecordHeader
from dualface.types import Box, FramePlan, Placement, Rect, TileState

_HEIGHT = 540
_KBPS = 2500
_ENCODING = {
    "codec": "h264",
    "preset": "superfast",
    "bitrate_kbps": _KBPS,
    "gop": 15,
    "b_frames": 0,
    "container": "mp4",
    "audio": "aac",
}
CACHE_VARIABLE = "DUALFACE_REVIEW_CACHE"


def proxy_path(header: RecordHeader) -> Path:
    """Where the proxy of a video is kept, made or not."""
    folder = os.environ.get(CACHE_VARIABLE)
    root = Path(folder) if folder else platformdirs.user_cache_path("dualface", appauthor=False) / "review"
    return root / header.fingerprint / "proxy.mp4"


def make_proxy(plan: Plan, source: Path, stop: threading.Event, on_event: Callable[[Event], None]) -> None:
    """Makes the proxy for the frames that ``plan`` is about.  Raises :class:`~dualface.errors.DualfaceError`."""
    path = proxy_path(plan.header)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = proxy_plan(plan)
    whole.render(path, source=source, overwrite=True, process=True, on_event=on_event, stop=stop)
    for other in path.parent.iterdir():
        if other.is_file() and other != path:
            other.unlink()


def proxy_plan(plan: Plan) -> Plan:
    """The same frames, each showing all of the source, reduced."""
    header = plan.header
    w, h = _size(header.width, header.height)
    place = (Placement(Rect(0, 0, w, h), Box(0, 0, header.width, header.height), None, TileState.SCENE),)
    frames = tuple(FramePlan(frame.index, frame.time, frame.cut, "scene", place) for frame in plan.frames)
    settings: dict[str, Any] = {name: dict(section) for name, section in header.settings.items()}
    settings["framing"] |= {"layout": "follow", "size": f"{w}x{h}", "caption_left": "", "caption_right": "", "gap": 0}
    settings["encoding"] |= _ENCODING
    return Plan(replace(header, settings=settings), frames)


def _size(width: int, height: int) -> tuple[int, int]:
    """Even, in about the source's shape, no larger than the source."""
    scale = min(_HEIGHT / min(width, height), 1.0)
    return max(2 * round(width * scale / 2), 16), max(2 * round(height * scale / 2), 16)
