"""A film of three hours: the page takes no more memory than that of a short one, and answers as fast."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.support.review_films import served, write_long_film

HOURS = 3.0
MOST_BYTES = 300 << 20
MOST_MILLISECONDS = 100
"""From a click to the position on the screen, in the middle of all clicks: other work on the machine makes some later."""
WAIT = 500_000
WATCH = """() => {
    let pressed = 0;
    window.took = [];
    addEventListener("pointerdown", () => { pressed = performance.now(); }, true);
    new MutationObserver(() => {
        const began = pressed;
        pressed = 0;
        if (began) requestAnimationFrame(() => took.push(performance.now() - began));
    }).observe(document.querySelector(".timeline canvas"), { attributeFilter: ["aria-valuenow"] });
}"""


def renderers() -> dict[int, int]:
    """What each of this process' pages has for itself alone, in bytes."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        if "--type=renderer" in process.cmdline():
            found[process.pid] = process.memory_full_info().uss
    return found


@pytest.mark.skipif("DUALFACE_LONG_PAGE" not in os.environ, reason="takes minutes; asked for by DUALFACE_LONG_PAGE=1")
@pytest.mark.timeout(1200)
def test_three_hours_fit_into_the_page(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALFACE_REVIEW_CACHE", str(tmp_path / "cache"))
    before = renderers()
    with served(write_long_film(tmp_path, HOURS)) as server:
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(server.address)
        page.click("a.title")
        page.wait_for_selector("canvas[data-frame='0']", timeout=WAIT)
        box = page.locator(".timeline canvas").bounding_box()
        page.evaluate(WATCH)
        for k in range(60):  # all over the film
            page.mouse.click(box["x"] + 70 + (box["width"] - 90) * (k * 37 % 60) / 60, box["y"] + 90)
            page.wait_for_timeout(100)
        page.keyboard.press("s")
        page.wait_for_selector("section[aria-label=Corrections] h2:text-is('1 correction')", timeout=WAIT)
        page.wait_for_selector("canvas[data-settled=true]", timeout=WAIT)
        took = sorted(page.evaluate("took"))
        ours = {pid: size for pid, size in renderers().items() if pid not in before}
        page.context.close()
    shutil.rmtree(tmp_path / "out")
    middle = took[len(took) // 2]
    print(f"{max(ours.values()) >> 20} MB; {len(took)} clicks: {middle:.0f} ms in the middle, {took[0]:.0f} to {took[-1]:.0f}")
    assert max(ours.values()) < MOST_BYTES
    assert len(took) > 40
    assert middle < MOST_MILLISECONDS
