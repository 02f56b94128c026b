"""Who may talk to the server: whoever has its token or password, from its own pages only.

A page of another site, open in another tab, can send requests here too.  It has no cookie of ours (``SameSite``), and names
itself in ``Origin`` and ``Sec-Fetch-Site``; one that has pointed a name of its own at this machine names itself in ``Host``.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "dualface"
LOGIN = "/login"
SAFE = {"GET", "HEAD"}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Access:
    """``token`` opens the server, and so does ``password`` where there is one: for a server that a network reaches."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    password: str = ""

    def fits_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self.token.encode())

    def fits_password(self, text: str) -> bool:
        return bool(self.password) and hmac.compare_digest(text.encode(), self.password.encode())

    def let_in(self, response: Response, port: int) -> Response:
        """The response, with the cookie that stands for the token."""
        response.set_cookie(f"{COOKIE}-{port}", self.token, httponly=True, samesite="strict", path="/")
        return response


class Guard:
    """ASGI middleware that hands on only what :class:`Access` and the headers allow, and adds headers that protect the page."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = self.refusal(scope)
        await (refusal or self._app)(scope, receive, protected)

    def refusal(self, scope: Scope) -> Response | None:
        """What is answered instead; ``None`` for a request that may go on."""
        headers, method, path = Headers(scope=scope), scope["method"], scope["path"]
        host = headers.get("host", "")
        if not self._is_ours(host):
            return no(f"This server is not called {host}.", 421)
        origin = headers.get("origin")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return no("Requests from other sites are refused.", 403)
        if method not in SAFE and origin is None:
            return no("Requests that change something must say where they come from.", 403)
        if path != "/" and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return no("Requests from other sites are refused.", 403)
        return self._unknown(scope, headers, method, path)

    def _unknown(self, scope: Scope, headers: Headers, method: str, path: str) -> Response | None:
        if path == "/" and method == "GET" and (token := QueryParams(scope["query_string"]).get("token")):
            if self._access.fits_token(token):
                return self._access.let_in(RedirectResponse("/", 303), port_of(scope))
            return no("This address is of another run of dualface; use the one that it printed last.", 403)
        if self._access.fits_token(cookie_of(headers, port_of(scope))) or (path == LOGIN and self._access.password):
            return None
        if self._access.password and path == "/":
            return RedirectResponse(LOGIN, 303)
        return no("Open the address that dualface has printed; it has a token that this request lacks.", 401)

    def _is_ours(self, host: str) -> bool:
        name = host.rsplit(":", 1)[0].strip("[]") if not host.endswith("]") else host.strip("[]")
        if not self._access.password:
            return name in _LOOPBACK
        return name in _LOOPBACK or _is_address(name) or name.casefold() in _own_names()


def _own_names() -> set[str]:
    name = socket.gethostname().casefold()
    return {name, f"{name}.local", socket.getfqdn().casefold()}


def _is_address(name: str) -> bool:
    """A number can't be pointed elsewhere, as a name can."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def port_of(scope: Mapping[str, Any]) -> int:
    """Cookies know no ports, so ours has it in its name: two servers on one machine do not disturb each other."""
    return int((scope.get("server") or ("", 0))[1] or 0)


def cookie_of(headers: Headers, port: int) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(f"{COOKIE}-{port}")
    except CookieError:
        return ""
    return found.value if found is not None else ""


def no(why: str, status: int) -> Response:
    return PlainTextResponse(why + "\n", status)
