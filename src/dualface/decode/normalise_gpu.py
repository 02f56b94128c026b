"""Gives NVDEC's pictures the form that all stages after decoding expect, in GPU memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from av.video.frame import VideoFrame

from dualface.decode.deinterlace_gpu import Decoded, Deinterlacer
from dualface.decode.graph import declared_matrix
from dualface.decode.orientation import Orientation, orientation_of
from dualface.decode.properties import FrameProperties, properties_of
from dualface.decode.siting import USUAL
from dualface.decode.timestamps import Stamp
from dualface.decode.tonemap import lookup_colours, peak_luminance
from dualface.gpu.frames import Surface
from dualface.gpu.runtime import CudaRuntime
from dualface.pixels.cuda_convert import LEFT, CudaConverter, Picture, Planes, Siting, ToneTable, Turn
from dualface.types import ColorTags, VideoInfo

_SURFACES = ("nv12", "p010le", "p016le")
_TURNS = {
    Orientation.UPRIGHT: Turn(),
    Orientation.MIRRORED: Turn(columns=True),
    Orientation.UPSIDE_DOWN: Turn(rows=True),
    Orientation.HALF_TURN: Turn(columns=True, rows=True),
    Orientation.TRANSPOSED: Turn(swap=True),
    Orientation.COUNTERCLOCKWISE: Turn(columns=True, swap=True),
    Orientation.CLOCKWISE: Turn(rows=True, swap=True),
    Orientation.TRANSVERSE: Turn(columns=True, rows=True, swap=True),
}
_SITINGS = {"left": LEFT, "center": Siting(0.5, 0.5), "topleft": Siting(0.0, 0.0), "top": Siting(0.5, 0.0)}


class OnGpu(NamedTuple):
    """An NV12 picture in GPU memory, and when it is shown.  ``owner`` keeps its memory and tells when it is there."""

    planes: Planes
    width: int
    height: int
    owner: Any
    stamp: Stamp


class GpuNormaliser:
    """Turns NVDEC's pictures into upright, progressive, square-pixel, 8-bit, limited-range, SDR ones: NV12, chroma sited left.

    Those that are such already stay as they are.  ``info`` is what all shall be; :meth:`problem` tells of pictures that can't
    be made so.  ``chroma_location`` is the stream's.  ``top_first`` tells whether upper fields are shown first, ``None`` where
    nobody knows; it is asked when the first interlaced picture comes.  Kernels are compiled when the first picture needs one.
    """

    def __init__(
        self,
        runtime: CudaRuntime,
        info: VideoInfo,
        first: VideoFrame,
        chroma_location: str,
        top_first: Callable[[], bool | None] = lambda: None,
    ) -> None:
        self._runtime, self._info, self._chroma_location = runtime, info, chroma_location
        self._top_first = cache(top_first)
        self._interlaced = False
        self._current: tuple[FrameProperties, bool] | None = None
        self._looked_at: tuple[VideoFrame, FrameProperties] | None = None  # the newest, which is looked at twice
        self._deinterlacer: Deinterlacer | None = None
        self._rotation, self._orientation = first.rotation, orientation_of(first)
        self._converter: CudaConverter | None = None
        self._tables: dict[tuple[int, int, float], ToneTable] = {}
        self._peak = peak_luminance(first)

    def problem(self, frame: VideoFrame, pixel_aspect: Fraction | None) -> str | None:
        """Why the picture can't be converted on the GPU, in a few words; ``None`` where it can.

        Of odd heights FFmpeg's nvdec.c looks for chroma a row too early; of odd widths cards tell another size than files do.
        """
        properties = self._properties(frame, pixel_aspect)
        checks = {
            f"its pictures are {properties.format}, not 4:2:0": properties.format not in _SURFACES,
            "it is interlaced and has more than 8 bits": frame.interlaced_frame and properties.format != "nv12",
            "it is interlaced and does not say which field comes first": frame.interlaced_frame and self._top_first() is None,
            "its height is odd": properties.height % 2 == 1,
            "its width is odd": properties.width % 2 == 1,
            "its size changes": properties.upright_size != (self._info.width, self._info.height),
            "its colours change": properties.output_color.matrix != self._info.color.matrix,
        }
        return next((text for text, wrong in checks.items() if wrong), None)

    def push(self, frame: VideoFrame, stamp: Stamp, pixel_aspect: Fraction | None) -> list[OnGpu]:
        """The pictures that are ready, in order, converted where they must be.

        Raises :class:`~dualface.errors.DeviceMemoryError`.
        """
        properties = self._properties(frame, pixel_aspect)
        # as on the CPU: streams that mix both kinds keep the deinterlacer, which leaves progressive pictures as they are
        self._interlaced |= frame.interlaced_frame
        ready = []
        if (properties, self._interlaced) != self._current:
            ready = self.flush()
            self._current = properties, self._interlaced
            if self._interlaced:
                self._deinterlacer = Deinterlacer(self._kernels, top_first=bool(self._top_first()))
        decoded = Decoded(frame, Picture(self._planes(frame), frame.width, frame.height), properties, stamp)
        later = [decoded] if self._deinterlacer is None else self._deinterlacer.push(decoded)
        return ready + [self._finished(one) for one in later]

    def flush(self) -> list[OnGpu]:
        """The picture that still waits for its neighbour.  Raises as :meth:`push` does."""
        last, self._deinterlacer, self._current = self._deinterlacer, None, None
        return [] if last is None else [self._finished(one) for one in last.flush()]

    def close(self) -> None:
        """Frees what is not in use."""
        if self._converter is not None:
            self._converter.close()

    def _properties(self, frame: VideoFrame, pixel_aspect: Fraction | None) -> FrameProperties:
        before, self._looked_at = self._looked_at, None  # or its memory would be kept
        if before is not None and before[0] is frame:
            return before[1]
        if frame.rotation != self._rotation:
            self._rotation, self._orientation = frame.rotation, orientation_of(frame)
        properties = properties_of(frame, pixel_aspect, self._orientation, self._chroma_location)
        if frame.sw_format is not None:
            properties = properties._replace(format=frame.sw_format.name)
        self._looked_at = frame, properties
        return properties

    def _planes(self, frame: VideoFrame) -> Planes:
        """PyAV forgets the last column of chroma of a picture whose width is odd."""
        y, uv = (self._runtime.import_plane(plane) for plane in frame.planes)
        return y, replace(uv, shape=((frame.height + 1) // 2, (frame.width + 1) // 2, 2))

    def _finished(self, decoded: Decoded) -> OnGpu:
        properties, made, loan = decoded.properties, decoded.picture, decoded.loan
        turn, siting = _TURNS[properties.orientation], _SITINGS[properties.chroma_location]
        if properties.is_hdr:
            matrix = ColorTags(matrix=declared_matrix(properties), full_range=properties.full_range)
            made, loan = self._kernels.tone_mapped(made, turn, siting, matrix, self._table(properties))
        elif made.deep or properties.full_range or turn != Turn() or properties.chroma_location != USUAL:
            made, loan = self._kernels.repacked(made, turn, siting, full_range=properties.full_range)
        if (made.width, made.height) != properties.upright_size:
            made, loan = self._kernels.resized(made, *properties.upright_size)
        owner: Any = self._kernels.finished(loan) if loan else None
        if owner is None:
            owner = Surface(self._runtime.default_stream().record(), (decoded.frame, made.planes))
        return OnGpu(made.planes, made.width, made.height, owner, decoded.stamp)

    @property
    def _kernels(self) -> CudaConverter:
        if self._converter is None:
            self._converter = CudaConverter(self._runtime)
        return self._converter

    def _table(self, properties: FrameProperties) -> ToneTable:
        key = properties.transfer, properties.primaries, self._peak
        if key not in self._tables:
            self._tables[key] = ToneTable(self._runtime, lookup_colours(*key).astype(np.float32))
        return self._tables[key]
