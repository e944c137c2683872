"""Pictures that answer the hand, in a real JupyterLab: real clicks, drags and keys, and what they must not do."""

import time

import pytest
from hands import key, measures, output, press, shoot, slider
from labs import opened

pytestmark = pytest.mark.slow

OWN = """
log = []
def draw():
    names = "".join(f'<rect data-key="{i}" data-group="row" data-name="part {i}" x="{i * 60}" width="50" height="50"/>'
                    for i in range(4))
    said = "; ".join(f"{t.kind} {t.key} {t.arrow}".strip() for t in log)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 60" width="300" role="img" aria-label="said: {said}">'
            f'<g data-hover="">{names}</g></svg>')
explore.canvas(draw, log.append)
"""
EVIL = """
explore.canvas('''<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 9" width="90" aria-label="evil" onload="window.ran=1">
<script>window.ran=1</script><foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml">
<img src="x" onerror="window.ran=1"/></body></foreignObject><image href="https://example.org/x.png" width="9" height="9"
onerror="window.ran=1"/><a href="javascript:window.ran=1"><rect width="9" height="9"/></a><animate onbegin="window.ran=1"/>
<rect data-key="a" data-name="left" onclick="window.ran=1" style="fill:url(https://example.org/y)" width="9" height="9"/>
</svg>''')
"""
CELLS = [
    "from cnnkit import explore, models\nimport torch; torch.manual_seed(0)\nnet = models.build('resnet50_layer4', width=8)",
    OWN,
    EVIL,
    "explore.residual_stream(net)",
    "import sys; sys.modules['anywidget'] = None\nexplore.residual_stream(net)",
]
CANVAS, HOSTILE, KNOB, PLAIN = 1, 2, 3, 4


def label(page, cell):
    return output(page, cell).locator("svg[aria-label]").last.get_attribute("aria-label")


def says(page, cell, words):
    """Waits until the picture's own words have these."""
    page.wait_for_function(
        """([cell, words]) => [...document.querySelectorAll('.jp-CodeCell')[cell].querySelectorAll('svg[aria-label]')]
            .some(svg => svg.getAttribute('aria-label').includes(words))""",
        arg=[cell, words],
        timeout=90_000,
    )


def cells(page):
    """All cells of the notebook as one would miss them: their kinds, and which one is active."""
    kinds = page.evaluate(
        "[...document.querySelectorAll('.jp-Notebook .jp-Cell')].map(cell => cell.className.match(/jp-(Code|Mark)/)[1])"
    )
    active = page.evaluate(
        "[...document.querySelectorAll('.jp-Notebook .jp-Cell')].findIndex(cell => cell.classList.contains('jp-mod-active'))"
    )
    return kinds, active


def focused(page):
    return page.evaluate("document.activeElement.dataset.key || ''")


def test_a_picture_is_clicked_walked_by_keys_and_keeps_them_from_the_notebook(lab, tmp_path, record_property):
    errors, asked = [], []
    with opened(lab, CELLS, tmp_path) as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        output(page, PLAIN).locator("svg").first.wait_for(timeout=180_000)

        says(page, CANVAS, "said: ")
        key(page, CANVAS, "1").click()
        says(page, CANVAS, "click 1")
        assert "hover 1" in label(page, CANVAS) and focused(page) == "1"
        before = cells(page)
        page.keyboard.press("ArrowRight")
        says(page, CANVAS, "key 2 ArrowRight")
        for name in ("m", "x", "d", "d", "b", "a", "ArrowDown", "ArrowUp", "Home"):
            page.keyboard.press(name)
        says(page, CANVAS, "key 0 Home")
        page.keyboard.press("Enter")
        says(page, CANVAS, "click 0")
        page.keyboard.press("End")
        says(page, CANVAS, "key 3 End")
        assert focused(page) == "3", "the focus is lost with a new picture"
        assert (
            key(page, CANVAS, "3").get_attribute("tabindex") == "0" and key(page, CANVAS, "0").get_attribute("tabindex") == "-1"
        )
        assert cells(page) == before, "a key went to the notebook"
        assert (
            page.evaluate("getComputedStyle(document.activeElement.closest('svg').parentElement.nextSibling).display")
            == "block"
        )
        assert (
            key(page, CANVAS, "3").get_attribute("role") == "button"
            and key(page, CANVAS, "3").get_attribute("aria-label") == "part 3"
        )
        page.keyboard.press("Tab")
        assert focused(page) != "3", "Tab stays in the picture"

        assert page.evaluate("window.ran") is None and not [url for url in asked if "example.org" in url]
        evil = output(page, HOSTILE).locator("svg[aria-label='evil'] *")
        left = evil.evaluate_all("found => found.map(node => node.outerHTML)")
        assert [html.split()[0] for html in left] == ["<image", "<rect"], left
        assert not [html for html in left if "ran" in html or "example" in html], left
        key(page, HOSTILE, "a").click()

        shoot(page, lab, "knob-start")
        turns_the_knob(page, lab, record_property)
        turns_the_knob_without_anywidget(page, lab)
        assert cells(page)[0] == before[0]
    assert errors == []


