"""Every setting by its key, ``"section.name"``: what it may be, in words, and how text becomes its value."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from dualface.config.schema import Allowed, Config, Part, Section
from dualface.registry import AUTO, builtin_names, names

Value = bool | int | float | str
"""What a setting can hold."""

_TRUTH = MappingProxyType({"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False})
_FLOAT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_INTEGER = re.compile(r"[-+]?\d{1,18}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the configuration.  ``allowed`` completes the sentence "… must be".

    ``choices`` are all that there are, or where ``part`` is the kind of part that the setting names, those without plugins.
    """

    key: str
    kind: type[Value]
    allowed: str
    choices: tuple[str, ...]
    description: str
    model: type[Section]
    part: str | None = None

    @property
    def section(self) -> str:
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        return self.key.partition(".")[2]

    def known(self) -> list[str]:
        """All choices, with those of the plugins that are installed."""
        return list(dict.fromkeys([*self.choices, *(names(self.part) if self.part is not None else [])]))

    def parse(self, text: str) -> Value:
        """The value that ``text`` means.  Raises :class:`ValueError` if it is of another type or out of range."""
        value = self._convert(text)
        if not self.accepts(value):
            raise ValueError(text)
        return value

    def accepts(self, value: Value) -> bool:
        """Whether the schema takes ``value``."""
        try:
            self.model.model_validate({self.name: value})
        except ValidationError as error:
            return all(detail["loc"][:1] != (self.name,) for detail in error.errors(include_url=False, include_input=False))
        return True

    def _convert(self, text: str) -> Value:
        if self.kind is str:
            return text
        text = text.strip()
        if self.kind is bool:
            return _TRUTH.get(text.lower(), text)
        if self.kind is int and _INTEGER.fullmatch(text):
            return int(text)
        if self.kind is float and _FLOAT.fullmatch(text):
            return float(text)
        return text


@cache
def all_settings() -> MappingProxyType[str, Setting]:
    """Every setting, in the schema's order."""
    settings = {}
    for section, field in Config.model_fields.items():
        model = field.annotation
        assert isinstance(model, type)
        assert issubclass(model, Section)
        for name, info in model.model_fields.items():
            setting = _describe(f"{section}.{name}", info, model)
            settings[setting.key] = setting
    return MappingProxyType(settings)


def sections() -> list[str]:
    """The sections' names, in the schema's order."""
    return list(Config.model_fields)


def nearest_key(key: str) -> str | None:
    """The known key most like a wrong one, also when only its section is wrong; ``None`` if nothing is alike."""
    known = list(all_settings())
    name = key.rpartition(".")[2]
    same_name = [candidate for candidate in known if candidate.endswith(f".{name}")]
    close = difflib.get_close_matches(key, same_name or known, 1, 0.0 if same_name else 0.6)
    if not close:
        by_name = {candidate.partition(".")[2]: candidate for candidate in known}
        close = [by_name[match] for match in difflib.get_close_matches(name, list(by_name), 1, 0.6)]
    return close[0] if close else None


def listing(words: list[str] | tuple[str, ...], last: str = "or") -> str:
    """``a, b or c``."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _describe(key: str, info: FieldInfo, model: type[Section]) -> Setting:
    choices = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    kinds: tuple[type[Value], ...] = (bool, int, float, str)
    kind = str if choices else next(kind for kind in kinds if info.annotation is kind)
    own_words = [extra.text for extra in info.metadata if isinstance(extra, Allowed)]
    part = next((extra for extra in info.metadata if isinstance(extra, Part)), None)
    if part is not None:
        choices = (*([AUTO] if part.auto else []), *builtin_names(part.kind))
        own_words = [listing([*choices, "the name of a plugin"])]
        if part.several:
            own_words = [f"any of {listing(choices, 'and')}, or names of plugins, with commas between; empty for none"]
    allowed = own_words[0] if own_words else _in_words(kind, choices, info)
    return Setting(key, kind, allowed, choices, info.description or "", model, part.kind if part is not None else None)


def _in_words(kind: type[Value], choices: tuple[str, ...], info: FieldInfo) -> str:
    if choices:
        return listing(choices)
    if kind is bool:
        return "true or false"
    limits = {
        name: getattr(extra, name)
        for extra in info.metadata
        for name in ("ge", "gt", "le", "lt", "min_length", "max_length")
        if getattr(extra, name, None) is not None
    }
    if kind is str:
        if "max_length" in limits:
            return f"text of at most {limits['max_length']} characters"
        return "text that is not empty" if limits.get("min_length") else "text"
    noun = "a whole number" if kind is int else "a number"
    if "gt" in limits:
        return f"{noun} above {limits['gt']:g}, at most {limits['le']:g}"
    return f"{noun} from {limits['ge']:.15g} to {limits['le']:.15g}"
