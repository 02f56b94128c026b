"""Why an attempt to make a video ended, and which kinds there are."""

from __future__ import annotations

from enum import StrEnum

from dualface.errors import (
    ConfigurationError,
    DeviceError,
    DeviceMemoryError,
    InputError,
    ModelError,
    OutputError,
    StoppedError,
)


class Failure(StrEnum):
    """Why an attempt ended."""

    STOPPED = "stopped"
    INPUT = "input"
    OUTPUT = "output"
    CONFIGURATION = "configuration"
    MODEL = "model"
    DEVICE = "device"
    MEMORY = "memory"
    CRASHED = "crashed"
    LOST = "lost"
    """The machine on which it was made is gone; the video has no part in that."""
    STALLED = "stalled"
    INTERNAL = "internal"


PERMANENT = frozenset({Failure.STOPPED, Failure.OUTPUT, Failure.CONFIGURATION, Failure.MODEL})
"""Trying again would end the same way."""


def classify(error: BaseException) -> Failure:
    """The kind of failure that an exception is, or one that it came from."""
    kinds: list[tuple[type[BaseException], Failure]] = [
        (MemoryError, Failure.MEMORY),
        (DeviceMemoryError, Failure.MEMORY),
        (StoppedError, Failure.STOPPED),
        (InputError, Failure.INPUT),
        (OutputError, Failure.OUTPUT),
        (ConfigurationError, Failure.CONFIGURATION),
        (ModelError, Failure.MODEL),
        (DeviceError, Failure.DEVICE),
    ]
    cause: BaseException | None = error
    while cause is not None:
        for kind, failure in kinds:
            if isinstance(cause, kind):
                return failure
        cause = cause.__cause__
    return Failure.INTERNAL
