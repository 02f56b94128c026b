"""Where a server listens."""

from __future__ import annotations

import socket

from dualface.errors import DeviceError
from dualface.files import WINDOWS

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def origin_of(host: str, listening: socket.socket) -> str:
    """The beginning of the addresses at which a server is reached."""
    name = _EVERYWHERE.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{listening.getsockname()[1]}"


def listening_at(host: str, port: int) -> socket.socket:
    """A socket that listens there (port 0: any free one).  Raises :class:`~dualface.errors.DeviceError`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            if not WINDOWS:  # there it would let others listen at the same port
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
            listening.listen()
        except OSError:
            listening.close()
            raise
    except OSError as error:
        why = error.strerror or error
        raise DeviceError(f"{host}:{port} can't be listened on ({why}); choose another --port or --host.") from error
    return listening
