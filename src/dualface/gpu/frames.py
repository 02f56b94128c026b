"""Frames in GPU memory: when their samples are there, and what keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dualface.errors import CompositionError
from dualface.gpu.runtime import PITCH, DevicePlane, Event, Stream
from dualface.types import Frame, PixelFormat


@dataclass(slots=True)
class Surface:
    """Memory of a decoder.  After ``ready`` the samples are there; ``None`` when they are."""

    ready: Event | None
    keeps: Any


def pitch_of(width: int) -> int:
    """Bytes from one row of ``width`` bytes to the next."""
    return -(-width // PITCH) * PITCH


def nv12_bytes(width: int, height: int) -> int:
    """Size of an NV12 picture as :func:`nv12_planes` lays it out."""
    return pitch_of(width + width % 2) * (height + (height + 1) // 2)


def nv12_planes(ptr: int, width: int, height: int) -> tuple[DevicePlane, DevicePlane]:
    """Y, and directly behind it U and V with the same pitch, as NVENC wants them."""
    pitch = pitch_of(width + width % 2)
    rows, columns = (height + 1) // 2, (width + 1) // 2
    return (
        DevicePlane(ptr, (height, width), (pitch, 1)),
        DevicePlane(ptr + pitch * height, (rows, columns, 2), (pitch, 2, 1)),
    )


def wait_for(frame: Frame, stream: Stream) -> None:
    """What ``stream`` is asked from now on begins when the frame's samples are there."""
    ready = getattr(frame.owner, "ready", None)
    if ready is not None:
        stream.wait(ready)


def surface_of(frame: Frame, device: str) -> tuple[DevicePlane, DevicePlane]:
    """The frame's planes.  Raises :class:`~dualface.errors.CompositionError` unless it is NV12 in this GPU's memory."""
    if frame.device != device or frame.format is not PixelFormat.NV12 or len(frame.planes) != 2:
        raise CompositionError(f"{frame!r} is no NV12 frame on {device}", stage="compose", frame=frame.index)
    y, uv = frame.planes
    return y, uv
