"""Which arithmetic a processor runs a model fastest in: measured once, and remembered for this processor, library and model.

Having the instructions is not enough: with those of AVX-512 bfloat16 takes longer than float32, with AMX a third of the time.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from dualface.kept_files import cached

_ROUNDS = 5
"""The least time of so many counts: whatever else the machine does can only add to it."""

Run = Callable[[], object]
"""Runs a model once on some picture."""


def fastest(choices: Sequence[str], prepare: Callable[[str], Run], *, key: Sequence[str], folder: Path | None = None) -> str:
    """The choice whose runs take the least time, the first of those alike.

    ``key`` names everything the answer depends on; it is kept in ``folder``, by default ``measured`` in the user's cache.
    Raises what ``prepare`` and its runs raise.
    """
    file = (folder or _folder()) / hashlib.sha256("\n".join([*choices, *key]).encode()).hexdigest()[:32]
    answer = cached(file, lambda: _measured(choices, prepare).encode()).decode(errors="replace")
    return answer if answer in choices else choices[0]


def _measured(choices: Sequence[str], prepare: Callable[[str], Run]) -> str:
    runs = {choice: prepare(choice) for choice in choices}
    least = dict.fromkeys(choices, math.inf)
    for _ in range(_ROUNDS + 1):  # the first allocates what a model works with; in turn, so that a busy moment hits all
        for choice, run in runs.items():
            begun = time.perf_counter()
            run()
            least[choice] = min(least[choice], time.perf_counter() - begun)
    return min(choices, key=lambda choice: least[choice])


def _folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("dualface", appauthor=False) / "measured"
