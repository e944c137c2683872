"""What the live trainer says in words beside its picture."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from cnnkit.explore.live.driver import Driver
from cnnkit.explore.look import BLUE, INK, LINE, ORANGE, card
from cnnkit.training import Training
from cnnkit.training.batches import steps_per_epoch

STATUS = {
    "ready": "○ ready: press Start", "training": "● training", "evaluating": "◐ evaluating on the validation part",
    "paused": "❚❚ paused", "stopped": "■ stopped", "ended": "✓ trained to the end", "diverged": "✗ diverged",
    "failed": "✗ failed",
}  # fmt: skip


@dataclass(frozen=True)
class Still:
    """A picture that no longer moves; it shows itself in a notebook and says itself in a terminal."""

    html: str
    words: str

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        return self.html


def planned(training: Training) -> int:
    """Steps of the run when it has ended, at the present batch size."""
    done, left = len(training.history), training.epochs - training.epoch
    return done + max(0, left * steps_per_epoch(len(training.labels), training.batch_size) - training.index)


def page(driver: Driver, note: str, rate: bool = True) -> str:
    """Status, numbers, and what there is to say, as HTML; ``rate``: also the learning rate."""
    style = f"background:white;color:{INK};padding:2px 8px;max-width:760px"
    return f'<div style="{style}">{lines(driver, rate)}</div>{message(driver, note)}'


def lines(driver: Driver, rate: bool = True) -> str:
    """Where the run is and how fast, as HTML; ``rate``: also the learning rate."""
    training, speed = driver.training, driver.speed() if driver.working else 0.0
    total = steps_per_epoch(len(training.labels), training.batch_size)
    where = f"step {training.index} of {total} in epoch {min(training.epoch + 1, training.epochs)} of {training.epochs}"
    if training.epoch >= training.epochs:
        where = f"{training.epochs} epochs, {len(training.history):,} steps"
    facts = [where, f"learning rate {training.lr:.2g}"] if rate else [where]
    if speed:
        facts += [
            f"{speed * training.batch_size:,.0f} images/s",
            f"{_span((planned(training) - len(training.history)) / speed)} left",
        ]
    precision = training.precision.name if training.precision else "precision: measured at the start"
    data = [
        f"{training.device.type}, {precision}",
        f"{training.dataset.name}: {len(training.labels):,} photos, batches of {training.batch_size}",
        "with crops and flips" if training.augment else "without crops and flips",
    ]
    if driver.places.size:
        data.append(
            f"{len(driver.places)} of {driver.places.most:,} states to go back to, {_megabytes(driver.places.size)} each"
        )
    return (
        f"<b>{STATUS[driver.status]}</b> &nbsp; {html.escape(' · '.join(facts))}"
        f'<br><span style="color:{LINE};font-size:13px">{html.escape(" · ".join(data))}</span>'
    )


def message(driver: Driver, note: str) -> str:
    """The answer to the last thing the user did, or what went wrong, as HTML."""
    if driver.error:
        hint = (
            " The button below goes back to the last good state, with a third of the rate."
            if driver.status == "diverged"
            else ""
        )
        return card(html.escape(driver.error) + hint, ORANGE)
    return card(html.escape(note), BLUE) if note else ""


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 2e6 else f"{size / 1e3:,.0f} kB"


def choice(label: str, value: Any) -> str:
    """A label with its value, as HTML."""
    return f"<span>{html.escape(label)} <b>{html.escape(str(value))}</b></span>"
