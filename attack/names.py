"""Hostile names and words through every door: of files, folders, classes, layers, students, questions.

Held: no live tag in whatever a browser shows, no cell that a spreadsheet computes, no command to copy that does something
else, and no exception but an InputError.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from attack import hostile
from attack.ground import Tally, here, no_sentence, photo_tree, raised, small_net, until
from attack.outcome import Outcome
from cnnkit import InputError, Training, anatomy, check, draw, explore, report
from cnnkit.cli.run_folder import Run
from cnnkit.data import Dataset, Split

PROMISE = "no name or word of anybody comes alive in a page, a table or a shell"
Shown = Iterator[tuple[str, str]]  # "page", "table" or a path that a command must name, and the text


def attack(seconds: float, seed: int) -> Outcome:
    """Every door in turn, with other words each time."""
    rng, tally = random.Random(seed), Tally()
    for number in until(seconds, len(_DOORS)):
        what, door = list(_DOORS.items())[number % len(_DOORS)]
        draws = random.Random(rng.randrange(2**32))
        place = Path(f"door-{number}").absolute()
        place.mkdir()
        try:
            shown = [(kind, text) for kind, text in door(place, draws)]
            problems = [found for kind, text in shown if (found := _alive(kind, text))]
            problem = problems[0] if problems else ""
        except InputError as error:
            problem = no_sentence(error)
        except Exception as error:
            problem = f"{raised(error)}"
        tally.add(problem and f"{what}: {problem}", f"number {number}")
        shutil.rmtree(place, ignore_errors=True)
    return tally.outcome("names", PROMISE, "hostile sets of names", f"{len(_DOORS)} doors")


def _alive(kind: str, text: str) -> str:
    if kind == "page":
        found = hostile.live(text)
        return found and f"alive: {found}"
    if kind == "table":
        found = hostile.computes(text)
        return found and f"computed: {found}"
    return hostile.runs(text, kind)


# ---- the doors: (an empty folder, random draws) -> what they show -----------------------------------------------------------


def _report(place: Path, rng: random.Random) -> Shown:
    """All that a student's folder may hold, as the student wrote it or not."""
    runs = place / "runs"
    report.say(hostile.text(rng), hostile.text(rng), hostile.text(rng), hostile.text(rng), folder=runs)
    for number in range(3):
        (runs / f"{number}{hostile.file_name(rng)[:80]}.json").write_text(json.dumps(_run(rng)), encoding="utf-8")
    (runs / f"{hostile.file_name(rng)[:80]}.json").write_text("{", encoding="utf-8")
    guess = {key: hostile.text(rng) for key in ("key", "question", "guess", "answer", "unit", "time")}
    (runs / "guesses.jsonl").write_text(json.dumps(guess | {"right": False}) + "\nno line\n", encoding="utf-8")
    attempt = {"exercise": "conv_cost", "passed": False, "mistake": hostile.text(rng)}
    (runs / "checks.jsonl").write_text(json.dumps(attempt) + "\n", encoding="utf-8")
    trained = runs / hostile.file_name(rng)
    trained.mkdir()
    about = {
        "flags": {"model": hostile.text(rng), "seed": hostile.text(rng)},
        "dataset": hostile.text(rng),
        "machine": hostile.text(rng),
    }
    (trained / "run.json").write_text(json.dumps(about), encoding="utf-8")
    page = report.write(place / "page.html", name=hostile.text(rng), folder=runs, number=hostile.text(rng))
    yield "page", page.read_text(encoding="utf-8")
    results = report.gather(runs)
    for part in ("exercises", "guesses", "runs", "words"):
        yield "page", report.show(results, part)._repr_html_()


def _run(rng: random.Random) -> dict[str, Any]:
    words = {key: hostile.text(rng) for key in ("name", "data", "network", "machine", "precision", "time")}
    evaluation = {"split": hostile.text(rng) + "test", "epoch": 1, "step": 2, "accuracy": 0.5, "loss": 1.0}
    options = {key: hostile.text(rng) for key in ("optimizer", "schedule", "more")}
    return {
        "schema": 1,
        "kind": "run",
        **words,
        "losses": [[1, 2.0], [2, 1.5]],
        "evaluations": [evaluation],
        "options": options,
    }


def _collected(place: Path, rng: random.Random) -> Shown:
    """Pages that were handed in, with other data than the kit writes, under any name."""
    pages = place / "in"
    for number in range(4):
        runs = place / f"runs-{number}"
        runs.mkdir()
        page = report.write(place / "page.html", name="x", folder=runs).read_text(encoding="utf-8")
        before, _, after = re.split(r'(?<=id="cnnkit-report">)(.*?)(?=</script>)', page, maxsplit=1, flags=re.DOTALL)
        data = json.loads(re.split(r'id="cnnkit-report">|</script>', page)[1])
        data |= {key: hostile.text(rng) for key in ("name", "number", "date", "machine")}
        data["runs"] = [_run(rng)]
        data["exercises"][0] |= {"attempts": 1, "mistakes": [hostile.text(rng)]}
        where = pages / hostile.file_name(rng)
        where.mkdir(parents=True, exist_ok=True)
        (where / f"{hostile.file_name(rng)}.html").write_text(before + json.dumps(data) + after, encoding="utf-8")
    yield "table", report.collect(pages, place / "out.csv").read_text(encoding="utf-8-sig")


