"""The server as a process: killed, slow clients, two for one folder."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from tests.support.services import KilledService

from dualface.errors import OutputError
from dualface.service import patience, serving
from dualface.service.job_store import JobStore, State, StoredJob, new_id
from dualface.service.patience import Patience, PatientProtocol


def test_a_service_that_is_killed_makes_every_job_once(tmp_path: Path) -> None:
    service = KilledService(tmp_path / "service")
    service.start()

    def submit(n: int) -> str:
        name, key = f"talk{n}-0.4.mp4", {"idempotency-key": str(n)}
        id: str = service.ask("PUT", f"/api/v1/uploads/{name}", content=b"video", headers=key).json()["id"]
        return id

    with ThreadPoolExecutor(3) as clients:
        waiting = [clients.submit(submit, n) for n in range(3)]
        for _ in range(2):
            time.sleep(0.3)
            service.kill()
            service.start()
        ids = {one.result() for one in waiting}
    while any(job["state"] in ("queued", "running") for job in service.jobs()):
        time.sleep(0.05)
    jobs = service.jobs()
    assert {job["id"] for job in jobs} == ids
    assert [job["state"] for job in jobs] == ["done"] * 3
    assert service.made() == dict.fromkeys(ids, 1)
    with pytest.raises(OutputError, match="served already"):
        serving.serve(tmp_path / "service", serving.Settings(), lambda _: None)
    service.end()


def test_the_queue_hands_out_each_job_once(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "queue.sqlite")
    ids = [store.submit(StoredJob(new_id(), "a.mp4"), 100)[0].id for _ in range(40)]
    with ThreadPoolExecutor(8) as workers:
        taken = [job.id for job in workers.map(lambda _: store.take(), range(50)) if job is not None]
    assert sorted(taken) == sorted(ids)
    assert taken.count(taken[0]) == 1
    store.cancel(ids[0])
    store.put_back()
    assert store.counts() == {State.QUEUED: 39, State.CANCELLED: 1, State.RUNNING: 0, State.DONE: 0, State.FAILED: 0}
    first = store.take()
    assert first is not None
    assert (first.id, first.attempts) == (ids[1], 2)
    assert store.end(ids[1], State.DONE).state is State.DONE
    assert store.end(ids[1], State.FAILED).state is State.DONE
    assert store.cancel(ids[1]).state is State.DONE
    store.close()


def test_a_job_that_ends_the_service_again_and_again_fails(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "queue.sqlite")
    id = store.submit(StoredJob(new_id(), "a.mp4"), 1)[0].id
    for _ in range(30):  # ended in good order, this counts for nothing
        store.take()
        store.put_back(id)
    for _ in range(20):
        assert store.take() is not None
        store.put_back()
    failed = store.get(id)
    assert failed is not None
    assert failed.state is State.FAILED
    assert "20 times" in failed.error
    store.close()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that waits for nobody longer than a moment."""
    monkeypatch.setattr(patience, "HEADER_SECONDS", 0.3)
    monkeypatch.setattr(patience, "PIECE_SECONDS", 0.3)

    async def takes(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    async def gives(_: Request) -> Response:
        def much() -> Iterator[bytes]:
            for _ in range(2000):
                yield b"x" * 100_000

        return StreamingResponse(much())

    routes = [Route("/", takes, methods=["POST"]), Route("/much", gives)]
    app = Starlette(routes=routes, middleware=[Middleware(Patience)])
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=PatientProtocol, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()
    listening.close()


def everything(client: socket.socket) -> bytes:
    found = bytearray()
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(100_000):
            found += piece
    return bytes(found)


def test_who_sends_no_head_is_cut_off(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nX-Slow: ")
        assert everything(client) == b""


def test_who_sends_a_body_too_slowly_is_told(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\n\r\nx")
        assert everything(client).startswith(b"HTTP/1.1 408")


def test_who_does_not_take_an_answer_is_cut_off(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /much HTTP/1.1\r\nHost: here\r\n\r\n")
        time.sleep(1.5)  # takes nothing meanwhile
        assert len(everything(client)) < 200_000_000


def test_others_are_answered(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        for _ in range(2):
            client.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\nxy")
            answer = b""
            while not answer.endswith(b"\r\n\r\n2"):
                answer += client.recv(1000)
