"""State of unfinished work in a file that tells whether it is whole."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import TypeVar

from dualface.files import write_whole
from dualface.output_files import output_error
from dualface.video.freeze import freeze, thaw

State = TypeVar("State")
_MAGIC = b"DFCKPT1\n"
_DIGEST_BYTES = 32


def write_sealed(path: Path, state: object) -> None:
    """Raises :class:`~dualface.errors.DiskFullError` or :class:`~dualface.errors.OutputError`."""
    payload = freeze(state)
    write_safely(path, _MAGIC + hashlib.sha256(payload).digest() + payload)


def read_sealed(path: Path, kind: type[State]) -> State | None:
    """What was written; ``None`` where that is missing, damaged or something else."""
    try:
        data = path.read_bytes()
        digest, payload = data[len(_MAGIC) : len(_MAGIC) + _DIGEST_BYTES], data[len(_MAGIC) + _DIGEST_BYTES :]
        if not data.startswith(_MAGIC) or hashlib.sha256(payload).digest() != digest:
            return None
        state = thaw(payload)
    except (OSError, pickle.UnpicklingError):
        return None
    return state if isinstance(state, kind) else None


def write_safely(path: Path, data: bytes) -> None:
    """Writes a file whole, flushed to the disk, or not at all.  Raises as :func:`write_sealed` does."""
    try:
        write_whole(path, data)
    except OSError as error:
        raise output_error(error, path) from error
