"""The live trainer in a real JupyterLab: it trains, and every control does what it says, in time."""

import re

import pytest
from hands import output, press, shoot, slider
from labs import opened

pytestmark = pytest.mark.slow

CELLS = [
    "from cnnkit import explore\nfrom cnnkit.explore.missions.faults import make",
    "training = make('healthy')\ntraining.epochs = 100\nlive = explore.LiveTraining(training)\nlive",
    "sick = explore.mission(3, 7, folder='.')\nsick",
]
LIVE, SICK = 1, 2
# From a click to the words that answer it, as the page sees it: milliseconds.
ANSWER = """async ([cell, name, words]) => {
    const area = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.jp-Cell-outputArea');
    const button = [...area.querySelectorAll('button')].find(found => found.textContent.trim() === name);
    return await new Promise((done, fail) => {
        const start = performance.now();
        const look = () => { if (area.textContent.includes(words)) { watcher.disconnect(); done(performance.now() - start); } };
        const watcher = new MutationObserver(look);
        watcher.observe(area, {subtree: true, childList: true, characterData: true});
        setTimeout(() => fail(words + ' was not said'), 60000);
        button.click();
    });
}"""


def click(page, cell, name):
    output(page, cell).get_by_role("button", name=name, exact=True).click()


def says(page, cell, words, timeout=30_000):
    output(page, cell).get_by_text(re.compile(words)).first.wait_for(timeout=timeout)


def reaches(page, cell, branch, step):
    """Waits until the picture tells of this branch and step, or a later one; returns the step."""
    found = page.wait_for_function(
        """([cell, branch, step]) => {
            const area = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.jp-Cell-outputArea');
            const said = area.querySelector('svg[role=img]')?.getAttribute('aria-label') || '';
            const match = said.match(/^Branch (\\w+) at step ([\\d,]+)/);
            const now = match && Number(match[2].replace(',', ''));
            return match && match[1] === branch && now >= step ? now : false;
        }""",
        arg=[cell, branch, step],
        timeout=60_000,
    )
    return found.json_value()


def test_a_training_is_steered_on_the_page(lab, tmp_path, record_property):
    errors = []
    with opened(lab, CELLS, tmp_path) as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        output(page, SICK).locator("svg[role=img]").first.wait_for(timeout=180_000)  # a kernel starts, and a run is prepared
        shoot(page, lab, "live-ready")

        click(page, LIVE, "Start")
        reaches(page, LIVE, "A", 30)
        press(page, slider(page, LIVE, "learning rate"), "ArrowRight")
        says(page, LIVE, r"rate 0\.003 → 0\.0\d+")
        shoot(page, lab, "live-rate")

        record_property("ms to answer a click", page.evaluate(ANSWER, [LIVE, "Pause", "paus"]))
        says(page, LIVE, "paused")
        step = reaches(page, LIVE, "A", 30)
        page.wait_for_timeout(1200)
        assert reaches(page, LIVE, "A", 30) == step, "it trains on while it is paused"

        press(page, slider(page, LIVE, "go back to"), "ArrowLeft")
        click(page, LIVE, "Go back")
        says(page, LIVE, "branch B")
        click(page, LIVE, "Go on")
        reaches(page, LIVE, "B", step + 20)
        press(page, slider(page, LIVE, "learning rate"), "Home")
        says(page, LIVE, "→ 1e-06")
        shoot(page, lab, "live-branch")
        press(page, slider(page, LIVE, "learning rate"), "End")
        says(page, LIVE, "✗ diverged", timeout=60_000)
        shoot(page, lab, "live-diverged")
        click(page, LIVE, "Back, with a third of the rate")
        says(page, LIVE, "branch C")
        page.wait_for_timeout(700)
        shoot(page, lab, "live-recovered")
        if output(page, LIVE).get_by_role("button", name="Pause", exact=True).is_enabled():
            click(page, LIVE, "Pause")  # or a third of 10 was still too much
        press(page, slider(page, LIVE, "go back to"), "Home")
        click(page, LIVE, "Go back")
        press(page, slider(page, LIVE, "learning rate"), "Home")
        click(page, LIVE, "Go on")
        reaches(page, LIVE, "D", 5)
        page.evaluate(ANSWER, [LIVE, "Stop", "stop"])
        says(page, LIVE, "■ stopped")

        click(page, SICK, "Look")
        says(page, SICK, "standard deviation")
        click(page, SICK, "Start")
        reaches(page, SICK, "A", 60)
        click(page, SICK, "Diagnose")
        says(page, SICK, "Not that|Right")
        shoot(page, lab, "live-mission")
    assert errors == []
