"""The file that names the two people: ``dualface run --people people.yaml``.

::

    left:
      name: Ann
      photo: ann.jpg                                       # or a list
    right:
      name: Bob
      at: {file: ep1.mp4, time: 12.5, x: 0.7, y: 0.4}      # or a list; without file: the video itself
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from dualface.config.schema import Config
from dualface.config.yaml_text import Location, YamlDocument, YamlError, dotted, read_document, shortened
from dualface.errors import ConfigurationError
from dualface.types import Person


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)


class Place(_Strict):
    """Where a person is seen in a video.  ``time`` in seconds from its start; ``x``, ``y``: shares of the frame."""

    file: str = Field("", min_length=1, description="the path of a video")
    time: float = Field(ge=0, description="a time in seconds from the video's start, such as 12.5")
    x: float = Field(ge=0, le=1, description="a share of the frame's width from 0 (left) to 1")
    y: float = Field(ge=0, le=1, description="a share of the frame's height from 0 (top) to 1")


class KnownPerson(_Strict):
    """One of the two people: how to recognise them, and their caption."""

    name: str = Field("", max_length=80, description="a name of at most 80 characters")
    photo: Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(_listed)] = Field(
        [], description="the path of a picture, or a list of such paths"
    )
    at: Annotated[list[Place], BeforeValidator(_listed)] = Field(
        [], description="a place such as {time: 12.5, x: 0.7, y: 0.4}, or a list of places"
    )


class People(_Strict):
    """Who is left and who is right; who is not named is whoever else is there."""

    left: KnownPerson | None = Field(None, description="a person, with a photo or a place (at)")
    right: KnownPerson | None = Field(None, description="a person, with a photo or a place (at)")

    @property
    def persons(self) -> dict[Person, KnownPerson]:
        both = {Person.LEFT: self.left, Person.RIGHT: self.right}
        return {side: person for side, person in both.items() if person is not None}


class PeopleFile:
    """A people file that has been read and checked; paths in it are relative to its folder.

    Raises :class:`~dualface.errors.ConfigurationError` for everything that can be known before a picture is looked at.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser()
        self._document = self._parsed(self._text())
        try:
            self.people = People.model_validate(self._document.data)
        except ValidationError as error:
            location, message = self._explained(error.errors(include_url=False)[0])
            raise self._error(self._document.line_of(location), message) from None
        self._check()

    def resolve(self, name: str) -> Path:
        """The path that ``name`` stands for."""
        return self.path.parent / Path(name).expanduser()

    def error(self, location: Location, what: str) -> ConfigurationError:
        """An error about one entry; ``what`` goes on after the entry's name."""
        return self._error(self._document.line_of(location), f"{dotted(location)} {what}")

    def digest(self) -> str:
        """Changes with the file and the pictures and videos it refers to (their size and time of the last change)."""
        parts = [self.path.read_bytes()]
        for _, name in self._references():
            facts = self.resolve(name).stat()
            parts.append(f"{facts.st_size} {facts.st_mtime_ns}".encode())
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]

    def captioned(self, config: Config) -> Config:
        """The configuration with the people's names as captions where it has none."""
        names = {
            f"caption_{side.value}": person.name
            for side, person in self.people.persons.items()
            if person.name and not getattr(config.framing, f"caption_{side.value}")
        }
        return config.model_copy(update={"framing": config.framing.model_copy(update=names)})

    def _text(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ConfigurationError(f"{self.path} is not a text file in UTF-8; save it as such.", file=self.path) from None
        except OSError as error:
            what = f"can't be read ({error.strerror}); check reid.people (--people)."
            raise ConfigurationError(f"{self.path} {what}", file=self.path) from None

    def _parsed(self, text: str) -> YamlDocument:
        try:
            document = read_document(text)
        except YamlError as error:
            raise self._error(error.line, str(error)) from None
        if not isinstance(document.data, dict):
            raise self._error(document.line_of(()), "expected left: and right:, each with a photo or a place (at).")
        return document

    def _check(self) -> None:
        if not self.people.persons:
            raise self._error(
                self._document.line_of(()), "nobody is named; add left: or right:, each with a photo or a place (at)."
            )
        for side, person in self.people.persons.items():
            if not person.photo and not person.at:
                raise self.error((side.value,), "has neither photo nor at; add one, so that the person can be recognised.")
        for location, name in self._references():
            if not self.resolve(name).is_file():
                raise self.error(location, f"is {name!r}, but there is no file {self.resolve(name)}; check the path.")
        self._check_photos_differ()

    def _check_photos_differ(self) -> None:
        left, right = (
            [self.resolve(name) for name in person.photo] if person else [] for person in (self.people.left, self.people.right)
        )
        for index, photo in enumerate(right):
            if any(photo.samefile(other) for other in left):
                location = (Person.RIGHT.value, "photo", index)
                raise self.error(location, f"is {photo}, which is a photo of left as well; give each person their own.")

    def _references(self) -> Iterator[tuple[Location, str]]:
        for side, person in self.people.persons.items():
            yield from (((side.value, "photo", index), name) for index, name in enumerate(person.photo))
            yield from (((side.value, "at", index, "file"), at.file) for index, at in enumerate(person.at) if at.file)

    def _explained(self, error: ErrorDetails) -> tuple[Location, str]:
        location = error["loc"]
        fields = _fields_at(location[:-1])
        name = str(location[-1])
        if error["type"] == "extra_forbidden":
            close = difflib.get_close_matches(name, fields, 1, 0.5)
            hint = f"did you mean {dotted((*location[:-1], close[0]))}?" if close else f"there can be {_alternatives(fields)}."
            return location, f"there is no {dotted(location)}; {hint}"
        if error["type"] == "missing":
            return location, f"{dotted(location)} is missing; it must be {fields[name]}."
        allowed = fields.get(name) or _fields_at(location[:-2]).get(str(location[-2]), "something else")
        return location, f"{dotted(location)} is {shortened(error['input'])}, but must be {allowed}."

    def _error(self, line: int, message: str) -> ConfigurationError:
        return ConfigurationError(f"{self.path}{f', line {line}' if line else ''}: {message}", file=self.path)


def _fields_at(location: Sequence[str | int]) -> dict[str, str]:
    """The names that may stand at a location, each with what it may be."""
    names = [part for part in location if isinstance(part, str)]
    model: type[_Strict] = (People, KnownPerson, Place)[min(len(names), 2)]
    return {name: field.description or "" for name, field in model.model_fields.items()}


def _alternatives(names: dict[str, str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}"


def with_people(config: Config) -> Config:
    """The configuration with the captions of its people file, if it names one.

    Raises :class:`~dualface.errors.ConfigurationError` for what is wrong with that file.
    """
    return PeopleFile(Path(config.reid.people)).captioned(config) if config.reid.people else config
