"""What the server answers.  Films are named by their ids; no address holds a path of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from dualface.review.access import LOGIN, Access
from dualface.review.desk import Desk
from dualface.review.pieces import piece_of
from dualface.review.requests import PAGE, UnknownFilmError, body_of, content_of
from dualface.review.summaries import film_line, source_of

_TOO_FAST = 1.0
"""Seconds that every wrong password costs whoever tried it, and all who try at that time."""


def desk_routes(desk: Desk) -> list[Route]:
    """Routes of the films' data."""

    def threaded(call: Callable[[Request], Response]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return await run_in_threadpool(call, request)

        return answer

    def films(_: Request) -> Response:
        return JSONResponse({"folder": desk.library.root.name, "films": [film_line(entry) for entry in desk.films()]})

    def one(request: Request) -> Response:
        opened = desk.shown(_id(request))
        return JSONResponse(opened.facts() | {"state": opened.state(), "media": opened.media().as_json()})

    def overview(request: Request) -> Response:
        opened = desk.film(_id(request))
        return Response(opened.decided.overview, media_type="application/json")

    def chunk(request: Request) -> Response:
        opened = desk.film(_id(request))
        parts, number = opened.decided.parts, int(request.path_params["number"])
        if number >= len(parts):
            return JSONResponse({"error": "The film has no such part."}, 404)
        version = str(opened.decided_version)
        return Response(parts[number].content, media_type="application/octet-stream", headers={"x-decided": version})

    def media(request: Request) -> Response:
        found = desk.film(_id(request)).media()
        if found.path is None:
            return JSONResponse({"error": found.why}, 404)
        return piece_of(request, found.path, found.media_type)

    def thumbnail(request: Request) -> Response:
        opened = desk.film(_id(request))
        times, media = opened.decider.times, opened.media()
        number = min(int(request.path_params["frame"]), len(times) - 1)
        path = media.path or opened.source
        return _picture(desk.thumbnails.picture(path, media.offset + times[number] + 0.001) if path and times else None)

    def poster(request: Request) -> Response:
        entry = desk.entry(_id(request))
        path = entry.film if entry.film.is_file() else entry.source or source_of(entry)
        return _picture(desk.thumbnails.picture(path, 1.0) if path else None)

    def work(request: Request) -> Response:
        return JSONResponse(desk.work(_id(request), request.path_params["kind"]))

    def stop(request: Request) -> Response:
        desk.works.stop(_id(request), request.path_params["kind"])
        return JSONResponse({})

    def works(_: Request) -> Response:
        return JSONResponse({"works": desk.works.all()})

    async def edit(request: Request) -> Response:
        change = await body_of(request)
        return JSONResponse(await run_in_threadpool(desk.edit, _id(request), change))

    async def news(_: Request) -> Response:
        return desk.news.stream()

    base = "/api/films/{film:str}"
    return [
        Route("/api/films", threaded(films)),
        Route(base, threaded(one)),
        Route(f"{base}/overview", threaded(overview)),
        Route(f"{base}/chunks/{{number:int}}", threaded(chunk)),
        Route(f"{base}/media", threaded(media)),
        Route(f"{base}/thumbnails/{{frame:int}}", threaded(thumbnail)),
        Route(f"{base}/poster", threaded(poster)),
        Route(f"{base}/corrections", edit, methods=["POST"]),
        Route(f"{base}/works/{{kind:str}}", threaded(work), methods=["POST"]),
        Route(f"{base}/works/{{kind:str}}/stop", threaded(stop), methods=["POST"]),
        Route("/api/works", threaded(works)),
        Route("/api/news", news),
    ]


def login_routes(access: Access) -> list[Route]:
    """Routes for those who have a password and no token."""
    trying = asyncio.Lock()

    async def page(_: Request) -> Response:
        return FileResponse(PAGE / "login.html")

    async def log_in(request: Request) -> Response:
        async with trying:  # one at a time, so that guessing takes long however many guess
            given = parse_qs((await content_of(request)).decode(errors="replace")).get("password", [""])[0]
            if not access.fits_password(given):
                await asyncio.sleep(_TOO_FAST)
                return RedirectResponse(f"{LOGIN}?wrong", 303)
        return access.let_in(RedirectResponse("/", 303), int(request.scope["server"][1]))

    return [Route(LOGIN, page), Route(LOGIN, log_in, methods=["POST"])]


async def told(_: Request, error: Exception) -> Response:
    """What went wrong, as the page shows it."""
    return JSONResponse({"error": str(error)}, 404 if isinstance(error, UnknownFilmError) else 422)


def _picture(content: bytes | None) -> Response:
    if content is None:
        return Response(status_code=404)
    return Response(content, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})


def _id(request: Request) -> str:
    return str(request.path_params["film"])
