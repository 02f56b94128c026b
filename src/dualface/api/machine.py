"""What this machine has."""

from __future__ import annotations

from dualface.config.probe import HardwareFacts, HardwareProber


def probe() -> HardwareFacts:
    """Processor, memory, GPUs, inference libraries and codecs, each with what is wrong with it.  Writes nothing."""
    return HardwareProber().probe()
