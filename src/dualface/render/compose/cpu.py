"""Composing on the CPU."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import av
import numpy as np
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from dualface.errors import CompositionError
from dualface.geometry import picture_rect
from dualface.pixels.blend import blend
from dualface.pixels.color import Levels, levels
from dualface.pixels.part import chroma_part, luma_part
from dualface.pixels.planes import Component, component, components, deep_components
from dualface.pixels.resample import resample, resample_deep
from dualface.render.compose.canvas import backdrop, check_canvas, check_placements, covered
from dualface.render.compose.corners import CornerMask, corner_mask, corner_of, corners, part_of
from dualface.render.compose.overlay import Captioning, Mask, MaskCache, masks, no_captions
from dualface.types import Box, ColorTags, Crop, Fill, Frame, PixelFormat, Placement, Rect


class CpuComposer:
    """Draws placements on a ``yuv420p`` canvas of ``width × height`` pixels, from frames in CPU memory.

    With ``deep`` the canvas is ``yuv422p10le``, and made of what frames have as :attr:`~dualface.types.Frame.deep`.

    A placement's crop is stretched over its place as :mod:`dualface.pixels.resample` defines it; pixel centres lie at halves,
    chroma is sited left, as in H.264.  Values are copied as they are: ``color`` are the canvas' tags, its matrix and range
    should be the source's.  ``background`` (``#RRGGBB``) fills what no crop covers.  ``captions`` gives the overlays of a
    placement, which are drawn over it.

    A canvas' :attr:`~dualface.types.Frame.owner` is the :class:`av.VideoFrame` whose memory its planes are, so that an encoder
    takes it without a copy; ``pool`` canvases are kept for use again.
    Raises :class:`ValueError` for a canvas of odd sides.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        background: str = "#101010",
        color: ColorTags,
        captions: Captioning = no_captions,
        deep: bool = False,
        pool: int = 8,
    ) -> None:
        check_canvas(width, height)
        self._width, self._height = width, height
        self._deep, self._format = deep, PixelFormat.YUV422P10 if deep else PixelFormat.YUV420P
        self._color, self._background = color, levels(background, color, height, 10 if deep else 8)
        self._captions = captions
        self._masks = MaskCache(lambda overlay: masks(overlay, color, width, height, deep=deep))
        self._pool = pool
        self._free: deque[av.VideoFrame] = deque()
        self._lock = threading.Lock()

    def compose(self, frame: Frame, placements: Sequence[Placement]) -> Frame:
        """See :meth:`dualface.interfaces.Composer.compose`.

        Raises :class:`~dualface.errors.CompositionError` for a crop without an area, a place that is odd or leaves the canvas,
        and a frame that is not in CPU memory or not laid out as :class:`~dualface.types.Frame` says.
        """
        check_placements(frame, placements, self._width, self._height)
        source = _readable(frame, deep=self._deep)
        canvas = self._take()
        if not covered(placements, self._width, self._height):
            canvas.fill(Rect(0, 0, self._width, self._height), self._background)
        for placement in placements:
            mask = corner_mask(radius, every_row=self._deep) if (radius := corner_of(placement)) else None
            under = canvas.corners(placement.at, mask) if mask else []
            if placement.fill in (Fill.BLUR, Fill.BACKDROP):
                canvas.show_blurred(source, placement)
            elif placement.fill is not Fill.CROP:
                canvas.fill(placement.at, self._background)
            if placement.fill not in (Fill.CARD, Fill.BACKDROP):
                canvas.show(source, placement.crop, picture_rect(placement))
            for overlay in self._captions(placement):
                canvas.blend(self._masks[overlay])
            if mask:
                canvas.lay_corners(placement.at, mask, under)
        return Frame(
            index=frame.index,
            pts=frame.pts,
            time_base=frame.time_base,
            duration=frame.duration,
            width=self._width,
            height=self._height,
            planes=canvas.read_only(),
            format=self._format,
            color=self._color,
            owner=canvas.picture,
        )

    def recycle(self, canvas: Frame) -> None:
        """See :meth:`dualface.interfaces.Composer.recycle`.  Raises :class:`ValueError` for one that was given back before."""
        with self._lock:
            if any(picture is canvas.owner for picture in self._free):
                raise ValueError(f"{canvas!r} was given back before")
            if len(self._free) < self._pool:
                self._free.append(canvas.owner)

    def close(self) -> None:
        """Lets go of the canvases that are not in use."""
        with self._lock:
            self._free.clear()

    def _take(self) -> _Canvas:
        with self._lock:
            picture = self._free.popleft() if self._free else None
        if picture is None:
            return _Canvas(av.VideoFrame(self._width, self._height, self._format.value))
        picture.make_writable()  # moves it to new memory, should an encoder still hold the old
        return _Canvas(picture)


