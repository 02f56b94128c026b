"""The tiny service as a process that can be killed, and a client that asks again until it is answered."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]


class KilledService:
    """``command`` is followed by a folder and a port; it prints a line once it can be asked."""

    def __init__(self, folder: Path, command: tuple[str, ...] = ("-m", "tests.support.tiny_service")) -> None:
        self._folder, self._command = folder, command
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.token = ""
        # A connection for each question: those that are kept are broken whenever the service dies.
        self._client = httpx.Client(verify=False, timeout=60, limits=httpx.Limits(max_keepalive_connections=0))
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        path = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
        self._process = subprocess.Popen(
            [sys.executable, *self._command, str(self._folder), str(self.port)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": path},
        )
        assert self._process.stdout is not None
        _, _, token = self._process.stdout.readline().strip().partition(" ")
        self.token = token or self.token

    def kill(self) -> None:
        """As ``kill -9`` does."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def end(self) -> int:
        """As Ctrl-C does."""
        assert self._process is not None
        self._process.terminate()
        self._process.communicate()
        self._client.close()
        return self._process.returncode

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Asks until there is an answer: the service may just be dead."""
        headers = options.pop("headers", {}) | {"authorization": f"Bearer {self.token}"}
        while True:
            try:
                answer = self._client.request(method, f"{self.address}{path}", headers=headers, **options)
                if answer.status_code not in (429, 503):
                    return answer
            except httpx.TransportError:
                pass
            time.sleep(0.05)

    def jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/api/v1/jobs?limit=500").json()["jobs"]
        return found

    def made(self) -> dict[str, int]:
        """How many times each job's film was made."""
        folders = (self._folder / "jobs").iterdir()
        return {one.name: _lines(one / "made.txt") for one in folders}


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def finished_events(folder: Path) -> list[dict[str, Any]]:
    """What runs have told of ends that were no mere looking: a line each of ``events.jsonl``."""
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    ends = [one["outcome"] for one in events if one["event"] == "VideoFinished"]
    return [end for end in ends if end["status"] in ("done", "partial", "degraded") and not end["summary"].get("skipped")]
