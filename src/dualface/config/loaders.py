"""Reads one configuration layer: a YAML file, the environment, or flags of the command line.

Readers collect every :class:`Problem` with its place and go on, so that ``dualface config check`` can list them all;
loaders raise the first as a :class:`~dualface.errors.ConfigurationError`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import yaml

from dualface.config.settings import Value, all_settings, listing, nearest_key, sections
from dualface.config.yaml_text import YamlError, compose, is_null, pairs, shortened
from dualface.errors import ConfigurationError

ENVIRONMENT_PREFIX = "DUALFACE_"


class Layer(StrEnum):
    """Where a value comes from; the first named wins."""

    COMMAND_LINE = "command line"
    ENVIRONMENT = "environment"
    MANUAL = "manual"
    AUTO_DETECTED = "auto-detected"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """The place of a value: a flag, an environment variable, or a file and its line (0: not a line's)."""

    layer: Layer
    source: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}" if self.line else self.source


class Entry(NamedTuple):
    """A value and its origin."""

    value: Value
    origin: ValueOrigin


Entries = dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one key (or, with an empty key, with the whole source); ``message`` is a sentence with its place."""

    key: str
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source holds, and what is wrong with it; filled while it is read."""

    entries: Entries = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def report(self, key: str, message: str) -> None:
        """Adds a problem."""
        self.problems.append(Problem(key, message))


class ManualConfigLoader:
    """Loads a file that the user wrote."""

    layer = Layer.MANUAL

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Reading:
        """Everything in the file, good and bad; raises nothing."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return Reading({}, [Problem("", f"{self.path} is not a text file in UTF-8.")])
        except OSError as error:
            return Reading({}, [Problem("", f"{self.path} can't be read: {error.strerror or error}.")])
        return read_yaml(text, str(self.path), self.layer)

    def load(self) -> Entries:
        """The file's values.  Raises :class:`~dualface.errors.ConfigurationError`."""
        reading = self.read()
        raise_problems(reading.problems, self.path)
        return reading.entries


class AutoDetectedConfigLoader(ManualConfigLoader):
    """Loads the file that :class:`~dualface.config.probe.HardwareProber` wrote."""

    layer = Layer.AUTO_DETECTED


class FallbackConfigLoader:
    """Loads the defaults that come with the package."""

    def load(self) -> Entries:
        """A value for every setting.  Raises :class:`~dualface.errors.ConfigurationError` if the installation is damaged."""
        text = resources.files("dualface.config").joinpath("fallback_config.yaml").read_text(encoding="utf-8")
        reading = read_yaml(text, "fallback_config.yaml", Layer.FALLBACK)
        missing = [key for key in all_settings() if key not in reading.entries]
        raise_problems(reading.problems + [Problem(key, f"fallback_config.yaml: {key} is missing.") for key in missing])
        return reading.entries


def raise_problems(problems: list[Problem], file: Path | None = None) -> None:
    """Raises the first problem, if any, as a :class:`~dualface.errors.ConfigurationError`; it tells how many more there are."""
    if not problems:
        return
    message = problems[0].message
    if len(problems) > 1:
        hint = f"; `dualface config check {file}` lists them" if file else ""
        message = f"{message.removesuffix('.')} (and {len(problems) - 1} more{hint})."
    raise ConfigurationError(message, file=file)


def read_yaml(text: str, source: str, layer: Layer) -> Reading:
    """Reads ``section: {name: value}`` from YAML text.  ``source`` names the file in messages."""
    try:
        root = compose(text, own=layer is Layer.FALLBACK)
    except YamlError as error:
        return Reading({}, [Problem("", f"{ValueOrigin(layer, source, error.line)}: {error}")])
    reading = Reading()
    if root is None or is_null(root):
        return reading
    if not isinstance(root, yaml.MappingNode):
        origin = ValueOrigin(layer, source, root.start_mark.line + 1)
        reading.report("", f"{origin}: expected sections such as “framing:”, each with its settings.")
        return reading
    for section, line, node in pairs(root):
        _read_section(section, ValueOrigin(layer, source, line), node, reading)
    return reading


