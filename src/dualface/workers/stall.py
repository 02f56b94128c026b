"""Whether a stream has stopped getting on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_BUSY_CORES = 0.05
"""Less than this share of a core is no work but waiting."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a stream may show no progress, in seconds: while its process uses the processor, and while it does not.

    ``opening`` holds until its first frame, instead of ``idle``: models may have to be fetched.
    """

    idle: float = 30.0
    busy: float = 600.0
    opening: float = 300.0


class StallDetector:
    """Judges by progress: a slow stream is not stalled, and one that waits on a busy machine uses what it gets of it."""

    def __init__(self, patience: Patience = Patience()) -> None:
        self._patience = patience
        self._work, self._since = -1, 0.0
        self._cpu: deque[tuple[float, float]] = deque()  # time and processor time, no older than what is looked back at

    def observe(self, work: int, cpu_seconds: float, now: float) -> bool:
        """Whether it is stalled.

        ``work`` grows with every piece of work done, ``cpu_seconds`` is the processor time its process has used, ``now`` the
        time in seconds.
        """
        if work != self._work:
            self._work, self._since = work, now
        self._cpu.append((now, cpu_seconds))
        idle = self._patience.idle if work > 0 else self._patience.opening
        while len(self._cpu) > 1 and self._cpu[1][0] <= now - idle:
            self._cpu.popleft()
        if now - self._since <= idle:
            return False
        before, used_before = self._cpu[0]
        busy = cpu_seconds - used_before > _BUSY_CORES * (now - before)
        return not busy or now - self._since > self._patience.busy