class _Canvas:
    """Draws on the planes of a ``yuv420p`` or ``yuv422p10le`` picture."""

    def __init__(self, picture: av.VideoFrame) -> None:
        self.picture = picture
        self._deep = picture.format.name == PixelFormat.YUV422P10
        self._planes = [_samples(plane, np.uint16 if self._deep else np.uint8) for plane in picture.planes]
        self._halves = [(0, 0), *[(1, 0 if self._deep else 1)] * 2]
        self.components = [component(plane) for plane in self._planes]

    def fill(self, rect: Rect, color: Levels) -> None:
        for plane, value, halves in zip(self._planes, color, self._halves, strict=True):
            plane[part_of(rect, *halves)] = value

    def show(self, source: Sequence[Component], crop: Crop, rect: Rect) -> None:
        chroma = chroma_part(crop, rect.w, rect.h, every_row=self._deep)
        parts = luma_part(crop, rect.w, rect.h), chroma, chroma
        scale = resample_deep if self._deep else resample
        for (data, grid), (out, whole), part, (across, down) in zip(source, self.components, parts, self._halves, strict=True):
            target = whole.part(rect.x >> across, rect.y >> down, rect.w >> across, rect.h >> down)
            scale(data, grid, part, out, target)

    def show_blurred(self, source: Sequence[Component], placement: Placement) -> None:
        """Reduced, then enlarged: what lies between has no detail left."""
        crop, (width, height) = backdrop(placement)
        small = _Canvas(av.VideoFrame(width, height, self.picture.format.name))
        small.show(source, crop, Rect(0, 0, width, height))
        self.show(small.components, Box(0.0, 0.0, float(width), float(height)), placement.at)

    def corners(self, at: Rect, mask: CornerMask) -> list[list[Any]]:
        """Copies of what lies under a place's corners, for each plane."""
        places = ((plane, corners(at, mask.side, *halves)) for plane, halves in zip(self._planes, self._halves, strict=True))
        return [[plane[where].copy() for where, _ in each] for plane, each in places]

    def lay_corners(self, at: Rect, mask: CornerMask, under: Sequence[Sequence[Any]]) -> None:
        """Lays them over what was drawn since, outside of the rounded corners."""
        for plane, halves, kept in zip(self._planes, self._halves, under, strict=True):
            for (where, part), below in zip(corners(at, mask.side, *halves), kept, strict=True):
                inside = (mask.half if halves[0] else mask.full)[part].astype(np.int32)
                plane[where] = (below * (255 - inside) + plane[where] * inside + 127) // 255

    def blend(self, overlay: Sequence[Mask]) -> None:
        for mask, (out, whole) in zip(overlay, self.components, strict=True):
            height, width = mask.alpha.shape
            blend(out, whole.part(mask.x, mask.y, width, height), mask.alpha, mask.values)

    def read_only(self) -> tuple[Any, ...]:
        for plane in self._planes:
            plane.flags.writeable = False
        return tuple(self._planes)


def _samples(plane: VideoPlane, kind: type[Any]) -> NDArray[Any]:
    """Those of a plane, shape (height, width), without a copy."""
    rows = np.frombuffer(cast("Any", plane), kind).reshape(plane.height, -1)
    return rows[:, : plane.width]


def _readable(frame: Frame, *, deep: bool) -> Sequence[Component]:
    if frame.device != "cpu":
        raise CompositionError(f"{frame!r} is not in main memory", stage="compose", frame=frame.index)
    try:
        return deep_components(frame) if deep else components(frame)
    except (ValueError, IndexError, AttributeError) as error:
        raise CompositionError(f"{frame!r} can't be read: {error}", stage="compose", frame=frame.index) from error
