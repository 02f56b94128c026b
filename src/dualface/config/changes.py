"""Changing settings of a configuration that is there."""

from __future__ import annotations

from collections.abc import Mapping

from dualface.config.layers import build, merge
from dualface.config.loaders import Entry, Layer, ValueOrigin, raise_problems, read_flags
from dualface.config.names import captions_of, key_of
from dualface.config.presets import preset_flags
from dualface.config.rules import ConfigValidationRules, with_fitting_container
from dualface.config.schema import Config

_KEPT = ValueOrigin(Layer.FALLBACK, "as it was")


def changed(config: Config, settings: Mapping[str, object]) -> Config:
    """``config`` with some settings changed, see :meth:`dualface.config.schema.Config.changed`."""
    if not settings:
        return config
    preset, own = split_preset(settings)
    flags = flags_of(own)
    given = {key for _, key, _ in flags}
    reading = read_flags([*(one for one in preset if one[1] not in given), *flags])
    raise_problems(reading.problems)
    sections = config.model_dump()
    kept = {f"{name}.{key}": Entry(value, _KEPT) for name, keys in sections.items() for key, value in keys.items()}
    merged = with_fitting_container(merge([reading.entries, kept]))
    raise_problems(ConfigValidationRules().validate(merged))
    return build(merged)


def flags_of(settings: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Keywords as the flags that they stand for: name, key and text.

    ``names`` stands for two settings, as on the command line.  Raises :class:`~dualface.errors.ConfigurationError`.
    """
    flags = [(name, key_of(name), _text(value)) for name, value in settings.items() if name != "names"]
    names = settings.get("names")
    if names is not None:
        given = captions_of(names if isinstance(names, list | tuple) else str(names))
        flags += [("names", key, text) for key, text in given.items()]
    return flags


def split_preset(settings: Mapping[str, object]) -> tuple[list[tuple[str, str, str]], dict[str, object]]:
    """The flags that ``preset`` among keywords stands for, and the other keywords.

    Raises :class:`~dualface.errors.ConfigurationError` for a preset that there is not.
    """
    name = settings.get("preset")
    own = {key: value for key, value in settings.items() if key != "preset"}
    return preset_flags(None if name is None else str(name)), own


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
