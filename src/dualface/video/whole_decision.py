"""What is decided once a whole video was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from dualface.config.schema import Config
from dualface.direct.active_parts import with_settled_parts
from dualface.direct.identity.whole import Identities, name_tracks, renamed
from dualface.direct.sides import with_settled_sides
from dualface.direct.speech.whole import wants_speech, with_speech
from dualface.jobs import Job
from dualface.types import Observation, VideoInfo
from dualface.video.canvas import called
from dualface.video.references import recogniser_of
from dualface.video.second_look import Decide, Decided, Doubt
from dualface.video.shared_models import SharedModels

_SURE = 0.85
"""A name that is less certain is worth a look, if it lasts."""
_LASTS_SECONDS = 0.5


def whole_decision(
    job: Job,
    config: Config,
    models: SharedModels,
    info: VideoInfo,
    warn: Callable[[str], None],
    listen: Callable[[Sequence[Observation]], Sequence[Observation]] = list,
    speech: bool | None = None,
) -> Decide | None:
    """What decides who is who and, where somebody asks, who speaks; ``None`` where there is nothing to decide.

    ``listen`` gives the observations what is heard.  ``speech``: whether somebody asks; by default the configuration tells.
    ``warn`` hears of references that are of no use.  Raises what
    :func:`~dualface.video.references.recogniser_of` raises.
    """
    naming = _naming(job, config, models, info, warn)
    if not (wants_speech(config) if speech is None else speech):
        return naming

    def decide(seen: Sequence[Observation]) -> Decided:
        decided = naming(seen) if naming is not None else Decided(seen)
        return replace(decided, seen=with_speech(listen(decided.seen)))

    return decide


def _naming(job: Job, config: Config, models: SharedModels, info: VideoInfo, warn: Callable[[str], None]) -> Decide | None:
    """What decides who is who; ``None`` where sides follow the place.

    Without re-identification nobody can be told by the face, so only the sides are settled.
    """
    if config.tracking.sides != "identity":
        return None
    recogniser = recogniser_of(job.source, config, models, lambda _: None)  # it has warned before
    if recogniser is None:
        return lambda seen: Decided(with_settled_parts(with_settled_sides(seen)))
    scale, known = recogniser.scale, recogniser.known
    names = called(config)

    def decide(seen: Sequence[Observation]) -> Decided:
        identities = name_tracks(seen, info.width, info.height, scale=scale, known=known)
        for person in sorted(identities.absent):
            warn(f"{job.source}: {names[person]} was not found by the references in the people file, which were left out.")
        doubts = tuple(_doubts(seen, identities))
        return Decided(with_settled_parts(renamed(seen, identities)), identities.absent, doubts, identities.sides)

    return decide


def _doubts(seen: Sequence[Observation], identities: Identities) -> Iterator[Doubt]:
    """Names that are not sure, in the order of time."""
    times = {one.index: one.time for one in seen}
    for naming in sorted(identities.namings, key=lambda one: (one.first, one.last)):
        first, last = times[naming.first], times[naming.last]
        if naming.confidence < _SURE and last - first >= _LASTS_SECONDS:
            yield Doubt(first, last, naming.person, naming.confidence, naming.reason)
