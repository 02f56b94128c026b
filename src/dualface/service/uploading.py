"""An upload as it comes in: to the disk piece by piece, never more than is allowed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from dualface.errors import DualfaceError
from dualface.service.workshop import Workshop

_PIECE = 1 << 20
_LOOK_AGAIN = 64 << 20
"""After so many bytes it is looked whether there is still room."""


class TooLargeError(DualfaceError):
    """More than one may upload."""


class BrokenOffError(DualfaceError):
    """The client is gone."""


async def receive(request: Request, path: Path, workshop: Workshop) -> None:
    """Writes the request's body to ``path``, whole and to the disk, or not at all.

    Raises :class:`TooLargeError`, :class:`BrokenOffError` and :class:`~dualface.service.workshop.NoRoomError`.
    """
    most, told = workshop.limits.size, int(request.headers.get("content-length", 0))
    too_large = TooLargeError(f"The video is larger than the {most / 1e9:g} GB that are allowed.")
    if told > most:
        raise too_large
    await run_in_threadpool(workshop.check_room, told)
    whole, written, looked = False, 0, 0
    piece = bytearray()
    file = await run_in_threadpool(path.open, "xb")
    try:
        async for part in request.stream():
            piece += part
            written += len(part)
            if written > most:
                raise too_large
            if len(piece) >= _PIECE:
                await run_in_threadpool(file.write, bytes(piece))
                piece.clear()
            if written - looked >= _LOOK_AGAIN:
                looked = written
                await run_in_threadpool(workshop.check_room)
        if not written:
            raise BrokenOffError("The request has no body; send the video as it is.")
        file.write(piece)
        file.flush()
        await run_in_threadpool(os.fsync, file.fileno())
        whole = True
    except ClientDisconnect:
        raise BrokenOffError("The upload broke off.") from None
    finally:
        file.close()
        if not whole:
            with suppress(OSError):
                path.unlink(missing_ok=True)
