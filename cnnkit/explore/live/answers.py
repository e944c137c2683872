"""A strip of photos with what the network answers at present."""

from __future__ import annotations

import time

import torch
from torch import Tensor

from cnnkit.data.augment import normalise
from cnnkit.explore.look import BLUE, INK, LINE, ORANGE, image, row, svg
from cnnkit.training import Training
from cnnkit.training.evaluation import evaluating
from cnnkit.turns import turn

COUNT, SIDE, GAP = 8, 64, 30  # photos; pixels of one on the screen, and between two
SHARE = 1 / 400  # of the time may go into this


class Answers:
    """Asks the network of ``training`` about a few photos that it does not train on, now and then."""

    def __init__(self, training: Training) -> None:
        split = training.validation or training.dataset.test
        every = max(1, len(split) // COUNT)
        chosen = torch.arange(0, len(split), every)[:COUNT]
        self.classes, self.name = split.classes, split.name
        self.images, self.labels = split.images[chosen].cpu(), split.labels[chosen].tolist()
        self._training, self._due = training, 0.0
        pixels = (photo.permute(1, 2, 0) for photo in self.images)
        self._pictures = [image(p, i * (SIDE + GAP), 0, SIDE / max(p.shape[:2])) for i, p in enumerate(pixels)]

    def due(self) -> bool:
        """Whether it may ask again."""
        return time.perf_counter() >= self._due

    def ask(self) -> str:
        """The strip with the network's present answers, as SVG."""
        start = time.perf_counter()
        training, precision = self._training, self._training.precision
        with turn(), evaluating(training.model), torch.no_grad():
            images = normalise(self.images.to(training.device))
            if precision is not None:
                with precision.autocast(training.device):
                    logits = training.model(precision.lay_out(images))
            else:
                logits = training.model(images)
        strip = self.draw(logits.float().softmax(1).cpu())
        end = time.perf_counter()
        self._due = end + (end - start) / SHARE
        return strip

    def draw(self, shares: Tensor | None = None) -> str:
        """The strip for the answers ``shares`` ``[N, classes]``, each row adding up to 1; without: the photos alone."""
        parts, said = list(self._pictures), []
        for i, label in enumerate(self.labels):
            x, truth = i * (SIDE + GAP), self.classes[label]
            if shares is None:
                parts.append(row(truth[:12], x=x, y=SIDE + 18, size=12))
                continue
            share, answer = shares[i].max(0)
            right = int(answer) == label
            text = f"{'✓' if right else '✗'} {self.classes[int(answer)][:10]}"
            parts.append(row(text, x=x, y=SIDE + 18, size=13, colour=BLUE if right else ORANGE, bold=True))
            more = (f"{float(share):.0%}",) if right else (f"{float(share):.0%}", f"is {truth[:12]}")
            parts.append(row(*more, x=x, y=SIDE + 34, size=11, colour=INK))
            said.append(f"{truth}: {self.classes[int(answer)]}")
        words = f"{len(self.labels)} photos of {self.name}; " + (", ".join(said) if said else "no answers yet")
        parts.append(row(f"photos of {self.name}, and the network's answer", x=0, y=SIDE + 70, size=12, colour=LINE))
        return svg(parts, SIDE + 76, words)
