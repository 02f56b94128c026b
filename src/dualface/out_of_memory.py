"""Whether something failed for want of memory, and not because of what it was given.  Imports nothing heavy by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from dualface.errors import DeviceMemoryError

_BYTES_PER_PIXEL = 3
"""Twice an 8-bit 4:2:0 picture: another thread may have given back a little since."""
_LEAST_BYTES = 16 << 20
_SIGNS = (
    "bad_alloc",
    "can't alloc",
    "Cannot allocate memory",
    "Resource temporarily unavailable",
    "can't start new thread",
    "failed to map segment",
)
"""What C++ libraries, OpenVINO's compiler of kernels and the system say; the system and Python when there is no room for a
thread; and the loader of libraries."""


def is_for_want_of_memory(error: BaseException) -> bool:
    """Whether an exception, of whatever kind, says that memory did not suffice."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in _SIGNS)


def check_room(
    doing: Literal["decode", "encode"], width: int, height: int, error: Exception | None = None, *, file: Path | None = None
) -> None:
    """Raises :class:`~dualface.errors.DeviceMemoryError` if ``error`` says so, or if no other picture would find room.

    Codecs often hide it: FFmpeg's H.264 decoder calls data invalid when it can't allocate their picture, so that frames would
    be missing and the file be blamed; x264 has a "generic error".  Trying costs next to nothing, as nothing is written to
    that memory.  ``file`` is the one concerned, where it is known.
    """
    import numpy as np

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
