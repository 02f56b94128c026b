"""Gives every frame the form that all stages after decoding expect, without touching those that have it already."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from av.video.frame import VideoFrame

from dualface.decode import siting
from dualface.decode.graph import ConversionGraph
from dualface.decode.orientation import orientation_of
from dualface.decode.properties import FrameProperties, PictureSize, properties_of
from dualface.decode.timestamps import Stamp
from dualface.types import Box

_USUAL, _DEEP = "yuv420p", "yuv422p10le"


class Normalised(NamedTuple):
    """A picture, when it is shown, and the part of it that the source's picture fills; ``None``: all of it."""

    picture: VideoFrame
    stamp: Stamp
    content: Box | None = None


class Normaliser:
    """Turns a stream's frames into upright, progressive, square-pixel, 8-bit, limited-range 4:2:0 frames of one size.

    With ``deep`` those of a stream of more than 8 bits become ``yuv422p10le``; :attr:`pixel_format` tells.

    The first frame decides the colour of all, and the size unless ``sizes``, as coded, are given: then each of those finds
    room without being reduced.  Pictures of another size are fitted in.  Whenever what comes in changes, the filter graph is
    built anew.  ``chroma_location`` is the stream's; what comes out is sited left.
    """

    def __init__(
        self,
        first: VideoFrame,
        pixel_aspect: Fraction | None,
        threads: int = 0,
        chroma_location: str = siting.USUAL,
        sizes: Sequence[PictureSize] = (),
        *,
        deep: bool = False,
    ) -> None:
        self._threads, self._chroma_location = threads, chroma_location
        self.pixel_format = _DEEP if deep and bits_of(first) > 8 else _USUAL
        self._rotation = first.rotation
        self._orientation = orientation_of(first)
        self.source = self._properties(first, pixel_aspect)
        shapes = [self.source.with_size(size).upright_size for size in sizes] or [self.source.upright_size]
        self.size = max(width for width, _ in shapes), max(height for _, height in shapes)
        self.color = self.source.output_color
        self._interlaced = first.interlaced_frame
        self._current: tuple[FrameProperties, bool] | None = None
        self._graph: ConversionGraph | None = None

    def push(self, frame: VideoFrame, stamp: Stamp, pixel_aspect: Fraction | None) -> list[Normalised]:
        """The frames that are ready, in order; ``frame`` itself where it needs nothing.

        Raises ``av.FFmpegError`` when FFmpeg can't convert the frame.
        """
        properties = self._properties(frame, pixel_aspect)
        # Streams that mix both kinds keep the deinterlacer, which leaves progressive frames as they are.
        self._interlaced |= frame.interlaced_frame
        ready = []
        if (properties, self._interlaced) != self._current:
            ready = self.flush()
            self._graph = None if self._is_native(properties) else self._build(frame, properties)
            self._current = properties, self._interlaced
        if self._graph is None:
            return [*ready, Normalised(frame, stamp)]
        return ready + self._converted(self._graph, self._graph.push(frame, stamp))

    def flush(self) -> list[Normalised]:
        """The frames still being converted."""
        graph, self._graph, self._current = self._graph, None, None
        return self._converted(graph, graph.flush()) if graph else []

    @staticmethod
    def _converted(graph: ConversionGraph, frames: list[tuple[VideoFrame, Stamp]]) -> list[Normalised]:
        return [Normalised(picture, stamp, graph.content) for picture, stamp in frames]

    def _properties(self, frame: VideoFrame, pixel_aspect: Fraction | None) -> FrameProperties:
        # Looking at a frame's side data ties the frame into a reference cycle, and its memory would wait for the
        # garbage collector; the plain angle tells cheaply when another look is due.
        if frame.rotation != self._rotation:
            self._rotation = frame.rotation
            self._orientation = orientation_of(frame)
        return properties_of(frame, pixel_aspect, self._orientation, self._chroma_location)

    def _is_native(self, properties: FrameProperties) -> bool:
        return (
            properties.format == self.pixel_format
            and not properties.full_range
            and not properties.is_hdr
            and not self._interlaced
            and not properties.orientation.filters
            and (properties.width, properties.height) == self.size == properties.upright_size
            and properties.matrix == self.color.matrix
            and properties.chroma_location == siting.USUAL
        )

    def _build(self, frame: VideoFrame, properties: FrameProperties) -> ConversionGraph:
        return ConversionGraph(
            frame,
            properties,
            self.size,
            self.color,
            deinterlace=self._interlaced,
            threads=self._threads,
            pixel_format=self.pixel_format,
        )


def bits_of(frame: VideoFrame) -> int:
    """Bits of each of its samples."""
    return max((component.bits for component in frame.format.components), default=8)
