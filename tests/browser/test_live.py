"""The live trainer in a real JupyterLab: it trains, and every control does what it says, by mouse and by keys, in time."""

import re
from contextlib import suppress

import pytest
from hands import drag, key, measures, output, press, shoot, slider
from labs import opened
from playwright.sync_api import TimeoutError

pytestmark = pytest.mark.slow

CELLS = [
    "from cnnkit import data, explore, models\nfrom cnnkit.explore.missions.faults import make\nimport sys, torch",
    "training = make('healthy')\ntraining.epochs = 100\nlive = explore.LiveTraining(training)\nlive",
    "sick = explore.mission(3, 7, folder='.')\nsick",
    "first = explore.mission(1, 7, folder='.')\nfirst",
    """
def net(shortcut):
    torch.manual_seed(0)
    same = dict(width=8, relu_at="sum", bias=False, downsample="first", init="he")
    return models.build("resnet50_layer4", depths=(1, 1, 1), shortcut=shortcut, **same)
race = explore.race({"plain-11": net("none"), "residual-11": net("add")}, data.load("emoji10"))
race
""",
    """
sys.modules['anywidget'] = None
plain = explore.LiveTraining(make('healthy', seed=1))
plain.training.epochs = 100
plain
""",
]
LIVE, SICK, FIRST, RACE, PLAIN = 1, 2, 3, 4, 5
HIGHEST = 520
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
# The milliseconds between the pictures of so many seconds.
PICTURES = """async ([cell, seconds]) => {
    const svg = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('svg[aria-label]'), seen = [performance.now()];
    const watcher = new MutationObserver(() => seen.push(performance.now()));
    watcher.observe(svg, {attributes: true, attributeFilter: ['aria-label']});
    await new Promise(done => setTimeout(done, 1000 * seconds));
    watcher.disconnect();
    return seen.slice(1).map((time, i) => time - seen[i]);
}"""


def click(page, cell, name):
    output(page, cell).get_by_role("button", name=name, exact=True).click()


def says(page, cell, words, timeout=30_000):
    output(page, cell).get_by_text(re.compile(words)).first.wait_for(timeout=timeout)


def pictured(page, cell, words):
    """Waits until the picture's own words have these (a pattern); returns what matched."""
    found = page.wait_for_function(
        """([cell, words]) => {
            const area = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.jp-Cell-outputArea');
            const said = area.querySelector('svg[aria-label]')?.getAttribute('aria-label') || '';
            return said.match(new RegExp(words));
        }""",
        arg=[cell, words],
        timeout=60_000,
    )
    return found.json_value()


def reaches(page, cell, branch, step):
    """Waits until the picture tells of this branch and step, or a later one; returns the step."""
    found = page.wait_for_function(
        """([cell, branch, step]) => {
            const area = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.jp-Cell-outputArea');
            const said = area.querySelector('svg[aria-label]')?.getAttribute('aria-label') || '';
            const match = said.match(/Branch (\\w+) at step ([\\d,]+)/);
            const now = match && Number(match[2].replace(',', ''));
            return match && match[1] === branch && now >= step ? now : false;
        }""",
        arg=[cell, branch, step],
        timeout=60_000,
    )
    return found.json_value()


def fits(page, cell, highest=HIGHEST):
    height, letters, width = measures(page, cell)
    assert height <= highest and letters >= 11 and width >= 690, (height, letters, width)
    return height


def test_a_training_is_steered_on_the_page(lab, tmp_path, record_property):
    errors = []
    with opened(lab, CELLS, tmp_path) as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        output(page, PLAIN).locator("svg[aria-label]").first.wait_for(timeout=180_000)  # a kernel starts, runs are prepared
        shoot(page, lab, "live-ready")
        page.set_viewport_size({"width": 1194, "height": 2400})  # an output is 760 wide then
        record_property("height", fits(page, LIVE))
        record_property("height without anywidget", fits(page, PLAIN))
        record_property("height of a race", fits(page, RACE))

        trains_under_the_hand(page, lab, record_property)
        goes_back_under_the_hand(page, lab)
        trains_without_anywidget(page, lab)
        races(page, lab)
        decides_by_what_is_seen(page, lab)
        diagnoses(page, lab)
        can_be_read_in_the_dark(page, lab)
    assert errors == []


