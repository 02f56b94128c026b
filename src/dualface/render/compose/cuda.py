"""Composing on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dualface.geometry import picture_rect
from dualface.gpu.frames import nv12_bytes, nv12_planes, surface_of, wait_for
from dualface.gpu.pool import BufferPool, Loan
from dualface.gpu.runtime import Buffer, CudaRuntime, DevicePlane, Direction, Stream
from dualface.pixels.color import levels
from dualface.pixels.cuda import launch, load_kernels, picture_args
from dualface.pixels.part import chroma_part, luma_part
from dualface.render.compose.canvas import backdrop, check_canvas, check_placements, covered
from dualface.render.compose.corners import corner_mask, corner_of
from dualface.render.compose.overlay import Captioning, MaskCache, masks, no_captions
from dualface.types import Box, ColorTags, Crop, Fill, Frame, Overlay, PixelFormat, Placement, Rect, U8Array

Planes = tuple[DevicePlane, DevicePlane]
_SHOWN = np.dtype([("luma", "i8", 4), ("chroma", "i8", 4)])


class GPUTileComposer:
    """Draws placements on an NV12 canvas in GPU memory, from NV12 frames there: a kernel each, no RGB, no copy.

    The samples are those of :class:`~dualface.render.compose.cpu.CpuComposer`, whose parameters it takes.  It works on a
    stream of its own; :attr:`~dualface.types.Frame.owner` of a canvas says when it is done (``ready``), keeps the source
    frame until then, and gives the canvas back to the pool when nobody holds it any more.

    Raises :class:`ValueError` as the CPU's does, :class:`~dualface.errors.DeviceError` when the kernels can't be compiled.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        runtime: CudaRuntime,
        background: str = "#101010",
        color: ColorTags,
        captions: Captioning = no_captions,
    ) -> None:
        check_canvas(width, height)
        self._runtime, self._width, self._height = runtime, width, height
        self._color, self._background = color, levels(background, color, height)
        self._captions = captions
        self._kernels = load_kernels(runtime, "compose", "fill", "show", "blend", "keep", "lay")
        self.stream = stream = runtime.stream()
        """Where the kernels run."""
        self._pool = BufferPool(runtime, nv12_bytes(width, height))
        self._small: dict[int, BufferPool] = {}
        self._corners: dict[int, _DeviceCorners] = {}
        self._overlays = MaskCache(lambda overlay: _DeviceOverlay(runtime, stream, overlay, color, (width, height)))
        self.stream.synchronize()

    def compose(self, frame: Frame, placements: Sequence[Placement]) -> Frame:
        """See :meth:`dualface.interfaces.Composer.compose`.

        Raises :class:`~dualface.errors.CompositionError` for a crop without an area, a place that is odd or leaves the canvas,
        and a frame that is no NV12 frame on this GPU, :class:`~dualface.errors.DeviceMemoryError` when there is no memory for
        another canvas.
        """
        check_placements(frame, placements, self._width, self._height)
        picture = picture_args(surface_of(frame, self._runtime.device), frame.width, frame.height)
        loan = self._pool.take()
        loan.keeps = frame.owner
        planes = nv12_planes(loan.buffer.ptr, self._width, self._height)
        wait_for(frame, self.stream)
        if not covered(placements, self._width, self._height):
            self._fill(planes, Rect(0, 0, self._width, self._height))
        for placement in placements:
            corners = self._kept_corners(planes, placement, loan)
            if placement.fill in (Fill.BLUR, Fill.BACKDROP):
                self._show_blurred(picture, planes, placement, loan)
            elif placement.fill is not Fill.CROP:
                self._fill(planes, placement.at)
            if placement.fill not in (Fill.CARD, Fill.BACKDROP):
                self._show(picture, planes, placement.crop, picture_rect(placement))
            for overlay in map(self._overlays.__getitem__, self._captions(placement)):
                launch(self._kernels["blend"], self.stream, *overlay.pairs, overlay.args(planes))
            if corners is not None:
                side, args, masks = corners
                launch(self._kernels["lay"], self.stream, side // 2, side // 2, [*args, *masks])
        loan.ready = self.stream.record()
        return Frame(
            index=frame.index,
            pts=frame.pts,
            time_base=frame.time_base,
            duration=frame.duration,
            width=self._width,
            height=self._height,
            planes=planes,
            format=PixelFormat.NV12,
            color=self._color,
            device=self._runtime.device,
            owner=loan,
        )

    def _show(self, picture: list[Any], planes: Planes, crop: Crop, rect: Rect) -> None:
        args = [*picture, *picture_args(planes, rect.x, rect.y), rect.w, rect.h, _shown(crop, rect)]
        launch(self._kernels["show"], self.stream, rect.w // 2, rect.h // 2, args)

    def _show_blurred(self, picture: list[Any], planes: Planes, placement: Placement, loan: Loan) -> None:
        """Reduced, then enlarged: what lies between has no detail left."""
        crop, (width, height) = backdrop(placement)
        small = self._borrowed(nv12_bytes(width, height), loan)
        between = nv12_planes(small.buffer.ptr, width, height)
        self._show(picture, between, crop, Rect(0, 0, width, height))
        reduced = picture_args(between, width, height)
        self._show(reduced, planes, Box(0.0, 0.0, float(width), float(height)), placement.at)

    def _kept_corners(self, planes: Planes, placement: Placement, loan: Loan) -> tuple[int, list[Any], list[Any]] | None:
        """Keeps what lies under rounded corners: their size, and the arguments to lay it over them again."""
        at, radius = placement.at, corner_of(placement)
        if not radius:
            return None
        if radius not in self._corners:
            self._corners[radius] = _DeviceCorners(self._runtime, self.stream, radius)
        masks = self._corners[radius]
        kept = self._borrowed(masks.side * masks.side * 3 // 2, loan)
        args = [*picture_args(planes, at.x, at.y), at.w, at.h, np.uint64(kept.buffer.ptr), masks.side]
        launch(self._kernels["keep"], self.stream, masks.side // 2, masks.side // 2, args)
        return masks.side, args, masks.args

    def _borrowed(self, nbytes: int, loan: Loan) -> Loan:
        """Memory for as long as the canvas of ``loan``."""
        if nbytes not in self._small:
            self._small[nbytes] = BufferPool(self._runtime, nbytes)
        small = self._small[nbytes].take()
        loan.keeps = loan.keeps, small
        return small

    def _fill(self, planes: Planes, rect: Rect) -> None:
        args = [*picture_args(planes, rect.x, rect.y), rect.w, rect.h, *self._background]
        launch(self._kernels["fill"], self.stream, rect.w // 2, rect.h // 2, args)

    def recycle(self, canvas: Frame) -> None:
        """Lets go of a canvas; an encoder may hold it longer.  Raises :class:`ValueError` for one given back before."""
        if canvas.owner is None:
            raise ValueError(f"{canvas!r} was given back before")
        canvas.owner = None

    def close(self) -> None:
        """Waits for what was asked for and frees the canvases that are not in use."""
        self.stream.synchronize()
        for pool in (self._pool, *self._small.values()):
            pool.close()


class _DeviceOverlay:
    """An overlay's masks in GPU memory, and how the kernel takes them."""

    def __init__(self, runtime: CudaRuntime, stream: Stream, overlay: Overlay, color: ColorTags, size: tuple[int, int]) -> None:
        y, u, v = masks(overlay, color, *size)
        self._place, self._size = (y.x, y.y), (y.alpha.shape[1], y.alpha.shape[0])
        values = y.values.astype(np.uint8), np.stack([u.values, v.values], -1).astype(np.uint8)
        planes = y.alpha, u.alpha, *values
        self._uploaded = [_uploaded(runtime, stream, plane) for plane in planes]
        self.pairs = self._size[0] // 2, self._size[1] // 2

    def args(self, planes: tuple[DevicePlane, DevicePlane]) -> list[Any]:
        return [*picture_args(planes, *self._place), *(np.uint64(plane.ptr) for plane in self._uploaded), *self._size]


class _DeviceCorners:
    """A mask of corners in GPU memory."""

    def __init__(self, runtime: CudaRuntime, stream: Stream, radius: int) -> None:
        self.side, full, half = corner_mask(radius)
        self._masks = [_uploaded(runtime, stream, mask) for mask in (full, half)]
        self.args = [np.uint64(mask.ptr) for mask in self._masks]


def _uploaded(runtime: CudaRuntime, stream: Stream, pixels: U8Array) -> Buffer:
    buffer, host = runtime.alloc(pixels.size), runtime.pinned(pixels.size)
    host[:] = pixels.ravel()
    runtime.copy(Direction.TO_DEVICE, (buffer.ptr, host.size), (host.ctypes.data, host.size), (host.size, 1), stream)
    stream.synchronize()
    return buffer


def _shown(crop: Crop, rect: Rect) -> Any:
    """What ``struct Shown`` of the kernel holds."""
    packed = np.zeros((), _SHOWN)
    packed["luma"], packed["chroma"] = luma_part(crop, rect.w, rect.h), chroma_part(crop, rect.w, rect.h)
    return packed[()]
