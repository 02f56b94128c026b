"""The service under load: many clients, the server killed again and again, and how fast the page answers meanwhile.

Films are not made but waited for, so that what is tested is the queue; ``tests/unit/service`` makes real ones.
"""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

import httpx
from tests.soak.report import Report, timed
from tests.support.services import KilledService

_JOBS, _CLIENTS = 200, 20
_SECONDS = 0.5
"""How long a film takes."""


def service(folder: Path, count: int, seed: int, _: int) -> Report:
    """``count`` kills, while 20 clients submit 200 jobs."""
    with timed(Report("service")) as report:
        chance, server = random.Random(seed), KilledService(folder / "service")
        server.start()
        over, answers = threading.Event(), list[float]()
        page = threading.Thread(target=_look, args=(server, over, answers))
        page.start()
        with ThreadPoolExecutor(_CLIENTS) as clients:
            submitted = [clients.submit(_submit, server, n) for n in range(_JOBS)]
            for _ in range(count):
                time.sleep(chance.uniform(0.2, 3.0))
                server.kill()
                server.start()
            ids = [one.result() for one in submitted]
        while any(job["state"] in ("queued", "running") for job in server.jobs()):
            time.sleep(0.5)
        over.set()
        page.join()
        _judge(report, server, ids, count)
        report.facts[f"ms until the page answers (median), {quantiles(answers, n=100)[98] * 1000:.0f} (99 %)"] = round(
            median(answers) * 1000
        )
        server.end()
    return report


def _submit(server: KilledService, n: int) -> str:
    """Asks again until it is answered, as clients do."""
    key = {"idempotency-key": str(n)}
    id: str = server.ask("PUT", f"/api/v1/uploads/talk{n}-{_SECONDS}.mp4", content=b"x" * 100_000, headers=key).json()["id"]
    return id


def _look(server: KilledService, over: threading.Event, answers: list[float]) -> None:
    client = httpx.Client(verify=False, timeout=30)  # made once: what it loads takes longer than an answer
    while not over.wait(0.1):
        began = time.monotonic()
        try:
            headers = {"authorization": f"Bearer {server.token}"}
            answer = client.get(f"{server.address}/api/v1/jobs", headers=headers)
        except httpx.TransportError:  # it is dead just now
            continue
        if answer.status_code == httpx.codes.OK:
            answers.append(time.monotonic() - began)


def _judge(report: Report, server: KilledService, ids: list[str], count: int) -> None:
    jobs, made = {job["id"]: job for job in server.jobs()}, server.made()
    report.injected, report.runs = count, len(ids)
    for id in ids:
        state = jobs[id]["state"] if id in jobs else "lost"
        if state == "done" and made.get(id) == 1:
            report.whole += 1
        else:
            report.failures.append(f"{id}: {state}, made {made.get(id, 0)} times; see {server.address}")
    if len(set(ids)) != len(ids) or set(jobs) != set(ids) or set(made) != set(ids):
        report.failures.append(f"{len(set(ids))} jobs were submitted, {len(jobs)} are there, with {len(made)} folders")
