"""Running the service until somebody ends it."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from dualface.errors import OutputError
from dualface.file_lock import try_lock
from dualface.review.listening import listening_at, origin_of
from dualface.service.app import create_app
from dualface.service.asked import checked_settings
from dualface.service.folders import Folders
from dualface.service.job_store import JobStore
from dualface.service.limits import Limits
from dualface.service.making import Maker
from dualface.service.metrics import Metrics
from dualface.service.patience import PatientProtocol
from dualface.service.tokens import Right, Tokens
from dualface.service.workshop import Workshop

_GOODBYE_SECONDS = 2
_MOST_CONNECTIONS = 1000
_FIRST = "first"


@dataclass(frozen=True)
class Settings:
    """How to serve: ``workers`` jobs at a time, ``config`` for all of them; ``private`` addresses may be fetched from."""

    host: str = "127.0.0.1"
    port: int = 0
    workers: int = 1
    config: Path | None = None
    private: bool = False
    limits: Limits = field(default_factory=Limits)
    metrics_port: int | None = None
    command: Sequence[str] = ()
    films: bool = True


@dataclass(frozen=True)
class Ready:
    """Where the service is; ``token`` is the one that was made, because there was none."""

    address: str
    token: str
    metrics_port: int | None


class Service(uvicorn.Server):
    """Ends the streams of news first: they would not end by themselves."""

    def __init__(self, config: uvicorn.Config, workshop: Workshop) -> None:
        super().__init__(config)
        self._workshop = workshop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._workshop.news.end()
        await super().shutdown(sockets)


def serve(root: Path, settings: Settings, ready: Callable[[Ready], None]) -> None:
    """Serves ``root`` until Ctrl-C; ``ready`` is told where once it can be asked.

    Raises :class:`~dualface.errors.OutputError` for a folder that can't be used or that another service has,
    :class:`~dualface.errors.DeviceError` where the address can't be had, and
    :class:`~dualface.errors.ConfigurationError` where the port of the metrics can't.
    """
    checked_settings({})  # the first time takes seconds, which nobody is to wait for
    folders = Folders(root.absolute())
    with _owned(folders), listening_at(settings.host, settings.port) as listening:
        tokens = Tokens(folders.tokens)
        token = "" if tokens.names() else tokens.add(_FIRST, [Right.ADMIN])
        store = JobStore(folders.database)
        try:
            maker = Maker(folders, store, settings.limits, settings.private, settings.config, *_command(settings))
            workshop = Workshop(folders, store, maker, settings.limits, settings.workers)
            metrics = Metrics(workshop)
            with metrics.served(settings.metrics_port) as metrics_port:
                server = _server(workshop, tokens, metrics, films=settings.films)
                ready(Ready(origin_of(settings.host, listening), token, metrics_port))
                server.run([listening])
        finally:
            store.close()


def _server(workshop: Workshop, tokens: Tokens, metrics: Metrics, *, films: bool) -> Service:
    config = uvicorn.Config(
        create_app(workshop, tokens, metrics, films=films),
        http=PatientProtocol,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        lifespan="on",
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
    )
    return Service(config, workshop)


def _command(settings: Settings) -> list[Sequence[str]]:
    return [settings.command] if settings.command else []


@contextlib.contextmanager
def _owned(folders: Folders) -> Iterator[None]:
    """Nobody else serves the folder meanwhile: two would make each job twice."""
    before = os.umask(0o077)
    try:
        folders.prepare()
        lock = folders.lock.open("ab")
    except OSError as error:
        what = f"{folders.root} can't be written ({error.strerror or error}); choose another folder."
        raise OutputError(what, file=folders.root) from error
    finally:
        os.umask(before)
    with lock:
        with contextlib.suppress(OSError):  # a file system without locks
            if not try_lock(lock):
                raise OutputError(
                    f"{folders.root} is served already by another process; end that one first.", file=folders.root
                )
        yield
