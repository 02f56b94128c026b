"""Fetching one file over HTTP."""

from __future__ import annotations

import bz2
import hashlib
from collections.abc import Callable
from typing import BinaryIO

import dualface

_CHUNK = 1 << 16
_TIMEOUT_SECONDS = 30.0

Progress = Callable[[int, int | None], None]
"""Called with the bytes received so far and the bytes to come in all, ``None`` if the server doesn't say."""


class DownloadError(Exception):
    """What could not be had and why, in a few words."""


def download(url: str, destination: BinaryIO, progress: Progress | None = None) -> str:
    """Writes what ``url`` holds, decompressed if it ends in ``.bz2``; returns the SHA-256 of what was written.

    Raises :class:`DownloadError` if it can't be had whole.
    """
    from http.client import HTTPException  # here, because loading these takes longer than finding a cached model
    from urllib.request import Request, urlopen

    digest = hashlib.sha256()
    unpack = bz2.BZ2Decompressor() if url.endswith(".bz2") else None
    request = Request(url, headers={"User-Agent": f"dualface/{dualface.__version__}"})
    try:
        with urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
            length = response.headers.get("Content-Length")
            total = int(length) if length else None
            done = 0
            while chunk := response.read(_CHUNK):
                done += len(chunk)
                data = unpack.decompress(chunk) if unpack else chunk
                destination.write(data)
                digest.update(data)
                if progress:
                    progress(done, total)
    except (OSError, HTTPException, EOFError, ValueError) as error:
        cause = getattr(error, "reason", None)
        why = str(cause if isinstance(cause, Exception) else error) or type(error).__name__
        raise DownloadError(f"{url} could not be downloaded, {why}") from error
    if (total is not None and done != total) or (unpack and not unpack.eof):
        raise DownloadError(f"{url} could not be downloaded, it ended early, after {done} bytes")
    return digest.hexdigest()
