"""Reads a file of corrections, and says what is wrong in it: which line, which word, and what it should be.

Values are taken as the texts that they are written as: YAML would read the timecode ``1:30:00:00`` as a number.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dualface import registry
from dualface.config.correction_entries import (
    KINDS,
    CaptionEntry,
    CorrectionsDocument,
    KeyframeEntry,
    LayoutEntry,
    Names,
    UnknownNameError,
    kind_of,
)
from dualface.config.yaml_text import Location, YamlError, compose, is_null, lines_of, shortened
from dualface.corrections import Correction
from dualface.errors import ConfigurationError
from dualface.types import Person


class CorrectionError(ConfigurationError):
    """Something in a file of corrections is wrong; ``line`` counts from 1, 0: the whole file."""

    def __init__(self, message: str, *, file: Path | None = None, line: int = 0) -> None:
        super().__init__(message, file=file)
        self.line = line


class WrongError(ValueError):
    """The message goes on after the file's name; ``location`` is where in the document."""

    def __init__(self, location: Location, message: str) -> None:
        super().__init__(message)
        self.location = location


@dataclass(frozen=True, slots=True)
class Written:
    """What a file says, and in which words: ``texts`` has those of each correction, comments above it included.

    ``head`` is what stands above the list.  Both are empty where they can't be told apart.
    """

    corrections: tuple[Correction, ...] = ()
    texts: tuple[str, ...] = ()
    head: str = ""


def reading(path: Path, text: str, names: Names) -> Written:
    """Reads ``text``, which is the file ``path``'s.  Raises :class:`CorrectionError`."""
    lines: dict[Location, int] = {}
    try:
        root = compose(text)
        if root is None:
            return Written()
        lines = dict(lines_of(root))
        return Written(checked(_plain(root), names), *_words(root, text))
    except YamlError as error:
        raise _told(path, error.line, str(error)) from None
    except RecursionError:
        raise _told(path, 0, "it is nested too deeply; write it anew.") from None
    except WrongError as error:
        line = next((lines[place] for place in _around(error.location) if place in lines), 0)
        raise _told(path, line, str(error)) from None


def checked(document: Any, names: Names) -> tuple[Correction, ...]:
    """The corrections of a document: plain values, texts for scalars.  Raises :class:`WrongError`."""
    try:
        entries = CorrectionsDocument.model_validate(document).corrections
    except ValidationError as error:
        raise _explained(document, error.errors(include_url=False)[0]) from None
    known = dict(names)
    for entry in entries:
        if isinstance(entry, CaptionEntry) and entry.caption and entry.person in set(Person):
            known[entry.caption] = Person(entry.person)
    values = []
    for number, entry in enumerate(entries):
        try:
            values.append(entry.value(known))
        except UnknownNameError as error:
            what = f"{error.field} is {error.name!r}, but must be {_either(error.known)}{_nearest(error.name, error.known)}"
            raise WrongError(("corrections", number, error.field), what) from None
        if isinstance(entry, LayoutEntry):
            _check_layout(("corrections", number, "layout"), entry.layout)
    return tuple(values)


def _check_layout(location: Location, name: str) -> None:
    known = ["split", "full", "scene", *(one for one in registry.names("layout") if one not in ("split", "full", "scene"))]
    if name not in known:
        raise WrongError(location, f"layout is {name!r}, but must be {_either(known)}{_nearest(name, known)}")


def _explained(document: Any, error: ErrorDetails) -> WrongError:
    """The first thing that is wrong, in words."""
    location = _without_tag(error["loc"])
    if not location:
        return WrongError((), "expected version: 1 and a list of corrections.")
    entry = _at(document, location[:2])
    if error["type"] == "union_tag_not_found":
        return WrongError(location, _no_kind(entry))
    if error["type"] == "value_error" and len(location) == 2:
        return WrongError(location, f"{kind_of(entry)}: {error['ctx']['error']}")
    fields = _fields_at(document, location[:-1])
    name = str(location[-1]) if location else "it"
    if error["type"] == "extra_forbidden":
        return WrongError(
            location, f"there is no {name!r} here{_nearest(name, list(fields)) or f'; there can be {_either(fields)}.'}"
        )
    if error["type"] == "missing":
        return WrongError(location, f"{name} is missing; it must be {_meant(fields, name)[0]}.")
    place = next((one for one in _around(location) if one and isinstance(one[-1], str)), location)
    name = str(place[-1]) if place else "it"
    meant, words = _meant(_fields_at(document, place[:-1]), name)
    given = _at(document, place)
    return WrongError(location, f"{name} is {shortened(given)}, but must be {meant}{_nearest(given, words) or '.'}")


