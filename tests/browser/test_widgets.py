"""Each widget in a real JupyterLab: a control is moved by the keyboard, and the picture follows."""

import os
from pathlib import Path

import pytest
from labs import opened

pytestmark = pytest.mark.slow
SHOTS = os.environ.get("CNNKIT_SCREENSHOTS")  # a folder: where to keep what was seen

CELLS = [
    "from cnnkit import explore, models",
    "explore.convolution()",
    "explore.residual_block()",
    "import torch; torch.manual_seed(0)\nexplore.architecture(models.build('resnet50_layer4', width=16))",
    "explore.guess('How many positions?', lambda: 30, folder='.')",
]
# Time from the key to the new picture, as the page sees it.
WATCH = """async ([cell, act]) => {
    const output = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.jp-Cell-outputArea');
    return await new Promise((done, fail) => {
        const start = performance.now();
        const watcher = new MutationObserver(() => { watcher.disconnect(); done(performance.now() - start); });
        watcher.observe(output, {subtree: true, childList: true, characterData: true});
        setTimeout(() => fail('nothing changed'), 10000);
        window.__pressed = true;
    });
}"""


def output(page, cell):
    return page.locator(".jp-CodeCell").nth(cell).locator(".jp-Cell-outputArea")


def picture(page, cell):
    """The drawing's own words, which say what it shows."""
    return output(page, cell).locator("svg[role=img]").last.get_attribute("aria-label")


def slider(page, cell, label):
    row = output(page, cell).locator(".widget-inline-hbox, .jupyter-widgets.widget-slider").filter(has_text=label).first
    return row.locator("[role=slider], .noUi-handle, .ui-slider-handle").first


def changed(page, cell, before):
    page.wait_for_function(
        """([cell, before]) => {
            const found = document.querySelectorAll('.jp-CodeCell')[cell].querySelectorAll('svg[role=img]');
            return found.length && found[found.length - 1].getAttribute('aria-label') !== before;
        }""",
        arg=[cell, before],
        timeout=20_000,
    )
    return picture(page, cell)


def press(page, control, key):
    control.focus()
    page.keyboard.press(key)


def test_every_widget_answers_the_keyboard(lab, tmp_path):
    errors = []
    with opened(lab, CELLS, tmp_path) as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        for cell in (1, 2, 3):
            output(page, cell).locator("svg[role=img]").last.wait_for(timeout=90_000)
        output(page, 4).locator("button").first.wait_for(timeout=30_000)
        shoot(page, lab, "start")

        before = picture(page, 1)
        press(page, slider(page, 1, "stride"), "ArrowRight")
        assert "stride 2" in changed(page, 1, before)

        before = picture(page, 2)
        output(page, 2).locator("label:has-text('downsample') input, input[type=checkbox]").first.check()
        assert "256x4x4" in changed(page, 2, before)

        before = picture(page, 3)
        output(page, 3).locator("select").first.select_option(index=4)
        assert changed(page, 3, before) != before
        before = picture(page, 3)
        press(page, slider(page, 3, "photo"), "ArrowRight")
        page.wait_for_timeout(500)

        field = output(page, 4).locator("input").first
        field.fill("31")
        output(page, 4).locator("button").first.click()
        output(page, 4).get_by_text("30", exact=False).first.wait_for(timeout=20_000)
        shoot(page, lab, "end")
    assert errors == []


def shoot(page, lab, name):
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{lab}-{name}.png"), full_page=True)
