"""Server-sent events: every open page hears what happens, wherever it was done."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import StreamingResponse

_QUIET_SECONDS = 15.0
"""After so long a line is sent anyway, so that a lost connection is noticed."""
_MOST_WAITING = 256


Wanted = Callable[[str, dict[str, Any]], bool]
"""Whether somebody wants to hear of a kind of news with such facts."""


@dataclass(eq=False)
class _Listener:
    wants: Wanted
    ends: Wanted
    queue: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))


class News:
    """Tells all listeners.  :meth:`tell` may be called from any thread once :meth:`begin` was called in the server's loop."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._run = secrets.token_hex(8)
        """Another one tells pages that they talk to another server: what they count begins anew."""

    def begin(self) -> None:
        self._loop = asyncio.get_running_loop()

    def tell(self, kind: str, /, **facts: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, kind, facts)

    def end(self) -> None:
        """Ends all streams, so that the server can end."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    def stream(
        self,
        wants: Wanted = lambda *_: True,
        ends: Wanted = lambda *_: False,
        first: Callable[[], Awaitable[tuple[str, dict[str, Any]] | None]] | None = None,
    ) -> StreamingResponse:
        """What ``wants`` says, until what ``ends`` says; ``first`` gives what is told at the beginning."""
        lines = self._lines(_Listener(wants, ends), first)
        return StreamingResponse(lines, media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    def _put(self, kind: str, facts: dict[str, Any]) -> None:
        text = _event(kind, facts)
        for listener in tuple(self._listeners):
            if not listener.wants(kind, facts):
                continue
            self._hand(listener, text)
            if listener.ends(kind, facts):
                self._hand(listener, None)

    def _end(self) -> None:
        for listener in tuple(self._listeners):
            self._hand(listener, None)

    def _hand(self, listener: _Listener, text: str | None) -> None:
        if listener.queue.full():  # a page that does not read; it starts anew
            self._listeners.discard(listener)
            listener.queue.get_nowait()
            text = None
        listener.queue.put_nowait(text)

    async def _lines(
        self, listener: _Listener, first: Callable[[], Awaitable[tuple[str, dict[str, Any]] | None]] | None
    ) -> AsyncIterator[str]:
        self._listeners.add(listener)
        try:
            yield f'retry: 1000\nevent: hello\ndata: {{"run": "{self._run}"}}\n\n'
            if first is not None and (now := await first()) is not None:
                yield _event(*now)
                if listener.ends(*now):
                    return
            while True:
                try:
                    text = await asyncio.wait_for(listener.queue.get(), _QUIET_SECONDS)
                except TimeoutError:
                    text = "event: still\ndata: {}\n\n"
                if text is None:
                    return
                yield text
        finally:
            self._listeners.discard(listener)


def _event(kind: str, facts: dict[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(facts)}\n\n"
