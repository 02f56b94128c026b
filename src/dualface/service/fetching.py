"""Fetches a video from an address that somebody has submitted: so much at most, for so long at most."""

from __future__ import annotations

import errno
import http.client
import os
import ssl
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import SplitResult, urljoin

from dualface.errors import DiskFullError, InputError
from dualface.service.addresses import checked_url, connect, shown_url

_TIMEOUT = 30.0
_MOST_REDIRECTS = 5
_PIECE = 1 << 20
_REDIRECTS = (301, 302, 303, 307, 308)
Told = Callable[[int, int | None], None]
"""Is told how many bytes there are of how many; may raise to end it."""


def fetch(url: str, path: Path, *, size: int, seconds: float, private: bool, told: Told) -> None:
    """Writes what is at ``url`` to ``path``, which is whole or not there.

    Raises :class:`~dualface.errors.InputError`, :class:`~dualface.errors.DiskFullError`, or what ``told`` raises.  Redirects
    are followed, and each address is checked as the first.
    """
    ends = time.monotonic() + seconds
    part = path.with_name(f".{path.name}.part")
    shown = shown_url(url)
    try:
        for _ in range(_MOST_REDIRECTS + 1):
            further = _fetch_once(checked_url(url), part, size, ends, private, told)
            if further is None:
                part.replace(path)
                return
            url = urljoin(url, further)
        raise InputError(f"{shown} leads from one address to the next, more than {_MOST_REDIRECTS} times.")
    except ssl.SSLError as error:
        raise InputError(f"{shown} can't be fetched (TLS: {error.reason}).") from error
    except http.client.HTTPException as error:
        raise InputError(f"{shown} can't be fetched ({type(error).__name__}).") from error
    except OSError as error:
        if error.filename is not None or error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(f"{path.name} can't be written ({error.strerror}).") from error
        raise InputError(f"{shown} can't be fetched ({error.strerror or error}).") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


class _Http(http.client.HTTPConnection):
    """Connects only where it may; no proxy is asked, since that would connect for it."""

    private = False

    def connect(self) -> None:
        self.sock = connect(self.host, self.port, _TIMEOUT, private=self.private)


class _Https(_Http):
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _fetch_once(parts: SplitResult, part: Path, size: int, ends: float, private: bool, told: Told) -> str | None:
    """Writes the file, or gives the address that it leads to instead."""
    assert parts.hostname is not None
    connection = (_Https if parts.scheme == "https" else _Http)(parts.hostname, parts.port)
    connection.private = private
    with closing(connection):
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "dualface"})
        with closing(connection.getresponse()) as response:
            if response.status in _REDIRECTS and (further := response.headers.get("location")):
                return further
            if response.status != http.client.OK:
                raise InputError(f"{shown_url(parts.geturl())} can't be fetched: its server answers {response.status}.")
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise InputError(f"{shown_url(parts.geturl())} is sent compressed, which was not asked for.")
            _write(response, part, size, ends, told)
    return None


def _write(response: http.client.HTTPResponse, part: Path, size: int, ends: float, told: Told) -> None:
    expected = response.length
    too_large = InputError(f"The video is larger than the {size / 1e9:g} GB that are allowed.")
    if expected is not None and expected > size:
        raise too_large
    written = 0
    with part.open("wb") as file:
        while piece := response.read1(_PIECE):
            written += len(piece)
            if written > size:
                raise too_large
            if time.monotonic() > ends:
                raise InputError("The video takes too long to fetch.")
            file.write(piece)
            told(written, expected)
        if expected is not None and written < expected:
            raise InputError(f"The connection ended after {written} of {expected} bytes.")
        file.flush()
        os.fsync(file.fileno())
