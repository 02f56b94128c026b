"""Who is who, decided over everything that was seen in a video."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dualface.config.schema import Config
from dualface.direct.identity.whole import TrackNaming, name_tracks
from dualface.jobs import Job
from dualface.types import Observation, Person, VideoInfo
from dualface.video.references import recogniser_of
from dualface.video.second_look import Decide
from dualface.video.shared_models import SharedModels


def whole_decision(
    job: Job, config: Config, models: SharedModels, info: VideoInfo, warn: Callable[[str], None]
) -> Decide | None:
    """What decides, with the people whom the user has named; ``None`` where nobody is told by the face.

    ``warn`` hears of those of them who are not in the video.
    """
    recogniser = recogniser_of(job.source, config, models, lambda _: None)
    if recogniser is None:
        return None

    def decide(seen: Sequence[Observation]) -> list[Observation]:
        identities = name_tracks(seen, info.width, info.height, scale=recogniser.scale, known=recogniser.known)
        for person in sorted(identities.absent):
            warn(f"{job.source}: the person whom the people file calls {person} was not found.")
        return renamed(seen, identities.namings)

    return decide


def renamed(seen: Sequence[Observation], namings: Sequence[TrackNaming]) -> list[Observation]:
    """The observations with these names; tracks that are not named are nobody's."""
    by_track: dict[int, list[TrackNaming]] = {}
    for naming in namings:
        by_track.setdefault(naming.track_id, []).append(naming)
    return [_renamed(one, by_track) for one in seen]


def _renamed(one: Observation, namings: Mapping[int, Sequence[TrackNaming]]) -> Observation:
    names: list[Person | None] = [
        next((n.person for n in namings.get(face.track_id, ()) if n.first <= one.index <= n.last), None) for face in one.faces
    ]
    if all(face.person is name for face, name in zip(one.faces, names, strict=True)):
        return one
    faces = (replace(face, person=name) for face, name in zip(one.faces, names, strict=True))
    return replace(one, faces=tuple(faces))
