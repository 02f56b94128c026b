"""Server-sent events: every open page hears what happens, wherever it was done."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse

_QUIET_SECONDS = 15.0
"""After so long a line is sent anyway, so that a lost connection is noticed."""
_MOST_WAITING = 256


class News:
    """Tells all listeners.  :meth:`tell` may be called from any thread once :meth:`begin` was called in the server's loop."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._run = secrets.token_hex(8)
        """Another one tells pages that they talk to another server: what they count begins anew."""

    def begin(self) -> None:
        self._loop = asyncio.get_running_loop()

    def tell(self, kind: str, /, **facts: Any) -> None:
        text = f"event: {kind}\ndata: {json.dumps(facts)}\n\n"
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, text)

    def end(self) -> None:
        """Ends all streams, so that the server can end."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, None)

    def stream(self) -> StreamingResponse:
        return StreamingResponse(self._lines(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    def _put(self, text: str | None) -> None:
        for queue in tuple(self._listeners):
            if queue.full():  # a page that does not read; it starts anew
                self._listeners.discard(queue)
                queue.get_nowait()
                text = None
            queue.put_nowait(text)

    async def _lines(self) -> AsyncIterator[str]:
        queue: asyncio.Queue[str | None] = asyncio.Queue(_MOST_WAITING)
        self._listeners.add(queue)
        try:
            yield f'retry: 1000\nevent: hello\ndata: {{"run": "{self._run}"}}\n\n'
            while True:
                try:
                    text = await asyncio.wait_for(queue.get(), _QUIET_SECONDS)
                except TimeoutError:
                    text = "event: still\ndata: {}\n\n"
                if text is None:
                    return
                yield text
        finally:
            self._listeners.discard(queue)
