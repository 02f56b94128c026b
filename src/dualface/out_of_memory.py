"""Whether a codec failed for want of memory, and not because of what it was given."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from dualface.errors import DeviceMemoryError

_BYTES_PER_PIXEL = 3
"""Twice an 8-bit 4:2:0 picture: another thread may have given back a little since."""
_LEAST_BYTES = 16 << 20


def check_room(
    doing: Literal["decode", "encode"], width: int, height: int, error: Exception | None = None, *, file: Path | None = None
) -> None:
    """Raises :class:`~dualface.errors.DeviceMemoryError` if ``error`` says so, or if no other picture would find room.

    Codecs often hide it: FFmpeg's H.264 decoder calls data invalid when it can't allocate their picture, so that frames would
    be missing and the file be blamed; x264 has a "generic error".  Trying costs next to nothing, as nothing is written to
    that memory.  ``file`` is the one concerned, where it is known.
    """
    if not isinstance(error, MemoryError):
        try:
            np.empty(max(width * height * _BYTES_PER_PIXEL, _LEAST_BYTES), np.uint8)
            return
        except MemoryError as none_left:
            error = error or none_left
    raise DeviceMemoryError(
        f"{'' if file is None else f'{file}: '}no memory is left to {doing} pictures of {width}×{height}; provide more, "
        "or make fewer videos at a time.",
        file=file,
        stage=doing,
    ) from error
