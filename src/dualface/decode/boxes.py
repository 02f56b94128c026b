"""Whether a file ends before its container says it does, read from the container's outermost boxes.

Demuxers pass over a missing end in silence.  The declared sizes are exact where a comparison of durations would
have to guess.  Formats: ISO/IEC 14496-12 (MP4, MOV), RFC 8794 and 9559 (Matroska, WebM), RIFF (AVI).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_EBML_HEADER, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_FIRST_BOXES = (b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"wide", b"free", b"skip", b"pnot")
_VITAL_BOXES = (b"moov", b"mdat", b"moof", b"mfra")


def is_cut_short(path: Path) -> bool:
    """Whether the file is smaller than its container declares; false for formats that declare nothing.

    Raises ``OSError`` when the file can't be read.
    """
    with path.open("rb") as file:
        end = _declared_end(file)
    return end is not None and end > path.stat().st_size


def lacks_movie_box(path: Path) -> bool:
    """Whether the file is an MP4 or MOV without ``moov``, the index nothing can be read without."""
    with path.open("rb") as file:
        names = [name for name, _ in _iso_boxes(file)]
    return bool(names) and b"moov" not in names


def _declared_end(file: BinaryIO) -> int | None:
    head = file.read(12)
    if head[:4] == _EBML_HEADER:
        return _matroska_end(file)
    if head[:4] == b"RIFF" and head[8:] == b"AVI ":
        return _riff_end(file)
    return max((end for name, end in _iso_boxes(file) if name in _VITAL_BOXES), default=None)


def _iso_boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and end of each top-level box, up to one that lasts to the end of the file or is none."""
    length = file.seek(0, 2)
    start = 0
    while start < length:
        file.seek(start)
        head = file.read(16)
        name = head[4:8]
        if not name.isalnum() or (start == 0 and name not in _FIRST_BOXES):
            return
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        yield name, start + size
        if size < 8:
            return
        start += size


def _riff_end(file: BinaryIO) -> int:
    """End of the last RIFF chunk; OpenDML files have one for each gigabyte."""
    start = 0
    while True:
        file.seek(start)
        head = file.read(8)
        size = int.from_bytes(head[4:], "little")
        if head[:4] != b"RIFF" or size == 0:
            return start
        start += 8 + size + size % 2


def _matroska_end(file: BinaryIO) -> int | None:
    """End of the Segment, ``None`` when its size is left open, as in a recording that was never finished."""
    file.seek(4)
    size = _ebml_size(file)
    if size is None:
        return None
    file.seek(size, 1)
    if file.read(4) != _SEGMENT:
        return None
    size = _ebml_size(file)
    return None if size is None else file.tell() + size


def _ebml_size(file: BinaryIO) -> int | None:
    """A variable-length size (RFC 8794, section 6); ``None`` for the reserved "unknown" value."""
    first = file.read(1)
    length = 9 - first[0].bit_length() if first and first[0] else 0
    if length == 0:
        return None
    value = int.from_bytes(first + file.read(length - 1), "big") & ((1 << 7 * length) - 1)
    return None if value == (1 << 7 * length) - 1 else value
