"""What a decoded frame is, as far as converting it depends on that."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import NamedTuple

from av.video.frame import VideoFrame

from dualface.decode.orientation import Orientation
from dualface.decode.tonemap import HLG, PQ
from dualface.types import ColorTags

_UNSPECIFIED, _RESERVED = 2, (0, 3)
_FULL_RANGE = 2
_SQUARE = Fraction(1)
_WIDEST_PIXEL = 8
"""Pixels further from square than this come from damaged headers."""


class PictureSize(NamedTuple):
    """Columns and lines as coded, and a pixel's width over its height, ``None`` when unknown."""

    width: int
    height: int
    pixel_aspect: Fraction | None


class FrameProperties(NamedTuple):
    """A frame's geometry and colour; ``matrix``, ``primaries`` and ``transfer`` as ITU-T H.273 numbers, 2 unspecified.

    ``chroma_location`` is FFmpeg's name of the place of its chroma samples.
    """

    width: int
    height: int
    format: str
    is_rgb: bool
    full_range: bool
    matrix: int
    primaries: int
    transfer: int
    pixel_aspect: Fraction
    orientation: Orientation
    chroma_location: str

    @property
    def is_hdr(self) -> bool:
        return self.transfer in (PQ, HLG)

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height with square pixels, enlarged rather than reduced, then turned."""
        width, height = self.width, self.height
        if self.pixel_aspect > 1:
            width = round(width * self.pixel_aspect)
        else:
            height = round(height / self.pixel_aspect)
        return (height, width) if self.orientation.swaps_axes else (width, height)

    def with_size(self, size: PictureSize) -> FrameProperties:
        """The same of another size."""
        return self._replace(width=size.width, height=size.height, pixel_aspect=_plausible(size.pixel_aspect))

    @property
    def output_color(self) -> ColorTags:
        """Tags of the frame once converted: as they were, but BT.709 for HDR, and a Y'CbCr matrix for RGB."""
        if self.is_hdr:
            return ColorTags(1, 1, 1)
        matrix = ColorTags().matrix_for(self.upright_size[1]) if self.is_rgb else self.matrix
        return ColorTags(self.primaries, self.transfer, matrix)


def properties_of(
    frame: VideoFrame, pixel_aspect: Fraction | None, orientation: Orientation, chroma_location: str
) -> FrameProperties:
    """The properties of ``frame``; ``pixel_aspect`` is a pixel's width over its height, ``None`` when unknown."""
    form = frame.format
    is_rgb = form.is_rgb or form.has_palette
    return FrameProperties(
        width=frame.width,
        height=frame.height,
        format=form.name,
        is_rgb=is_rgb,
        full_range=is_rgb or frame.color_range == _FULL_RANGE or form.name.startswith("yuvj"),
        matrix=_known(frame.colorspace),
        primaries=_known(frame.color_primaries),
        transfer=_known(frame.color_trc),
        pixel_aspect=_plausible(pixel_aspect),
        orientation=orientation,
        chroma_location=chroma_location,
    )


@cache
def _plausible(pixel_aspect: Fraction | None) -> Fraction:
    unlikely = not pixel_aspect or not 1 / _WIDEST_PIXEL <= pixel_aspect <= _WIDEST_PIXEL
    return _SQUARE if pixel_aspect is None or unlikely else pixel_aspect


def _known(code_point: int) -> int:
    """H.273's number, unspecified for the reserved ones; a matrix of 0 is RGB's, which no Y'CbCr can have."""
    return _UNSPECIFIED if code_point in _RESERVED else int(code_point)
