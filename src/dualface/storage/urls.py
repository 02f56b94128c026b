"""Addresses of storage, and what may be shown of them.  Imports nothing heavy."""

from __future__ import annotations

import re
from pathlib import Path

_URL = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+):(/+)(.*)", re.DOTALL)
"""A scheme has two letters or more: one letter is a drive of Windows.  A path keeps one of two slashes."""


def as_url(given: str | Path) -> str | None:
    """The address that a text or a path of the command line is; ``None`` for a local path."""
    text = given.as_posix() if isinstance(given, Path) else given
    found = _URL.fullmatch(text)
    if found is None or (isinstance(given, str) and len(found[2]) < 2):
        return None
    scheme, rest = found[1].lower(), found[3]
    return f"file:///{rest}" if scheme == "file" else f"{scheme}://{rest}"


def shown(url: str) -> str:
    """An address without name, password and query, which may be secret."""
    scheme, _, rest = url.partition("://")
    place, query, _ = rest.partition("?")
    host, slash, path = place.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}" + ("?…" if query else "")


def name_of(url: str) -> str:
    """The name of the file at an address."""
    return url.partition("?")[0].rstrip("/").rpartition("/")[2]


def joined(folder: str, name: str) -> str:
    """The address of a file in a folder."""
    return f"{folder.rstrip('/')}/{name}"
