"""Observations as lines of JSON and back, without loss; see ``docs/file-formats.md``."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dualface.errors import InputError
from dualface.records.headers import RecordHeader
from dualface.records.json_lines import Entry, Schema, header_line, line_of, number, read_header, read_lines, write_lines
from dualface.types import Box, Look, Naming, Observation, ObservedFace, Person, Sound, Speech, Talk

SCHEMA = Schema("dualface.observations", 1)


def observation_line(seen: Observation) -> str:
    """The line of one frame.  What is usual is left out."""
    entry: Entry = {"n": seen.index, "t": seen.time}
    if seen.cut:
        entry["cut"] = True
    if seen.faces:
        entry["faces"] = [_face_entry(face) for face in seen.faces]
    if seen.namings:
        entry["namings"] = [[n.track_id, n.person, n.was, n.since, n.similarity, n.reason] for n in seen.namings]
    if seen.there:
        entry["there"] = list(seen.there)
    if seen.active:
        entry["active"] = [[number(v) for v in part] for part in seen.active]
    if seen.active_since is not None:
        entry["since"] = seen.active_since
    if any(face.lips is not None for face in seen.faces):
        entry["lips"] = [None if face.lips is None else number(face.lips) for face in seen.faces]
    if seen.sound is not None:
        entry["sound"] = [number(v) for v in (seen.sound.voice, seen.sound.level, *(seen.sound.microphones or ()))]
    if seen.speech is not None:
        entry["speech"] = [seen.speech.talk, number(seen.speech.confidence)]
    return line_of(entry)


def observation_of(entry: Entry) -> Observation:
    """The observation that a line tells.  Raises ``KeyError``, ``TypeError`` or ``ValueError`` for any other entry."""
    faces = entry.get("faces", ())
    return Observation(
        entry["n"],
        float(entry["t"]),
        bool(entry.get("cut", False)),
        tuple(map(_face_of, faces, entry.get("lips", [None] * len(faces)))),
        tuple(
            Naming(track, _person(person), _person(was), since, float(similarity), reason)
            for track, person, was, since, similarity, reason in entry.get("namings", ())
        ),
        tuple(map(int, entry.get("there", ()))),
        tuple(Box(*map(float, part)) for part in entry.get("active", ())),
        _sound(*entry["sound"]) if "sound" in entry else None,
        Speech(Talk(entry["speech"][0]), float(entry["speech"][1])) if "speech" in entry else None,
        int(entry["since"]) if "since" in entry else None,
    )


def write_observations(path: Path, header: RecordHeader, observations: Iterable[Observation]) -> None:
    """Writes a file whole or not at all, packed if its name ends in ``.gz``.  Raises :class:`OSError`."""
    write_lines(path, [header_line(SCHEMA, header.entry()), *map(observation_line, observations)])


def observation_header(path: Path) -> RecordHeader:
    """The header alone.  Raises :class:`~dualface.errors.InputError`."""
    return RecordHeader.of(path, read_header(path, SCHEMA))


def read_observations(path: Path) -> tuple[RecordHeader, Iterator[Observation]]:
    """Raises :class:`~dualface.errors.InputError`, also while the observations are read."""
    lines = read_lines(path, SCHEMA)
    return RecordHeader.of(path, lines.header), _observations(path, lines.entries)


def _observations(path: Path, entries: Iterable[Entry]) -> Iterator[Observation]:
    for line, entry in enumerate(entries, 2):
        try:
            yield observation_of(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}: line {line} is damaged; make the file anew.", file=path) from error


def _face_entry(face: ObservedFace) -> list[Any]:
    marks = None if face.landmarks is None else [number(v) for point in face.landmarks for v in point]
    entry: list[Any] = [face.track_id, face.person, *map(number, face.box), number(face.score), marks]
    if face.look is not None:
        vector = base64.b64encode(face.look.embedding.astype("<f2").tobytes()).decode()
        worn = face.look.clothes
        packed = [] if worn is None else [base64.b64encode(worn.astype(np.uint8).tobytes()).decode()]
        return [*entry, [number(face.look.quality), vector, *packed]]
    return entry


def _face_of(entry: list[Any], lips: float | None) -> ObservedFace:
    track_id, person, x, y, w, h, score, marks, *look = entry
    pairs = None if marks is None else tuple(zip(map(float, marks[::2]), map(float, marks[1::2]), strict=True))
    box, described = Box(float(x), float(y), float(w), float(h)), _look(*look[0]) if look else None
    return ObservedFace(track_id, box, float(score), _person(person), pairs, described, None if lips is None else float(lips))


def _sound(voice: float, level: float, *microphones: float) -> Sound:
    levels = tuple(map(float, microphones))
    return Sound(float(voice), float(level), (levels[0], levels[1]) if levels else None)


def _look(quality: float, vector: str, worn: str | None = None) -> Look:
    clothes = None if worn is None else np.frombuffer(base64.b64decode(worn), np.uint8)
    return Look(np.frombuffer(base64.b64decode(vector), "<f2").astype(np.float16), float(quality), clothes)


def _person(name: str | None) -> Person | None:
    return None if name is None else Person(name)
