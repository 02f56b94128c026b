"""YAML text and where in it everything stands, for messages that name the line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

_OWN_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

Location = tuple[str | int, ...]
"""The names and list positions that lead to a value, for example ``("right", "at", 0, "time")``."""


class YamlError(ValueError):
    """Text that can't be read; the message goes on after the file's name, ``line`` counts from 1 (0: unknown)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """What the text means, as plain values, and the line of each (from 1)."""

    data: Any
    lines: Mapping[Location, int]

    def line_of(self, location: Sequence[str | int]) -> int:
        """The line of the value, or of the nearest one around it; 0 where there is none."""
        around = [tuple(location[:end]) for end in range(len(location), -1, -1)]
        unlisted = [tuple(part for part in place if part != 0) for place in around]  # where one stands instead of a list
        places = [place for both in zip(around, unlisted, strict=True) for place in both]
        return next((self.lines[place] for place in places if place in self.lines), 0)


def read_document(text: str) -> YamlDocument:
    """Raises :class:`YamlError` for what is not YAML, and for a name that is given twice."""
    root = compose(text)
    if root is None:
        return YamlDocument(None, {})
    loader = yaml.SafeLoader("")
    try:
        lines = dict(lines_of(root))
        return YamlDocument(loader.construct_document(root), lines)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, YamlError):
            raise
        raise YamlError(_broken(_first_line(error))) from None
    finally:
        loader.dispose()


def compose(text: str, *, own: bool = False) -> yaml.Node | None:
    """The text's tree, each node of which knows its line; ``None`` for an empty text.  Raises :class:`YamlError`.

    ``own``: the text is dualface's.  The parser in C reads it a lot faster, but says otherwise what is wrong with others'.
    """
    try:
        return yaml.compose(text, Loader=_OWN_LOADER if own else yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlError(_broken(_first_line(error))) from None


def pairs(mapping: yaml.MappingNode) -> Iterator[tuple[str, int, yaml.Node]]:
    """Name, line (from 1) and value of each pair."""
    for name, value in mapping.value:
        yield (name.value if isinstance(name, yaml.ScalarNode) else "?"), name.start_mark.line + 1, value


def is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def dotted(location: Sequence[str | int]) -> str:
    """``left.at.time``: the names alone."""
    return ".".join(str(part) for part in location if isinstance(part, str))


def shortened(value: object) -> str:
    """The value as a message quotes it, 60 characters at most."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def lines_of(node: yaml.Node, location: Location = ()) -> Iterator[tuple[Location, int]]:
    """Where everything stands.  Raises :class:`YamlError` for a name that is given twice."""
    if not location:
        yield location, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, line, value in pairs(node):
            place = (*location, name)
            if name in seen:
                raise YamlError(f"{dotted(place)} is given twice; remove one.", line)
            seen.add(name)
            yield place, line
            yield from lines_of(value, place)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*location, index), value.start_mark.line + 1
            yield from lines_of(value, (*location, index))


def _not_yaml(error: yaml.MarkedYAMLError) -> YamlError:
    mark = error.problem_mark or error.context_mark
    return YamlError(_broken(error.problem or error.context or ""), mark.line + 1 if mark else 0)


def _broken(reason: str) -> str:
    return f"this is not valid YAML ({reason}); correct it." if reason else "this is not valid YAML; correct it."


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")
