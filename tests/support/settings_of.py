"""Configurations that nothing of the machine's own counts in."""

from __future__ import annotations

from pathlib import Path

from dualface.config.layers import HybridConfigManager
from dualface.config.schema import Config


def settings_of(folder: Path, **keys: str) -> Config:
    """The defaults, but for keys such as ``framing__size="320x180"``; ``folder`` holds no configuration."""
    flags = [("--set", key.replace("__", "."), value) for key, value in keys.items()]
    return HybridConfigManager(flags=flags, environment={}, working_dir=folder, config_dir=folder).load_optimal_config()
