"""What may stand in a file of corrections: its models, which give the JSON schema, and the values that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Tag, WithJsonSchema, model_validator
from pydantic import Discriminator as ChosenBy

from dualface.config.instants import instant_of, text_of
from dualface.corrections import (
    Caption,
    Correction,
    CropHere,
    Cut,
    CutHere,
    Ease,
    FaceIs,
    Instant,
    KeepAway,
    Keyframe,
    LayoutHere,
    Reach,
    Swap,
    Who,
)
from dualface.types import Box, Person

VERSION = 1
Names = Mapping[str, Person]
"""What the two are called, and who that is."""

TIME = (
    "a time from the film's first picture: seconds (12.5), MM:SS or HH:MM:SS.mmm, a timecode (HH:MM:SS:FF), "
    "or a frame (frame 300)"
)
RECT = "a rectangle [x, y, width, height] in pixels of the upright source, such as [640, 0, 540, 720]"
WHO = "left, right or a name"

Time = Annotated[
    Instant,
    BeforeValidator(instant_of),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}], "description": TIME}),
]
Number = Annotated[float, Field(allow_inf_nan=False)]
Side = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Rectangle = tuple[Number, Number, Side, Side]


class UnknownNameError(ValueError):
    """The ``field`` of an entry says ``name``, which is none of ``known``."""

    def __init__(self, field: str, name: str, known: list[str]) -> None:
        super().__init__(name)
        self.field, self.name, self.known = field, name, known


class Entry(BaseModel):
    """One correction; the field that is named like its ``kind`` tells which it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)
    kind: ClassVar[str]

    def value(self, names: Names, /) -> Correction:
        """The correction.  Raises :class:`UnknownNameError` for somebody who is none of ``names``."""
        raise NotImplementedError


class SwapEntry(Entry):
    """Exchanges the two."""

    kind = "swap"
    swap: Reach = Field(description="from here, this shot or everywhere")
    at: Time | None = Field(None, description=TIME)
    to: Time | None = Field(None, description=TIME)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _demand(self.at is not None or self.swap is Reach.EVERYWHERE, "at is missing; say when.")
        _demand(self.to is None or self.swap is Reach.FROM_HERE, "to goes with swap: from here only; remove it.")
        return self

    def value(self, _: Names, /) -> Correction:
        return Swap(self.swap, self.at, self.to)


class FaceEntry(Entry):
    """Says whose a face is."""

    kind = "face"
    face: str = Field(min_length=1, description="left, right, nobody, other or a name")
    at: Time = Field(description=TIME)
    point: tuple[Number, Number] | None = Field(
        None, description="a point [x, y] of the face in pixels of the upright source, such as [812, 240]"
    )
    track: int | None = Field(None, ge=0, description="the number of a track, as the tracks file has it")
    alike: bool = Field(True, description="yes (all faces of the film that are the same person's) or no (this one only)")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _demand((self.point is None) != (self.track is None), "say which face: either its point or its track.")
        return self

    def value(self, names: Names, /) -> Correction:
        who = Who(_known("face", self.face, names, *Who))
        return FaceIs(who, self.at, self.point, self.track, self.alike)


class KeyframeEntry(BaseModel):
    """A crop at one moment."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    at: Time = Field(description=TIME)
    rect: Rectangle = Field(description=RECT)


class CropEntry(Entry):
    """Says what a person's tile shows."""

    kind = "crop"
    crop: str = Field(min_length=1, description="left, right, a name, or scene")
    start: Time | None = Field(None, alias="from", description=TIME)
    end: Time | None = Field(None, alias="to", description=TIME)
    rect: Rectangle | None = Field(None, description=RECT)
    keyframes: list[KeyframeEntry] = Field([], description="a list of keyframes such as {at: 12.5, rect: [640, 0, 540, 720]}")
    ease: Ease = Field(Ease.SMOOTH, description="smooth, linear or hold")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _demand((self.rect is None) != (not self.keyframes), "say what is shown: either a rect or keyframes.")
        _demand_order(self.start, self.end)
        for one, following in pairwise(self.keyframes):
            _demand_order(one.at, following.at, "its keyframes are not in the order of time; sort them.")
        return self

    def value(self, names: Names, /) -> Correction:
        who = _known("crop", self.crop, names, *Person, "scene")
        person = None if who == "scene" else Person(who)
        frames = tuple(Keyframe(one.at, Box(*one.rect)) for one in self.keyframes)
        if self.rect is not None:
            frames = (Keyframe(self.start or Instant(0.0), Box(*self.rect)),)
        return CropHere(person, frames, self.start, self.end, self.ease)


class LayoutEntry(Entry):
    """Says how the canvas is divided."""

    kind = "layout"
    layout: str = Field(min_length=1, description="split, full, scene or the name of a layout")
    person: str = Field("", description="left, right or a name: who has the canvas with layout: full")
    start: Time | None = Field(None, alias="from", description=TIME)
    end: Time | None = Field(None, alias="to", description=TIME)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _demand(
            (self.layout == "full") == bool(self.person), "person goes with layout: full, and only with that; say who has it."
        )
        _demand_order(self.start, self.end)
        return self

    def value(self, names: Names, /) -> Correction:
        person = Person(_known("person", self.person, names, *Person)) if self.person else None
        return LayoutHere(self.layout, person, self.start, self.end)


