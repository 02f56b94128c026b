"""Colours by name, and as HTML has them."""

import pytest

from dualface.config.colours import as_hex
from dualface.config.layers import HybridConfigManager
from dualface.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("black", "#000000"),
        ("White", "#ffffff"),
        ("rebeccapurple", "#663399"),
        ("dark slate blue", "#483d8b"),
        ("#202830", "#202830"),
        ("#ABC", "#AABBCC"),
    ],
)
def test_colours_become_their_numbers(text: str, value: str) -> None:
    assert as_hex(text) == value
    flags = [("--background", "framing.background", text)]
    assert HybridConfigManager(flags=flags, environment={}).load_optimal_config().framing.background == value


@pytest.mark.parametrize("text", ["", "blak", "#12345", "#1234567", "rgb(1, 2, 3)", "000000"])
def test_what_is_no_colour_is_refused_with_what_would_be(text: str) -> None:
    flags = [("--background", "framing.background", text)]
    with pytest.raises(ConfigurationError, match="must be a colour by its name in CSS, such as black, or as #RRGGBB"):
        HybridConfigManager(flags=flags, environment={}).load_optimal_config()
