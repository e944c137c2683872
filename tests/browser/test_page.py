"""A report in a real browser: nothing that was typed runs or loads anything, and all of it fits on a phone."""

import os
import sys
from pathlib import Path

import pytest
from labs import CHROMIUM, FLAGS
from playwright.sync_api import sync_playwright

from cnnkit import report

sys.path.append(str(Path(__file__).parents[1]))
from pages import fill, guess, lines, run

pytestmark = pytest.mark.slow

EVIL = "</script><script>window.ran = 1</script><img src='https://example.org/x.png' onerror='window.ran = 1'>"
LONG = "x" * 300


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    if not CHROMIUM and os.environ.get("CI"):
        pytest.fail("there is no chromium")
    if not CHROMIUM:
        pytest.skip("there is no chromium")
    folder = tmp_path_factory.mktemp("report")
    words = {"claim": EVIL, "evidence": LONG, "another_explanation": "שלום", "spread": "a\nb"}
    fill(folder / "runs", words=words, runs=[run("base", data=LONG, network=LONG, machine=LONG), run("b" * 80, network=EVIL)])
    guesses = [guess("01, question 1", EVIL), guess("01, question 2", LONG, made=LONG, answer=EVIL, unit=LONG)]
    (folder / "runs" / "guesses.jsonl").write_text(lines(*guesses), encoding="utf-8")
    return report.write(folder / "report.html", (EVIL + LONG)[:200], folder / "runs", LONG[:200]).as_uri()


@pytest.mark.parametrize("width", [400, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_runs_nothing_loads_nothing_and_fits(address, width, scheme):
    asked, said = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: said.append(message.text))
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("window.ran === undefined && document.images.length === 1 && document.scripts.length === 1")
            assert EVIL in page.inner_text("main") and page.evaluate("document.images[0].naturalWidth") > 0
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert ground == {"light": "rgb(244, 246, 248)", "dark": "rgb(17, 22, 28)"}[scheme]  # so the style's hash is right
            if shots := os.environ.get("CNNKIT_SCREENSHOTS"):
                page.screenshot(path=str(Path(shots) / f"report-{scheme}-{width}.png"), full_page=True)
        finally:
            browser.close()
    assert [url for url in asked if not url.startswith("data:")] == [address] and said == []
