"""What the live trainer says in words beside its picture."""

from __future__ import annotations

import html
from dataclasses import dataclass

from cnnkit._support.words import em
from cnnkit.explore.live.driver import Driver
from cnnkit.explore.look import INK
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


def page(driver: Driver, note: str, status: str, numbers: str) -> str:
    """The status, ``numbers``, and what there is to say, as HTML on a ground of its own."""
    said = message(driver, note) or data(driver)
    style = f"background:white;color:{INK};padding:2px 8px;max-width:{em(720)}"
    return f'<div style="{style}">{head(status, numbers)}<br>{said}</div>'


def head(status: str, numbers: str) -> str:
    """One of `STATUS` and ``numbers`` in a line of HTML."""
    return f"<b>{STATUS[status]}</b> &nbsp; {html.escape(numbers)}"


def numbers(driver: Driver) -> str:
    """Where the run is and how fast."""
    training, speed = driver.training, driver.speed() if driver.working else 0.0
    facts = [f"step {len(training.history):,} of {planned(training):,}"]  # counted from the start, as in the picture
    facts += [f"epoch {min(training.epoch + 1, training.epochs)} of {training.epochs}"]
    if speed:
        facts += [
            f"{speed * training.batch_size:,.0f} images/s",
            f"{_span((planned(training) - len(training.history)) / speed)} left",
        ]
    return " · ".join(facts)


def data(driver: Driver) -> str:
    """What is trained on, and how, as HTML."""
    training = driver.training
    precision = training.precision.name if training.precision else "precision: chosen at the start"
    facts = [
        f"{training.device.type}, {precision}",
        f"{training.dataset.name}: {len(training.labels):,} photos, batches of {training.batch_size}",
    ]
    if driver.places.size:
        facts.append(f"{len(driver.places)} of {driver.places.most:,} states kept, {_megabytes(driver.places.size)} each")
    return f'<span style="font-size:{em(13)}">{html.escape(" · ".join(facts))}</span>'


def message(driver: Driver, note: str) -> str:
    """The answer to the last thing the user did, or what went wrong, as HTML; empty where there is none."""
    sign, said = ("✗", driver.error) if driver.error else ("▸", note)
    return f'<b style="font-size:{em(13)}">{sign} {html.escape(said)}</b>' if said else ""


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 2e6 else f"{size / 1e3:,.0f} kB"
