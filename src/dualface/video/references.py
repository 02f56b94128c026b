"""What the people of a people file look like: their reference photos and places in videos, as embeddings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from dualface.config.people_file import KnownPerson, PeopleFile, Place
from dualface.config.schema import Config, ProcessingConfig
from dualface.config.yaml_text import Location
from dualface.decode.seeking import frames_from
from dualface.errors import ConfigurationError, InputError
from dualface.observe.people.reid import Recogniser
from dualface.types import Detection, F32Array, Frame, Person
from dualface.video.shared_models import SharedModels

_LEAST_SCORE = 0.5
_RIVAL_SIZE = 0.7
"""A second face of this share of the largest one's height makes a photo ambiguous."""
_REACH = 1.0
"""A face is at a place if its middle is at most so many of its heights away."""
_ALIKE = 0.75
"""Views that are this far from the least similarity of one person to equality are of one person, if not one picture."""
_VIEWS = 5
_STRIDE_SECONDS = 0.1


class References:
    """Looks at the references with the run's own models.  ``same`` is the model's least cosine of one person."""

    def __init__(self, file: PeopleFile, models: SharedModels, processing: ProcessingConfig, *, same: float) -> None:
        self._file, self._models, self._processing, self._same = file, models, processing, same

    def views(self, source: Path) -> dict[Person, list[F32Array]]:
        """Embeddings, float32, shape (dimensions,), L2-normalised, of each person named, for the video ``source``.

        Raises :class:`~dualface.errors.ConfigurationError` where a reference shows no face, or several, and where both people
        have the same face.
        """
        persons = self._file.people.persons
        views = {side: list(self._of_person(side, person, source)) for side, person in persons.items()}
        self._check_apart(views.get(Person.LEFT, []), views.get(Person.RIGHT, []))
        return {side: [view for _, view in located] for side, located in views.items()}

    def _of_person(self, side: Person, person: KnownPerson, source: Path) -> Iterator[tuple[Location, F32Array]]:
        for k, name in enumerate(person.photo):
            location: Location = (side.value, "photo", k)
            yield location, self._of_photo(location, self._file.resolve(name))
        for k, place in enumerate(person.at):
            location = (side.value, "at", k)
            video = self._file.resolve(place.file) if place.file else source
            yield from ((location, view) for view in self._at_place(location, place, video))

    def _check_apart(self, left: Sequence[tuple[Location, F32Array]], right: Sequence[tuple[Location, F32Array]]) -> None:
        least = self._same + _ALIKE * (1 - self._same)
        for location, view in right:
            if any(float(view @ other) >= least for _, other in left):
                raise self._file.error(location, "shows the same face as left; give each person references of their own.")

    def _of_photo(self, location: Location, path: Path) -> F32Array:
        try:
            decoder = self._models.device.decoder(path, 1)
        except InputError as error:
            raise self._file.error(location, f"can't be used: {error}") from error
        with closing(decoder):
            frame = decoder.decode_batch(1)[0]
            faces = sorted(self._faces(frame), key=lambda face: -face.box.h)
            if not faces:
                raise self._file.error(location, f"is {path}, where no face was found; use another photo.")
            rivals = sum(face.box.h >= _RIVAL_SIZE * faces[0].box.h for face in faces)
            if rivals > 1:
                raise self._file.error(location, f"is {path}, which shows {rivals} faces; crop it to one person.")
            return self._embedding(frame, faces[0])

    def _at_place(self, location: Location, place: Place, video: Path) -> list[F32Array]:
        """The face at the place, and the same face in a few frames after it."""
        views: list[F32Array] = []
        threads, name = self._processing.decode_threads, self._processing.decoder
        frames = frames_from(lambda: self._models.device.decoder(video, threads, name), video, place.time)
        with closing(frames):
            sampled = _sampled(frames)
            for frame in sampled:
                face = _nearest(self._faces(frame), place.x * frame.width, place.y * frame.height)
                view = self._embedding(frame, face) if face is not None else None
                if view is not None and (not views or float(view @ views[0]) >= self._same):
                    views.append(view)
        if not sampled:
            raise self._file.error(
                (*location, "time"),
                f"is {place.time:g}, but {video} is shorter; count from the video's start, not from the film's.",
            )
        if not views:
            where = f"x: {place.x:g}, y: {place.y:g} at {place.time:g} s"
            raise self._file.error(
                location, f"names a place without a face: {video} has none near {where} from its start; correct it."
            )
        return views

    def _faces(self, frame: Frame) -> list[Detection]:
        found = self._models.detector(frame.width, frame.height).detect([frame])[0]
        return [face for face in found if face.score >= _LEAST_SCORE]

    def _embedding(self, frame: Frame, face: Detection) -> F32Array:
        if face.landmarks is None:
            raise ConfigurationError(
                f"{self._file.path} can't be used: the detector finds no landmarks; set models.face_detection to centerface.",
                file=self._file.path,
            )
        vector: F32Array = np.asarray(self._models.embedder().embed(frame, [face])[0])
        return vector


def _sampled(frames: Iterator[Frame]) -> list[Frame]:
    """A few frames, from the first on, a little apart."""
    first = next(frames, None)
    sampled = [first] if first is not None else []
    while first is not None and len(sampled) < _VIEWS:
        due = first.time + len(sampled) * _STRIDE_SECONDS
        frame = next((frame for frame in frames if frame.time >= due), None)
        if frame is None:
            break
        sampled.append(frame)
    return sampled


def _nearest(faces: Sequence[Detection], x: float, y: float) -> Detection | None:
    def away(face: Detection) -> float:
        return math.hypot(face.box.cx - x, face.box.cy - y) / max(face.box.h, 1.0)

    best = min(faces, key=away, default=None)
    return best if best is not None and away(best) <= _REACH else None


def recogniser_of(source: Path, config: Config, models: SharedModels, warn: Callable[[str], None]) -> Recogniser | None:
    """What re-identification needs for this video, with what the people file shows; ``None`` where it is off.

    Raises what :meth:`~dualface.video.shared_models.SharedModels.recogniser` and :meth:`References.views` raise.
    """
    recogniser = models.recogniser(config.reid.mode, warn)
    if recogniser is None or not config.reid.people:
        return recogniser
    file = PeopleFile(Path(config.reid.people))
    views = References(file, models, config.processing, same=recogniser.scale.same).views(source)
    return replace(recogniser, known=views)
