"""What the service answers to programs: jobs are submitted, followed, cancelled, and their results fetched."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from dualface.errors import DualfaceError, InputError
from dualface.files import sync_folder
from dualface.review.requests import UnknownFilmError, body_of
from dualface.service.access import caller_of, forbidden
from dualface.service.addresses import checked_url
from dualface.service.asked import checked_settings, from_query
from dualface.service.job_store import QueueFullError, State, StoredJob, new_id
from dualface.service.names import safe_name
from dualface.service.openapi import document
from dualface.service.tokens import Caller, Right
from dualface.service.uploading import BrokenOffError, TooLargeError, receive
from dualface.service.workshop import NoRoomError, Workshop

_MOST_LISTED = 500
_LONGEST_KEY, _LONGEST_URL = 200, 4000
_STATUS: dict[type[DualfaceError], int] = {
    TooLargeError: 413,
    QueueFullError: 429,
    BrokenOffError: 400,
    NoRoomError: 507,
}


class NoSuchJobError(DualfaceError):
    """There is none, or it belongs to somebody else."""


class JobAnswers:
    """The answers to requests below ``/api/v1/``."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop, self._store = workshop, workshop.store

    async def _found(self, request: Request) -> StoredJob:
        job = await run_in_threadpool(self._store.get, request.path_params["id"])
        caller = caller_of(request)
        if job is None or not (caller.may(Right.READ) or job.owner == caller.name):
            raise NoSuchJobError("There is no such job.")
        return job

    async def listed(self, request: Request) -> Response:
        caller, query = caller_of(request), request.query_params
        state = State(query["state"]) if query.get("state") in list(State) else None
        most, before = _number(query.get("limit"), 100), _number(query.get("before"), None)
        owner = None if caller.may(Right.READ) else caller.name
        jobs = await run_in_threadpool(
            self._store.some, state=state, owner=owner, before=before, most=min(most or 1, _MOST_LISTED)
        )
        counts = await run_in_threadpool(self._store.counts) if owner is None else None
        return JSONResponse({"jobs": [_with_links(self._workshop.described(job)) for job in jobs], "counts": counts})

    async def submit_url(self, request: Request) -> Response:
        caller = caller_of(request)
        if not caller.may(Right.SUBMIT):
            return forbidden(Right.SUBMIT)
        asked = await body_of(request)
        url, settings, name = asked.get("url"), asked.get("settings") or {}, asked.get("name") or ""
        if not isinstance(url, str) or not isinstance(settings, dict) or not isinstance(name, str) or len(url) > _LONGEST_URL:
            raise InputError('The body must be like {"url": "https://…", "settings": {"layout": "stacked"}}.')
        parts = checked_url(url)
        key = _key(request)
        if known := await run_in_threadpool(self._store.with_key, caller.name, key):
            return _submitted(self._workshop, known, new=False)
        settings = await run_in_threadpool(checked_settings, settings)
        await run_in_threadpool(self._workshop.check_room)
        job = StoredJob(new_id(), safe_name(name or unquote(parts.path)), url, settings, caller.name, key)
        stored, new = await run_in_threadpool(self._workshop.submit, job)
        return _submitted(self._workshop, stored, new=new)

    async def upload(self, request: Request) -> Response:
        caller = caller_of(request)
        if not caller.may(Right.SUBMIT):
            return forbidden(Right.SUBMIT)
        key = _key(request)
        if known := await run_in_threadpool(self._store.with_key, caller.name, key):
            return _submitted(self._workshop, known, new=False)
        settings = await run_in_threadpool(checked_settings, from_query(request.query_params))
        if (await run_in_threadpool(self._store.counts))[State.QUEUED] >= self._workshop.limits.waiting:
            raise QueueFullError("No more jobs may wait; try again later.")
        job = StoredJob(new_id(), safe_name(request.path_params["name"]), "", settings, caller.name, key)
        incoming = self._workshop.folders.incoming / job.id
        await receive(request, incoming, self._workshop)
        stored, new = await run_in_threadpool(_keep, self._workshop, incoming, job)
        return _submitted(self._workshop, stored, new=new)

    async def one(self, request: Request) -> Response:
        return JSONResponse(_with_links(self._workshop.described(await self._found(request))))

    async def cancel(self, request: Request) -> Response:
        job = await self._found(request)
        if not _may_change(caller_of(request), job):
            return forbidden(Right.ADMIN)
        if job.state.final:
            return JSONResponse({"error": f"The job is {job.state.value} already."}, 409)
        return JSONResponse(_with_links(self._workshop.described(await run_in_threadpool(self._workshop.cancel, job.id))), 202)

    async def remove(self, request: Request) -> Response:
        job = await self._found(request)
        if not _may_change(caller_of(request), job):
            return forbidden(Right.ADMIN)
        if not await run_in_threadpool(self._workshop.remove, job.id):
            return JSONResponse({"error": "The job has not ended; cancel it first."}, 409)
        return Response(status_code=204)

    async def results(self, request: Request) -> Response:
        job = await self._found(request)
        paths = await run_in_threadpool(_results, self._workshop, caller_of(request), job)
        files = [{"name": path.name, "bytes": path.stat().st_size, "href": f"{_base(job)}/files/{path.name}"} for path in paths]
        return JSONResponse({"files": files})

    async def result(self, request: Request) -> Response:
        job = await self._found(request)
        paths = await run_in_threadpool(_results, self._workshop, caller_of(request), job)
        path = next((path for path in paths if path.name == request.path_params["name"]), None)
        if path is None:
            raise NoSuchJobError("The job has no such file.")
        return FileResponse(path, filename=path.name)

    async def events(self, request: Request) -> Response:
        caller = caller_of(request)

        def wants(_: str, facts: dict[str, Any]) -> bool:
            return caller.may(Right.READ) or facts.get("owner") == caller.name

        return self._workshop.news.stream(wants)

    async def events_of_one(self, request: Request) -> Response:
        id = (await self._found(request)).id

        async def first() -> tuple[str, dict[str, Any]] | None:
            job = await run_in_threadpool(self._store.get, id)
            return ("job", self._workshop.described(job)) if job is not None else None

        def ends(kind: str, facts: dict[str, Any]) -> bool:
            return kind == "removed" or State(facts["state"]).final

        return self._workshop.news.stream(lambda _, facts: facts.get("id") == id, ends, first)


