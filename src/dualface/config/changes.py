"""Changing settings of a configuration that is there."""

from __future__ import annotations

from collections.abc import Mapping

from dualface.config.layers import build, merge
from dualface.config.loaders import Entry, Layer, ValueOrigin, raise_problems, read_flags
from dualface.config.names import key_of
from dualface.config.rules import ConfigValidationRules, with_fitting_container
from dualface.config.schema import Config

_KEPT = ValueOrigin(Layer.FALLBACK, "as it was")


def changed(config: Config, settings: Mapping[str, object]) -> Config:
    """``config`` with some settings changed, see :meth:`dualface.config.schema.Config.changed`."""
    if not settings:
        return config
    reading = read_flags(flags_of(settings))
    raise_problems(reading.problems)
    sections = config.model_dump()
    kept = {f"{name}.{key}": Entry(value, _KEPT) for name, keys in sections.items() for key, value in keys.items()}
    merged = with_fitting_container(merge([reading.entries, kept]))
    raise_problems(ConfigValidationRules().validate(merged))
    return build(merged)


def flags_of(settings: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Keywords as the flags that they stand for: name, key and text."""
    return [(name, key_of(name), _text(value)) for name, value in settings.items()]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
