"""The work folder of one video: closed segments, and beside each a checkpoint to go on from.

Everything in it is written, flushed to the disk and renamed, in this order, so that whatever ends the process leaves either
the old state or the new one.  A segment counts once its checkpoint stands beside it.
"""

from __future__ import annotations

import json
import os
import pickle
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import IO

from dualface.errors import OutputError
from dualface.file_lock import try_lock
from dualface.files import WINDOWS, link_or_copy
from dualface.output_files import output_error, write_output
from dualface.render.compose.error_policy import CompositionState
from dualface.render.mux.segments import DamagedWorkError, Segment, read_segments, remove_segments, revision, write_index
from dualface.video.counts import RunCounts
from dualface.video.freeze import freeze, thaw
from dualface.video.kept import WATCHED, WORK_SUFFIX, work_path
from dualface.video.made_from import Identity
from dualface.video.results import Results
from dualface.video.sealed import sealed, unsealed
from dualface.video.segment_lines import SegmentLines, as_record

TRACKS, OBSERVATIONS, PLAN = "tracks.jsonl", "observations.jsonl.gz", "plan.jsonl.gz"
SLICES = "slices"
"""Where several workers keep what they have seen and made of the film."""
RECORDS = (TRACKS, OBSERVATIONS, PLAN)
"""What is noted of every frame: a file each, of a header and lines, in gzip's format where the name ends so."""

_MAGIC = b"DFCKPT1\n"
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
            if begun is not None and begun.source == identity.source and not is_locked(path / "lock"):
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
        if self.sliced:
            return None, "several workers had begun it"
        segments = read_segments(self.path)
        for end in range(len(list(takewhile(self._has_lines, segments))), 0, -1):
            checkpoint = self._read(end - 1)
            if checkpoint is not None and checkpoint.continues(segments[end - 1]):
                return ResumePoint(checkpoint, segments[:end]), None
        return None, "what was made of it is damaged" if segments else None

    def begin(self) -> None:
        """Empties the folder for a start from the first frame.  What was seen for the same film stays."""
        same = read_identity(self.path) == self._identity
        for path in self.path.iterdir():
            if path.name != "lock" and not (same and path.name.startswith(WATCHED)):
                with suppress(OSError):
                    remove_segments(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        write_output(self.path / "job.json", json.dumps(self._identity.to_json()).encode())

    def save(self, segment: Segment, lines: Mapping[str, str], checkpoint: Checkpoint) -> None:
        """Makes a closed segment count: its lines of each of the :data:`RECORDS`, then its checkpoint.

        Raises :class:`~dualface.errors.DiskFullError` or :class:`~dualface.errors.OutputError`.
        """
        write_output(self._lines_path(segment.index), SegmentLines.of(segment.path.name, lines).to_bytes())
        write_output(self._path(segment.index), sealed(_MAGIC, freeze(checkpoint)))
        with suppress(OSError):
            self._path(segment.index - _KEPT).unlink(missing_ok=True)

    def rewrite(self, segment: Segment, lines: Mapping[str, str]) -> None:
        """Replaces the lines of a closed segment, all at once; what was seen at first stays known."""
        before = self.lines_of(segment)
        first = before.first or before.records[OBSERVATIONS]
        write_output(self._lines_path(segment.index), SegmentLines.of(segment.path.name, lines, first).to_bytes())

    def lines_of(self, segment: Segment) -> SegmentLines:
        """The lines of a closed segment.  Raises :class:`DamagedWorkError` where they are gone."""
        lines = self._read_lines(segment.index)
        if lines is None:
            raise DamagedWorkError(self._lines_path(segment.index))
        return lines

    def is_revised(self, segments: Iterable[Segment]) -> bool:
        """Whether an earlier run has made segments or lines anew, by corrections that may be gone now."""
        return any(revision(one.path.name) > 1 or self.lines_of(one).first for one in segments)

    def write_record(self, name: str, header: str, segments: Sequence[Segment]) -> Path:
        """Joins the lines of all ``segments`` to one of the :data:`RECORDS`, whose path is returned."""
        whole = self.record(name)
        try:
            with whole.open("wb") as file:
                file.write(as_record(name, header))
                for segment in segments:
                    file.write(self.lines_of(segment).records[name])
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise output_error(error, whole) from error
        return whole

    def record(self, name: str) -> Path:
        """Where one of the :data:`RECORDS` is made."""
        return self.path / name

    @property
    def sliced(self) -> bool:
        """Whether several workers have begun to make the same here, and are not done."""
        before = read_identity(self.path)
        return before is not None and before.difference(self._identity) is None and (self.path / SLICES).is_dir()

    def adopt(self, index: int, other: WorkFolder, segment: Segment, first_frame: int) -> Segment:
        """Takes over a closed segment of another folder, as number ``index``; it counts once :meth:`complete` is called.

        Raises :class:`~dualface.errors.OutputError`.
        """
        path = self.path / f"{index:06d}{segment.path.suffix}"
        try:
            link_or_copy(segment.path, path)
        except OSError as error:
            raise output_error(error, path) from error
        write_output(self._lines_path(index), replace(other.lines_of(segment), segment=path.name).to_bytes())
        return replace(segment, index=index, path=path, first_frame=first_frame)

    def complete(self, segments: Sequence[Segment], checkpoint: Checkpoint) -> None:
        """Makes adopted segments count, which are all; ``checkpoint`` is the last one.  Raises as :meth:`save`."""
        for path in self.path.iterdir():  # of work that something ended
            if path.suffix == ".checkpoint":
                path.unlink(missing_ok=True)
        write_output(self._path(len(segments) - 1), sealed(_MAGIC, freeze(checkpoint)))
        try:
            write_index(self.path, segments)
        except OSError as error:
            raise output_error(error, self.path) from error
        remove_segments(self.path / SLICES)

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
        return self.sliced or self.resume_point()[0] is not None or any(self.path.glob(f"{WATCHED}*"))

    def _path(self, index: int) -> Path:
        return self.path / f"{index:06d}.checkpoint"

    def _lines_path(self, index: int) -> Path:
        return self.path / f"{index:06d}.lines"

    def _has_lines(self, segment: Segment) -> bool:
        """Whether its lines are there; a segment may have been replaced since, but its lines can't be newer than itself."""
        lines = self._read_lines(segment.index)
        return lines is not None and revision(lines.segment) <= revision(segment.path.name)

    def _read_lines(self, index: int) -> SegmentLines | None:
        try:
            return SegmentLines.from_bytes(self._lines_path(index).read_bytes())
        except OSError:
            return None

    def _read(self, index: int) -> Checkpoint | None:
        try:
            payload = unsealed(_MAGIC, self._path(index).read_bytes())
            checkpoint = thaw(payload) if payload is not None else None
        except (OSError, pickle.UnpicklingError):
            return None
        return checkpoint if isinstance(checkpoint, Checkpoint) else None

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


def is_locked(name: Path) -> bool:
    """Whether another run works in the folder of which ``name`` is the lock."""
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