def job_routes(workshop: Workshop) -> list[Route]:
    """Routes below ``/api/v1/``."""
    answers, base = JobAnswers(workshop), "/api/v1/jobs"
    return [
        Route(base, answers.listed),
        Route(base, answers.submit_url, methods=["POST"]),
        Route("/api/v1/uploads/{name:str}", answers.upload, methods=["PUT", "POST"]),
        Route("/api/v1/events", answers.events),
        Route(f"{base}/{{id:str}}", answers.one),
        Route(f"{base}/{{id:str}}", answers.remove, methods=["DELETE"]),
        Route(f"{base}/{{id:str}}/cancel", answers.cancel, methods=["POST"]),
        Route(f"{base}/{{id:str}}/events", answers.events_of_one),
        Route(f"{base}/{{id:str}}/files", answers.results),
        Route(f"{base}/{{id:str}}/files/{{name:str}}", answers.result),
    ]


def open_routes() -> list[Route]:
    """Routes for everybody."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def described(_: Request) -> Response:
        return JSONResponse(document())

    return [Route("/health", health), Route("/openapi.json", described)]


async def told(_: Request, error: Exception) -> Response:
    """What went wrong, and the status that says it to programs."""
    status = 404 if isinstance(error, (NoSuchJobError, UnknownFilmError)) else _STATUS.get(type(error), 422)  # type: ignore[arg-type]
    headers = {"retry-after": "30"} if status in (429, 507) else None
    return JSONResponse({"error": str(error)}, status, headers)


def _keep(workshop: Workshop, incoming: Path, job: StoredJob) -> tuple[StoredJob, bool]:
    """Gives an upload its place, and then its job: a job that is there has its video."""
    source, new = workshop.folders.source(job), False
    try:
        source.parent.mkdir(parents=True)
        incoming.replace(source)
        sync_folder(source.parent)
        sync_folder(source.parent.parent)
        sync_folder(workshop.folders.jobs)
        stored, new = workshop.submit(job)
        return stored, new
    finally:
        if not new:  # another request with the same key was faster, or there is no room in the queue
            workshop.folders.remove(job.id)
            incoming.unlink(missing_ok=True)


def _results(workshop: Workshop, caller: Caller, job: StoredJob) -> list[Path]:
    if job.state is not State.DONE:
        return []
    return workshop.folders.results(job.id, faces=caller.may(Right.ADMIN))


def _may_change(caller: Caller, job: StoredJob) -> bool:
    return caller.may(Right.ADMIN) or (caller.may(Right.SUBMIT) and job.owner == caller.name)


def _submitted(workshop: Workshop, job: StoredJob, *, new: bool) -> Response:
    facts = _with_links(workshop.described(job))
    return JSONResponse(facts, 201 if new else 200, {"location": _base(job)})


def _base(job: StoredJob) -> str:
    return f"/api/v1/jobs/{job.id}"


def _with_links(facts: dict[str, Any]) -> dict[str, Any]:
    base = f"/api/v1/jobs/{facts['id']}"
    links = {"self": base, "events": f"{base}/events", "files": f"{base}/files"}
    if facts["state"] == State.DONE:
        links["review"] = f"/#/film/{film_id(facts['id'], facts['name'])}"
    return facts | {"links": links}


def film_id(id: str, name: str) -> str:
    """What the page calls the film of a job: see :meth:`~dualface.review.library.Library`."""
    stem = Path(name).stem
    return hashlib.sha256(f"{id}/film/{stem}".encode()).hexdigest()[:16]


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and (not key or len(key) > _LONGEST_KEY):
        raise InputError(f"The header Idempotency-Key must have 1 to {_LONGEST_KEY} letters.")
    return key


def _number(text: str | None, usual: int | None) -> int | None:
    if text is None:
        return usual
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise InputError("limit and before must be numbers.")
    return int(text)
