"""The work folder of one video: closed segments, and beside each a checkpoint to go on from.

Everything in it is written, flushed to the disk and renamed, in this order, so that whatever ends the process leaves either
the old state or the new one.  A segment counts once its checkpoint stands beside it.
"""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dualface.errors import OutputError
from dualface.file_lock import try_lock
from dualface.files import WINDOWS
from dualface.output_files import output_error
from dualface.records.json_lines import PACKED, packed
from dualface.render.compose.error_policy import CompositionState
from dualface.render.mux.segments import Segment, read_segments, remove_segments
from dualface.video.counts import RunCounts
from dualface.video.kept import WATCHED, WORK_SUFFIX, work_path
from dualface.video.made_from import Identity
from dualface.video.results import Results
from dualface.video.sealed import read_sealed, write_safely, write_sealed

TRACKS, OBSERVATIONS, PLAN = "tracks.jsonl", "observations.jsonl.gz", "plan.jsonl.gz"
RECORDS = (TRACKS, OBSERVATIONS, PLAN)
"""What is noted of every frame: a file each, of a header and lines, in gzip's format where the name ends so."""

_KEPT = 2
"""Checkpoints that stay: the newest, and the one before should the newest be damaged."""
_LOCK_SECONDS = 3.0
"""A killed run's helpers may live a moment longer."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The analysis after ``pushed`` frames, of which it had given back ``planned``.

    ``held`` has for each frame between, which it still needs, timestamp (in time-base units) and fingerprint.
    ``corrupt_packets`` and ``warnings`` are the decoder's until then, and so is ``restarted``: whether the source's clock
    started anew.
    """

    pushed: int
    planned: int
    held: tuple[tuple[int, int], ...]
    analysis: bytes
    corrupt_packets: int = 0
    warnings: tuple[str, ...] = ()
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that a run needs to go on at ``end_frame``, the first frame that is in no closed segment.

    ``composition`` is the error policy's state.  ``complete``: nothing is left to encode, and ``results`` are the
    counts of the stages for the summary.  ``seconds`` were spent so far.
    """

    end_frame: int
    counts: RunCounts
    composition: CompositionState
    seconds: float
    snapshot: Snapshot | None = None
    complete: bool = False
    results: Results = field(default_factory=Results)

    def continues(self, segment: Segment) -> bool:
        """Whether a run can go on from here, right after ``segment``."""
        return self.end_frame == segment.end_frame and (self.complete or self.snapshot is not None)


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """A checkpoint and the closed segments before it."""

    checkpoint: Checkpoint
    segments: Sequence[Segment]


def left_elsewhere(output: Path, identity: Identity) -> Iterator[Path]:
    """Work folders beside that of ``output`` in which the same source was begun for another film, and nobody works now."""
    for path in sorted(output.parent.glob(f".*{WORK_SUFFIX}")):
        if path != work_path(output) and not path.is_symlink():
            begun = read_identity(path)
            if begun is not None and begun.source == identity.source and not _is_locked(path / "lock"):
                yield path


def read_identity(path: Path) -> Identity | None:
    """What the work in the folder ``path`` is made from; ``None`` where that can't be read."""
    try:
        return Identity.from_json(json.loads((path / "job.json").read_bytes()))
    except (OSError, ValueError):
        return None


