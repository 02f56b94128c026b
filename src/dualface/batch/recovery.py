"""What to do about a stream that failed.  Decisions are a pure function of what happened; nothing is done here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dualface.workers.failure import PERMANENT, Failure

MOST_ATTEMPTS = 8
"""Whatever happens, a video is begun no more often than this."""
_IDLE_ATTEMPTS = 3
"""Failures in a row without a segment closed between them after which a video is given up."""
_FIRST_DELAY_SECONDS, _LONGEST_DELAY_SECONDS = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class Approach:
    """How a stream is run.

    ``device`` as ``hardware.device`` has it; ``cautious``: software decoder and encoder on a single thread; ``alone``: no other
    stream beside it.
    """

    device: str = "auto"
    cautious: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that failed.  ``began_at`` and ``ended_at`` count the frames in closed segments; ``used_gpu``: it ran on one."""

    failure: Failure
    approach: Approach
    began_at: int = 0
    ended_at: int = 0
    used_gpu: bool = False

    @property
    def closed_something(self) -> bool:
        return self.ended_at > self.began_at


@dataclass(frozen=True, slots=True)
class Decision:
    """``approach`` is ``None`` to give up; otherwise the next attempt goes on from the last checkpoint after the delay."""

    approach: Approach | None
    delay_seconds: float
    reason: str


class StreamRecoveryManager:
    """Decides after every failure of a stream; stateless.

    A failure that leaves a segment behind resets the patience, another ends it: first the same again after a pause, then
    another way (no threads, the CPU instead of the GPU, no other stream), then the end.  Machines that are lost
    say nothing of a video: it is begun again until the attempts are used up.  There is always an end.
    """

    def decide(self, attempts: Sequence[Attempt]) -> Decision:
        """What to do now; ``attempts`` are all failures of this video in this run, the newest last, at least one."""
        last = attempts[-1]
        if last.failure in PERMANENT:
            return Decision(None, 0.0, f"{last.failure.value}: another attempt would end the same way")
        if len(attempts) >= MOST_ATTEMPTS:
            return Decision(None, 0.0, f"{last.failure.value}: given up after {len(attempts)} attempts")
        if last.failure is Failure.INPUT and not last.closed_something:
            return Decision(None, 0.0, "input: it can't be read")
        idle = _idle_attempts(attempts)
        if last.failure is not Failure.LOST and idle >= _IDLE_ATTEMPTS:
            return Decision(None, 0.0, f"{last.failure.value}: no progress in {idle} attempts")
        delay = min(_FIRST_DELAY_SECONDS * 2.0 ** (len(attempts) - 1), _LONGEST_DELAY_SECONDS)
        return self._changed(last, idle, delay)

    @staticmethod
    def streams(allowed: int, most: int, *, short: bool) -> int:
        """How many streams may work at a time from now on; ``short``: memory is short or the machine too hot.

        Asked once a second: one less each time while it is short, all again as soon as it is not.
        """
        return max(allowed - 1, 1) if short else most

    @staticmethod
    def _changed(last: Attempt, idle: int, delay: float) -> Decision:
        before, kind = last.approach, last.failure.value
        if last.failure is Failure.MEMORY:
            after, how = _with_less_memory(last)
        elif last.failure is Failure.DEVICE:
            may_change = last.used_gpu and before.device != "cuda"
            after, how = replace(before, device="cpu") if may_change else None, "again on the CPU"
        elif idle < 2 or last.failure is Failure.LOST:
            after, how = before, "the same again"
        else:
            device = "cpu" if last.used_gpu and before.device != "cuda" else before.device
            after, how = replace(before, device=device, cautious=True), "again with other parts"
        if after is None:
            return Decision(None, 0.0, f"{kind}: nothing else is left to try")
        return Decision(after, delay, f"{kind}: {how}")


def _with_less_memory(last: Attempt) -> tuple[Approach | None, str]:
    before = last.approach
    if not before.alone:
        return replace(before, alone=True), "again without other streams"
    if last.used_gpu and before.device != "cuda":
        return replace(before, device="cpu"), "again on the CPU"
    if not before.cautious:
        return replace(before, cautious=True), "again on a single thread"
    return before if last.closed_something else None, "the same again, since it got on"


def _idle_attempts(attempts: Sequence[Attempt]) -> int:
    """How many failed in a row, counted from the end, without a segment closed since the first of them began."""
    count = 0
    for attempt in reversed(attempts):
        count += attempt.failure is not Failure.LOST
        if attempt.closed_something:
            break
    return count
