"""An FFmpeg filter graph that makes frames upright, progressive, square-pixel, SDR, and 8-bit 4:2:0 or 10-bit 4:2:2."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from dualface.decode.properties import FrameProperties
from dualface.decode.siting import USUAL
from dualface.decode.timestamps import Stamp
from dualface.decode.tonemap import lookup_table, peak_luminance
from dualface.geometry import fit_inside
from dualface.types import Box, ColorTags

_MATRICES_OF_SWSCALE = (1, 4, 5, 6, 7, 9)
_GBR, _UNSPECIFIED, _BT2020 = 0, 2, 9
_LIMITED, _FULL = 1, 2
_LEAST_DEINTERLACED = 4
"""bwdif wants at least four lines and columns."""
_SCALER = "bicubic+accurate_rnd+full_chroma_int"
_FULL_CHROMA = "yuv444p|yuv444p10le|yuv444p12le|yuv444p16le"


class ConversionGraph:
    """Converts frames of the properties given, one out for each one in, some of them late.

    ``size`` and ``color`` are those of the frames that come out; a picture of another shape is fitted in between bars, and
    ``content`` is where it lies then, ``None`` where it fills the frame.  ``pixel_format`` is ``yuv420p`` or ``yuv422p10le``.
    Raises ``av.FFmpegError`` when FFmpeg can't convert such frames, and ``OSError`` when the lookup table for HDR can't be
    written among the temporary files.
    """

    def __init__(
        self,
        first: VideoFrame,
        properties: FrameProperties,
        size: tuple[int, int],
        color: ColorTags,
        *,
        deinterlace: bool,
        threads: int,
        pixel_format: str = "yuv420p",
    ) -> None:
        self._pixel_format = pixel_format
        self._graph = Graph()
        self._graph.threads = threads
        self._matrix = declared_matrix(properties)
        self._waiting: deque[Stamp] = deque()
        self._pushed = 0
        self.content: Box | None = None
        self._source = self._add_source(properties)
        chain = [self._source]
        if deinterlace and min(properties.width, properties.height) >= _LEAST_DEINTERLACED:
            chain.append(self._graph.add("bwdif", mode="send_frame", deint="interlaced"))
        self._located = properties.chroma_location
        if _needs_full_chroma(properties, size):
            chain += self._with_full_chroma()
        chain += [self._graph.add(name, arguments or None) for name, arguments in properties.orientation.filters]
        if properties.is_hdr:
            chain += self._tone_mapping(properties, peak_luminance(first))
        self._add_scaling(chain, properties, size, color)
        self._sink = self._graph.add("buffersink")
        self._graph.link_nodes(*chain, self._sink).configure()

    def push(self, frame: VideoFrame, stamp: Stamp) -> list[tuple[VideoFrame, Stamp]]:
        """Converts ``frame``, whose own timestamp is overwritten; returns what is ready."""
        frame.pts = self._pushed
        frame.colorspace = self._matrix
        self._pushed += 1
        self._source.push(frame)
        self._waiting.append(stamp)
        return list(self._ready())

    def flush(self) -> list[tuple[VideoFrame, Stamp]]:
        """The frames still inside.  The graph takes none afterwards."""
        self._source.push(None)
        return list(self._ready())

    def _ready(self) -> Iterator[tuple[VideoFrame, Stamp]]:
        while self._waiting:
            try:
                frame = self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(frame, VideoFrame)
            yield frame, self._waiting.popleft()

    def _add_source(self, properties: FrameProperties) -> FilterContext:
        return self._graph.add(
            "buffer",
            video_size=f"{properties.width}x{properties.height}",
            pix_fmt=properties.format,
            time_base="1/25",
            colorspace=str(self._matrix),
            range=str(_FULL if properties.full_range else _LIMITED),
        )

    def _with_full_chroma(self) -> list[FilterContext]:
        full = self._graph.add("scale", flags=_SCALER, in_chroma_loc=self._located)
        self._located = USUAL
        return [full, self._graph.add("format", pix_fmts=_FULL_CHROMA)]

    def _tone_mapping(self, properties: FrameProperties, peak: float) -> list[FilterContext]:
        """Conversion to R'G'B' and the lookup; at 16 bits, the only planar depth for which FFmpeg's lookup is vectorised."""
        table = lookup_table(properties.transfer, properties.primaries, peak)
        with TemporaryDirectory(prefix="dualface-") as folder:
            path = Path(folder, "tonemap.cube")
            path.write_text(table, encoding="ascii")
            lookup = self._graph.add("lut3d", file=str(path), interp="tetrahedral")
        return [
            self._graph.add("scale", flags=_SCALER, in_chroma_loc=self._located),
            self._graph.add("format", pix_fmts="gbrp16le"),
            lookup,
        ]

    def _add_scaling(
        self, chain: list[FilterContext], properties: FrameProperties, size: tuple[int, int], color: ColorTags
    ) -> None:
        inner = _inner_size(properties.upright_size, size)
        options = {"w": str(inner[0]), "h": str(inner[1]), "flags": _SCALER, "out_range": "limited"}
        options |= {"in_chroma_loc": self._located, "out_chroma_loc": USUAL}  # else it takes both for in the middle
        becomes_yuv = properties.is_rgb or properties.is_hdr
        if becomes_yuv or _UNSPECIFIED not in (self._matrix, color.matrix):
            options["out_color_matrix"] = str(color.matrix)
        chain.append(self._graph.add("scale", None, **options))
        if inner != size:  # with full chroma, for with less the filter makes odd sizes even
            left, top = ((whole - part) // 4 * 2 for whole, part in zip(size, inner, strict=True))  # chroma has no odd ones
            self.content = Box(left, top, *inner)
            deep = self._pixel_format.endswith("p10le")
            chain.append(self._graph.add("format", pix_fmts="yuv444p10le" if deep else "yuv444p"))
            chain.append(self._graph.add("pad", w=str(size[0]), h=str(size[1]), x=str(left), y=str(top)))
            chain.append(self._graph.add("scale", flags=_SCALER, out_chroma_loc=USUAL))
        chain.append(self._graph.add("format", pix_fmts=self._pixel_format))


def declared_matrix(properties: FrameProperties) -> int:
    """The matrix that FFmpeg is told; unspecified for one that it can't compute, which leaves the samples as they are."""
    if properties.is_rgb:
        return _GBR
    if properties.matrix in _MATRICES_OF_SWSCALE:
        return properties.matrix
    return _BT2020 if properties.is_hdr else _UNSPECIFIED


def _needs_full_chroma(properties: FrameProperties, size: tuple[int, int]) -> bool:
    """Whether chroma that is not sited left must first be had for every pixel.

    Turning moves the place, and from 4:2:0 to 4:2:0 of the same size and range the scaler moves no sample.  What is sited
    left is turned as it is: half a pixel is not worth the time.
    """
    if properties.chroma_location == USUAL:
        return False
    same_range = not properties.full_range and not properties.is_hdr
    unscaled = "420" in properties.format and same_range and properties.upright_size == size
    return unscaled or bool(properties.orientation.filters)


def _inner_size(shape: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """Size of a picture of ``shape`` fitted into ``size``, exactly ``size`` when the shapes differ by rounding only."""
    width, height = fit_inside(*size, shape[0] / shape[1])
    inner = max(round(width), 1), max(round(height), 1)
    return size if abs(inner[0] - size[0]) <= 1 and abs(inner[1] - size[1]) <= 1 else inner
