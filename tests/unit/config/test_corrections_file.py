"""The file of corrections: what may stand in it, what is said of mistakes, and that writing it keeps what was written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.config.correction_entries import KINDS, entry_of, schema
from dualface.config.corrections_file import CorrectionError, correction_of, digest_of, load_corrections, save_corrections
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

BOB = {"Bob": Person.RIGHT}
ALL = """\
version: 1
corrections:
# they changed seats
- swap: from here
  at: 1:30:00:00
- face: bob
  at: 00:01:02.500
  point: [812, 240]
- face: nobody
  at: frame 12
  track: 7
  alike: no
- crop: left
  from: 3
  to: 5.5
  rect: [0, 0, 540, 720]
- crop: scene
  keyframes:
  - {at: 3, rect: [0, 0, 540, 720]}
  - {at: 4, rect: [9, 0, 540, 720]}
  ease: linear
- layout: full
  person: Bob
  from: 10
- cut: none
  at: 10.04
- caption: Ann
  person: left
- keep_away: [0, 0, 100, 50]
"""
VALUES = (
    Swap(Reach.FROM_HERE, Instant(timecode="1:30:00:00")),
    FaceIs(Who.RIGHT, Instant(62.5), (812, 240)),
    FaceIs(Who.NOBODY, Instant(frame=12), None, 7, alike=False),
    CropHere(Person.LEFT, (Keyframe(Instant(3.0), Box(0, 0, 540, 720)),), Instant(3.0), Instant(5.5)),
    CropHere(
        None,
        (Keyframe(Instant(3.0), Box(0, 0, 540, 720)), Keyframe(Instant(4.0), Box(9, 0, 540, 720))),
        ease=Ease.LINEAR,
    ),
    LayoutHere("full", Person.RIGHT, Instant(10.0)),
    CutHere(Cut.NONE, Instant(10.04)),
    Caption(Person.LEFT, "Ann"),
    KeepAway(Box(0, 0, 100, 50)),
)


def written(folder: Path, text: str) -> Path:
    path = folder / "talk.corrections.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_kind_is_read(tmp_path: Path) -> None:
    assert load_corrections(written(tmp_path, ALL), BOB) == VALUES


def test_writing_keeps_words_and_comments_of_what_stays(tmp_path: Path) -> None:
    path = written(tmp_path, ALL)

    save_corrections(path, [*VALUES[:2], Caption(Person.RIGHT, "Zoë 🎬")], BOB)

    head, _, rest = ALL.partition("- face: nobody")
    assert path.read_text(encoding="utf-8") == f"{head}- caption: Zoë 🎬\n  person: right\n", rest


def test_an_empty_list_can_be_written_and_filled_again(tmp_path: Path) -> None:
    path = tmp_path / "new.corrections.yaml"
    save_corrections(path, [])
    assert load_corrections(path) == ()
    save_corrections(path, VALUES, BOB)
    assert load_corrections(path, BOB) == VALUES


def test_a_file_that_is_something_else_is_not_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path, "left: {photo: ann.jpg}\n")
    with pytest.raises(CorrectionError):
        save_corrections(path, VALUES)
    assert path.read_text() == "left: {photo: ann.jpg}\n"


@pytest.mark.parametrize(
    ("entry", "line", "message"),
    [
        ("- swpa: from here", 3, "there is no such correction; did you mean 'swap'?"),
        ("- swap: from hre\n  at: 3", 3, "swap is 'from hre'; did you mean 'from here'?"),
        ("- swap: from here", 3, "swap: at is missing; say when."),
        ("- face: An\n  at: 1\n  track: 3\n- caption: Ann\n  person: left", 3, "face is 'An'; did you mean 'Ann'?"),
        ("- face: left\n  at: 1", 3, "either its point or its track"),
        ("- crop: left\n  rect: [1, 2, x, 4]", 4, "must be a rectangle [x, y, width, height]"),
        ("- crop: left\n  rekt: [1, 2, 3, 4]", 4, "there is no 'rekt' here; did you mean 'rect'?"),
        ("- crop: left\n  from: 3.x\n  rect: [1, 2, 3, 4]", 4, "must be a time from the film's first picture"),
        ("- crop: left\n  keyframes:\n  - {at: 1, rect: [1, 2, 3, 4]}\n  - {at: 2}", 6, "rect is missing"),
        ("- layout: slit", 3, "did you mean 'split'?"),
        ("- layout: split\n  from: 3\n  to: 2", 3, "exchange them"),
        ("- cut: no\n  at: 2", 3, "did you mean 'none'?"),
        ("- {swap: from here, face: left, at: 1}", 3, "make it 2"),
        ("- nonsense", 3, "a correction is 'nonsense'"),
        ("- swap: everywhere\n- swap: everywhere\n  swap: everywhere", 5, "given twice"),
        ("- [", 3, "not valid YAML"),
    ],
)
def test_mistakes_name_line_and_the_nearest_right_word(tmp_path: Path, entry: str, line: int, message: str) -> None:
    path = written(tmp_path, f"version: 1\ncorrections:\n{entry}\n")
    with pytest.raises(CorrectionError) as caught:
        load_corrections(path)
    said = str(caught.value)
    assert said.startswith(f"{path}, line ")
    assert all(part in said for part in message.split("; "))
    assert abs(caught.value.line - line) <= (1 if "YAML" in message else 0)


def test_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorrectionError, match="line 1: version is '2', but must be 1"):
        load_corrections(written(tmp_path, "version: 2\ncorrections: []\n"))


@pytest.mark.parametrize("correction", VALUES)
def test_an_entry_stands_for_its_correction(correction: Correction) -> None:
    entry: dict[str, Any] = json.loads(json.dumps(entry_of(correction, BOB)))
    assert correction_of(entry, BOB) == correction


def test_the_digest_is_of_what_is_said_not_of_the_words(tmp_path: Path) -> None:
    path = tmp_path / "other.corrections.yaml"
    save_corrections(path, VALUES)
    assert (
        digest_of(load_corrections(path)) == digest_of(load_corrections(written(tmp_path, ALL), BOB)) != digest_of(VALUES[1:])
    )
    assert digest_of(()) == ""


def test_the_published_schema_is_the_models() -> None:
    published = Path(__file__).parents[3] / "docs" / "corrections.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == json.loads(json.dumps(schema()))


_SECONDS = st.floats(0, 1e5).map(lambda t: Instant(round(t, 3)))
_INSTANTS = _SECONDS | st.integers(0, 10**6).map(lambda n: Instant(frame=n)) | st.just(Instant(timecode="01:00:10:02"))
_LENGTHS = st.floats(1, 4000).map(lambda v: round(v, 2))
_RECTS = st.builds(Box, _LENGTHS, _LENGTHS, _LENGTHS, _LENGTHS)
_CORRECTIONS = st.one_of(
    st.builds(Swap, st.just(Reach.FROM_HERE), _INSTANTS, st.none()),
    st.builds(FaceIs, st.sampled_from(Who), _INSTANTS, st.tuples(_LENGTHS, _LENGTHS), st.none(), st.booleans()),
    st.builds(FaceIs, st.sampled_from(Who), _INSTANTS, st.none(), st.integers(0, 99), st.booleans()),
    st.builds(
        CropHere,
        st.sampled_from([*Person, None]),
        st.lists(_RECTS, min_size=1, max_size=3).map(lambda rects: tuple(Keyframe(Instant(n), r) for n, r in enumerate(rects))),
        st.none() | st.just(Instant(2.0)),
        st.none() | st.just(Instant(5.0)),
        st.sampled_from(Ease),
    ),
    st.builds(CutHere, st.sampled_from(Cut), _INSTANTS),
    st.builds(
        Caption, st.sampled_from(Person), st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=80)
    ),
    st.builds(KeepAway, _RECTS, st.none(), st.none() | _INSTANTS),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(_CORRECTIONS, max_size=5), st.lists(_CORRECTIONS, max_size=3))
def test_whatever_is_saved_is_read_again(first: list[Correction], more: list[Correction]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder, "a.yaml")
        save_corrections(path, first)
        assert load_corrections(path) == tuple(first)
        save_corrections(path, [*more, *first[1:]])
        assert load_corrections(path) == (*more, *first[1:])
        text = path.read_text(encoding="utf-8")
        save_corrections(path, [*more, *first[1:]])
        assert path.read_text(encoding="utf-8") == text


DOCS = Path(__file__).parents[3] / "docs" / "corrections.md"


def test_the_examples_in_the_documentation_are_read(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    read = [load_corrections(written(tmp_path, block), BOB) for block in blocks]
    assert [len(corrections) for corrections in read] == [1, 9]
    assert {type(one) for one in read[1]} == set(get_args(Correction)), "every kind has an example"


def test_every_kind_and_every_word_of_it_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for kind, entry in KINDS.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{kind}` |"))
        names = {field.alias or name for name, field in entry.model_fields.items()} - {kind}
        assert all(f"`{name}" in row for name in names), kind
