"""Makes the README's pictures out of a real JupyterLab that is operated by real key presses and drags.

    .venv/bin/python tools/make_pictures.py        all of docs/images

What is seen there is what the widgets do: nothing is drawn for the README alone.
"""

import io
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "tests" / "browser"))
from hands import drag, key, output  # noqa: E402
from labs import opened  # noqa: E402
from playwright.sync_api import Page  # noqa: E402

CELLS = [
    "import torch\nfrom torch import nn\nfrom cnnkit import check, explore, models, weights\n"
    "from cnnkit.explore.missions.faults import make",
    "training = make('healthy')\ntraining.epochs = 20\nexplore.LiveTraining(training)",
    """
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        def unit(given, made, kernel, stride=1):
            return nn.Sequential(nn.Conv2d(given, made, kernel, stride, kernel // 2), nn.BatchNorm2d(made), nn.ReLU())
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(unit(in_channels, middle_channels, 1, stride), unit(middle_channels, middle_channels, 3),
                                    unit(middle_channels, out_channels, 1))
        self.shortcut = unit(in_channels, out_channels, 1) if downsample or in_channels != out_channels else nn.Identity()
    def forward(self, x):
        return self.branch(x) + self.shortcut(x)
check.residual_block(ResidualBlock)""",
    "net = models.build('resnet50_layer4')\nweights.load(net, 'cifar10')\nexplore.residual_stream(net)",
]
LIVE, VERDICT, KNOB = 1, 2, 3
BETWEEN, SHOWN = 0.5, 0.125  # seconds from one picture of the animation to the next: when it is taken, and when it is shown
MOST = 1_500_000  # bytes


def main() -> None:
    """Opens the notebook, operates it, and writes the three pictures."""
    with tempfile.TemporaryDirectory() as folder, opened("newest", CELLS, Path(folder)) as page:
        output(page, KNOB).locator("svg[aria-label]").first.wait_for(timeout=300_000)
        page.mouse.move(5, 5)
        shot(page, VERDICT).save(IMAGES / "verdict.png", optimize=True)
        key(page, KNOB, "block:9").click()  # one that is hardly used: nothing happens
        key(page, KNOB, "off").click()
        page.wait_for_timeout(1500)
        page.mouse.move(5, 5)
        shot(page, KNOB).save(IMAGES / "knob.png", optimize=True)
        animate(list(film(page)), IMAGES / "live.webp")
    for path in sorted(IMAGES.iterdir()):
        print(f"{path.name:16} {path.stat().st_size:9,} bytes")


def shot(page: Page, cell: int) -> Image.Image:
    """What the cell shows."""
    area = output(page, cell).locator(".jp-OutputArea-output").last
    return Image.open(io.BytesIO(area.screenshot())).convert("RGB")


def film(page: Page) -> Iterator[Image.Image]:
    """Trains, turns the rate up and down by dragging, goes back and branches; a picture each half second."""
    yield from watch(page, 1)
    output(page, LIVE).get_by_role("button", name="Start", exact=True).click()
    yield from watch(page, 16)
    for height in (0.42, 0.75):  # of the rate's track, whose scale is logarithmic: up, then down
        drag(page, key(page, LIVE, "rate").locator("rect").last, (0.9, 0.6), (0.9, height))
        yield from watch(page, 0.5)
        page.mouse.up()
        yield from watch(page, 6)
    output(page, LIVE).get_by_role("button", name="Pause", exact=True).click()
    yield from watch(page, 1)
    drag(page, key(page, LIVE, "head").locator("rect").first, (0.5, 0.5), (-6.0, 0.5))
    yield from watch(page, 0.5)
    page.mouse.up()
    yield from watch(page, 1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    yield from watch(page, 0.5)
    output(page, LIVE).get_by_role("button", name="Go on", exact=True).click()
    yield from watch(page, 12)
    output(page, LIVE).get_by_role("button", name="Stop", exact=True).click()
    yield from watch(page, 1.5)


def watch(page: Page, seconds: float) -> Iterator[Image.Image]:
    """The live trainer for so many seconds."""
    for _ in range(round(seconds / BETWEEN)):
        began = time.monotonic()
        yield shot(page, LIVE)
        page.wait_for_timeout(max(0, 1000 * (BETWEEN - (time.monotonic() - began))))


def animate(pictures: list[Image.Image], path: Path) -> None:
    """One file of all pictures, in the quality that keeps it under the limit."""
    width, height = (min(size) for size in zip(*(picture.size for picture in pictures), strict=True))
    frames = [picture.crop((0, 0, width, height)) for picture in pictures]
    for quality in (80, 65, 50, 35):
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=int(1000 * SHOWN), loop=0, quality=quality,
                       method=4, minimize_size=True)  # fmt: skip
        if path.stat().st_size < MOST:
            return
    raise SystemExit(f"{path} has {path.stat().st_size:,} bytes even in low quality; film less")


if __name__ == "__main__":
    main()