def _no_kind(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return f"a correction is {shortened(entry)}, but must be such as {{swap: from here, at: 12.5}}."
    named = [kind for kind in KINDS if kind in entry]
    if named:
        return f"one correction can't be {' and '.join(named)}; make it {len(named)}."
    guess = next((near for name in entry if (near := _nearest(name, list(KINDS)))), None)
    if guess is not None:
        return f"there is no such correction{guess}"
    return f"a correction has one of {', '.join(KINDS)}; add it."


def _fields_at(document: Any, location: Location) -> dict[str, Any]:
    """What may stand at a place, by the names that the file has for it."""
    if not location:
        model: type[BaseModel] = CorrectionsDocument
    elif "keyframes" in location:
        model = KeyframeEntry
    else:
        model = KINDS.get(kind_of(_at(document, location[:2])) or "", CorrectionsDocument)
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _meant(fields: Mapping[str, Any], name: str) -> tuple[str, Sequence[str]]:
    """What a field may be, in words, and the words that it may be."""
    field = fields.get(name)
    if field is None:
        return "something else", ()
    kind = field.annotation
    words = [str(one.value) for one in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []
    return field.description or "something else", words


def _without_tag(location: Sequence[str | int]) -> Location:
    """What pydantic adds is taken out: it names the chosen kind between an entry's number and its fields."""
    return (*location[:2], *location[3:]) if location[:1] == ("corrections",) else tuple(location)


def _around(location: Location) -> list[Location]:
    return [location[:end] for end in range(len(location), -1, -1)]


def _at(document: Any, location: Location) -> Any:
    for part in location:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _nearest(word: Any, words: Sequence[str]) -> str:
    """A hint, or nothing where no word is near."""
    close = difflib.get_close_matches(str(word).casefold(), [one.casefold() for one in words], 1, 0.5)
    return next((f"; did you mean {one!r}?" for one in words if close and one.casefold() == close[0]), "")


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _told(path: Path | None, line: int, message: str) -> CorrectionError:
    message = message if message.endswith((".", "?")) else f"{message}."
    place = f"{path}{f', line {line}' if line else ''}: " if path is not None else ""
    return CorrectionError(f"{place}{message}", file=path, line=line)


def without_place(error: WrongError) -> CorrectionError:
    """The error of an entry that is in no file."""
    return _told(None, 0, str(error))


def _plain(node: yaml.Node) -> Any:
    """Names, lists and texts."""
    if isinstance(node, yaml.MappingNode):
        return {str(name.value): _plain(value) for name, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value) for value in node.value]
    return None if is_null(node) else node.value


def _words(root: yaml.Node, text: str) -> tuple[tuple[str, ...], str]:
    """The words of each correction, comments above it included, and what stands above the list.

    Empty where the list is not the document's last part, or not written with a dash for each.
    """
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return (), ""
    if [str(name.value) for name, _ in root.value][-1:] != ["corrections"]:
        return (), ""
    name, listed = root.value[-1]
    lines = text.splitlines(keepends=True)
    head = "".join(lines[: name.start_mark.line])
    if not isinstance(listed, yaml.SequenceNode) or listed.flow_style:
        return (), head
    starts = [_start_of(lines, item.start_mark.line) for item in listed.value]
    starts[:1] = [name.start_mark.line + 1]
    blocks = [lines[start:end] for start, end in pairwise([*starts, len(lines)])]
    return tuple(_flush_left(block) for block in blocks), head


def _start_of(lines: Sequence[str], line: int) -> int:
    """Where an item's words begin: at the comments above its dash."""
    while line and not lines[line].lstrip().startswith("-"):
        line -= 1
    while line and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def _flush_left(block: Sequence[str]) -> str:
    """The same words with the dash in the first column."""
    indent = next((len(line) - len(line.lstrip()) for line in block if line.lstrip().startswith("-")), 0)
    cut = [line[indent:] if not line[:indent].strip() else line.lstrip() for line in block]
    return "".join(cut[:-1]) + cut[-1].rstrip("\n") + "\n" if cut else ""
