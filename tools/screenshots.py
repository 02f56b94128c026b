"""Takes the documentation's pictures of the page ``dualface review``, in a browser: ``python -m tools.screenshots [BROWSER]``.

They are kept in ``docs/images``, because a browser is not everywhere where the documentation is built.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image
from tests.support.review_films import analysis_of, served

from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import OBSERVATIONS_SUFFIX, SUMMARY_SUFFIX
from dualface.types import Observation

PICTURES = Path(__file__).parent.parent / "docs" / "images"
WIDE, PHONE = (1280, 800), (400, 860)
_WAIT = 60_000
SUMMARY = {
    "status": "done",
    "duration_seconds": 12.0,
    "missing": {"left": [], "right": [[3.2, 6.4]]},
    "second_look": {
        "unsure": [
            {
                "from": 6.6,
                "to": 7.4,
                "person": "right",
                "confidence": 0.62,
                "why": "clothes; the face is turned away",
            },
            {"from": 8.5, "to": 9.2, "person": "left", "confidence": 0.81, "why": "the order of seats"},
        ]
    },
}


def take_all(folder: Path, browser: Any) -> None:
    """Writes every picture into ``folder``; ``browser`` is Playwright's."""
    with tempfile.TemporaryDirectory() as work, served(_film(Path(work))) as server:
        page = browser.new_page(viewport=_size(WIDE), color_scheme="light")
        with page.expect_response("**/poster", timeout=_WAIT):
            page.goto(server.address)
        _save(page, folder / "review-list.webp", {"x": 140, "y": 0, "width": 1000, "height": 200})
        page.click("a.title")
        page.wait_for_selector("canvas[data-frame='0']", timeout=_WAIT)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("s")
        page.wait_for_selector("section[aria-label=Corrections] h2:text-is('1 correction')", timeout=_WAIT)
        page.wait_for_selector("canvas[data-settled=true]", timeout=_WAIT)
        _save(page, folder / "review.webp")
        page.emulate_media(color_scheme="dark")
        _save(page, folder / "review-dark.webp")
        page.set_viewport_size(_size(PHONE))
        _save(page, folder / "review-phone.webp")
        page.close()


def main(path: str) -> None:
    """Takes them in the browser at ``path``."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        take_all(PICTURES, browser)
        browser.close()


def _film(folder: Path) -> Path:
    """What is seen of footage, the two exchanged in its last shot: a mistake to be corrected."""
    source, out = folder / "conversation.mp4", folder / "films"
    out.mkdir()
    truth = render_scene(source, SCENES["demo"], size=(960, 540), fps=25, crf=18)
    names = {"framing__caption_left": "Eileen", "framing__caption_right": "Grace", "framing__size": "960x540"}
    analysis = analysis_of(source, truth, **names)
    seen = tuple(_exchanged(one) if one.index >= max(truth.cuts) else one for one in analysis.observations)
    replace(analysis, observations=seen).save(out / f"conversation{OBSERVATIONS_SUFFIX}")
    (out / f"conversation{SUMMARY_SUFFIX}").write_text(json.dumps(SUMMARY))
    return out


def _exchanged(seen: Observation) -> Observation:
    return replace(seen, faces=tuple(replace(face, person=face.person and face.person.other) for face in seen.faces))


def _size(size: tuple[int, int]) -> Any:
    return {"width": size[0], "height": size[1]}


def _save(page: Any, path: Path, clip: Any = None) -> None:
    page.wait_for_timeout(3000)  # pictures of shots, and the short text that fades
    Image.open(io.BytesIO(page.screenshot(clip=clip))).save(path, quality=82, method=6)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "/usr/bin/chromium")