def read_environment(environment: Mapping[str, str]) -> Reading:
    """Reads ``DUALFACE_<SECTION>_<NAME>``.  Variables whose second word is like no section belong to others."""
    reading = Reading()
    for variable, text in sorted(environment.items()):
        if not variable.startswith(ENVIRONMENT_PREFIX):
            continue
        section, _, name = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("_")
        if name and difflib.get_close_matches(section, sections(), 1, 0.75):
            interpret(f"{section}.{name}", text, ValueOrigin(Layer.ENVIRONMENT, variable), reading)
    return reading


def read_flags(flags: Iterable[tuple[str, str, str]]) -> Reading:
    """Reads ``(flag, key, text)`` triples of the command line, such as ``("--codec", "encoding.codec", "hevc")``."""
    reading = Reading()
    for flag, key, text in flags:
        origin = ValueOrigin(Layer.COMMAND_LINE, flag)
        if key in reading.entries:
            reading.report(key, f"{flag}: {key} is given by {reading.entries[key].origin} already.")
            continue
        interpret(key, text, origin, reading)
    return reading


def interpret(key: str, text: str, origin: ValueOrigin, reading: Reading) -> None:
    """Adds the value that ``text`` means for ``key``, or what is wrong with it, to ``reading``."""
    setting = all_settings().get(key)
    if setting is None:
        reading.problems.append(_unknown(key, origin))
        return
    try:
        reading.entries[key] = Entry(setting.parse(text), origin)
    except ValueError:
        reading.report(key, f"{origin}: {key} is {shortened(text)}, but must be {setting.allowed}.")


def _read_section(section: str, origin: ValueOrigin, node: yaml.Node, reading: Reading) -> None:
    if section not in sections():
        reading.problems.append(_unknown_section(section, origin))
        return
    if is_null(node):
        return
    if not isinstance(node, yaml.MappingNode):
        message = f"{origin}: {section} must be a section with settings; it has {listing(_names(section), 'and')}."
        reading.report(section, message)
        return
    for name, line, value in pairs(node):
        key, place = f"{section}.{name}", ValueOrigin(origin.layer, origin.source, line)
        if key in reading.entries:
            reading.report(key, f"{place}: {key} is given in line {reading.entries[key].origin.line} already.")
        else:
            _read_value(key, place, value, reading)


def _read_value(key: str, origin: ValueOrigin, node: yaml.Node, reading: Reading) -> None:
    setting = all_settings().get(key)
    if setting is None:
        reading.problems.append(_unknown(key, origin))
    elif not isinstance(node, yaml.ScalarNode):
        what = "a list" if isinstance(node, yaml.SequenceNode) else "a section"
        reading.report(key, f"{origin}: {key} is {what}, but must be {setting.allowed}.")
    elif is_null(node):
        reading.report(key, f"{origin}: {key} has no value, but must be {setting.allowed}.")
    elif node.style and setting.kind is not str:
        reading.report(
            key, f"{origin}: {key} is the text {shortened(node.value)}, but must be {setting.allowed}, without quotes."
        )
    else:
        interpret(key, node.value, origin, reading)


def _names(section: str) -> list[str]:
    return [setting.name for setting in all_settings().values() if setting.section == section]


def _unknown(key: str, origin: ValueOrigin) -> Problem:
    nearest = nearest_key(key)
    if nearest is not None:
        hint = f"did you mean {nearest} ({all_settings()[nearest].allowed})?"
    else:
        section = key.partition(".")[0]
        names = _names(section)
        hint = f"{section} has {listing(names, 'and')}." if names else f"the sections are {listing(sections(), 'and')}."
    return Problem(key, f"{origin}: there is no setting {_plain(key)}; {hint}")


def _unknown_section(section: str, origin: ValueOrigin) -> Problem:
    close = difflib.get_close_matches(section, sections(), 1, 0.5)
    nearest = nearest_key(section) if not close else None
    hint = f"did you mean {close[0]}?" if close else f"the sections are {listing(sections(), 'and')}."
    if nearest:
        hint = f"did you mean {nearest}, in the section {nearest.partition('.')[0]}?"
    return Problem(section, f"{origin}: there is no section {_plain(section)}; {hint}")


def _plain(key: str) -> str:
    return key if key.isprintable() and len(key) <= 80 else shortened(key)
