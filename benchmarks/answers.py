"""Time from a key to the new picture, in a real JupyterLab and browser: every explorer that is a picture under the hand.

Run: python benchmarks/answers.py [newest|colab] [keys]
"""

import statistics
import sys
import tempfile
from pathlib import Path

from machine import machine

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from hands import output
from labs import opened
from test_canvas import key
from test_looking import ANSWER

CELLS = [
    "from cnnkit import explore, models, Training, data\nimport torch; torch.manual_seed(0)\n"
    "net = models.build('resnet50_layer4', width=16)",
    "explore.convolution()",
    "explore.architecture(net)",
    "explore.inside(net)",
    "explore.residual_block(64, 64, 256)",
    "explore.residual_stream(net)",
]
# What a key moves there and back: cell, element, element after the move. A block that is handed on whole says the same as
# the next one, so one is turned off first.
MOVES = {
    "convolution, another place": (1, "position", "position"),
    "convolution, another kernel": (1, "kernel:1", "kernel:2"),
    "architecture, another cell": (2, "cell", "cell"),
    "architecture, another block": (2, "block:5", "block:6"),
    "inside, the patch": (3, "patch", "patch"),
    "residual stream, another block": (5, "block:4", "block:5"),
    "residual stream, the knob": (5, "alpha", "alpha"),
}


def main() -> None:
    """Prints a row for each move: half of the keys are answered within, 95 % within, the slowest."""
    lab, keys = (sys.argv[1:] + ["newest", "40"][len(sys.argv) - 1 :])[:2]
    with tempfile.TemporaryDirectory() as folder, opened(lab, CELLS, Path(folder)) as page:
        for cell in range(1, len(CELLS)):
            output(page, cell).locator("svg[aria-label]").first.wait_for(timeout=180_000)
        page.wait_for_timeout(2000)
        for what, (cell, one, other) in MOVES.items():
            chosen = [one] * (one != other) + ["off"] * (one == "block:4")  # so that each key changes something
            for name in chosen:
                key(page, cell, name).locator("rect").last.click()
                page.wait_for_timeout(1500)
            ways = ((one, "ArrowRight"), (other, "ArrowLeft")) * (int(keys) // 2 + 2)
            times = [page.evaluate(ANSWER, [cell, name, arrow]) for name, arrow in ways][4:]
            most = statistics.quantiles(times, n=20)[-1]
            print(f"{what:32} {statistics.median(times):4.0f} ms   95 %: {most:4.0f} ms   slowest {max(times):4.0f} ms")
    print(f"{lab}, {keys} keys each, {machine('cpu')}")


if __name__ == "__main__":
    main()
