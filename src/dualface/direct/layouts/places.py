"""What tiles are called: by where they are on the canvas, not by whose they are."""

from __future__ import annotations

from collections.abc import Iterable

from dualface.types import Person, Tile


def place_names(tiles: Iterable[Tile]) -> dict[Person, str]:
    """``left`` and ``right``, or ``upper`` and ``lower`` where the tiles are further apart in height than in width."""
    places = {tile.person: tile.at for tile in tiles if tile.person is not None}
    if set(places) != set(Person):
        return {person: person.value for person in Person}
    first, second = places[Person.LEFT], places[Person.RIGHT]
    across = (second.x + second.w / 2) - (first.x + first.w / 2)
    down = (second.y + second.h / 2) - (first.y + first.h / 2)
    if abs(down) > abs(across):
        names = ("upper", "lower") if down > 0 else ("lower", "upper")
    else:
        names = ("left", "right") if across >= 0 else ("right", "left")
    return dict(zip((Person.LEFT, Person.RIGHT), names, strict=True))
