"""The queue, in SQLite: what was submitted, how far it is, and how it ended.

Each change is one transaction that is on the disk before anybody hears of it, so the process may be killed at any moment: a
job that somebody was told of is there, and each is taken by one worker only.  Jobs that were being made are put back at the
next start, and their work folders carry on.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from dualface.errors import DualfaceError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    settings TEXT NOT NULL,
    owner TEXT NOT NULL,
    key TEXT,
    submitted REAL NOT NULL,
    started REAL,
    finished REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    cancelling INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    exit_code INTEGER,
    UNIQUE (owner, key)
);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, number);
"""
_MOST_ATTEMPTS = 20
"""A job that so many starts have not seen through ends the service itself, more likely than not."""


class State(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self not in (State.QUEUED, State.RUNNING)


class QueueFullError(DualfaceError):
    """No more jobs may wait."""


@dataclass(frozen=True, slots=True)
class StoredJob:
    """One video to make.  ``url`` is empty for an upload, ``settings`` are short names and values, ``owner`` a token's name.

    Times are seconds since 1970.  ``status`` is how the run ended: ``done``, ``partial``, ``degraded``.
    """

    id: str
    name: str
    url: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""
    key: str | None = None
    number: int = 0
    state: State = State.QUEUED
    submitted: float = 0.0
    started: float | None = None
    finished: float | None = None
    attempts: int = 0
    cancelling: bool = False
    status: str = ""
    error: str = ""
    exit_code: int | None = None


def new_id() -> str:
    """Nobody can guess one."""
    return secrets.token_hex(16)


class JobStore:
    """May be used from several threads, by one process at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def submit(self, job: StoredJob, most_waiting: int) -> tuple[StoredJob, bool]:
        """Puts a job into the queue; gives it, and whether it is new: with a ``key`` that its owner has used it is that one.

        Raises :class:`QueueFullError`.
        """
        with self._transaction() as database:
            if job.key is not None:
                known = database.execute("SELECT * FROM jobs WHERE owner = ? AND key = ?", (job.owner, job.key)).fetchone()
                if known is not None:
                    return _job(known), False
            waiting = database.execute("SELECT count(*) FROM jobs WHERE state = 'queued'").fetchone()[0]
            if waiting >= most_waiting:
                raise QueueFullError(f"{waiting} jobs are waiting, and no more may; try again later.")
            database.execute(
                "INSERT INTO jobs (id, state, name, url, settings, owner, key, submitted) "
                "VALUES (?, 'queued', ?, ?, ?, ?, ?, ?)",
                (job.id, job.name, job.url, json.dumps(dict(job.settings)), job.owner, job.key, time.time()),
            )
            return _one(database, job.id), True

    def with_key(self, owner: str, key: str | None) -> StoredJob | None:
        """The job that its owner has submitted with this key before."""
        if key is None:
            return None
        with self._lock:
            row = self._database.execute("SELECT * FROM jobs WHERE owner = ? AND key = ?", (owner, key)).fetchone()
        return _job(row) if row is not None else None

    def take(self) -> StoredJob | None:
        """The one that waits the longest, from now on running; ``None`` where none waits."""
        with self._transaction() as database:
            row = database.execute(
                "UPDATE jobs SET state = 'running', started = coalesce(started, ?), attempts = attempts + 1 "
                "WHERE number = (SELECT min(number) FROM jobs WHERE state = 'queued') AND state = 'queued' RETURNING *",
                (time.time(),),
            ).fetchone()
            return _job(row) if row is not None else None

    def end(self, id: str, state: State, *, status: str = "", error: str = "", exit_code: int | None = None) -> StoredJob:
        """Ends a running job; one that has ended stays as it is."""
        with self._transaction() as database:
            database.execute(
                "UPDATE jobs SET state = ?, finished = ?, status = ?, error = ?, exit_code = ? "
                "WHERE id = ? AND state = 'running'",
                (state, time.time(), status, error, exit_code, id),
            )
            return _one(database, id)

    def cancel(self, id: str) -> StoredJob:
        """A waiting job is cancelled; of one that runs it is noted that it is to be."""
        with self._transaction() as database:
            database.execute(
                "UPDATE jobs SET state = 'cancelled', finished = ? WHERE id = ? AND state = 'queued'", (time.time(), id)
            )
            database.execute("UPDATE jobs SET cancelling = 1 WHERE id = ? AND state = 'running'", (id,))
            return _one(database, id)

    def put_back(self, id: str | None = None) -> None:
        """Jobs that nobody makes any more wait again, before all that came later; or the one that was ended in good order.

        Those that were being cancelled are; those that ended the service too often have failed.
        """
        often = f"The service ended {_MOST_ATTEMPTS} times while it made this video."
        which, values = ("AND id = ?", (id,)) if id is not None else ("", ())
        with self._transaction() as database:
            database.execute(
                f"UPDATE jobs SET state = 'cancelled', finished = ? WHERE state = 'running' AND cancelling {which}",
                (time.time(), *values),
            )
            database.execute(
                f"UPDATE jobs SET state = 'failed', finished = ?, error = ? WHERE state = 'running' AND attempts >= ? {which}",
                (time.time(), often, _MOST_ATTEMPTS, *values),
            )
            counts = "attempts" if id is None else "attempts - 1"
            database.execute(f"UPDATE jobs SET state = 'queued', attempts = {counts} WHERE state = 'running' {which}", values)

    def forget_url(self, id: str, shown: str) -> None:
        """Keeps of an address only what may be shown, once it was fetched."""
        with self._transaction() as database:
            database.execute("UPDATE jobs SET url = ? WHERE id = ?", (shown, id))

    def get(self, id: str) -> StoredJob | None:
        with self._lock:
            row = self._database.execute("SELECT * FROM jobs WHERE id = ?", (id,)).fetchone()
        return _job(row) if row is not None else None

    def some(
        self, *, state: State | None = None, owner: str | None = None, before: int | None = None, most: int = 100
    ) -> list[StoredJob]:
        """The newest first, at most ``most`` of those numbered below ``before``."""
        with self._lock:
            rows = self._database.execute(
                "SELECT * FROM jobs WHERE (:state IS NULL OR state = :state) AND (:owner IS NULL OR owner = :owner) "
                "AND (:before IS NULL OR number < :before) ORDER BY number DESC LIMIT :most",
                {"state": state, "owner": owner, "before": before, "most": most},
            ).fetchall()
        return [_job(row) for row in rows]

    def ids(self) -> set[str]:
        with self._lock:
            return {row[0] for row in self._database.execute("SELECT id FROM jobs")}

    def counts(self) -> dict[State, int]:
        """How many jobs there are of each state."""
        with self._lock:
            found = dict(self._database.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall())
        return {state: int(found.get(state.value, 0)) for state in State}

    def remove(self, id: str) -> bool:
        """Forgets a job that has ended; whether there was such a one."""
        with self._transaction() as database:
            final = "('done', 'failed', 'cancelled')"
            return database.execute(f"DELETE FROM jobs WHERE id = ? AND state IN {final}", (id,)).rowcount > 0

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def _one(database: sqlite3.Connection, id: str) -> StoredJob:
    return _job(database.execute("SELECT * FROM jobs WHERE id = ?", (id,)).fetchone())


def _job(row: sqlite3.Row) -> StoredJob:
    facts = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a row yields its values
    facts |= {"state": State(row["state"]), "settings": json.loads(row["settings"]), "cancelling": bool(row["cancelling"])}
    return StoredJob(**facts)
