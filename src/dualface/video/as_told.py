"""Errors as a user reads them."""

from __future__ import annotations

from pathlib import Path

from dualface.errors import CompositionError, DeviceMemoryError, DualfaceError
from dualface.out_of_memory import is_for_want_of_memory


def as_told(error: Exception, source: Path) -> DualfaceError:
    """The error as a user reads it, with the file's name, which those who raise it may not know."""
    if isinstance(error, CompositionError):
        message = f"{source}: frame {error.frame} could not be composed, not even as plain cards: {error}"
        told: DualfaceError = CompositionError(message, file=source, stage=error.stage, frame=error.frame)
    elif isinstance(error, DeviceMemoryError) and error.file is None:
        told = DeviceMemoryError(f"{source}: {error}", file=source, stage=error.stage)
    elif isinstance(error, DualfaceError):
        return error
    elif is_for_want_of_memory(error):
        message = f"{source}: the memory did not suffice; provide more, or make fewer videos at a time."
        told = DeviceMemoryError(message, file=source)
    else:
        told = DualfaceError(f"{source}: unexpected error: {str(error).rstrip('.')}.", file=source)
    told.__cause__ = error
    return told
