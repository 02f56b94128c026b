"""An analysis that can be continued by another process: snapshots of its state, and the way back to the frames it held."""

from __future__ import annotations

import pickle
import threading
import zlib
from collections import deque
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from dualface.interfaces import Decoder, DecodeStats
from dualface.pixels.thumbnail import Thumbnail
from dualface.types import Frame
from dualface.video.analysis import Analysis, PlannedFrame, Planner
from dualface.video.films import FIRST
from dualface.video.freeze import freeze, thaw
from dualface.video.recorded import RecordedPlans
from dualface.video.work_folder import Snapshot

_SNAPSHOT_SECONDS = 2.0
"""Footage between two snapshots: half a segment.  One costs as much CPU time as half a frame."""
_AT_THE_FIRST = MappingProxyType({FIRST: 0})


class LastThumbnail:
    """Makes thumbnails with ``make``; the newest frame's is at hand for whoever asks again.  From one thread at a time."""

    def __init__(self, make: Callable[[Frame], Thumbnail]) -> None:
        self._make = make
        self._last: tuple[Frame, Thumbnail] | None = None

    def __call__(self, frame: Frame) -> Thumbnail:
        if self._last is None or self._last[0] is not frame:
            self._last = frame, self._make(frame)
        return self._last[1]

    def fingerprint(self, frame: Frame) -> int:
        """A number that tells whether the picture is the same again, on a CPU or a GPU."""
        return zlib.crc32(b"".join(plane.tobytes() for plane in self(frame)))


class ResumableAnalysis:
    """Passes frames through an analysis and keeps snapshots of its state until they are needed or outdated.

    ``lent`` are the objects that the analysis borrows, by name, ``decoded`` is what the decoder counts, ``thumbnails`` tell
    frames from each other.  ``resumed`` is the snapshot that ``analysis`` was thawed from; what it plans again before the first
    of the frames ``starts``, at which the films go on, is dropped.  :meth:`push` and :meth:`flush` belong to one thread,
    :meth:`snapshot_for` may be called from another.
    """

    def __init__(
        self,
        analysis: Planner,
        lent: Mapping[str, Any],
        decoded: DecodeStats,
        thumbnails: LastThumbnail,
        *,
        resumed: Snapshot | None = None,
        starts: Mapping[str, int] = _AT_THE_FIRST,
    ) -> None:
        self.analysis = analysis
        self.problem: str | None = None
        """Why no snapshot could be taken."""
        self._lent, self._decoded, self._thumbnails = lent, decoded, thumbnails
        self._start, self._reached = min(starts.values()), dict(starts)
        self._pushed, self._planned = (resumed.pushed, resumed.planned) if resumed else (0, 0)
        self._held = deque(resumed.held if resumed else ())
        self._snapshots: deque[Snapshot] = deque([resumed] if resumed else [])
        self._lock = threading.Lock()
        self._snapshot_time: float | None = None

    def push(self, frame: Frame) -> list[PlannedFrame]:
        """See :meth:`dualface.video.analysis.Analysis.push`."""
        planned = self.analysis.push(frame)
        if len(planned) <= len(self._held):  # it is held, and whoever goes on must know it again
            self._held.append((frame.pts, self._thumbnails.fingerprint(frame)))
        planned = self._passed(planned)
        self._pushed += 1
        if self._snapshot_time is None:
            self._snapshot_time = frame.time
        elif frame.time - self._snapshot_time >= _SNAPSHOT_SECONDS and self.problem is None:
            self._snapshot_time = frame.time
            self._take_snapshot()
        return planned

    def flush(self) -> list[PlannedFrame]:
        """See :meth:`dualface.video.analysis.Analysis.flush`."""
        return self._passed(self.analysis.flush())

    def snapshot_for(self, frame: int, film: str = FIRST) -> Snapshot | None:
        """The newest snapshot from which all plans from ``frame`` on can be made.

        ``film`` asks for later frames only from now on; what is older than any film needs is forgotten.
        """
        with self._lock:
            self._reached[film] = frame
            oldest = min(self._reached.values())
            while len(self._snapshots) > 1 and self._snapshots[1].planned <= oldest:
                self._snapshots.popleft()
            return next((one for one in reversed(self._snapshots) if one.planned <= frame), None)

    def _passed(self, planned: list[PlannedFrame]) -> list[PlannedFrame]:
        for _ in range(min(len(planned), len(self._held))):
            self._held.popleft()
        self._planned += len(planned)
        return [one for one in planned if one.frame.index >= self._start]

    def _take_snapshot(self) -> None:
        try:
            state = freeze(self.analysis, self._lent)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            self.problem = str(error)
            return
        snapshot = Snapshot(
            self._pushed,
            self._planned,
            tuple(self._held),
            state,
            self._decoded.corrupt_packets,
            tuple(self._decoded.warnings),
            bool(self._decoded.clock.restarts),
        )
        with self._lock:
            self._snapshots.append(snapshot)


def reopened(
    open_decoder: Callable[[], Decoder], snapshot: Snapshot, *, thumbnails: LastThumbnail, check: Callable[[], None]
) -> tuple[Decoder, dict[int, Frame]] | None:
    """A decoder that goes on behind the snapshot, and by their index the frames that the snapshot holds.

    Seeks, and where that does not lead to exactly the same frames, reads from the start.  ``None`` where that does not
    either.  ``thumbnails`` tell frames from each other.  ``check`` is called often and may raise.
    """
    for position in (_sought, _read_up_to):
        decoder = open_decoder()
        try:
            held = _held_frames(decoder, snapshot, thumbnails) if position(decoder, snapshot, check) else None
        except BaseException:
            decoder.close()
            raise
        if held is not None:
            return decoder, held
        decoder.close()
    return None


def restored(
    snapshot: Snapshot, frames: Mapping[int, Frame], lent: Mapping[str, Any], plugins: Collection[str] = ()
) -> Planner | None:
    """The analysis of a snapshot, ``plugins`` as for :func:`~dualface.video.freeze.thaw`; ``None`` if it can't be read."""
    try:
        analysis = thaw(snapshot.analysis, frames, lent, plugins)
    except pickle.UnpicklingError:
        return None
    return analysis if isinstance(analysis, Analysis | RecordedPlans) else None


def _sought(decoder: Decoder, snapshot: Snapshot, check: Callable[[], None]) -> bool:
    check()
    if snapshot.restarted:  # the frames' times are not the file's
        return False
    if not snapshot.held or not decoder.seek(snapshot.planned, snapshot.held[0][0]):
        return False
    stats = decoder.stats  # of what it has skipped, the snapshot knows
    stats.corrupt_packets += snapshot.corrupt_packets
    stats.warnings += [warning for warning in snapshot.warnings if warning not in stats.warnings]
    return True


def _read_up_to(decoder: Decoder, snapshot: Snapshot, check: Callable[[], None]) -> bool:
    for _ in range(snapshot.planned):
        check()
        if not decoder.decode_batch(1):
            return False
    return True


def _held_frames(decoder: Decoder, snapshot: Snapshot, thumbnails: LastThumbnail) -> dict[int, Frame] | None:
    frames = _exactly(decoder, len(snapshot.held))
    same = [(frame.pts, thumbnails.fingerprint(frame)) for frame in frames] == list(snapshot.held)
    return {frame.index: frame for frame in frames} if same else None


def _exactly(decoder: Decoder, count: int) -> list[Frame]:
    return [frame for _ in range(count) for frame in decoder.decode_batch(1)]
