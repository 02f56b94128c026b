"""The exceptions that dualface raises, and the exit codes that the command line turns them into.

::

    DualfaceError                     1
    ├── ConfigurationError            2   bad option, configuration file or value
    ├── InputError                    3   a source that can't be read as a video
    │   └── CorruptInputError         3   nothing in it could be decoded
    ├── OutputError                   4   a destination that can't be written
    │   ├── OutputExistsError         4   it exists and overwriting was not asked for
    │   └── DiskFullError             4   no space left on the device
    ├── ModelError                    5   weights missing, unreadable or with a wrong checksum
    ├── DeviceError                   6   hardware, encoder or library that was asked for by name is missing
    │   └── DeviceMemoryError         6   it has too little memory
    ├── CompositionError              1   a frame could not be composed (the error policy handles it)
    └── StoppedError                  130 the user asked to stop

Every message is one sentence that names the file, says what is wrong and what to do about it.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """Process exit codes; documented in ``docs/exit-codes.md`` and stable."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    INPUT = 3
    OUTPUT = 4
    MODEL = 5
    DEVICE = 6
    PARTIAL = 7
    """The output was made and kept, but the source was truncated or damaged."""
    DEGRADED = 8
    """The output was made and kept, but too many pictures failed, or a tile is without its person nearly all the time."""
    MIXED = 9
    """Several videos failed, for different reasons."""
    INTERRUPTED = 130


class DualfaceError(Exception):
    """Base of all errors that dualface raises on purpose.

    ``file`` is the file concerned, ``stage`` the part of the pipeline (``"decode"``, ``"encode"``, …) and ``frame`` the
    index of the frame where it happened, as far as they are known.
    """

    exit_code = ExitCode.INTERNAL

    def __init__(
        self, message: str, *, file: Path | str | None = None, stage: str | None = None, frame: int | None = None
    ) -> None:
        super().__init__(message)
        self.file = Path(file) if file is not None else None
        self.stage = stage
        self.frame = frame


class ConfigurationError(DualfaceError):
    """An option, a configuration file or a value in it is wrong."""

    exit_code = ExitCode.USAGE


class InputError(DualfaceError):
    """A source can't be read as a video."""

    exit_code = ExitCode.INPUT


class CorruptInputError(InputError):
    """Nothing in a source could be decoded."""


class OutputError(DualfaceError):
    """A destination can't be written."""

    exit_code = ExitCode.OUTPUT


class OutputExistsError(OutputError):
    """A destination exists, and overwriting was not asked for."""


class DiskFullError(OutputError):
    """No space is left on the device."""


class ModelError(DualfaceError):
    """A model's weights are missing, can't be read, or have a wrong checksum."""

    exit_code = ExitCode.MODEL


class DeviceError(DualfaceError):
    """Hardware, an encoder or a library that was asked for by name is missing."""

    exit_code = ExitCode.DEVICE


class DeviceMemoryError(DeviceError):
    """A device has too little memory."""


class CompositionError(DualfaceError):
    """A frame could not be composed; in a run the error policy handles it."""


class StoppedError(DualfaceError):
    """The user asked to stop."""

    exit_code = ExitCode.INTERRUPTED
