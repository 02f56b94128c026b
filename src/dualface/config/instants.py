"""Moments of a film as people write them in a file of corrections."""

from __future__ import annotations

import re
from typing import Any

from dualface.config.times import parse_time
from dualface.corrections import Instant

_FRAME = re.compile(r"frame\s+(\d{1,9})", re.IGNORECASE)


def instant_of(value: Any) -> Any:
    """``12.5``, ``00:00:12.500``, ``00:00:12:05`` (a timecode) or ``frame 300``; what is no text or number is given back.

    Raises :class:`ValueError` for any other text.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    frame = _FRAME.fullmatch(str(value).strip())
    if frame:
        return Instant(frame=int(frame[1]))
    time = parse_time(str(value))
    if time.frames is not None:
        return Instant(timecode=str(value).strip())
    return Instant(seconds=float(time.seconds))


def text_of(instant: Instant) -> str | float:
    """What :func:`instant_of` reads as the same moment."""
    if instant.frame is not None:
        return f"frame {instant.frame}"
    if instant.timecode:
        return instant.timecode
    seconds = round(instant.seconds or 0.0, 6)
    return int(seconds) if seconds == int(seconds) else seconds
