"""What a user should know of people who are not in a film as they might be."""

from __future__ import annotations

from pathlib import Path

from dualface.config.schema import Config
from dualface.types import Person, TileState
from dualface.video.canvas import called
from dualface.video.counts import RunCounts

_MOST_EMPTY = 1 / 3
"""Share of the pictures that may show nobody."""


def who_is_missing(counts: RunCounts, failed: float, config: Config, source: Path) -> tuple[list[str], bool]:
    """A sentence for each, and whether that is too much for a film that is simply done.

    ``failed`` is the share of pictures that could not be composed, of which more is said elsewhere.
    """
    most = config.errors.absent_share
    if not counts.anybody:
        return [f"{source}: no face was found; the whole scene is shown."], most < 1.0
    told, who = [], called(config)
    found = [person for person in Person if counts.share(person, TileState.TRACKED)]
    if len(found) == 1:
        told.append(f"{source}: only one person was found.")
    for person in found:
        if counts.absent(person) > most:
            told.append(f"{source}: {who[person]} is not seen in {counts.absent(person):.0%} of the pictures.")
    empty = counts.nobody - failed > _MOST_EMPTY
    if empty:
        told.append(f"{source}: nobody could be singled out in {counts.nobody:.0%} of the pictures.")
    return told, max(map(counts.absent, Person)) > most or (empty and most < 1.0)
