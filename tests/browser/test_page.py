"""The page in a real browser, as an editor uses it."""

from __future__ import annotations

import base64
import io
import math
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from tests.support.review_films import CUT, served, write_film

from dualface.config.corrections_file import load_corrections
from dualface.corrections import CropHere, FaceIs, Instant, LayoutHere, Reach, Swap, Who
from dualface.types import Person, Talk

WAIT = 20_000
pytestmark = pytest.mark.timeout(300)


def corrections(out: Path) -> tuple[Any, ...]:
    path = out / "talk.corrections.yaml"
    return load_corrections(path, {"Ann": Person.LEFT, "Bob": Person.RIGHT}) if path.exists() else ()


def count(page: Any, number: int) -> None:
    """Waits until the page knows so many corrections, and has the plan that was decided with them."""
    words = {0: "No corrections yet", 1: "1 correction"}.get(number, f"{number} corrections")
    page.wait_for_selector(f"section[aria-label=Corrections] h2:text-is('{words}')", timeout=WAIT)
    page.wait_for_selector("canvas[data-settled=true]", timeout=WAIT)


def go(page: Any, frame: int) -> None:
    """To a frame, through the slider's keys."""
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Home")
    page.wait_for_selector("canvas[data-frame='0']", timeout=WAIT)
    for n in range(frame):
        page.keyboard.press("ArrowRight")
        page.wait_for_selector(f"canvas[data-frame='{n + 1}']", timeout=WAIT)


def shown(page: Any) -> np.ndarray[Any, Any]:
    """What the canvas shows, float32, (h, w, 3)."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    url = page.evaluate("document.querySelector('.result canvas').toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"), np.float32)


def film_frame(path: Path, number: int) -> np.ndarray[Any, Any]:
    with av.open(str(path)) as container:
        for n, frame in enumerate(container.decode(video=0)):
            if n == number:
                return frame.to_ndarray(format="rgb24").astype(np.float32)
    raise AssertionError(f"{path} has no frame {number}")


def psnr(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> float:
    return 10 * math.log10(255**2 / max(float(((a - b) ** 2).mean()), 1e-6))


def without_captions(picture: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return picture[: int(picture.shape[0] * 0.8)]


def test_the_canvas_shows_what_the_film_does(page: Any, out: Path) -> None:
    for frame in (0, 7):
        go(page, frame)
        assert psnr(shown(page), film_frame(out / "talk.mp4", frame)) >= 30
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(f"canvas[data-frame='{CUT}']", timeout=WAIT)
    assert psnr(shown(page), film_frame(out / "talk.mp4", CUT)) >= 30


@pytest.mark.parametrize(
    "look",
    [
        {"behind": "blur", "corners": 24, "gap": 12, "margin": 16, "border": 4, "border_color": "#ff8800"},
        {"highlight": "border", "caption_left": "Ann with a name that does not fit into her tile, however small it is written"},
        {"highlight": "dim", "layout": "stacked", "size": "180x320"},
    ],
)
def test_the_canvas_shows_what_tiles_look_like(browser: Any, tmp_path: Path, look: dict[str, Any]) -> None:
    settings = {f"framing__{name}": value for name, value in look.items()}
    out = write_film(tmp_path, render=True, talks=[Talk.LEFT, Talk.RIGHT], **settings)
    with served(out) as server:
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(server.address)
        page.click("a.title")
        page.wait_for_selector("canvas[data-frame='0']", timeout=WAIT)
        for frame in (0, 55):
            go(page, frame)
            pictures = shown(page), film_frame(out / "talk.mp4", frame)
            assert psnr(*map(without_captions, pictures)) >= 30  # letters are the browser's own
            assert psnr(*pictures) >= 25
        page.context.close()


def test_it_plays(page: Any) -> None:
    page.keyboard.press(" ")
    page.wait_for_selector("canvas[data-frame]:not([data-frame='0'])", timeout=WAIT)
    page.keyboard.press("k")
    page.wait_for_selector("button[aria-label='Play (Space)']")


def test_a_key_swaps_the_two_and_another_takes_it_back(page: Any, out: Path) -> None:
    before = shown(page)
    page.keyboard.press("s")
    count(page, 1)
    assert corrections(out) == (Swap(Reach.SHOT, Instant(frame=0)),)
    half = before.shape[1] // 2
    exchanged = np.concatenate([before[:, half:], before[:, :half]], axis=1)
    assert psnr(without_captions(shown(page)), without_captions(exchanged)) >= 25
    page.keyboard.press("z")
    count(page, 0)
    assert corrections(out) == ()
    assert psnr(shown(page), before) >= 40


def test_a_crop_is_dragged_undone_done_again_and_there_after_reloading(page: Any, out: Path) -> None:
    box = page.locator(".crop.left").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.9
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 5, steps=4)
    page.mouse.up()
    count(page, 1)
    (crop,) = corrections(out)
    assert isinstance(crop, CropHere)
    assert crop.person is Person.LEFT
    assert (crop.start, crop.end) == (Instant(frame=0), Instant(frame=CUT))
    page.keyboard.press("z")
    count(page, 0)
    page.keyboard.press("Shift+Z")
    count(page, 1)
    assert corrections(out) == (crop,)
    page.reload()
    page.wait_for_selector("canvas[data-frame='0']", timeout=WAIT)
    count(page, 1)
    page.wait_for_selector('button:text-is("Free Ann\'s framing")')
    page.keyboard.press("z")  # also what was done before the page was opened
    count(page, 0)


def test_a_face_is_named(page: Any, out: Path) -> None:
    page.locator(".face.left").click()
    page.get_by_role("button", name="Bob", exact=True).last.click()
    count(page, 1)
    (named,) = corrections(out)
    assert isinstance(named, FaceIs)
    assert named.who is Who.RIGHT


def test_a_shot_gets_a_layout_by_key(page: Any, out: Path) -> None:
    page.keyboard.press("1")
    count(page, 1)
    assert corrections(out) == (LayoutHere("full", Person.LEFT, Instant(frame=0), Instant(frame=CUT)),)
    page.wait_for_selector(".tools button[aria-pressed=true]:has-text('Ann')", timeout=WAIT)
    page.keyboard.press("0")
    count(page, 0)


def test_the_film_is_rendered_with_its_corrections(page: Any, out: Path) -> None:
    page.keyboard.press("s")
    count(page, 1)
    page.get_by_role("button", name="Render").click()
    page.wait_for_selector("#toast:text-is('The film is ready')", timeout=120_000)
    assert psnr(shown(page), film_frame(out / "talk.mp4", 0)) >= 30


def test_a_second_tab_follows_the_first(page: Any) -> None:
    second = page.context.new_page()
    second.goto(page.url)
    second.wait_for_selector("canvas[data-frame='0']")
    page.keyboard.press("s")
    count(second, 1)
    second.keyboard.press("z")
    count(page, 0)
    second.close()


def test_a_lost_connection_is_said_and_nothing_is_lost(page: Any, out: Path) -> None:
    page.context.set_offline(True)
    page.keyboard.press("s")
    page.wait_for_selector("#toast:has-text('Not saved yet')")
    assert corrections(out) == ()
    page.context.set_offline(False)
    count(page, 1)
    assert corrections(out) == (Swap(Reach.SHOT, Instant(frame=0)),)


def test_help_opens_and_can_be_left(page: Any) -> None:
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open] >> text=Swap the two in this shot")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
