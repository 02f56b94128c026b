"""Numbers for Prometheus: jobs, requests, the disk."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dualface.errors import ConfigurationError
from dualface.service.job_store import StoredJob
from dualface.service.workshop import Workshop

_HERE = "127.0.0.1"


class Metrics:
    """What is counted; of jobs by what the queue says, so that it is right after a restart too."""

    def __init__(self, workshop: Workshop) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("dualface_requests", "Requests answered", ["method", "status"], registry=self.registry)
        self.seconds = Histogram("dualface_request_seconds", "Until an answer begins", registry=self.registry)
        buckets = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600)
        self._making = Histogram("dualface_job_seconds", "From taken to ended", registry=self.registry, buckets=buckets)
        self._waiting = Histogram(
            "dualface_job_wait_seconds", "From submitted to taken", registry=self.registry, buckets=buckets
        )
        self._ended = Counter("dualface_jobs_ended", "Jobs that ended", ["state"], registry=self.registry)
        self.registry.register(_Queue(workshop))

    def on_end(self, job: StoredJob) -> None:
        self._ended.labels(job.state.value).inc()
        if job.started is not None and job.finished is not None:
            self._making.observe(max(job.finished - job.started, 0))
            self._waiting.observe(max(job.started - job.submitted, 0))

    def route(self) -> Route:
        async def metrics(_: Request) -> Response:
            text = await run_in_threadpool(generate_latest, self.registry)
            return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})

        return Route("/metrics", metrics)

    @contextmanager
    def served(self, port: int | None) -> Iterator[int | None]:
        """Serves them on this machine's own address too, without a token; gives the port, which 0 lets the system choose.

        Raises :class:`~dualface.errors.ConfigurationError` when the port is taken.
        """
        if port is None:
            yield None
            return
        try:
            server, thread = start_http_server(port, addr=_HERE, registry=self.registry)
        except OSError as error:
            raise ConfigurationError(f"--metrics-port {port} can't be used ({error.strerror}); choose another.") from error
        try:
            yield int(server.server_port)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class CountedRequests:
    """ASGI middleware that counts answers and how long they take to begin."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.seconds.observe(time.monotonic() - began)
                method = scope["method"] if scope["method"] in ("GET", "POST", "PUT", "DELETE", "HEAD") else "other"
                self._metrics.requests.labels(method, message["status"]).inc()
            await send(message)

        await self._app(scope, receive, counted)


class _Queue(Collector):
    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def collect(self) -> Iterable[Metric]:
        jobs = GaugeMetricFamily("dualface_jobs", "Jobs by state", labels=["state"])
        for state, count in self._workshop.store.counts().items():
            jobs.add_metric([state.value], count)
        yield jobs
        free = shutil.disk_usage(self._workshop.folders.root).free
        yield GaugeMetricFamily("dualface_disk_free_bytes", "Room on the disk of the service", value=free)
