"""What a user's eyes and hands do on the page, by the number of the cell."""

import os
from pathlib import Path

SHOTS = os.environ.get("CNNKIT_SCREENSHOTS")  # a folder: where to keep what was seen


def output(page, cell):
    return page.locator(".jp-CodeCell").nth(cell).locator(".jp-Cell-outputArea")


def picture(page, cell):
    """The drawing's own words, which say what it shows."""
    return output(page, cell).locator("svg[role=img]").last.get_attribute("aria-label")


def slider(page, cell, label):
    row = output(page, cell).locator(".widget-slider, .widget-hslider").filter(has_text=label).first
    return row.locator("[role=slider], .noUi-handle, .ui-slider-handle").first


def press(page, control, key):
    control.focus()
    page.keyboard.press(key)


def shoot(page, lab, name):
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{lab}-{name}.png"), full_page=True)