def trains_under_the_hand(page, lab, record_property):
    click(page, LIVE, "Start")
    begin = reaches(page, LIVE, "A", 30)
    gaps = page.evaluate(PICTURES, [LIVE, 6])
    steps = reaches(page, LIVE, "A", 30) - begin
    record_property("pictures a second", f"{len(gaps) / 6:.1f}, steps a second {steps / 6:.1f}")
    record_property("longest gap, ms", max(gaps, default=6000))
    assert len(gaps) >= min(24, 0.6 * steps), "not four pictures a second, though there are as many steps"
    rate = key(page, LIVE, "rate").locator("rect").last
    drag(page, rate, (0.6, 0.9), (0.6, 0.5), (0.7, 0.42))
    says(page, LIVE, "let go")
    assert not output(page, LIVE).get_by_text("learning rate 0").count(), "it is set before it is let go"
    page.mouse.up()
    says(page, LIVE, "learning rate 0.0[0-9]+ from the next step on")
    pictured(page, LIVE, r"mark 1, step \d+: rate 0\.003 → 0\.0\d+")
    press(page, key(page, LIVE, "rate"), "ArrowDown")
    pictured(page, LIVE, r"mark 2, step \d+: rate 0\.0\d+ → 0\.0\d+")
    assert page.evaluate("document.activeElement.dataset.key") == "rate", "a new picture takes the focus"
    pictured(page, LIVE, r"[+−]\d\.\d+ since mark 2")
    pictured(page, LIVE, r"One step changes each layer's weights by [\d.e-]+ to")
    shoot(page, lab, "live-rate")
    key(page, LIVE, "log").click()
    pressed = "cell => document.querySelectorAll('.jp-CodeCell')[cell].querySelector('[data-key=log]').ariaPressed === 'true'"
    page.wait_for_function(pressed, arg=LIVE)
    shoot(page, lab, "live-log")
    key(page, LIVE, "log").click()
    record_property("ms to answer a click", page.evaluate(ANSWER, [LIVE, "Pause", "paus"]))
    says(page, LIVE, "paused")
    step = reaches(page, LIVE, "A", 30)
    page.wait_for_timeout(1200)
    assert reaches(page, LIVE, "A", 30) == step, "it trains on while it is paused"
    assert output(page, LIVE).locator("image").count() == 8


def goes_back_under_the_hand(page, lab):
    head = key(page, LIVE, "head").locator("rect").first
    drag(page, head, (0.5, 0.5), (0.2, 0.5), (0.0, 0.5))
    page.mouse.up()
    says(page, LIVE, "go back to step 0")
    assert not output(page, LIVE).get_by_text("branch B").count(), "it goes back before it is told to"
    press(page, key(page, LIVE, "head"), "ArrowRight")
    says(page, LIVE, "go back to step (20|4[0-9])")
    shoot(page, lab, "live-playhead")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    says(page, LIVE, "branch B")
    click(page, LIVE, "Go on")
    step = reaches(page, LIVE, "B", 60)
    press(page, key(page, LIVE, "rate"), "Home")
    says(page, LIVE, "→ 1e-05")
    reaches(page, LIVE, "B", step + 20)
    shoot(page, lab, "live-branch")
    press(page, key(page, LIVE, "rate"), "End")
    says(page, LIVE, "✗ diverged", timeout=60_000)
    page.wait_for_timeout(500)
    pictured(page, LIVE, "diverged at step")
    shoot(page, lab, "live-diverged")
    fits(page, LIVE)
    click(page, LIVE, "Back, with a third of the rate")
    says(page, LIVE, "branch C")
    page.wait_for_timeout(700)
    shoot(page, lab, "live-recovered")
    with suppress(TimeoutError):  # the branch may end, or diverge once more, before the hand is there: then Stop is off
        output(page, LIVE).get_by_role("button", name="Stop", exact=True).click(timeout=3000)
    says(page, LIVE, "■ stopped|✓ trained to the end|✗ diverged")


