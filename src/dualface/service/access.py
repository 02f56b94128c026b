"""Who may talk to the service: whoever has a token, in the header ``Authorization`` or, for pages, in a cookie.

What a program sends with its token no page of another site can send.  A cookie comes along by itself, so requests that have
nothing else must come from our own pages, as in :mod:`dualface.review.access`.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dualface.review.access import COOKIE, LOGIN, SAFE, Access, Guard, cookie_of, no, port_of
from dualface.review.requests import content_of
from dualface.service.tokens import Caller, Right, Tokens

PUBLIC = {LOGIN, "/health", "/openapi.json"}
"""What is answered to everybody; nothing of it says what is here."""
API = "/api/v1/"
HOME = "/jobs"
_TOO_FAST = 1.0
"""Seconds that every wrong token costs at the page where it is typed."""


class ServiceGuard(Guard):
    """Hands on only what a token allows; ``scope["state"]["caller"]`` is then who asks."""

    def __init__(self, app: ASGIApp, tokens: Tokens) -> None:
        super().__init__(app, Access())
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})
        await super().__call__(scope, receive, send)

    def refusal(self, scope: Scope) -> Response | None:
        headers, method, path = Headers(scope=scope), scope["method"], scope["path"]
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if bearer:
            caller = self._tokens.caller(bearer.strip()) if scheme.lower() == "bearer" else None
            if caller is None:
                return _unknown()
        else:
            if foreign := _foreign(headers, method, path):
                return foreign
            if path in ("/", HOME) and (token := QueryParams(scope["query_string"]).get("token")):
                return self._opened(token, scope)
            cookie = cookie_of(headers, port_of(scope))
            caller = self._tokens.caller(cookie) if cookie else None
            if caller is None:
                return _stranger(path)
        scope["state"]["caller"] = caller
        return _lacking(caller, method, path)

    def _opened(self, token: str, scope: Scope) -> Response:
        if self._tokens.caller(token) is None:
            return _unknown()
        return with_cookie(RedirectResponse(HOME, 303), token, port_of(scope))


def with_cookie(response: Response, token: str, port: int) -> Response:
    """The response, with the cookie that stands for the token."""
    response.set_cookie(f"{COOKIE}-{port}", token, httponly=True, samesite="strict", path="/")
    return response


def caller_of(request: Request) -> Caller:
    """Who asks, as the guard has found."""
    found: Caller = request.scope["state"]["caller"]
    return found


def login_routes(tokens: Tokens, page: str) -> list[Route]:
    """Where a token is typed once, so that the browser has it."""
    trying = asyncio.Lock()

    async def show(_: Request) -> Response:
        return FileResponse(page)

    async def log_in(request: Request) -> Response:
        token = parse_qs((await content_of(request)).decode(errors="replace")).get("token", [""])[0].strip()
        if tokens.caller(token) is None:
            async with trying:
                await asyncio.sleep(_TOO_FAST)
            return RedirectResponse(f"{LOGIN}?wrong", 303)
        return with_cookie(RedirectResponse(HOME, 303), token, port_of(request.scope))

    return [Route(LOGIN, show), Route(LOGIN, log_in, methods=["POST"])]


def _foreign(headers: Headers, method: str, path: str) -> Response | None:
    """The answer to what may come from another site."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return no("Requests from other sites are refused.", 403)
    if method not in SAFE and origin is None:
        return no("Requests that change something need a token in the header Authorization.", 401)
    opens = method in SAFE and path in ("/", HOME, LOGIN)
    if not opens and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return no("Requests from other sites are refused.", 403)
    return None


def _stranger(path: str) -> Response | None:
    if path in PUBLIC:
        return None
    if path in ("/", HOME):
        return RedirectResponse(LOGIN, 303)
    return _unknown()


def _lacking(caller: Caller, method: str, path: str) -> Response | None:
    """The answer where the token has too few rights; the routes below :data:`API` look for themselves, job by job."""
    if path in PUBLIC or path.startswith((API, "/page/", "/service/")) or path == HOME:
        return None
    if not caller.may(Right.READ):
        return forbidden(Right.READ)
    return forbidden(Right.SUBMIT) if method not in SAFE and not caller.may(Right.SUBMIT) else None


def forbidden(right: Right) -> Response:
    return JSONResponse({"error": f"This token has not the right {right.value}."}, 403)


def _unknown() -> Response:
    return JSONResponse({"error": "A token is needed that the service knows."}, 401, {"www-authenticate": "Bearer"})
