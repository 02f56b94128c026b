"""What is decided once a whole video was seen."""

from __future__ import annotations

from dualface.config.schema import Config
from dualface.direct.sides import with_settled_sides
from dualface.video.second_look import Decide


def whole_decision(config: Config) -> Decide | None:
    """What decides; ``None`` where sides follow the place, or the user has said who is left and who is right."""
    if config.tracking.sides != "identity" or config.reid.people:
        return None
    return with_settled_sides
