"""What was seen of a whole video before its film is begun: closed files in the work folder, and how far it has come.

A file counts once ``watched.state`` tells of it, which is replaced after each, so that whatever ends the process leaves
something to go on from.
"""

from __future__ import annotations

import gzip
import hashlib
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dualface.output_files import output_error, write_output
from dualface.records.headers import RecordHeader
from dualface.records.json_lines import PACKED, entry_of, packed
from dualface.records.observation_file import observation_line, observation_of, read_observations, write_observations
from dualface.render.mux.segments import DamagedWorkError
from dualface.types import Observation, Person
from dualface.video.freeze import freeze, thaw
from dualface.video.kept import WATCHED, watched_files
from dualface.video.results import Results
from dualface.video.sealed import sealed, unsealed
from dualface.video.second_look import Decided, Doubt
from dualface.video.work_folder import Snapshot

_STATE, _SEEN = b"DFWATCH1", b"DFSEEN01"


@dataclass(frozen=True, slots=True)
class Watched:
    """``frames`` are in closed files, which took ``seconds``.  ``snapshot`` is what to go on from; ``complete``: all was seen.

    ``decided``: and who is who and who speaks is decided; ``absent`` and ``sides`` as
    :class:`~dualface.video.second_look.Decided` has them.
    """

    frames: int = 0
    seconds: float = 0.0
    results: Results = field(default_factory=Results)
    snapshot: Snapshot | None = None
    complete: bool = False
    decided: bool = False
    absent: frozenset[Person] = frozenset()
    sides: str = ""
    digest: str = ""
    """Of the file that has what was decided."""


class WatchedFiles:
    """Those in the work folder ``folder``.  Methods that write raise :class:`~dualface.errors.OutputError`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state = folder / f"{WATCHED}.state"

    def state(self) -> Watched:
        """How far it has come; what does not count is removed."""
        state = self._read() or Watched()
        for end, path in watched_files(self._folder):
            if end > state.frames or (state.decided and path != self.decided_path(state)):
                path.unlink(missing_ok=True)
        return state

    def decided_path(self, state: Watched) -> Path:
        """The file of observations as they were decided."""
        return self._folder / f"{WATCHED}-{state.frames:08d}.decided.jsonl{PACKED}"

    def _read(self) -> Watched | None:
        """``None`` where there is nothing whole to go on from."""
        try:
            payload = unsealed(_STATE, self._state.read_bytes())
            state = None if payload is None else thaw(payload)
            if not isinstance(state, Watched) or (state.snapshot is None and not state.complete):
                return None
            if state.decided:
                return state if _digest(self.decided_path(state)) == state.digest else None
            files = [one for one in self._closed() if one[0] <= state.frames]
            whole = all(unsealed(_SEEN, path.read_bytes()) is not None for _, path in files)
        except (OSError, pickle.UnpicklingError):
            return None
        return state if whole and files and files[-1][0] == state.frames else None

    def save(self, seen: Sequence[Observation], state: Watched) -> None:
        """Makes ``seen`` count, which are the frames up to ``state.frames``."""
        lines = "".join(map(observation_line, seen))
        write_output(self._folder / f"{WATCHED}-{state.frames:08d}.lines", sealed(_SEEN, packed(lines)))
        self._save(state)

    def seen(self) -> Iterator[Observation]:
        """What was seen, in order.  Raises :class:`~dualface.render.mux.segments.DamagedWorkError`."""
        for _, path in self._closed():
            content = unsealed(_SEEN, path.read_bytes())
            if content is None:
                raise DamagedWorkError(path)
            for line in gzip.decompress(content).decode().splitlines():
                yield observation_of(entry_of(line))

    def save_decided(self, decided: Decided, header: RecordHeader, state: Watched) -> Watched:
        """Notes what was decided instead of what was seen; ``header`` has the doubts."""
        path = self.decided_path(state)
        try:
            write_observations(path, header, decided.seen)
        except OSError as error:
            raise output_error(error, path) from error
        state = replace(
            state,
            snapshot=None,
            decided=True,
            absent=decided.absent,
            sides=decided.sides,
            digest=_digest(path),
        )
        self._save(state)
        for _, closed in self._closed():
            closed.unlink(missing_ok=True)
        return state

    def _closed(self) -> list[tuple[int, Path]]:
        return [(end, path) for end, path in watched_files(self._folder) if path.suffix == ".lines"]

    def _save(self, state: Watched) -> None:
        write_output(self._state, sealed(_STATE, freeze(state)))

    def decided(self, seen: Sequence[Observation], state: Watched) -> Decided:
        """What was decided, of which ``seen`` are all observations."""
        header, _ = read_observations(self.decided_path(state))
        doubts = tuple(map(Doubt.of, header.unsure))
        return Decided(seen, state.absent, doubts, state.sides)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
