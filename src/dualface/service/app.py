"""The service's application: the routes of jobs, those of the review page, and the guards in front of both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from dualface.errors import DualfaceError
from dualface.review.requests import PAGE as FILMS_PAGE
from dualface.service.access import HOME, ServiceGuard, login_routes
from dualface.service.metrics import CountedRequests, Metrics
from dualface.service.patience import Patience
from dualface.service.routes import job_routes, open_routes, told
from dualface.service.tokens import Tokens
from dualface.service.workshop import Workshop

_PAGE = Path(__file__).parent / "page"


def create_app(workshop: Workshop, tokens: Tokens, metrics: Metrics, *, films: bool = True) -> Starlette:
    """The server's application; ``films`` can be looked at and corrected too, for which much is loaded."""
    shown = _Films(workshop) if films else None

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        workshop.news.begin()
        workshop.on_end = metrics.on_end
        if shown is not None:
            shown.desk.news.begin()
        await run_in_threadpool(workshop.begin)
        yield
        await run_in_threadpool(workshop.end)
        if shown is not None:
            await run_in_threadpool(shown.desk.end)

    async def jobs_page(_: Request) -> Response:
        return FileResponse(_PAGE / "jobs.html")

    routes: list[BaseRoute] = [
        Route(HOME, jobs_page),
        *login_routes(tokens, str(_PAGE / "login.html")),
        *open_routes(),
        *job_routes(workshop),
        *(shown.routes() if shown is not None else []),
        metrics.route(),
        Mount("/page", StaticFiles(directory=FILMS_PAGE)),
        Mount("/service", StaticFiles(directory=_PAGE)),
    ]
    guards = [
        Middleware(CountedRequests, metrics=metrics),
        Middleware(ServiceGuard, tokens=tokens),
        Middleware(Patience),
    ]
    return Starlette(routes=routes, middleware=guards, lifespan=lifespan, exception_handlers={DualfaceError: told})


class _Films:
    """The review page of the films that were made."""

    def __init__(self, workshop: Workshop) -> None:
        from dualface.service.films import desk_of

        self.desk = desk_of(workshop)

    def routes(self) -> list[Route]:
        from dualface.review.routes import desk_routes

        async def page(_: Request) -> Response:
            return FileResponse(FILMS_PAGE / "index.html")

        return [Route("/", page), *desk_routes(self.desk)]
