"""What this machine has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from dualface.config.loaders import Entry
from dualface.config.schema import Config
from dualface.errors import DualfaceError

if TYPE_CHECKING:
    from dualface.config.probe import HardwareFacts


def probe() -> HardwareFacts:
    """Processor, memory, GPUs, inference libraries and codecs, each with what is wrong with it.  Writes nothing."""
    from dualface.config.probe import HardwareProber

    return HardwareProber().probe()


def obstacles(config: Config, entries: Mapping[str, Entry], *, apart_from: Collection[str] = ()) -> list[DualfaceError]:
    """What in a configuration can't be, as :func:`dualface.video.feasible.obstacles` says."""
    from dualface.video import feasible

    return feasible.obstacles(config, entries, apart_from=apart_from)


def missing_device(config: Config, entries: Mapping[str, Entry]) -> DualfaceError | None:
    """Why this machine can't do what the configuration asks for; ``None`` if it can."""
    from dualface.video import feasible

    return feasible.missing_device(config, entries)
