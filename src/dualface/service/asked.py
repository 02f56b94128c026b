"""What may be asked of a film by those who submit: how it looks, never a file, a model or a machine's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dualface.config.names import SHORT_NAMES, captions_of
from dualface.errors import ConfigurationError

_SECTIONS = ("framing.", "encoding.", "input.", "tracking.", "export.")
"""What these say is how a film looks; a setting that is new in another section is not for those who submit."""
SETTINGS = {name: key for name, key in SHORT_NAMES.items() if key.startswith(_SECTIONS)} | {
    "reid": "reid.mode",
    "caption_left": "framing.caption_left",
    "caption_right": "framing.caption_right",
    "speech": "speech.find",
}
"""Names of settings that a job may have, and the keys that they set."""
OTHERS = ("preset", "also", "tiles")
"""What a job may have besides."""
_LONGEST = 200
_MOST_FILMS = 6


def checked_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are kept.  Raises :class:`~dualface.errors.ConfigurationError` for what may not be or can't be."""
    from dualface.api.machine import obstacles
    from dualface.api.orders import others
    from dualface.api.settings import settled
    from dualface.config.presets import entries_of

    settings: dict[str, Any] = {}
    for name, value in _with_captions(given).items():
        if name not in SETTINGS and name not in OTHERS:
            known = ", ".join(sorted((*SETTINGS, *OTHERS, "names")))
            raise ConfigurationError(f"A job has no setting {name[:_LONGEST]!r}; there are {known}.")
        if name == "also":
            settings[name] = _texts(value)
        elif name == "tiles":
            settings[name] = _switch(name, value)
        elif isinstance(value, (bool, int, float, str)) and len(str(value)) <= _LONGEST:
            settings[name] = value
        else:
            raise ConfigurationError(f"{name} must be a text or a number of at most {_LONGEST} letters.")
    keys = {SETTINGS[name].replace(".", "__"): value for name, value in settings.items() if name in SETTINGS}
    config = settled(None, keys | ({"preset": settings["preset"]} if "preset" in settings else {}))
    if errors := obstacles(config, entries_of(config)):
        raise errors[0]
    others(_also(settings), config, tiles=bool(settings.get("tiles")))
    return settings


def _with_captions(given: Mapping[str, Any]) -> dict[str, Any]:
    """``names`` are the two captions.  Raises :class:`~dualface.errors.ConfigurationError` unless there are two."""
    names = given.get("names")
    captions = {} if names is None else captions_of(names if isinstance(names, list) else str(names))
    rest = {name: value for name, value in given.items() if name != "names"}
    return rest | {key.partition(".")[2]: text for key, text in captions.items()}


def flags_of(settings: Mapping[str, Any]) -> list[str]:
    """The same as options of ``dualface run``."""
    flags = [f"--preset={settings['preset']}"] if "preset" in settings else []
    flags += [f"--also={one}" for one in _also(settings)]
    flags += ["--tiles"] if settings.get("tiles") else []
    return flags + [f"--set={SETTINGS[name]}={_text(value)}" for name, value in settings.items() if name in SETTINGS]


def from_query(query: Mapping[str, str]) -> dict[str, Any]:
    """Settings that stand in an address."""
    return {name: text.split(" ") if name == "also" else text for name, text in query.items()}


def _also(settings: Mapping[str, Any]) -> list[str]:
    return list(settings.get("also", ()))


def _texts(value: Any) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    right = isinstance(texts, list) and len(texts) <= _MOST_FILMS
    if not right or not all(isinstance(one, str) and len(one) <= _LONGEST for one in texts):
        raise ConfigurationError(f"also must be a list of at most {_MOST_FILMS} names of presets.")
    for one in texts:
        _check_variant(one)
    return list(texts)


def _check_variant(text: str) -> None:
    """A preset's own settings, after a colon, are settings too."""
    _, _, own = text.partition(":")
    for assignment in filter(None, own.split(",")):
        name = assignment.partition("=")[0].strip().replace("-", "_")
        if name not in SETTINGS and name not in SETTINGS.values():
            raise ConfigurationError(f"also: a film has no setting {name!r} here.")


def _switch(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "1", "yes", "false", "0", "no", ""):
        return str(value).lower() in ("true", "1", "yes")
    raise ConfigurationError(f"{name} must be true or false.")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
