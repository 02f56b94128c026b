"""The documentation's pictures of the page: they are taken here, and show the page as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tools.screenshots import PICTURES, take_all

_SMALL = 32
_LEVELS = 8.0
"""Of 255, in the middle over all of a picture that small: other fonts make less of a difference, another page makes more."""


@pytest.mark.timeout(300)
def test_the_pictures_in_the_documentation_are_of_this_page(browser: Any, tmp_path: Path) -> None:
    take_all(tmp_path, browser)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in PICTURES.glob("review*.webp")}
    for taken in tmp_path.iterdir():
        now, kept = (Image.open(path).convert("RGB") for path in (taken, PICTURES / taken.name))
        assert now.size == kept.size
        a, b = (np.asarray(one.reduce(_SMALL), np.float32) for one in (now, kept))
        assert float(abs(a - b).mean()) < _LEVELS, f"{taken.name} is of another page; run python -m tools.screenshots"