def turns_the_knob(page, lab, record_property):
    height, letters, width = measures(page, KNOB)
    photo = key(page, KNOB, "photo:7").locator("image").evaluate("node => fetch(node.getAttribute('href')).then(() => 'loads')")
    assert photo == "loads", "an image that was sent by name is missing"
    assert height <= 520 and letters >= 11 and round(width) == 720, (height, letters, width)
    key(page, KNOB, "block:4").locator("rect").last.click()
    says(page, KNOB, "α = 1")
    output(page, KNOB).locator("image").first.evaluate("node => { node.stayed = true; }")
    started = time.perf_counter()
    key(page, KNOB, "off").click()
    says(page, KNOB, "Block layer2.1 turned off")
    record_property("ms from a click to a picture, driver included", 1000 * (time.perf_counter() - started))
    assert output(page, KNOB).locator("image").first.evaluate("node => node.stayed"), "the picture flickers"
    press(page, key(page, KNOB, "block:4"), "ArrowRight")
    says(page, KNOB, "Block layer2.2 turned off")
    assert key(page, KNOB, "block:5").get_attribute("aria-checked") == "true" and focused(page) == "block:5"
    shoot(page, lab, "knob-off")

    press(page, key(page, KNOB, "alpha"), "End")
    says(page, KNOB, "Block layer2.2 at α = 2")
    box = key(page, KNOB, "alpha").locator("rect").first.bounding_box()  # 12 pixels wider than the track on either side
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 16)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 16, steps=4)
    page.mouse.move(box["x"] + 12 + (box["width"] - 24) / 4, box["y"] + 40, steps=4)  # below the track, and still held
    page.mouse.up()
    says(page, KNOB, "Block layer2.2 at α = 0.5")
    assert key(page, KNOB, "alpha").get_attribute("aria-valuenow") == "0.5"
    key(page, KNOB, "photo:7").click()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.activeElement.dataset.key === 'photo:12' && document.activeElement.ariaChecked === 'true'")
    key(page, KNOB, "every").click()
    says(page, KNOB, "All 8 identity blocks turned off")
    page.wait_for_timeout(300)
    shoot(page, lab, "knob-every")


def turns_the_knob_without_anywidget(page, lab):
    assert not output(page, PLAIN).locator("[tabindex='0'][data-key]").count()
    height, letters, _ = measures(page, PLAIN)
    assert height <= 520 and letters >= 11, (height, letters)
    press(page, slider(page, PLAIN, "α"), "Home")
    says(page, PLAIN, "Block layer1.1 turned off")
    press(page, slider(page, PLAIN, "block"), "ArrowRight")
    says(page, PLAIN, "Block layer1.2 turned off")
    output(page, PLAIN).get_by_role("button", name="all 8 identity blocks").click()
    says(page, PLAIN, "All 8 identity blocks turned off")
    shoot(page, lab, "knob-without-anywidget")
