"""Who may do what: tokens with rights, of which the file keeps only hashes."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from dualface.errors import ConfigurationError
from dualface.files import write_whole


class Right(StrEnum):
    """``submit``: to submit videos, and to see, cancel and fetch what one has submitted; ``read``: to see and fetch all;
    ``admin``: everything.
    """

    SUBMIT = "submit"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the name of the token, and its rights."""

    name: str
    rights: frozenset[Right]

    def may(self, right: Right) -> bool:
        return right in self.rights or Right.ADMIN in self.rights


class Tokens:
    """The file of tokens; it is read again when it has changed, so that a new token goes at once.

    A token has 256 random bits: nobody finds one by trying, so a plain SHA-256 of it is enough to keep.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int, int] | None = None
        self._entries: list[tuple[bytes, Caller]] = []

    def caller(self, token: str) -> Caller | None:
        """Whose token this is.  It takes as long for a wrong one as for a right one."""
        given, found = _hash(token), None
        for kept, caller in self._current():
            if hmac.compare_digest(given, kept):
                found = caller
        return found

    def names(self) -> dict[str, frozenset[Right]]:
        """The tokens' names, and what they may."""
        return {caller.name: caller.rights for _, caller in self._current()}

    def add(self, name: str, rights: Iterable[Right]) -> str:
        """Makes a token.  It can't be shown again.

        Raises :class:`~dualface.errors.ConfigurationError` for a name that is taken.
        """
        if name in self.names():
            raise ConfigurationError(f"There is a token called {name!r} already; choose another --token-name.", file=self._path)
        token = f"dualface_{secrets.token_urlsafe(32)}"
        entry = {"name": name, "rights": sorted(rights), "sha256": _hash(token).hex()}
        self._write([*self._stored(), entry])
        return token

    def revoke(self, name: str) -> None:
        """Raises :class:`~dualface.errors.ConfigurationError` where there is none of the name."""
        kept = [entry for entry in self._stored() if entry.get("name") != name]
        if len(kept) == len(self._stored()):
            raise ConfigurationError(f"There is no token called {name!r} in {self._path}.", file=self._path)
        self._write(kept)

    def _current(self) -> list[tuple[bytes, Caller]]:
        try:
            facts = self._path.stat()
        except OSError:
            return []
        now = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        if now != self._read_at:
            self._entries = [_entry(one) for one in self._stored()]
            self._read_at = now
        return self._entries

    def _stored(self) -> list[dict[str, Any]]:
        try:
            found = json.loads(self._path.read_bytes()) if self._path.exists() else []
            for one in found:
                _entry(one)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            what = f"The file of tokens {self._path} can't be read ({type(error).__name__})"
            raise ConfigurationError(f"{what}; repair it, or delete it and make new tokens.", file=self._path) from error
        return list(found)

    def _write(self, entries: list[dict[str, Any]]) -> None:
        before = os.umask(0o077)
        try:
            write_whole(self._path, json.dumps(entries, indent=2).encode())
        finally:
            os.umask(before)


def rights_of(text: str) -> frozenset[Right]:
    """The rights that a text names, with commas between.  Raises :class:`~dualface.errors.ConfigurationError`."""
    try:
        return frozenset(Right(word.strip()) for word in text.split(","))
    except ValueError:
        known = ", ".join(Right)
        raise ConfigurationError(f"--new-token {text}: a token's rights are {known}, with commas between.") from None


def _entry(stored: dict[str, Any]) -> tuple[bytes, Caller]:
    rights = frozenset(Right(right) for right in stored["rights"])
    return bytes.fromhex(stored["sha256"]), Caller(str(stored["name"]), rights)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
