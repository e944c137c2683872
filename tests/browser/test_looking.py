"""Convolution, strip and bench in a real JupyterLab: clicked, pointed at, walked by arrows; their heights and letters."""

import re

import pytest
from hands import measures, output, press, shoot, slider
from labs import opened
from test_canvas import cells, key, label, says

pytestmark = pytest.mark.slow

CELLS = [
    "from cnnkit import explore, models\nimport torch; torch.manual_seed(0)\nnet = models.build('resnet50_layer4', width=16)",
    "explore.convolution()",
    "explore.architecture(net)",
    "explore.inside(net)",
    "import sys; sys.modules['anywidget'] = None\nexplore.convolution()",
    "explore.architecture(net)",
    "explore.inside(net)",
]
WINDOW, STRIP, BENCH = 1, 2, 3
MOVES = [(WINDOW, "kernel:1", "kernel:2"), (WINDOW, "position", "position"), (STRIP, "cell", "cell"),
         (STRIP, "block:5", "block:6"), (BENCH, "patch", "patch")]  # fmt: skip
# From a key to the picture's new words, as the page sees it: milliseconds.
ANSWER = """([cell, name, arrow]) => new Promise((done, fail) => {
    const area = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.jp-Cell-outputArea');
    const node = area.querySelector(`[data-key="${name}"]`), svg = node.closest('svg'), start = performance.now();
    const seen = {attributes: true, attributeFilter: ['aria-label']};
    new MutationObserver(() => done(performance.now() - start)).observe(svg, seen);
    setTimeout(() => fail('no new picture'), 30000);
    node.focus();
    node.dispatchEvent(new KeyboardEvent('keydown', {key: arrow, bubbles: true}));
})"""
PLAIN = 3  # cells further on, the same without anywidget


def fits(page, cell):
    height, letters, _ = measures(page, cell)
    assert height <= 520 and letters >= 11, (cell, height, letters)
    return f"cell {cell}: {height:.0f} px high, letters of {letters:.1f} px"


def point(page, cell, name, right, down):
    """Moves the pointer over an element, to a place in parts of its size."""
    box = key(page, cell, name).bounding_box()
    page.mouse.move(box["x"] + right * box["width"], box["y"] + down * box["height"])


def test_what_is_looked_at_is_clicked_pointed_at_and_walked(lab, tmp_path, record_property):
    errors = []
    with opened(lab, CELLS, tmp_path) as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        for cell in range(1, 7):
            output(page, cell).locator("svg[aria-label]").first.wait_for(timeout=180_000)
        before = cells(page)[0]
        page.wait_for_timeout(500)
        shoot(page, lab, "looking-start")
        slides_the_window(page, lab)
        walks_the_strip(page, lab)
        works_on_the_bench(page, lab)
        does_the_same_by_sliders(page, lab)
        for cell, one, other in MOVES:
            ways = ((one, "ArrowRight"), (other, "ArrowLeft")) * 4
            times = sorted(page.evaluate(ANSWER, [cell, name, arrow]) for name, arrow in ways)
            record_property(f"ms from a key to a picture, {one}: shortest, middle", f"{times[0]:.0f}, {times[4]:.0f}")
        wide = output(page, WINDOW).locator(".jp-OutputArea-output").first.bounding_box()["width"]
        page.set_viewport_size({"width": int(1300 + 760 - wide), "height": 2400})
        page.wait_for_timeout(1000)
        for cell in range(1, 7):
            record_property("measured", fits(page, cell))
        shoot(page, lab, "looking-narrow")
        assert cells(page)[0] == before
    assert errors == []


