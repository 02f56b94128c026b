"""Running the server until somebody ends it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from dualface.review.access import Access
from dualface.review.app import create_app
from dualface.review.desk import Desk
from dualface.review.library import Library
from dualface.review.listening import listening_at, origin_of

_GOODBYE_SECONDS = 2
"""How long answers that are under way may take once the server is to end."""


class ReviewServer(uvicorn.Server):
    """Serves ``desk`` at ``host`` and ``port`` (0: any free one); :meth:`serve_films` returns when it was ended.

    Raises :class:`~dualface.errors.DeviceError` where the address can't be had.
    """

    def __init__(self, desk: Desk, access: Access, host: str = "127.0.0.1", port: int = 0) -> None:
        app = create_app(desk, access)
        settings = {"log_level": "warning", "access_log": False, "server_header": False, "lifespan": "on"}
        super().__init__(uvicorn.Config(app, timeout_graceful_shutdown=_GOODBYE_SECONDS, **settings))  # type: ignore[arg-type]
        self._desk = desk
        self._listening = listening_at(host, port)
        self.origin = origin_of(host, self._listening)
        self.address = f"{self.origin}/?token={access.token}"

    def serve_films(self) -> None:
        """Until Ctrl-C, or until ``should_exit`` is set."""
        with self._listening:
            self.run([self._listening])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams of news and the work first: neither would end by itself."""
        self._desk.end()
        await super().shutdown(sockets)


def serve(shown: Path, *, host: str, port: int, password: str, ready: Callable[[str], None]) -> None:
    """Serves the films of a folder, or one film, until Ctrl-C; ``ready`` is told the address once it can be opened.

    Raises :class:`~dualface.errors.InputError` for what is no folder, film or video, and what :class:`ReviewServer` raises.
    """
    server = ReviewServer(Desk(Library(shown)), Access(password=password), host, port)
    ready(server.address)
    server.serve_films()
