"""The page when something is not as it should be: hostile pages, odd names, lost servers, videos that browsers can't play."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.review_films import served, write_film

from dualface.review.access import Access
from dualface.types import Talk

WAIT = 20_000
ODD = "\"><img src=x onerror=alert(1)> Ann & 'Bob' 🎬"
ODD_FILE = 'it\'s "a" <b>talk<b> 🎬 & more %2e%2e'
pytestmark = pytest.mark.timeout(300)


def opened(browser: Any, address: str) -> Any:
    page = browser.new_context().new_page()
    page.goto(address)
    page.click("li a")
    page.wait_for_selector("canvas[data-frame]", timeout=WAIT)
    return page


@pytest.fixture
def hostile() -> Iterator[str]:
    """Another site."""

    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>hostile</p>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_hostile_page_in_another_tab_can_do_nothing(browser: Any, server: Any, out: Path, hostile: str) -> None:
    page = opened(browser, server.address)
    address = f"{server.origin}/api/films/{page.url.rpartition('/')[2]}"
    other = page.context.new_page()
    other.goto(hostile)
    tried = other.evaluate(
        """async (address) => {
            const post = { method: "POST", credentials: "include", body: '{"do": "add", "entry": {"swap": "everywhere"}}' };
            const read = (options) => fetch(address, options).then((answer) => answer.text()).catch(() => "refused");
            const blind = (options) => fetch(address + "/corrections", options).then(() => "sent").catch(() => "refused");
            const loads = (element) => new Promise((done) => {
                element.onload = element.onloadeddata = () => done("loaded");
                element.onerror = () => done("refused");
                setTimeout(() => done("nothing"), 3000);
                document.body.append(element);
            });
            const img = Object.assign(new Image(), { src: address + "/poster" });
            const video = Object.assign(document.createElement("video"), { src: address + "/media", preload: "auto" });
            const script = Object.assign(document.createElement("script"), { src: address });
            return [await read({ credentials: "include" }), await blind({ ...post, mode: "no-cors" }), await read(post),
                    await loads(img), await loads(video), await loads(script)];
        }""",
        address,
    )
    assert tried[0] == tried[2] == "refused"
    assert "loaded" not in tried
    with other.expect_navigation():
        other.evaluate(
            """(address) => {
            const form = Object.assign(document.createElement("form"), { method: "post", enctype: "text/plain" });
            form.action = address;
            form.append(Object.assign(document.createElement("input"), { name: '{"do": "undo", "x": "', value: '"}' }));
            document.body.append(form);
            form.submit();
            }""",
            address + "/corrections",
        )
    assert "refused" in other.content()
    assert not (out / "talk.corrections.yaml").exists()
    page.context.close()


def test_names_are_texts_whatever_they_hold(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALFACE_REVIEW_CACHE", str(tmp_path / "cache"))
    out = write_film(tmp_path, ODD_FILE, framing__caption_left=ODD)
    with served(out) as server:
        page = opened(browser, server.address)
        page.on("dialog", lambda _: pytest.fail("a name was run as a script"))
        assert page.text_content("h1") == ODD_FILE
        assert page.locator(".face.left").get_attribute("data-name") == ODD
        page.locator(".face.left").click()
        page.wait_for_selector(f"dialog[open] button >> text={ODD[-4:]}")
        assert page.locator("img[src=x]").count() == 0
        page.keyboard.press("Escape")
        page.fill("input[aria-label='Caption of the right one']", ODD)
        page.keyboard.press("Tab")
        page.wait_for_selector("section[aria-label=Corrections] h2:text-is('1 correction')", timeout=WAIT)
        assert page.locator("img[src=x]").count() == 0
        page.context.close()
    assert ODD in (out / f"{ODD_FILE}.corrections.yaml").read_text(encoding="utf-8").replace("''", "'")


def test_a_server_that_ends_is_missed_and_welcome_back(browser: Any, out: Path) -> None:
    access = Access()
    with served(out, access) as server:
        port = int(server.origin.rpartition(":")[2])
        page = opened(browser, server.address)
    page.wait_for_selector("#connection:has-text('lost')", timeout=WAIT)
    page.keyboard.press("s")
    page.wait_for_selector("#toast:has-text('Not saved yet')", timeout=WAIT)
    with served(out, access, port):
        page.wait_for_selector("#connection", state="hidden", timeout=WAIT)
        page.wait_for_selector("section[aria-label=Corrections] h2:text-is('1 correction')", timeout=WAIT)
        page.context.close()


def test_what_the_browser_can_not_play_gets_a_copy(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALFACE_REVIEW_CACHE", str(tmp_path / "cache"))
    with served(write_film(tmp_path, suffix=".avi")) as server:
        page = browser.new_context().new_page()
        page.goto(server.address)
        page.click("li a")
        page.wait_for_selector(".no-picture >> text=can't play", timeout=WAIT)
        page.get_by_role("button", name="Make a copy that it can play").click()
        page.wait_for_selector("canvas[data-frame='0']", timeout=120_000)
        page.context.close()


def test_everything_that_can_be_pressed_has_a_name(page: Any) -> None:
    nameless = page.evaluate(
        """[...document.querySelectorAll("button, a, input, [tabindex='0']")]
            .filter((one) => !(one.getAttribute("aria-label") || one.textContent.trim())).map((one) => one.outerHTML)"""
    )
    assert nameless == []
    assert page.get_attribute(".timeline canvas", "role") == "slider"
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(".timeline canvas[aria-valuetext*='shot 2 of 2']", timeout=WAIT)


def test_who_speaks_has_a_lane_that_is_read_out_too(page: Any, browser: Any, tmp_path: Path) -> None:
    silent = page.locator(".timeline canvas").bounding_box()["height"]
    assert "speak" not in page.get_attribute(".timeline canvas", "aria-valuetext")
    with served(write_film(tmp_path, talks=[Talk.LEFT, Talk.BOTH])) as server:
        other = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        other.goto(server.address)
        other.click("li a")
        other.wait_for_selector(".timeline canvas[aria-valuetext$='Ann speaks']", timeout=WAIT)
        other.keyboard.press("End")
        other.wait_for_selector(".timeline canvas[aria-valuetext$='Ann and Bob speak']", timeout=WAIT)
        box = other.locator(".timeline canvas").bounding_box()
        assert box["height"] > silent
        other.mouse.move(box["x"] + 100, box["y"] + 18 + 52 + 4 + 2 * 26 + 7)
        other.wait_for_selector(".timeline canvas[title='Ann speaks']", timeout=WAIT)
        other.context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (400, 800)])
def test_nothing_is_cut_off(page: Any, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".result canvas").bounding_box()["width"] > 0.4 * width


def test_many_tabs_leave_each_other_connections(page: Any) -> None:
    """Browsers let a server have six, whatever it is asked for."""
    others = [page.context.new_page() for _ in range(7)]
    for other in others:
        other.goto(page.url)
        other.wait_for_selector("canvas[data-frame='0']", timeout=WAIT)
    others[0].keyboard.press("s")
    heading = "section[aria-label=Corrections] h2:text-is('{}')"
    for one in (page, *others):
        one.wait_for_selector(heading.format("1 correction"), timeout=WAIT)
    page.goto("about:blank")  # the one that listens for all
    others[1].keyboard.press("z")
    for one in others:
        one.wait_for_selector(heading.format("No corrections yet"), timeout=WAIT)
