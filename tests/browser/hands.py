"""What a user's eyes and hands do on the page, by the number of the cell."""

import os
from pathlib import Path

SHOTS = os.environ.get("CNNKIT_SCREENSHOTS")  # a folder: where to keep what was seen


def output(page, cell):
    return page.locator(".jp-CodeCell").nth(cell).locator(".jp-Cell-outputArea")


def slider(page, cell, label):
    row = output(page, cell).locator(".widget-slider, .widget-hslider").filter(has_text=label).first
    return row.locator("[role=slider], .noUi-handle, .ui-slider-handle").first


def press(page, control, key):
    control.focus()
    page.keyboard.press(key)


def shoot(page, lab, name):
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{lab}-{name}.png"), full_page=True)


def measures(page, cell):
    """Height of a widget, its smallest letters, and the width of its picture, in pixels as shown."""
    return page.evaluate(
        """cell => {
            const area = document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.jp-OutputArea-output:has(svg)');
            const size = text => parseFloat(text.getAttribute('font-size')) * text.getScreenCTM().a;
            const sizes = [...area.querySelectorAll('text')].map(size);
            const svg = area.querySelector('svg').getBoundingClientRect();
            return [area.getBoundingClientRect().height, Math.min(...sizes), svg.width];
        }""",
        cell,
    )


def key(page, cell, name):
    return output(page, cell).locator(f"[data-key='{name}']")


def drag(page, node, start, *ways):
    """Drags from ``start`` along ``ways``, all as parts of the node's width and height, and lets go."""
    box = node.bounding_box()
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    for x, y in ways:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5)
