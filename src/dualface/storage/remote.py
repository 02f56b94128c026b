"""Files in storage: listed, fetched and put, each whole or not at all.

Credentials are where the provider's own tools have them (``~/.aws``, ``AWS_…``, ``GOOGLE_APPLICATION_CREDENTIALS``), and are
never asked for here.  What libraries say of an error may hold them, so it is never repeated.
"""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dualface.batch.inputs import VIDEO_SUFFIXES
from dualface.errors import ConfigurationError, DeviceError, InputError, OutputError
from dualface.storage.urls import as_url, joined, shown

_WHOLE_AT_ONCE = {"s3", "s3a", "gs", "gcs", "az", "abfs", "adl"}
"""Storage in which an object is there when all of it is."""
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')
_PIECE = 4 << 20
_ANSWERS_ONLY = {"http", "https"}


@dataclass(frozen=True)
class Facts:
    """``size`` in bytes; ``version`` changes with the content where the storage tells; ``md5`` where it is known."""

    size: int
    version: str = ""
    md5: str = ""


class Remote:
    """The file or folder at an address.  Raises :class:`~dualface.errors.ConfigurationError` for a scheme that nobody knows and
    :class:`~dualface.errors.DeviceError` where the library for it is missing.
    """

    def __init__(self, url: str) -> None:
        self.url, self.shown = url, shown(url)
        self.scheme = url.partition("://")[0]
        try:
            import fsspec

            self._storage, self._path = fsspec.core.url_to_fs(url)
        except ImportError as error:
            which = "dualface[storage]" if error.name == "fsspec" else f"what fsspec needs for {self.scheme}://"
            raise DeviceError(f"{self.shown} needs {which}; install it with pip.") from None
        except ValueError:
            raise ConfigurationError(f"{self.shown} is of a kind of storage that fsspec does not know.") from None

    def facts(self) -> Facts | None:
        """What is known of the file; ``None`` where there is none.  Raises :class:`~dualface.errors.InputError`."""
        with _told(self.shown, InputError, "read"):
            try:
                self._storage.invalidate_cache()
                info = self._storage.info(self._path)
            except FileNotFoundError:
                return None
        return None if info.get("type") == "directory" else _facts(info)

    def videos(self) -> list[str]:
        """The addresses of the videos that a file, folder or pattern names.

        Raises :class:`~dualface.errors.InputError` where there are none.
        """
        with _told(self.shown, InputError, "read"):
            if self.scheme in _ANSWERS_ONLY:
                return [self.url]
            if "*" in self._path:
                found = self._storage.glob(self._path)
            elif self._storage.isdir(self._path):
                found = self._storage.ls(self._path, detail=False)
            else:
                return [self.url]
        videos = sorted(path for path in found if Path(path).suffix.lower() in VIDEO_SUFFIXES)
        if not videos:
            raise InputError(f"{self.shown} holds no videos.")
        return [as_url(self._storage.unstrip_protocol(path)) or path for path in videos]

    def fetch(self, path: Path, facts: Facts) -> None:
        """Writes the file to ``path``, checked by its size, its MD5 where it is known, and by whether it has changed meanwhile.

        Raises :class:`~dualface.errors.InputError`.
        """
        part, digest, size = path.with_name(f".{path.name}.part"), hashlib.md5(usedforsecurity=False), 0
        try:
            with (
                _told(self.shown, InputError, "fetched"),
                self._storage.open(self._path, "rb") as there,
                part.open("wb") as here,
            ):
                while piece := there.read(_PIECE):
                    digest.update(piece)
                    size += len(piece)
                    here.write(piece)
            if size != facts.size or (facts.md5 and digest.hexdigest() != facts.md5):
                raise InputError(f"{self.shown} did not arrive as it is there ({size} of {facts.size} bytes); try again.")
            if self.facts() != facts:
                raise InputError(f"{self.shown} was changed while it was fetched; try again when it is finished.")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def put(self, path: Path, name: str) -> None:
        """Puts a file into the folder: whole under its name, or not at all.  Raises :class:`~dualface.errors.OutputError`."""
        target = Remote(joined(self.url, name))
        with _told(target.shown, OutputError, "written"):
            if self.scheme in _WHOLE_AT_ONCE:
                self._storage.put_file(str(path), target._path)
            else:
                self._storage.makedirs(self._path, exist_ok=True)
                part = Remote(joined(self.url, f".{name}.part"))._path
                self._storage.put_file(str(path), part)
                self._storage.mv(part, target._path)
        there = target.facts()
        if there is None or there.size != path.stat().st_size or (there.md5 and there.md5 != _md5(path)):
            target.remove()
            raise OutputError(f"{target.shown} did not arrive as it is here; try again.")

    def read(self, name: str) -> bytes | None:
        """A small file in the folder; ``None`` where there is none.  Raises :class:`~dualface.errors.InputError`."""
        there = Remote(joined(self.url, name))
        with _told(there.shown, InputError, "read"):
            try:
                self._storage.invalidate_cache()
                content: bytes = self._storage.cat_file(there._path)
            except FileNotFoundError:
                return None
        return content

    def remove(self) -> None:
        """Removes the file, if it is there.  Raises :class:`~dualface.errors.OutputError`."""
        with _told(self.shown, OutputError, "removed"):
            try:
                self._storage.rm_file(self._path)
            except FileNotFoundError:
                return

    def check_writable(self) -> None:
        """Raises :class:`~dualface.errors.ConfigurationError` for what only answers."""
        if self.scheme in _ANSWERS_ONLY:
            raise ConfigurationError(f"{self.shown} can't be written to; name a folder, or storage such as s3://bucket/folder.")


@contextmanager
def _told(where: str, kind: type[InputError] | type[OutputError], what: str) -> Iterator[None]:
    """Whatever a library raises, in our words: its own may name secrets."""
    try:
        yield
    except (InputError, OutputError, KeyboardInterrupt):
        raise
    except FileNotFoundError:
        raise kind(f"{where} does not exist; check the address.") from None
    except PermissionError:
        how = "access is refused; check the credentials where the provider's own tools have them"
        raise kind(f"{where} can't be {what}: {how}.") from None
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "no space is left on the disk" if full else type(error).__name__
        raise kind(f"{where} can't be {what} ({why}).") from None


def _facts(info: dict[str, Any]) -> Facts:
    tag = str(info.get("ETag") or info.get("etag") or "")
    plain = _MD5.fullmatch(tag)
    encrypted = str(info.get("ServerSideEncryption") or "").startswith("aws:kms") or info.get("SSECustomerAlgorithm")
    md5 = plain[1] if plain is not None and not encrypted and "ETag" in info and "StorageClass" in info else ""
    version = tag or str(info.get("mtime") or info.get("LastModified") or info.get("updated") or "")
    return Facts(int(info.get("size") or 0), version, md5)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
