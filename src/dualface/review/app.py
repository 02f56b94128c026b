"""The application: routes, the page's own files, and the guard in front of both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from dualface.errors import DualfaceError
from dualface.review.access import Access, Guard
from dualface.review.desk import Desk
from dualface.review.requests import PAGE
from dualface.review.routes import desk_routes, login_routes, told


def create_app(desk: Desk, access: Access, more: Sequence[BaseRoute] = ()) -> Starlette:
    """The server's application for the films of ``desk``; ``more`` routes stand behind the same guard."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        desk.news.begin()
        yield
        desk.news.end()

    routes: list[BaseRoute] = [
        Route("/", _page),
        *login_routes(access),
        *desk_routes(desk),
        *more,
        Mount("/page", StaticFiles(directory=PAGE)),
    ]
    guard = Middleware(Guard, access=access)
    return Starlette(routes=routes, middleware=[guard], lifespan=lifespan, exception_handlers={DualfaceError: told})


async def _page(_: Request) -> Response:
    return FileResponse(PAGE / "index.html")
