"""The Python interface and the kinds of plugins described for readers (Markdown), from signatures and docstrings."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cached_property
from textwrap import dedent
from types import MappingProxyType, UnionType
from typing import Any

import dualface
from dualface.api.signatures import code, signature
from dualface.errors import DualfaceError
from dualface.kinds import KINDS, Kind, interface
from dualface.registry import builtin_names

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Making films": ("dualface.api",),
        "Corrections": (
            "dualface.corrections",
            "dualface.config.corrections_file",
            "dualface.config.correction_reader",
            "dualface.config.correction_entries",
        ),
        "Configuration": ("dualface.config",),
        "Events and outcomes": ("dualface.events", "dualface.jobs"),
        "Errors": ("dualface.errors",),
        "Values": ("dualface.types", "dualface.records"),
        "Parts and machinery": ("dualface",),
    }
)
"""The headings that exported names come under, and the modules that they are from; the first that fits."""
_ROLE = re.compile(r":\w+:`([^`]+)`")


def exported() -> dict[str, Any]:
    """What ``dualface`` offers, by name."""
    return {name: getattr(dualface, name) for name in dualface.__all__ if not name.startswith("_")}


def interface_reference() -> str:
    """A heading for every name that ``dualface`` exports, with its signature and docstring."""
    grouped: dict[str, list[str]] = {group: [f"## {group}"] for group in GROUPS}
    for name, value in exported().items():
        home = (value.__args__[0] if isinstance(value, UnionType) else value).__module__
        group = next(group for group, homes in GROUPS.items() if any(f"{home}.".startswith(f"{one}.") for one in homes))
        grouped[group].append(_exported(name, value))
    return "\n\n".join(part for parts in grouped.values() for part in parts) + "\n"


def plugin_reference() -> str:
    """A heading for every kind of part, with its setting, its names, what it does and how it is made."""
    return "\n\n".join(map(_kind, KINDS.values())) + "\n"


def contract_of(kind: Kind) -> str:
    """Where the suite of tests for this kind is, as ``"module:Class"``."""
    return f"dualface.testing.contracts.{kind.name}:{kind.name.title()}Contract"


def docstring(value: Any) -> str:
    """What a docstring says, as Markdown; empty where there is none of its own."""
    if isinstance(value, UnionType):
        return f"Any of {', '.join(_linked(one.__name__) for one in value.__args__)}."
    text = inspect.cleandoc(getattr(value, "__doc__", None) or "")
    written_by_python = isinstance(value, type) and text.startswith(f"{value.__name__}(")
    return "" if written_by_python or isinstance(value, str) else _markdown(text)


def _markdown(text: str) -> str:
    """From reStructuredText as docstrings here use it: roles become code, or links to exported names."""

    def shown(match: re.Match[str]) -> str:
        target = match[1].removeprefix("~")
        name = target.rpartition(".")[2] if match[1].startswith("~") else target
        return _linked(name) if target.startswith("dualface.") or "." not in target else f"`{name}`"

    paragraphs = _ROLE.sub(shown, text).replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _linked(name: str) -> str:
    return f"[`{name}`](api.md#{name.lower()})" if name in dualface.__all__ else f"`{name}`"


def _exported(name: str, value: Any) -> str:
    parts = [f"### `{name}`"]
    if not isinstance(value, UnionType):
        parts.append(code(_class_line(name, value) if isinstance(value, type) else f"{name}{signature(value)}"))
    parts.append(docstring(value))
    if isinstance(value, type):
        parts += [f"Exit code {value.exit_code.value}."] if issubclass(value, DualfaceError) else []
        parts.append("\n".join(_members(value)))
    return "\n\n".join(filter(None, parts))


def _class_line(name: str, value: type) -> str:
    if issubclass(value, Exception):
        return f"class {name}({value.__bases__[0].__name__})"
    return f"class {name}" if issubclass(value, Enum) else f"class {name}{signature(value, returns=False)}"


def _members(value: type) -> Iterator[str]:
    """A line for each public member of the class itself."""
    notes = _attribute_notes(value)
    if issubclass(value, Enum):
        yield from (_item(f"{one.name} = {one.value!r}", notes.get(one.name, "")) for one in value)
        return
    yield from (_item(name, note) for name, note in notes.items() if not name.startswith("_"))
    for name, member in vars(value).items():
        if (name.startswith("_") and name != "__iter__") or name in notes:
            continue
        called = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if isinstance(member, property | cached_property):
            yield _item(name, docstring(member))
        elif inspect.isfunction(called) and called.__module__.startswith("dualface."):
            yield _item(f"{name}{signature(called, method=not isinstance(member, staticmethod))}", docstring(called))


def _item(what: str, text: str) -> str:
    """A line of a list; paragraphs of the text go on below it."""
    more = "\n" if "\n\n" in text else ""  # or the next line of the list would belong to the last paragraph
    return f"- `{what}`" + (": " + text.replace("\n\n", "\n\n    ") + more if text else "")


def _attribute_notes(value: type) -> dict[str, str]:
    """The strings that stand under a class' attributes."""
    body = ast.parse(dedent(inspect.getsource(value))).body[0]
    assert isinstance(body, ast.ClassDef)
    notes = {}
    for before, after in zip(body.body, body.body[1:], strict=False):
        target = before.target if isinstance(before, ast.AnnAssign) else getattr(before, "targets", [None])[0]
        if isinstance(target, ast.Name) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            notes[target.id] = _markdown(inspect.cleandoc(str(after.value.value)))
    return notes


def _kind(kind: Kind) -> str:
    protocol, constructor = interface(kind.interface), interface(kind.constructor)
    names = ", ".join(f"`{name}`" for name in builtin_names(kind.name))
    parts = [
        f"## `{kind.name}`",
        f"Setting: `{kind.key}`. Built in: {names}. Contract: `{contract_of(kind).replace(':', '.')}`.",
        f"`{kind.interface}`: {docstring(protocol)}",
        "\n".join(_members(protocol)),
        f"`{kind.constructor}`: {docstring(constructor)}",
        code(f"{kind.constructor}{signature(constructor.__call__, method=True)}"),
        docstring(constructor.__call__),
        "\n".join(_item(name, note) for name, note in _attribute_notes(constructor).items()),
    ]
    return "\n\n".join(filter(None, parts))
