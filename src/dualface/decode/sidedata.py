"""Reading what FFmpeg attaches to frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame


def side_data(frame: VideoFrame, kind: Type) -> bytes | None:
    """The frame's side data of one kind, as FFmpeg's C structure.

    Raises ``ValueError`` when the frame also carries a kind that this PyAV has no name for.
    """
    found = cast("Mapping[Type, SideData]", frame.side_data).get(kind)
    return None if found is None else bytes(found)
