"""The confusion matrix: what was taken for what."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from cnnkit._support.words import whole
from cnnkit.draw.look import INK, plain

if TYPE_CHECKING:
    from cnnkit.draw.picture import Picture
    from cnnkit.training.evaluation import Evaluation


def confusion(result: Evaluation, title: str = "") -> Picture:
    """The confusion matrix: a row a true class, a column an answer; each cell is a percentage of its row."""
    from cnnkit.draw.picture import Picture, axes

    count = len(result.classes)
    share = 100 * result.confusion.double() / result.confusion.sum(1, keepdim=True).clamp(min=1)
    picture = Picture(600, 540, _confusion_in_words(result), colours=64)
    ax = axes(picture, title or f"{result.split}: % of each class that got each answer", x="answer", y="true class")
    ax.imshow(share.numpy(), cmap="Blues", vmin=0, vmax=100)
    names = [whole(name) for name in result.classes]  # matplotlib asks for them when it draws
    ax.set_xticks(range(count), names, rotation=45, ha="right")
    ax.set_yticks(range(count), names)
    for row, column in itertools.product(range(count), repeat=2):
        value = round(float(share[row, column]))
        if value:
            weight = "bold" if row == column else "normal"
            colour = "white" if value > 70 else INK
            ax.text(column, row, str(value), ha="center", va="center", fontsize=11, color=colour, weight=weight)
    return plain(picture)


def _confusion_in_words(result: Evaluation) -> str:
    wrong = result.confusion.clone().fill_diagonal_(0)
    row, column = divmod(int(wrong.argmax()), len(result.classes))
    words = f"Confusion matrix. {result}."
    if wrong[row, column]:
        words += (
            f" Most frequent mistake: {result.classes[row]} taken for {result.classes[column]}, {wrong[row, column]} times."
        )
    return words
