"""Which configuration a call works with."""

from __future__ import annotations

import contextlib

from dualface.config.changes import flags_of, split_preset
from dualface.config.layers import HybridConfigManager
from dualface.config.schema import Config
from dualface.errors import ConfigurationError
from dualface.types import Person


def settled(config: Config | None, settings: dict[str, object]) -> Config:
    """``config``, or without one what the command line would use here, with ``settings`` changed.

    ``preset`` among these names one of :data:`~dualface.config.presets.PRESETS`, which the others override.  Raises
    :class:`~dualface.errors.ConfigurationError`.
    """
    if config is not None:
        return config.changed(**settings)
    preset, own = split_preset(settings)
    return HybridConfigManager(flags=flags_of(own), preset=preset).load_optimal_config()


def called(config: Config) -> dict[Person, str]:
    """How to speak of the two people: by their captions, those of a people file too, else after their tiles."""
    from dualface.config.people_file import with_people
    from dualface.video import canvas

    with contextlib.suppress(ConfigurationError):  # the file was there when the work began, and told what was wrong with it
        config = with_people(config)
    return canvas.called(config)
