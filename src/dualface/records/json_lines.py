"""Files of JSON lines: a header that names their schema, then a line a frame; packed with gzip where the name ends in ``.gz``.

A schema has a version.  Older versions are read too, each brought to the next by an :class:`Upgrade`; newer ones are refused.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from dualface.errors import InputError
from dualface.files import write_whole

Entry = dict[str, Any]
"""A line, parsed."""

_decode = json.JSONDecoder(parse_float=lru_cache(maxsize=1 << 14)(float)).decode
"""Numbers that come again, as positions of somebody who sits still do, are one object: a quarter less memory for long films."""

PACKED = ".gz"
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Upgrade:
    """From one version to the next: what becomes of the header, and of a line under that (old) header."""

    header: Callable[[Entry], Entry]
    line: Callable[[Entry, Entry], Entry]


@dataclass(frozen=True, slots=True)
class Schema:
    """``name/version``; ``upgrades`` lead from the version that is their key to the one after it."""

    name: str
    version: int
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class Lines:
    """A file that was opened: its header, and an iterator of its lines, both in the newest version."""

    header: Entry
    entries: Iterator[Entry]


def entry_of(line: str | bytes) -> Any:
    """What a line holds.  Raises :class:`ValueError` for one that is damaged."""
    return _decode(line.decode() if isinstance(line, bytes) else line)


def line_of(entry: Mapping[str, Any]) -> str:
    """One line, without spaces, with its line feed.  Raises :class:`ValueError` for numbers that are none."""
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def header_line(schema: Schema, header: Mapping[str, Any]) -> str:
    """The first line of a file."""
    return line_of({"schema": str(schema), **header})


def packed(text: str) -> bytes:
    """``text`` as a member of a gzip file; members may follow each other.  The same text gives the same bytes."""
    return gzip.compress(text.encode(errors="replace"), _LEVEL, mtime=0)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Writes a file whole or not at all.  Raises :class:`OSError`."""
    text = "".join(lines)
    write_whole(path, packed(text) if path.name.endswith(PACKED) else text.encode(errors="replace"))


def read_lines(path: Path, schema: Schema) -> Lines:
    """Opens a file; its lines are read as they are asked for.

    Raises :class:`~dualface.errors.InputError` for one that can't be read, is of another schema, or of a version newer than
    this program knows; the iterator does so for a line that is damaged.
    """
    texts = _texts(path)
    header = _parsed(path, next(texts, ""), 1)
    version = _version(path, header, schema)
    entries: Iterator[Entry] = (_parsed(path, text, n) for n, text in enumerate(texts, 2) if text.strip())
    for number in range(version, schema.version):
        header, entries = _upgraded(header, entries, schema.upgrades[number])
    return Lines(header, entries)


def read_header(path: Path, schema: Schema) -> Entry:
    """The header alone.  The file is closed again, so that it may be replaced, on Windows too.

    Raises as :func:`read_lines`.
    """
    with closing(_texts(path)) as texts:
        header = _parsed(path, next(texts, ""), 1)
    for number in range(_version(path, header, schema), schema.version):
        header = schema.upgrades[number].header(header)
    return header


def schema_of(path: Path) -> str | None:
    """The name of the schema that a file says it follows; ``None`` for one of another kind, or that can't be read."""
    try:
        with closing(_texts(path)) as texts:
            header = _parsed(path, next(texts, ""), 1)
    except InputError:
        return None
    name, slash, _ = str(header.get("schema", "")).rpartition("/")
    return name if slash else None


def _upgraded(header: Entry, entries: Iterator[Entry], upgrade: Upgrade) -> tuple[Entry, Iterator[Entry]]:
    return upgrade.header(header), (upgrade.line(header, entry) for entry in entries)


def _version(path: Path, header: Entry, schema: Schema) -> int:
    name, _, number = str(header.get("schema", "")).rpartition("/")
    if name != schema.name or not number.isdecimal():
        raise InputError(f"{path}: is no {schema.name} file; name one that dualface has written.", file=path)
    version = int(number)
    if version > schema.version:
        raise InputError(f"{path}: was written by a newer dualface ({name}/{version}); update dualface to read it.", file=path)
    if any(step not in schema.upgrades for step in range(version, schema.version)):
        raise InputError(f"{path}: is of a version that is no longer read ({name}/{version}); make it anew.", file=path)
    return version


def _texts(path: Path) -> Generator[str]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if _is_packed(path) else path.open(encoding="utf-8") as file:
            yield from file
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is cut off or damaged"
        raise InputError(f"{path}: can't be read ({reason}); check the path, or make it anew.", file=path) from error


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _parsed(path: Path, text: str, number: int) -> Entry:
    try:
        entry = entry_of(text)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        raise InputError(f"{path}: line {number} is damaged or cut off; make the file anew.", file=path)
    return entry


def number(value: float) -> float:
    """A finite number, 0 for one that is none; whole ones as ``int``, which is shorter."""
    if not math.isfinite(value):
        return 0
    return int(value) if value == int(value) else float(value)