def slides_the_window(page, lab):
    fits(page, WINDOW)
    press(page, key(page, WINDOW, "stride:0"), "ArrowRight")
    says(page, WINDOW, "stride 2")
    point(page, WINDOW, "position", 0.9, 0.3)
    page.mouse.down()
    page.mouse.up()
    says(page, WINDOW, "At output row 2, column 5")
    for name in ("ArrowDown", "ArrowLeft", "m", "x", "d", "d"):
        page.keyboard.press(name)
    says(page, WINDOW, "At output row 3, column 4")
    key(page, WINDOW, "colour").click()
    says(page, WINDOW, "in 3 channels")
    key(page, WINDOW, "formula").click()
    says(page, WINDOW, "(10 + 2·1 − 1·(3 − 1) − 1) / 2 + 1")
    fits(page, WINDOW)
    shoot(page, lab, "looking-channels")
    for name in ("colour", "padding:0", "kernel:4", "dilation:2"):
        key(page, WINDOW, name).click()
    says(page, WINDOW, "The window does not fit: a 5x5 kernel with dilation 3 spans 13 pixels")
    why = output(page, WINDOW).get_by_text("The window does not fit").bounding_box()
    cause = key(page, WINDOW, "dilation:2").bounding_box()
    assert 0 < why["y"] - cause["y"] < 60, "the reason stands far from its cause"
    shoot(page, lab, "looking-misfit")
    key(page, WINDOW, "dilation:0").click()


def walks_the_strip(page, lab):
    fits(page, STRIP)
    key(page, STRIP, "block:3").click()
    says(page, STRIP, "layer1.1, residual block: 64x8x8, on photo 14: horse")
    point(page, STRIP, "cell", 0.06, 0.94)
    says(page, STRIP, "Row 8, column 1, in map")
    shoot(page, lab, "looking-strip")
    page.mouse.move(5, 5)
    press(page, key(page, STRIP, "cell"), "ArrowRight")
    says(page, STRIP, "Row 8, column 2, in map")
    for name in ("m", "x", "d", "d", "ArrowUp"):
        page.keyboard.press(name)
    says(page, STRIP, "Row 7, column 2, in map")
    press(page, key(page, STRIP, "block:3"), "ArrowRight")
    says(page, STRIP, "layer1.2, residual block")
    key(page, STRIP, "photo:2").click()
    says(page, STRIP, "on photo 3: ship")
    key(page, STRIP, "map:3").click()
    page.wait_for_function("document.querySelector('[data-key=\"map:3\"]').getAttribute('aria-checked') === 'true'")
    table = output(page, STRIP).locator("details")
    assert table.get_attribute("open") is None
    table.locator("summary").click()
    table.locator("table").wait_for()
    table.locator("summary").click()


def works_on_the_bench(page, lab):
    fits(page, BENCH)
    says(page, BENCH, "Where does layer3.5 see horse?")
    key(page, BENCH, "block:7").click()
    says(page, BENCH, "Where does layer2.2 see horse?")
    point(page, BENCH, "patch", 0.5, 0.1)
    says(page, BENCH, "Covered in row 1, column 4 of 7: horse")
    page.mouse.move(5, 5)
    press(page, key(page, BENCH, "patch"), "ArrowDown")
    says(page, BENCH, "Covered in row 2, column 4 of 7: horse")
    press(page, key(page, BENCH, "target:7"), "ArrowUp")
    says(page, BENCH, "see frog?")
    shoot(page, lab, "looking-bench")
    for name in ("cover", "smooth", "strength:5"):
        key(page, BENCH, name).click()
    page.wait_for_function("document.querySelector('[data-key=\"strength:5\"]').getAttribute('aria-checked') === 'true'")
    assert "Covered" not in label(page, BENCH)
    fits(page, BENCH)


def does_the_same_by_sliders(page, lab):
    for cell in (WINDOW, STRIP, BENCH):
        fits(page, cell + PLAIN)
        assert not output(page, cell + PLAIN).locator("[tabindex='0'][data-key]").count()
    press(page, slider(page, WINDOW + PLAIN, "output row"), "Home")
    says(page, WINDOW + PLAIN, "At output row 1, column 5")
    output(page, WINDOW + PLAIN).get_by_role("button", name="three channels").click()
    says(page, WINDOW + PLAIN, "in 3 channels")
    press(page, slider(page, STRIP + PLAIN, "block"), "ArrowRight")
    says(page, STRIP + PLAIN, "maxpool, pool")
    press(page, slider(page, STRIP + PLAIN, "cell row"), "End")
    says(page, STRIP + PLAIN, "Row 8, column 5")
    press(page, slider(page, BENCH + PLAIN, "patch row"), "Home")
    says(page, BENCH + PLAIN, "Covered in row 1, column 4")
    output(page, BENCH + PLAIN).get_by_role("button", name=re.compile("smooth")).click()
    page.wait_for_timeout(500)
    shoot(page, lab, "looking-sliders")