def _network(rng: random.Random) -> Any:
    """A class, its layers and its errors with hostile names."""

    class Net(nn.Module):
        def __init__(self, *sizes: Any, **more: Any) -> None:
            super().__init__()
            self.names = [_attribute(rng) for _ in range(3)]
            width = sizes[2] if len(sizes) > 2 else 10
            layers = (
                nn.Conv2d(sizes[0] if sizes else 3, 8, 1),
                type(_attribute(rng), (nn.ReLU,), {})(),
                nn.Conv2d(8, width, 1),
            )
            for name, layer in zip(self.names, layers, strict=True):
                self.add_module(name, layer)

        def forward(self, x: Any) -> Any:
            for name in dict.fromkeys(self.names):
                x = self._modules[name](x)  # type: ignore[misc]
            return x if len(self.names) > 1 and x.shape[1] != 10 else x.mean((2, 3))

    Net.__name__ = Net.__qualname__ = _attribute(rng)
    return Net


def _attribute(rng: random.Random) -> str:
    return hostile.text(rng).replace("\0", "").replace(".", "").encode("utf-8", "replace").decode() or "x"


def _verdicts(place: Path, rng: random.Random) -> Shown:
    """An answer with hostile names, one that raises hostile words, and one that prints them."""
    words = hostile.text(rng)

    def raises(*given: Any) -> Any:
        print(words)
        raise type(_attribute(rng), (ValueError,), {})(words)

    for verdict in (check.residual_block(_network(rng)), check.conv_output_size(raises), check.residual_block(raises)):
        yield "page", verdict._repr_html_()


def _tables(place: Path, rng: random.Random) -> Shown:
    """Anatomy's tables, and a network's layers to look into."""
    nets = [_network(rng)(), _network(rng)()]
    tables = [anatomy.table(net, (3, 32, 32)) for net in nets]
    yield "page", tables[0]._repr_html_()
    yield "page", tables[0].compare(tables[1])._repr_html_()
    yield from _explorer(explore.architecture(*nets))


def _explorer(shown: Any) -> Shown:
    yield "page", shown.still()
    waiting = [shown.widget]
    while waiting:
        widget = waiting.pop()
        waiting += getattr(widget, "children", ())
        names: tuple[str, ...] = ("value", "svg") if type(widget).__name__ in ("HTML", "HTMLMath", "Canvas") else ()
        if "Button" not in type(widget).__name__:
            names += ("description",)  # ipywidgets 7 shows it as HTML
        yield from (("page", str(getattr(widget, name))) for name in names if hasattr(widget, name))


def _questions(place: Path, rng: random.Random) -> Shown:
    """A question, before and after the guess."""
    asked = explore.guess(hostile.text(rng) + "?", 3.0, unit=hostile.text(rng), folder=place)
    yield from _explorer(asked)
    asked.submit(hostile.text(rng))
    asked.submit("4")
    yield from _explorer(asked)
    yield from _explorer(explore.guess(hostile.text(rng) + "?", 3.0, folder=place / hostile.file_name(rng)))


def _live(place: Path, rng: random.Random) -> Shown:
    """A live training of a network and of classes with hostile names."""
    classes = tuple(_attribute(rng) + str(number) for number in range(3))

    def split(count: int) -> Split:
        return Split(torch.zeros(count, 3, 32, 32, dtype=torch.uint8), torch.arange(count) % 3, classes, hostile.text(rng))

    net = small_net(0, 3)
    net.__class__ = type(_attribute(rng), (type(net),), {})
    training = Training(net, Dataset(hostile.text(rng), split(12), split(9)), batch_size=6, precision="float32")
    watched = explore.LiveTraining(training, background=False)
    watched.start()
    yield from _explorer(watched)
    yield "page", draw.losses(training.history, hostile.text(rng))._repr_mimebundle_()[0]["text/html"]
    yield "page", draw.confusion(training.evaluate(), hostile.text(rng))._repr_mimebundle_()[0]["text/html"]


def _command_line(place: Path, rng: random.Random) -> Shown:
    """A run on a folder of photos with hostile names, in a folder with a hostile name; then the page on it."""
    classes = [f"{number}{hostile.file_name(rng)}" for number in range(3)]
    tree = photo_tree(place / "in" / hostile.file_name(rng), classes, train=2, test=1)
    out = place / "out" / hostile.file_name(rng)  # chance gives both one name now and then
    small = ("--model", "vgg16_cifar", "--width", "2", "--precision", "float32", "--batch-size", "2")
    status, _, said = here("train", "--data", str(tree), *small, "--out", f"{out}")
    if status:
        raise RuntimeError(f"train ended with status {status}: {said.strip()[-100:]}")
    (folder,) = out.iterdir()
    for name in ("history.csv", "evaluations.csv"):
        yield "table", (folder / name).read_text(encoding="utf-8")
    run = Run("small", None, folder / "checkpoint.pt")  # type: ignore[arg-type]
    yield str(folder), run.way_on
    yield "page", report.write(place / "page.html", folder=out).read_text(encoding="utf-8")
    status, _, said = here("evaluate", "--weights", str(folder), "--data", str(tree), "--out", str(place / "numbers.json"))
    if status:
        raise RuntimeError(f"evaluate ended with status {status}: {said.strip()[-100:]}")
    json.loads((place / "numbers.json").read_text(encoding="utf-8"))


_DOORS: dict[str, Callable[[Path, random.Random], Shown]] = {
    "report": _report,
    "collected pages": _collected,
    "verdicts": _verdicts,
    "tables of layers": _tables,
    "questions": _questions,
    "live training": _live,
    "command line": _command_line,
}
