"""Eight photos, each with the network's present answer as a bar a class."""

from __future__ import annotations

import html
import time
from collections.abc import Sequence

import torch

from cnnkit._support.turns import turn
from cnnkit.data.augment import normalise
from cnnkit.explore.live.curve import grouped
from cnnkit.explore.look import BLUE, INK
from cnnkit.explore.shapes import GREY, RUST, box, cut, image, text
from cnnkit.training import Training
from cnnkit.training.evaluation import evaluating

COUNT, SIDE, APART, BARS = 8, 40, 90, 10  # photos; pixels of one, and from one to the next; bars beside it
SHARE = 1 / 100  # of the time may go into asking


class Answers:
    """Asks the network of ``training`` about a few photos that it does not train on, now and then.

    Attributes:
        shares: the last answer, a list of probabilities a photo; empty before the first.
    """

    def __init__(self, training: Training) -> None:
        split = training.validation or training.dataset.test
        every = max(1, len(split) // COUNT)
        chosen = torch.arange(0, len(split), every)[:COUNT]
        self.classes, self.name = split.classes, split.name
        self.images, self.labels = split.images[chosen].cpu(), split.labels[chosen].tolist()
        self.shares: list[list[float]] = []
        self._training, self._due = training, 0.0
        self._drawn: tuple[list[list[float]] | None, str] = None, ""
        self._pictures = [image(photo.permute(1, 2, 0), 0, 0, SIDE) for photo in self.images]

    def due(self) -> bool:
        """Whether it may ask again."""
        return time.perf_counter() >= self._due

    def ask(self) -> None:
        """Brings `shares` up to date."""
        start = time.thread_time()
        training, precision = self._training, self._training.precision
        with turn(), evaluating(training.model), torch.no_grad():
            images = normalise(self.images.to(training.device))
            if precision is not None:
                with precision.autocast(training.device):
                    logits = training.model(precision.lay_out(images))
            else:
                logits = training.model(images)
            self.shares = logits.float().softmax(1).tolist()
        self._due = time.perf_counter() + (time.thread_time() - start) / SHARE

    def words(self) -> str:
        """The answers in words."""
        said = [f"{self.classes[t]}: {self.classes[_best(s)]}" for t, s in zip(self.labels, self.shares, strict=False)]
        return f"{len(self.labels)} photos of {self.name}; " + (", ".join(said) or "no answers yet")

    def draw(self) -> str:
        """The photos with what the network answers, as a part of a picture that is 720 wide."""
        if self._drawn[0] is not self.shares:  # drawn more often than asked
            self._drawn = self.shares, self._draw()
        return self._drawn[1]

    def _draw(self) -> str:
        head = f"Photos of {cut(self.name, 40)}: a bar a class, ▲ under the right one"
        parts = [text(2, 11, head, 12, GREY)]
        for i, label in enumerate(self.labels):
            share = self.shares[i] if i < len(self.shares) else []
            drawn = self._pictures[i] + (self._bars(label, share) if share else "")
            answer = _best(share) if share else label
            if share:
                sign, ink = ("✓", BLUE) if answer == label else ("✗", RUST)
                drawn += text(0, SIDE + 18, f"{sign} {cut(self.classes[answer], 11)}", 12, ink, bold=True)
            if not share or answer != label:
                drawn += text(0, SIDE + 32, ("is " if share else "") + cut(self.classes[label], 11), 12, INK)
            parts.append(f'<g transform="translate({2 + i * APART} 17)">{self._told(label, share)}{drawn}</g>')
        return grouped(parts)

    def _bars(self, label: int, share: list[float]) -> str:
        """A bar a class, in their order; of many classes those ten that are likeliest, and the right one."""
        shown: Sequence[int] = range(len(share))
        if len(share) > BARS:
            likely = sorted(shown, key=lambda k: -share[k])[: BARS - 1]
            shown = sorted({*likely, label})
        parts, best = [f'<path d="M{SIDE + 3} {SIDE}h{4.2 * BARS:.1f}" stroke="{GREY}"/>'], _best(share)
        for at, k in enumerate(shown):
            x, tall = SIDE + 3 + 4.2 * at, max(0.8, (SIDE - 2) * share[k])
            colour = "#8c8c8c" if k != best else BLUE if k == label else RUST
            parts.append(box(x + 0.4, SIDE - tall, 3.4, tall, colour))
            if k == label:
                parts.append(f'<path d="M{x + 2.1:.1f} {SIDE + 1}l3.5 6h-7z" fill="{INK}"/>')
        return "".join(parts)

    def _told(self, label: int, share: list[float]) -> str:
        best = sorted(range(len(share)), key=lambda k: -share[k])[:3]
        said = ", ".join(f"{self.classes[k]} {100 * share[k]:.0f} %" for k in best)
        return f"<title>{html.escape(f'{self.classes[label]}: {said}' if said else self.classes[label])}</title>"


def _best(share: list[float]) -> int:
    return max(range(len(share)), key=share.__getitem__)
