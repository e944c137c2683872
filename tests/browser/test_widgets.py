"""Each widget in a real JupyterLab: a control is moved by the keyboard, and the picture follows."""

import pytest
from hands import output, picture, press, shoot, slider
from labs import opened

pytestmark = pytest.mark.slow

CELLS = [
    "from cnnkit import explore, models",
    "explore.convolution()",
    "explore.residual_block()",
    "import torch; torch.manual_seed(0)\nexplore.architecture(models.build('resnet50_layer4', width=16))",
    "explore.guess('How many positions?', lambda: 30, folder='.')",
]


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
