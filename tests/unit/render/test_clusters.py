"""What stays together in a line, and in which direction it goes."""

import pytest

from dualface.render.clusters import clusters, is_emoji, right_to_left

FAMILY, FLAG, THUMB, HEART = "👨\u200d👩\u200d👧", "🇫🇷", "👍🏽", "❤\ufe0f"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ann", ["A", "n", "n"]),
        (f"A{FAMILY}b", ["A", FAMILY, "b"]),
        (FLAG + "🇩🇪", [FLAG, "🇩🇪"]),
        (THUMB + HEART, [THUMB, HEART]),
        ("กี่", ["กี่"]),
        ("राहुल", ["रा", "हु", "ल"]),
        ("", []),
    ],
)
def test_letters_stay_with_their_marks_and_emoji_with_their_parts(text: str, parts: list[str]) -> None:
    assert clusters(text) == parts


def test_emoji_are_told_from_letters_and_plain_signs() -> None:
    assert [is_emoji(one) for one in (FAMILY, FLAG, THUMB, HEART, "❤", "王", "5", "©")] == [True] * 4 + [False] * 4


@pytest.mark.parametrize(
    ("text", "directions"),
    [
        ("Ann 5", "....."),
        ("علي", "<<<"),
        ("علي Ann", "<<<<..."),
        ("Ann علي 12", "....<<<<<<"),
        ("علي Ann 12", "<<<<......"),
        ("علي!", "<<<<"),
        ("A (علي)", "...<<<."),
    ],
)
def test_what_has_no_direction_has_that_of_its_neighbours(text: str, directions: str) -> None:
    assert "".join(".<"[rtl] for rtl in right_to_left(clusters(text))) == directions
