"""Frames counted by the clock: what is done in every so many of them is done in the same ones wherever one began to watch."""

from __future__ import annotations


def frame_number(time: float, fps: float) -> int:
    """How many frames after the clock's zero a frame at ``time`` seconds is, at the nominal rate ``fps``."""
    return round(time * fps)
