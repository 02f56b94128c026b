"""Reading what FFmpeg attaches to frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from av.sidedata.sidedata import SideData, SideDataContainer, Type
from av.video.frame import VideoFrame

_attached_to = cast("Callable[[VideoFrame], Mapping[Type, SideData]]", SideDataContainer)  # PyAV's stub has no argument for it


def side_data(frame: VideoFrame, kind: Type) -> bytes | None:
    """The frame's side data of one kind, as FFmpeg's C structure.

    Raises ``ValueError`` when the frame also carries a kind that this PyAV has no name for.
    """
    # What frame.side_data gives is kept by the frame and keeps the frame, and a picture of NVDEC's keeps the whole decoder,
    # until the garbage collector comes by.  Whatever wraps a frame answers for itself.
    attached = _attached_to(frame) if type(frame) is VideoFrame else cast("Mapping[Type, SideData]", frame.side_data)
    found = attached.get(kind)
    return None if found is None else bytes(found)
