"""Which addresses of a network the service may be sent to: those of the public internet, not what lies behind it.

Whoever submits an address makes this machine ask for it.  Unless it is allowed, that must not reach what only this machine
can: itself, its network, the addresses at which clouds give out credentials.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from dualface.errors import InputError

_EMBEDDING = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
"""Networks of addresses whose last four bytes are one of IPv4 (RFC 6052, RFC 4291)."""


def checked_url(url: str) -> SplitResult:
    """The parts of an address that may be fetched.  Raises :class:`~dualface.errors.InputError`; its text has no secret."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InputError("That is no address of a network.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise InputError("Only addresses that begin with http:// or https:// are fetched.")
    if parts.username is not None or parts.password is not None:
        raise InputError("An address must not hold a name or a password: it would be kept. Upload the video instead.")
    if any(not 32 < ord(letter) < 127 for letter in url):
        raise InputError("The address holds characters that must be written as %XX.")
    return parts


def shown_url(url: str) -> str:
    """An address without what may be secret in it: name, password, query."""
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    except ValueError:
        return "…"
    return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet, whatever it is wrapped in."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and any(found in network for network in _EMBEDDING):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


def connect(host: str, port: int, timeout: float, *, private: bool) -> socket.socket:
    """A connection to a host; unless ``private`` is allowed, to a public address of it only.

    The name is looked up once, and the very address that was checked is connected to: a name that is answered differently
    the next time changes nothing.

    Raises :class:`~dualface.errors.InputError` for what is not allowed, ``OSError`` for the rest.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    allowed = [one for one in found if private or is_public(str(one[4][0]))]
    if not allowed:
        raise InputError(f"{host} is an address of this machine or its network, which the service does not fetch from.")
    trouble: OSError | None = None
    for family, kind, protocol, _, address in allowed:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(timeout)
            connection.connect(address)
            if not private and not is_public(str(connection.getpeername()[0])):
                raise InputError(f"{host} is an address of this machine or its network.")
        except OSError as error:
            connection.close()
            trouble = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise trouble or OSError("no address")
