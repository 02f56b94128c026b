"""Clients that are too slow are not waited for: they would keep connections and memory from others."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 20.0
"""How long a request's head may take."""
PIECE_SECONDS = 30.0
"""How long the next piece of a request's body may take, or of an answer to be taken."""
LEAST_RATE = 10_000
"""Bytes of a body in a second, on average."""


class PatientProtocol(H11Protocol):
    """HTTP as uvicorn speaks it; whoever does not send a request's head, or does not take an answer, is cut off."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head = self.loop.call_later(HEADER_SECONDS, self._cut_off)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        busy = self.cycle is not None and not self.cycle.response_complete
        if busy and self._head is not None:
            self._head.cancel()
            self._head = None
        elif not busy and self._head is None:
            self._head = self.loop.call_later(HEADER_SECONDS, self._cut_off)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head, self._taking):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking = self.loop.call_later(PIECE_SECONDS, self._cut_off)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _cut_off(self) -> None:
        self.transport.abort()


class Patience:
    """ASGI middleware that ends a request whose body comes too slowly, with 408."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, got, whole, answering = time.monotonic(), 0, False, False

        async def patient() -> Message:
            nonlocal got, whole
            if whole:
                return await receive()
            left = PIECE_SECONDS + got / LEAST_RATE - (time.monotonic() - began)
            message = await asyncio.wait_for(receive(), min(max(left, 0.001), PIECE_SECONDS))
            got += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            return message

        async def noticed(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self._app(scope, patient, noticed)
        except TimeoutError:
            if answering:
                raise
            slow = JSONResponse({"error": "The request came too slowly."}, 408, {"connection": "close"})
            await slow(scope, receive, send)
