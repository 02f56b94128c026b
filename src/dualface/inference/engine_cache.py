"""Where compiled engines are kept."""

from __future__ import annotations

from pathlib import Path


def default_cache_dir() -> Path:
    """Where engines are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("dualface") / "engines"