class CutEntry(Entry):
    """Says whether a new shot begins here."""

    kind = "cut"
    cut: Cut = Field(description="here (a new shot begins) or none (it goes on)")
    at: Time = Field(description=TIME)

    def value(self, _: Names, /) -> Correction:
        return CutHere(self.cut, self.at)


class CaptionEntry(Entry):
    """Says what a person is called."""

    kind = "caption"
    caption: str = Field(max_length=80, description="a name of at most 80 characters; '' for no caption")
    person: str = Field(min_length=1, description=WHO)

    def value(self, names: Names, /) -> Correction:
        return Caption(Person(_known("person", self.person, names, *Person)), self.caption)


class KeepAwayEntry(Entry):
    """A region in which no face is anybody's."""

    kind = "keep_away"
    keep_away: Rectangle = Field(description=RECT)
    start: Time | None = Field(None, alias="from", description=TIME)
    end: Time | None = Field(None, alias="to", description=TIME)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _demand_order(self.start, self.end)
        return self

    def value(self, _: Names, /) -> Correction:
        return KeepAway(Box(*self.keep_away), self.start, self.end)


ENTRIES: tuple[type[Entry], ...] = (SwapEntry, FaceEntry, CropEntry, LayoutEntry, CutEntry, CaptionEntry, KeepAwayEntry)
KINDS = {entry.kind: entry for entry in ENTRIES}


def kind_of(entry: Any) -> str | None:
    """The kind that an entry names; ``None`` where it names none, or several."""
    named = [kind for kind in KINDS if isinstance(entry, Mapping) and kind in entry]
    return named[0] if len(named) == 1 else None


AnyEntry = Annotated[
    Annotated[SwapEntry, Tag("swap")]
    | Annotated[FaceEntry, Tag("face")]
    | Annotated[CropEntry, Tag("crop")]
    | Annotated[LayoutEntry, Tag("layout")]
    | Annotated[CutEntry, Tag("cut")]
    | Annotated[CaptionEntry, Tag("caption")]
    | Annotated[KeepAwayEntry, Tag("keep_away")],
    ChosenBy(kind_of),
]


def _number(text: Any) -> Any:
    return int(text) if str(text).isdecimal() else text


class CorrectionsDocument(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", defer_build=True, title="Corrections of a film made by dualface")
    version: Annotated[Literal[1], BeforeValidator(_number)] = Field(description="1, the version of this format")
    corrections: list[AnyEntry] = Field([], description="a list of corrections, each such as {swap: from here, at: 12.5}")


def schema() -> dict[str, Any]:
    """The JSON schema of the file."""
    made = CorrectionsDocument.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def entry_of(correction: Correction, names: Names | None = None) -> dict[str, Any]:
    """The entry that stands for a correction, as plain values, what is usual left out; people by their ``names``."""
    match correction:
        case Swap(reach, at, end):
            entry: dict[str, Any] = {"swap": reach.value, **_times(at=at, to=end)}
        case FaceIs(who, at, point, track, alike):
            entry = {"face": _called(who, names), **_times(at=at)}
            entry |= {"point": _plain(point)} if point is not None else {}
            entry |= {"track": track} if track is not None else {}
            entry |= {} if alike else {"alike": False}
        case CropHere(person, frames, start, end, ease):
            entry = {"crop": _called(person or "scene", names), **_times(**{"from": start, "to": end})}
            if len(frames) == 1 and frames[0].at == (start or Instant(0.0)):
                entry["rect"] = _plain(frames[0].rect)
            else:
                entry["keyframes"] = [{"at": text_of(one.at), "rect": _plain(one.rect)} for one in frames]
            entry |= {} if ease is Ease.SMOOTH else {"ease": ease.value}
        case LayoutHere(layout, person, start, end):
            entry = {"layout": layout, **({"person": _called(person, names)} if person else {})}
            entry |= _times(**{"from": start, "to": end})
        case CutHere(cut, at):
            entry = {"cut": cut.value, **_times(at=at)}
        case Caption(person, text):
            entry = {"caption": text, "person": person.value}
        case KeepAway(rect, start, end):
            entry = {"keep_away": _plain(rect), **_times(**{"from": start, "to": end})}
    return entry


def _demand(fulfilled: bool, otherwise: str) -> None:
    if not fulfilled:
        raise ValueError(otherwise)


def _demand_order(start: Instant | None, end: Instant | None, otherwise: str = "from is not before to; exchange them.") -> None:
    """Moments that are told in different ways can be compared only where the film's rate is known."""
    if start is None or end is None:
        return
    for a, b in ((start.seconds, end.seconds), (start.frame, end.frame)):
        _demand(a is None or b is None or a < b, otherwise)


def _times(**instants: Instant | None) -> dict[str, Any]:
    return {name: text_of(instant) for name, instant in instants.items() if instant is not None}


def _plain(values: tuple[float, ...]) -> list[float]:
    return [int(v) if v == int(v) else v for v in values]


def _called(who: str, names: Names | None) -> str:
    return next((name for name, person in (names or {}).items() if person == who), str(who))


def _known(field: str, name: str, names: Names, *words: str) -> str:
    """``name`` as a word, or as the person that it names, in capitals or not."""
    known = {word: str(word) for word in words} | {called: person.value for called, person in names.items() if called}
    for one, meant in known.items():
        if one.casefold() == name.strip().casefold():
            return meant
    raise UnknownNameError(field, name, list(known))
