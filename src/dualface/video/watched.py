"""What was seen of a whole video before its film is begun: closed files in the work folder, and how far it has come.

A file counts once ``watched.state`` tells of it, which is replaced after each, so that whatever ends the process leaves
something to go on from.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dualface.output_files import output_error
from dualface.records.headers import RecordHeader
from dualface.records.json_lines import PACKED, packed
from dualface.records.observation_file import observation_line, observation_of, read_observations, write_observations
from dualface.types import Observation, Person
from dualface.video.kept import WATCHED, watched_files
from dualface.video.results import Results
from dualface.video.sealed import read_sealed, write_safely, write_sealed
from dualface.video.second_look import Decided, Doubt
from dualface.video.work_folder import Snapshot


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


class WatchedFiles:
    """Those in the work folder ``folder``.  Methods that write raise :class:`~dualface.errors.OutputError`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state, self.decided_path = folder / f"{WATCHED}.state", folder / f"{WATCHED}.jsonl{PACKED}"

    def state(self) -> Watched:
        """How far it has come; what does not count is removed."""
        state = read_sealed(self._state, Watched) or Watched()
        files = watched_files(self._folder)
        there = self.decided_path.is_file() if state.decided else state.frames in {end for end, _ in files}
        if not there or (state.snapshot is None and not state.complete):
            state = Watched()
        for end, path in files:
            if end > state.frames:
                path.unlink(missing_ok=True)
        return state

    def save(self, seen: Sequence[Observation], state: Watched) -> None:
        """Makes ``seen`` count, which are the frames up to ``state.frames``."""
        lines = "".join(map(observation_line, seen))
        write_safely(self._folder / f"{WATCHED}-{state.frames:08d}.jsonl{PACKED}", packed(lines))
        write_sealed(self._state, state)

    def seen(self) -> Iterator[Observation]:
        """What was seen, in order."""
        for _, path in watched_files(self._folder):
            for line in gzip.decompress(path.read_bytes()).decode().splitlines():
                yield observation_of(json.loads(line))

    def save_decided(self, decided: Decided, header: RecordHeader, state: Watched) -> Watched:
        """Notes what was decided instead of what was seen; ``header`` has the doubts."""
        try:
            write_observations(self.decided_path, header, decided.seen)
        except OSError as error:
            raise output_error(error, self.decided_path) from error
        state = replace(state, snapshot=None, decided=True, absent=decided.absent, sides=decided.sides)
        write_sealed(self._state, state)
        for _, path in watched_files(self._folder):
            path.unlink(missing_ok=True)
        return state

    def decided(self, seen: Sequence[Observation], state: Watched) -> Decided:
        """What was decided, of which ``seen`` are all observations."""
        header, _ = read_observations(self.decided_path)
        doubts = tuple(map(Doubt.of, header.unsure))
        return Decided(seen, state.absent, doubts, state.sides)
