"""What a request holds, and where the page's own files are.  Imports nothing heavy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from starlette.requests import Request

from dualface.errors import DualfaceError

PAGE = Path(__file__).parent / "page"
_LONGEST_BODY = 1 << 20


class UnknownFilmError(DualfaceError):
    """Nobody knows such a film."""


async def body_of(request: Request) -> dict[str, Any]:
    """Raises :class:`~dualface.errors.DualfaceError` for a body that is no object, or too long."""
    try:
        found = json.loads(await content_of(request))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DualfaceError("The request is no JSON object.")
    return found


async def content_of(request: Request) -> bytes:
    """Raises :class:`~dualface.errors.DualfaceError` for a body that is too long."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > _LONGEST_BODY:
            raise DualfaceError("That is too long.")
    return bytes(content)
