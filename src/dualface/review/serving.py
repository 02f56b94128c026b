"""Running the server until somebody ends it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from dualface.errors import DeviceError
from dualface.review.access import Access
from dualface.review.app import create_app
from dualface.review.desk import Desk
from dualface.review.library import Library


def serve(shown: Path, *, host: str, port: int, password: str, ready: Callable[[str], None]) -> None:
    """Serves the films of a folder, or one film, until Ctrl-C; ``ready`` is told the address once it can be opened.

    ``port`` 0: any free one.  Raises :class:`~dualface.errors.InputError` for what is no folder, film or video, and
    :class:`~dualface.errors.DeviceError` where the address can't be had.
    """
    desk, access = Desk(Library(shown)), Access(password=password)
    with _socket(host, port) as listening:
        config = uvicorn.Config(
            create_app(desk, access),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
            lifespan="on",
        )
        server = _Server(config, desk)
        name = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
        ready(f"http://{name}:{listening.getsockname()[1]}/?token={access.token}")
        server.run([listening])


class _Server(uvicorn.Server):
    """Ends the streams of news first: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self._desk = desk

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._desk.news.end()
        await super().shutdown(sockets)


def _socket(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        raise DeviceError(f"{host}:{port} can't be listened on ({error.strerror or error}); choose another --port or --host.") from error
    return listening