class WorkFolder:
    """Where one video is made; see the module.  Only one process at a time may have it open.

    The constructor raises :class:`~dualface.errors.OutputError` when another run has it, or it can't be written.
    """

    def __init__(self, path: Path, identity: Identity) -> None:
        self.path = path
        self._identity = identity
        self._lock: IO[bytes] | None = None
        try:
            if path.is_symlink():  # it might lead anywhere, and is emptied later
                path.unlink()
            self._lock = self._open_locked()
        except OSError as error:
            raise output_error(error, path) from error

    def resume_point(self) -> tuple[ResumePoint | None, str | None]:
        """Where to go on, if there is something; and, in words, why what there is can't be continued."""
        before = read_identity(self.path)
        if before is None:
            return None, None
        difference = before.difference(self._identity)
        if difference is not None:
            return None, difference
        segments = read_segments(self.path)
        for end in range(len(segments), 0, -1):
            checkpoint = self._read(end - 1)
            whole = all(self._record_path(k, name).exists() for k in range(end) for name in RECORDS)
            if checkpoint is not None and whole and checkpoint.continues(segments[end - 1]):
                return ResumePoint(checkpoint, segments[:end]), None
        return None, "its checkpoints are damaged" if segments else None

    def begin(self) -> None:
        """Empties the folder for a start from the first frame.  What was seen for the same film stays."""
        same = read_identity(self.path) == self._identity
        for path in self.path.iterdir():
            if path.name != "lock" and not (same and path.name.startswith(WATCHED)):
                with suppress(OSError):
                    path.unlink()
        write_safely(self.path / "job.json", json.dumps(self._identity.to_json()).encode())

    def save(self, segment: Segment, lines: Mapping[str, str], checkpoint: Checkpoint) -> None:
        """Makes a closed segment count: its lines of each of the :data:`RECORDS`, then its checkpoint.

        Raises :class:`~dualface.errors.DiskFullError` or :class:`~dualface.errors.OutputError`.
        """
        for name in RECORDS:
            write_safely(self._record_path(segment.index, name), _encoded(name, lines[name]))
        write_sealed(self._path(segment.index), checkpoint)
        with suppress(OSError):
            self._path(segment.index - _KEPT).unlink(missing_ok=True)

    def rewrite(self, segment: Segment, lines: Mapping[str, str]) -> None:
        """Replaces the lines of a closed segment; the plan's last, which tells what its pictures show."""
        for name in RECORDS:
            write_safely(self._record_path(segment.index, name), _encoded(name, lines[name]))

    def lines(self, segment: Segment, name: str) -> list[str]:
        """The lines of a closed segment in one of the :data:`RECORDS`."""
        data = self._record_path(segment.index, name).read_bytes()
        text = gzip.decompress(data) if name.endswith(PACKED) else data
        return text.decode().splitlines()

    def write_record(self, name: str, header: str, count: int) -> Path:
        """Joins the lines of all ``count`` segments to one of the :data:`RECORDS`, whose path is returned."""
        whole = self.record(name)
        try:
            with whole.open("wb") as file:
                file.write(_encoded(name, header))
                for k in range(count):
                    file.write(self._record_path(k, name).read_bytes())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise output_error(error, whole) from error
        return whole

    def record(self, name: str) -> Path:
        """Where one of the :data:`RECORDS` is made."""
        return self.path / name

    def close(self) -> None:
        """Lets another run have the folder, which stays."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """Removes the folder and all that is in it."""
        if WINDOWS:  # where a file that is open can't be removed; elsewhere nobody else gets the lock meanwhile
            self.close()
        remove_segments(self.path)
        self.close()

    @property
    def resumable(self) -> bool:
        """Whether a run that starts now would find something to go on from."""
        return self.resume_point()[0] is not None or any(self.path.glob(f"{WATCHED}*"))

    def _path(self, index: int) -> Path:
        return self.path / f"{index:06d}.checkpoint"

    def _record_path(self, index: int, name: str) -> Path:
        return self.path / f"{index:06d}.{name}"

    def _read(self, index: int) -> Checkpoint | None:
        return read_sealed(self._path(index), Checkpoint)

    def _open_locked(self) -> IO[bytes]:
        """Makes the folder and locks it, again where the run that had it has removed it meanwhile."""
        name = self.path / "lock"
        while True:
            self.path.mkdir(exist_ok=True)
            try:
                lock = name.open("ab")
            except FileNotFoundError:
                continue
            self._take(lock)
            if _is_at(lock, name):
                return lock
            lock.close()

    def _take(self, lock: IO[bytes]) -> None:
        """Waits a while for the lock.  Raises :class:`~dualface.errors.OutputError` when another run keeps it."""
        deadline = time.monotonic() + _LOCK_SECONDS
        with suppress(OSError):  # a file system without locks
            while not try_lock(lock):
                if time.monotonic() > deadline:
                    lock.close()
                    raise OutputError(
                        f"{self.path}: another run is making this video; wait for it or choose another output folder.",
                        file=self.path,
                        stage="encode",
                    )
                time.sleep(0.05)


def _is_locked(name: Path) -> bool:
    try:
        with name.open("rb") as lock:
            return not try_lock(lock)
    except OSError:  # it is gone, or the file system has no locks
        return False


def _is_at(file: IO[bytes], path: Path) -> bool:
    """Whether the open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _encoded(name: str, lines: str) -> bytes:
    return packed(lines) if name.endswith(PACKED) else lines.encode(errors="replace")
