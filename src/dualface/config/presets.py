"""Presets: settings under one name, for places where films are shown.

A preset is a layer of settings like any other: whatever else is said on the command line overrides it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from dualface.config.layers import build, merge
from dualface.config.loaders import Entries, Entry, Layer, ValueOrigin, interpret, raise_problems
from dualface.config.loaders import Reading as _Reading
from dualface.config.names import key_of
from dualface.config.rules import ConfigValidationRules, usual_container
from dualface.config.schema import Config
from dualface.config.settings import Value, listing
from dualface.errors import ConfigurationError


class Preset(NamedTuple):
    """``what`` it is for, in words, and its settings: text by key, as on the command line."""

    what: str
    settings: Mapping[str, str]


def _shape(size: str, bitrate_kbps: int) -> Mapping[str, str]:
    """``follow`` divides each canvas as its shape suggests."""
    return MappingProxyType(
        {"framing.size": size, "framing.layout": "follow", "encoding.bitrate_kbps": str(bitrate_kbps)},
    )


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "youtube": Preset("16:9, for YouTube and screens", _shape("1920x1080", 8000)),
        "shorts": Preset("9:16, for Shorts, Reels and TikTok", _shape("1080x1920", 8000)),
        "square": Preset("1:1, for feeds", _shape("1080x1080", 5000)),
        "portrait": Preset("4:5, for feeds that give tall pictures more room", _shape("1080x1350", 6000)),
    }
)
"""Every preset by its name.  Bit rates are those that YouTube recommends for 1080p, others by their share of its pixels."""

_OF_EACH_FILM = ("framing.", "encoding.")
_OF_ALL_FILMS = ("encoding.fps",)
"""Settings that each film may have for itself, and exceptions; all others decide which frames there are and what is seen."""


class Variant(NamedTuple):
    """Another film: its name, and its settings by key with their origins."""

    name: str
    entries: Entries


def preset_names() -> list[str]:
    """All that there are."""
    return list(PRESETS)


def preset_flags(name: str | None) -> list[tuple[str, str, str]]:
    """The preset's settings as flags of the command line.  Raises :class:`~dualface.errors.ConfigurationError`."""
    if name is None:
        return []
    return [(f"--preset {name}", key, text) for key, text in _preset(name, "--preset").settings.items()]


def variants(texts: Iterable[str], flag: str = "--also") -> list[Variant]:
    """What ``NAME`` or ``NAME:KEY=VALUE,…`` ask for: the preset of that name with some settings changed.

    Keys are those of the configuration or their short names (``zoom``).  Raises
    :class:`~dualface.errors.ConfigurationError` for names and settings that there are not, and for one name twice.
    """
    found: dict[str, Variant] = {}
    for text in texts:
        variant = _variant(text, flag)
        if variant.name in found:
            raise ConfigurationError(f"{flag} names {variant.name} twice; leave one of them out.")
        found[variant.name] = variant
    return list(found.values())


def varied(entries: Mapping[str, Entry], variant: Variant) -> tuple[Config, dict[str, Entry]]:
    """The configuration of another film, given all values of the first's, and these values with their origins.

    Raises :class:`~dualface.errors.ConfigurationError`.
    """
    merged = merge([variant.entries, entries])
    raise_problems(ConfigValidationRules().validate(merged))
    return build(merged), merged


def settings_of(variant: Variant) -> tuple[tuple[str, Value], ...]:
    """What a :class:`~dualface.jobs.OtherFilm` says of it."""
    return tuple((key, entry.value) for key, entry in variant.entries.items())


def with_settings(config: Config, settings: Sequence[tuple[str, Value]]) -> Config:
    """``config`` with values that were checked before."""
    sections = config.model_dump()
    for key, value in settings:
        section, _, name = key.partition(".")
        sections[section][name] = value
    return Config.model_validate(sections)


def entries_of(config: Config) -> Entries:
    """Every value of a configuration, as if the default."""
    origin = ValueOrigin(Layer.FALLBACK, "as it is")
    dumped = config.model_dump()
    return {f"{section}.{name}": Entry(value, origin) for section, keys in dumped.items() for name, value in keys.items()}


def _variant(text: str, flag: str) -> Variant:
    name, _, details = text.partition(":")
    reading = _Reading()
    told = ValueOrigin(Layer.COMMAND_LINE, f"{flag} {text}")
    for key, value in _preset(name.strip(), flag).settings.items():
        interpret(key, value, told, reading)
    for detail in filter(None, details.split(",")):
        key, equals, value = detail.partition("=")
        key = key_of(key.strip().replace("-", "_"))
        if not equals:
            raise ConfigurationError(f"{flag} {text}: {detail!r} must be KEY=VALUE, such as zoom=1.2.")
        if "." in key and (not key.startswith(_OF_EACH_FILM) or key in _OF_ALL_FILMS):
            raise ConfigurationError(f"{flag} {text}: {key} is the same for all films of a video; set it for all of them.")
        reading.entries.pop(key, None)
        interpret(key, value, told, reading)
    raise_problems(reading.problems)
    codec, container = reading.entries.get("encoding.codec"), "encoding.container"
    if codec is not None and container not in reading.entries and (usual := usual_container(str(codec.value))):
        reading.entries[container] = Entry(usual, told)
    return Variant(name.strip(), reading.entries)


def _preset(name: str, flag: str) -> Preset:
    preset = PRESETS.get(name)
    if preset is None:
        close = difflib.get_close_matches(name, PRESETS, 1, 0.5)
        hint = f"did you mean {close[0]}?" if close else f"there are {listing(list(PRESETS), 'and')}"
        hint += "" if close else "; the encoder's own is --encoder-preset."
        raise ConfigurationError(f"{flag}: there is no preset {name!r}; {hint}")
    return preset
