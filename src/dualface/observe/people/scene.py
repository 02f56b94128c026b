"""One frame's people, while the look-ahead holds it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from dualface.types import Box, Frame, Landmarks, Look, Naming, Observation, ObservedFace, Person, Track


@dataclass(slots=True)
class Scene:
    """Who is where in one frame, open to change while the look-ahead holds it.

    ``tracks`` are those seen in the frame; ``people`` maps ids of theirs to people, ``looks`` to what was described here.
    """

    frame: Frame
    cut: bool
    tracks: Sequence[Track]
    people: dict[int, Person] = field(default_factory=dict)
    looks: dict[int, Look] = field(default_factory=dict)
    namings: list[Naming] = field(default_factory=list)
    there: tuple[int, ...] = ()
    """Tracks that are not seen, but whose person is still there."""
    lips: Mapping[int, float] = field(default_factory=dict)
    """How much the mouths of tracks move, where that was measured."""
    active: tuple[Box, ...] = ()
    """Parts of the frame that hold a picture; none where it is all picture."""
    active_since: int | None = None
    """The first frame with these parts; ``None`` for the shot's first."""

    def track_of(self, person: Person) -> Track | None:
        return next((t for t in self.tracks if self.people.get(t.id) is person), None)

    def rename(self, track_id: int, person: Person, *, replace: bool) -> None:
        """Gives the track to ``person`` if it is seen here; whoever had the name loses it, or keeps it unless ``replace``."""
        if any(t.id == track_id for t in self.tracks) and (replace or person not in self.people.values()):
            self.people = {k: s for k, s in self.people.items() if s is not person} | {track_id: person}

    def leave_out(self, track_ids: Collection[int]) -> None:
        """As if these tracks were not seen here."""
        self.tracks = [track for track in self.tracks if track.id not in track_ids]
        self.people = {track: person for track, person in self.people.items() if track not in track_ids}
        self.looks = {track: look for track, look in self.looks.items() if track not in track_ids}
        self.namings = [naming for naming in self.namings if naming.track_id not in track_ids]

    def observation(self) -> Observation:
        """What is settled now.  Positions are rounded, so that they are the same once written to a file and read back."""
        faces = tuple(
            ObservedFace(
                t.id,
                Box(*(round(float(v), 2) for v in t.box)),
                round(float(t.score), 3),
                self.people.get(t.id),
                _landmarks(t),
                self.looks.get(t.id),
                self.lips.get(t.id),
            )
            for t in self.tracks
        )
        return Observation(
            self.frame.index,
            self.frame.time,
            self.cut,
            faces,
            tuple(self.namings),
            self.there,
            self.active,
            active_since=self.active_since,
        )


def _landmarks(track: Track) -> Landmarks | None:
    marks = track.detection.landmarks if track.detection is not None else None
    return None if marks is None else tuple((round(x, 1), round(y, 1)) for x, y in marks.tolist())
