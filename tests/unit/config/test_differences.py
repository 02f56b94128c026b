"""Which settings differ, in the words in which they are set."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.support.settings_of import settings_of

from dualface.config.differences import differences, in_words
from dualface.config.schema import Config

DEFAULTS = Config.defaults()


def words(tmp_path: Path, **settings: str) -> str:
    return in_words(differences(settings_of(tmp_path, **settings).model_dump(mode="json"), DEFAULTS))


def test_settings_are_called_as_the_command_line_calls_them(tmp_path: Path) -> None:
    assert words(tmp_path) == ""
    assert words(tmp_path, input__end="8") == "--end was 8, now it isn't set"
    assert (
        words(tmp_path, framing__zoom="1.25", speech__find="true")
        == "--zoom was 1.25, now it is 1; --speech was true, now it is false"
    )
    assert words(tmp_path, tracking__low_threshold="0.25").startswith("tracking.low_threshold was 0.25, now it is ")


def test_of_many_settings_only_a_few_are_told(tmp_path: Path) -> None:
    told = words(tmp_path, framing__zoom="2", framing__gap="4", framing__corners="8", input__start="3", input__end="9")
    assert told.count("was") == 3
    assert told.endswith("; 2 more")


def test_each_name_says_whose_it_was(tmp_path: Path) -> None:
    assert words(tmp_path, framing__caption_left="Ann") == "the name of the left was Ann, now it isn't set"


def test_what_does_not_count_and_what_an_older_version_did_not_know_is_no_difference(tmp_path: Path) -> None:
    before = settings_of(tmp_path, framing__zoom="2", hardware__device="cpu").model_dump(mode="json")
    assert list(differences(before, DEFAULTS, {"hardware", "framing.zoom"})) == []
    del before["framing"]["zoom"], before["speech"]
    assert list(differences(before, DEFAULTS, {"hardware"})) == []


@given(st.dictionaries(st.text(max_size=5), st.one_of(st.none(), st.dictionaries(st.text(max_size=5), st.integers()))))
def test_settings_of_any_kind_are_compared(before: dict[str, object]) -> None:
    assert in_words(differences(before, DEFAULTS)) == ""