def trains_without_anywidget(page, lab):
    assert not output(page, PLAIN).locator("[data-key]").count()
    click(page, PLAIN, "Start")
    reaches(page, PLAIN, "A", 30)
    press(page, slider(page, PLAIN, "learning rate"), "ArrowRight")
    says(page, PLAIN, r"rate 0\.003 → 0\.0\d+")
    reaches(page, PLAIN, "A", 60)
    click(page, PLAIN, "Pause")
    says(page, PLAIN, "paused")
    press(page, slider(page, PLAIN, "go back to"), "Home")
    says(page, PLAIN, "back to step 0")
    shoot(page, lab, "live-without-anywidget")
    click(page, PLAIN, "Go back")
    says(page, PLAIN, "branch B")
    output(page, PLAIN).get_by_role("button", name="log scale").click()
    click(page, PLAIN, "Go on")
    reaches(page, PLAIN, "B", 5)
    page.evaluate(ANSWER, [PLAIN, "Stop", "stop"])
    says(page, PLAIN, "■ stopped")


def races(page, lab):
    click(page, RACE, "Start")
    pictured(page, RACE, r"residual-11: Branch A at step \d+ of 60.*gradient \de[-+]\d+ in the first layer")
    press(page, key(page, RACE, "rate"), "ArrowUp")
    pictured(page, RACE, r"plain-11: .*rate 0.002 → 0.0025.*residual-11: .*rate 0.002 → 0.0025")
    shoot(page, lab, "live-race")
    says(page, RACE, "✓ trained to the end", timeout=90_000)
    pictured(page, RACE, r"plain-11: Branch A at step 60 .*residual-11: Branch A at step 60")
    shoot(page, lab, "live-race-end")


def decides_by_what_is_seen(page, lab):
    click(page, FIRST, "Predict")
    click(page, FIRST, "One epoch")
    reaches(page, FIRST, "A", 45)
    says(page, FIRST, "learned: below 2.28")
    click(page, FIRST, "One epoch")
    reaches(page, FIRST, "A", 90)
    click(page, FIRST, "Verdict")
    says(page, FIRST, "go higher|No rate has learned")
    heights = page.evaluate(
        """cell => {
            const texts = [...document.querySelectorAll('.jp-CodeCell')[cell].querySelectorAll('text')];
            const y = word => texts.find(text => text.textContent.startsWith(word)).getBoundingClientRect().y;
            return [y('guessing'), y('learned')];
        }""",
        FIRST,
    )
    assert heights[1] - heights[0] >= 10, "0.02 of loss cannot be seen"
    shoot(page, lab, "live-first-mission")


def diagnoses(page, lab):
    assert not key(page, SICK, "rate").count(), "the rate may be the fault"
    click(page, SICK, "Look")
    says(page, SICK, "standard deviation")
    click(page, SICK, "Start")
    reaches(page, SICK, "A", 60)
    click(page, SICK, "Diagnose")
    says(page, SICK, "Choose a diagnosis first")  # the first one is recorded, so none is chosen beforehand
    output(page, SICK).locator(".widget-toggle-button").last.click()
    click(page, SICK, "Diagnose")
    says(page, SICK, "Not that|Solved")
    shoot(page, lab, "live-mission")


def can_be_read_in_the_dark(page, lab):
    page.evaluate("void window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    page.wait_for_timeout(1500)
    shoot(page, lab, "live-dark")
    said = output(page, LIVE).locator("[role=status]").first
    ink, ground = said.evaluate(
        """node => {
            let around = node;
            const ground = () => getComputedStyle(around).backgroundColor;
            while (around.parentElement && /^rgba.* 0\\)$/.test(ground())) around = around.parentElement;
            return [getComputedStyle(node).color, ground()];
        }"""
    )
    light, dark = sorted((_light(ink), _light(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def _light(colour):
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
