"""Which configuration a call works with."""

from __future__ import annotations

from dualface.config.changes import flags_of
from dualface.config.layers import HybridConfigManager
from dualface.config.presets import preset_flags
from dualface.config.schema import Config
from dualface.types import Person


def settled(config: Config | None, settings: dict[str, object]) -> Config:
    """``config``, or without one what the command line would use here, with ``settings`` changed.

    ``preset`` among these names one of :data:`~dualface.config.presets.PRESETS`, which the others override.  Raises
    :class:`~dualface.errors.ConfigurationError`.
    """
    name = settings.get("preset")
    preset = preset_flags(None if name is None else str(name))
    own = {key: value for key, value in settings.items() if key != "preset"}
    flags = flags_of(own)
    if config is None:
        return HybridConfigManager(flags=flags, preset=preset).load_optimal_config()
    given = {key for _, key, _ in flags}
    return config.changed(**{key: text for _, key, text in preset if key not in given}, **own)


def called(config: Config) -> dict[Person, str]:
    """How to speak of the two people: by their captions, else after their tiles."""
    from dualface.video import canvas

    return canvas.called(config)
