"""What one can look at beside a run's curve: its next batch, the answers, the layers, one update. The run stays as it is.

Each reading tells numbers and what is usual; "usual" was measured on healthy runs of this mission's network on emoji10. To
be called between steps: a step that runs meanwhile on another thread is not changed, but may be read half done.
"""

from __future__ import annotations

import base64
import copy
import html
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from cnnkit._support.words import em
from cnnkit.data.augment import MEAN, STD
from cnnkit.explore.look import FAINT, card
from cnnkit.training.batches import Epoch
from cnnkit.training.loop import Training
from cnnkit.training.precision import FLOAT32
from cnnkit.training.randomness import seeded

PHOTOS = 8  # of the batch are shown
SIDE = 80  # pixels of a photo's side on the page
_USUAL = "0.005 to 0.05; up to 0.3 in the first steps"


@dataclass(frozen=True)
class Reading:
    """What an instrument shows.

    Attributes:
        title: the instrument's question.
        html: the reading, as wide as a notebook.
        words: the same as text.
    """

    title: str
    html: str
    words: str


def batch(training: Training) -> Reading:
    """The next batch as the network gets it: photos with their labels, the range of the numbers, the count of each class."""
    images, labels = _next(training)
    classes = training.dataset.classes
    got = _entering(training, images)
    names = [classes[i] for i in labels.tolist()]
    numbers = [
        ("smallest number", f"{got.min():.3g}", "-2.43"),
        ("largest number", f"{got.max():.3g}", "2.75"),
        ("mean", f"{got.mean():.3g}", "0 to 0.3"),
        ("standard deviation", f"{got.std():.3g}", "1.1 to 1.4"),
    ]
    photos = "".join(_photo(p, name) for p, name in zip(_pixels(images[:PHOTOS]), names, strict=False))
    counts = torch.bincount(labels, minlength=len(classes)).tolist()
    shown = f'<div style="display:flex;flex-wrap:wrap;gap:6px">{photos}</div>'
    body = shown + _table(("what the first layer gets", "here", "usual"), numbers)
    body += _counted(f"classes of the {len(labels)} photos", classes, counts)
    words = f"First labels: {', '.join(names[:PHOTOS])}. {_said(numbers)} {_counts_said('Classes', classes, counts)}"
    return Reading("The next batch", card(body), words)


def outputs(training: Training) -> Reading:
    """What the network answers for the next batch, in the mode of a step: range, sum, entropy, how often each class."""
    images, labels = _next(training)
    out = _copy(training)[1](images)
    classes, sums = training.dataset.classes, out.sum(1)
    entropy = torch.distributions.Categorical(logits=out).entropy().mean() if out.isfinite().all() else out.new_tensor(math.nan)
    even = math.log(len(classes))
    numbers = [
        ("smallest output", f"{out.min():.3g}", "near 0 at first, then -15 to -3"),
        ("largest output", f"{out.max():.3g}", "near 0 at first, then 2 to 9"),
        ("sum of a photo's outputs, smallest", f"{sums.min():.3g}", "any number"),
        ("sum of a photo's outputs, largest", f"{sums.max():.3g}", "any number"),
        ("entropy of softmax(outputs), mean", f"{entropy:.2f}", f"{even:.2f} (all even) at first, 1.5 after 150 steps"),
    ]
    counts = torch.bincount(out.argmax(1), minlength=len(classes)).tolist()
    body = _table(("the network's outputs", "here", "usual"), numbers)
    body += _counted(f"answers for the {len(labels)} photos", classes, counts)
    return Reading("The answers", card(body), f"{_said(numbers)} {_counts_said('Answers', classes, counts)}")


def layers(training: Training) -> Reading:
    """The mode of a step, whether the batch norms' running figures have moved from 0 and 1, and zeros behind each ReLU."""
    images, _ = _next(training)
    zeros: dict[str, tuple[float, float]] = {}
    model, run = _copy(training)
    modules = dict(model.named_modules())
    for name, module in modules.items():
        if isinstance(module, nn.ReLU):
            module.register_forward_hook(lambda _, __, out, name=name: zeros.__setitem__(name, _zeros(out)))
    kinds = (_BatchNorm, nn.modules.dropout._DropoutNd)
    moded = [(_short(name), m) for name, m in modules.items() if isinstance(m, kinds)]
    rows = [(name, "training" if m.training else "evaluation", *_moved(m)) for name, m in moded]
    run(images)  # moves the copy's running figures
    relus = [(_short(name), f"{100 * z:.0f} %", f"{100 * dead:.0f} %") for name, (z, dead) in zeros.items()]
    heads = ("layer", "mode in a step", "running mean, from", "to", "running variance, from", "to")
    reluheads = ("ReLU", "zeros among its outputs", "channels at zero for the whole batch")
    body = _table(heads, rows) + _note("Before the first step every running mean is 0 and every running variance 1.")
    body += _table(reluheads, relus) + _note("Usual: 35 to 75 % zeros, and under 5 % of the channels.")
    words = " ".join(", ".join(f"{h} {v}" for h, v in zip(heads, row, strict=True)) + "." for row in rows)
    words += " " + " ".join(", ".join(f"{h} {v}" for h, v in zip(reluheads, row, strict=True)) + "." for row in relus)
    return Reading("The layers", card(body), words)


def update(training: Training) -> Reading:
    """What the next step would do to the weights of each layer, tried on a copy, and the gradients before and after."""
    images, labels = _next(training)
    trial = _trial(training)
    before = {name: p.detach().clone() for name, p in trial.model.named_parameters()}
    kept = _gradient_norm(training.model)
    trial._update(images, labels, trial.lr)
    rows = []
    for name, parameter in trial.model.named_parameters():
        if parameter.ndim > 1:
            size, moved = float(before[name].norm()), float((parameter.detach() - before[name]).norm())
            rows.append((_short(name.removesuffix(".weight")), f"{size:.3g}", f"{moved / size:.2g}", _USUAL))
    fresh = _fresh_norm(training, images, labels)
    numbers = [
        ("gradient of the next batch alone", f"{fresh:.3g}"),
        ("gradient that the weights hold now", "none yet" if kept is None else f"{kept:.3g}"),
        ("gradient that the next update uses", f"{_gradient_norm(trial.model) or 0.0:.3g}"),
    ]
    heads = ("weights of", "their size", "one update, as a part of it", "usual")
    body = _table(heads, rows) + _table(("size of", "here"), numbers)
    body += _note("Size: the root of the sum of squares. Usual: the first and the last are equal.")
    body += _note("At 0.01 a hundred updates in one direction move the weights by their own size; at 1 a single one does.")
    words = " ".join(f"{r[0]}: one update is {r[2]} of the weights (usual: {r[3]})." for r in rows)
    return Reading("One update", card(body), words + " " + " ".join(f"{name}: {value}." for name, value in numbers))


INSTRUMENTS: dict[str, Callable[[Training], Reading]] = {"batch": batch, "outputs": outputs, "layers": layers, "update": update}


def _next(training: Training) -> tuple[Tensor, Tensor]:
    """The batch of the next step: normalised images ``[B, 3, H, W]`` and labels ``[B]``."""
    t = training
    return Epoch.of(t.images, t.labels, t.batch_size, t.augment, t.seed, t.epoch, t.shuffle).batch(t.index)


def _copy(training: Training) -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
    """A copy of the network in the mode of a step, and what runs it with the dropout of the next step, without gradients."""
    model, precision = copy.deepcopy(training.model).train(), training.precision or FLOAT32

    def run(images: Tensor) -> Tensor:
        with torch.no_grad(), seeded(training.device, training.seed, training.epoch, training.index, "dropout"):
            with precision.autocast(training.device):
                return model(precision.lay_out(images)).float()  # type: ignore[no-any-return]

    return model, run


def _trial(training: Training) -> Training:
    """The same run on copies of its network, gradients and optimizer."""
    trial = copy.copy(training)
    trial.model, trial.optimizer = copy.deepcopy((training.model, training.optimizer))  # together: one refers to the other
    trial.precision = training.precision or FLOAT32
    for mine, copied in zip(training.model.parameters(), trial.model.parameters(), strict=True):
        copied.grad = None if mine.grad is None else mine.grad.clone()
    return trial


def _fresh_norm(training: Training, images: Tensor, labels: Tensor) -> float:
    """The size of this batch's gradient when none was there before."""
    trial = _trial(training)
    trial.model.zero_grad()
    trial._update(images, labels, trial.lr)
    return _gradient_norm(trial.model) or 0.0


def _gradient_norm(model: nn.Module) -> float | None:
    sizes = [p.grad.norm() for p in model.parameters() if p.grad is not None]
    return float(torch.stack(sizes).norm()) if sizes else None


def _entering(training: Training, images: Tensor) -> Tensor:
    """What arrives at the first layer that has weights."""
    (model, run), got = _copy(training), list[Tensor]()
    first = next(m for m in model.modules() if next(m.parameters(recurse=False), None) is not None)
    first.register_forward_pre_hook(lambda _, inputs: got.append(inputs[0].float()))
    run(images)
    return got[0]


def _moved(module: nn.Module) -> tuple[str, str, str, str]:
    """The range of a batch norm's running means and variances; dashes for a layer that keeps none."""
    if not isinstance(module, _BatchNorm) or module.running_mean is None or module.running_var is None:
        return ("-",) * 4
    mean, variance = module.running_mean, module.running_var
    return f"{mean.min():.3g}", f"{mean.max():.3g}", f"{variance.min():.3g}", f"{variance.max():.3g}"


def _zeros(out: Tensor) -> tuple[float, float]:
    """The part of ``out`` ``[N, C, ...]`` that is zero, and the part of its channels that are zero throughout."""
    zero = out == 0
    return float(zero.float().mean()), float(zero.transpose(0, 1).flatten(1).all(1).float().mean())


def _short(name: str) -> str:
    return name.removeprefix("net.")


def _pixels(images: Tensor) -> Tensor:
    """Normalised images back as uint8 ``[N, 3, H, W]``."""
    mean, std = (torch.tensor(values, device=images.device)[:, None, None] * 255 for values in (MEAN, STD))
    return (images * std + mean).round().clamp(0, 255).to(torch.uint8).cpu()


def _photo(pixels: Tensor, name: str) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(file, "PNG")
    source, name = base64.b64encode(file.getvalue()).decode(), html.escape(name)
    style = f"width:{SIDE}px;height:{SIDE}px;image-rendering:pixelated"
    image = f'<img src="data:image/png;base64,{source}" alt="a photo whose label is {name}" style="{style}">'
    return f'<figure style="margin:0;text-align:center;font-size:{em(12)}">{image}<figcaption>{name}</figcaption></figure>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cell = f"padding:1px 8px;border-bottom:1px solid {FAINT};text-align:left;vertical-align:top"
    head = "".join(f'<th scope="col" style="{cell}">{html.escape(h)}</th>' for h in heads)
    body = "".join("<tr>" + "".join(f'<td style="{cell}">{html.escape(v)}</td>' for v in row) + "</tr>" for row in rows)
    return f'<table style="border-collapse:collapse;margin:6px 0;font-size:{em(13)}"><tr>{head}</tr>{body}</table>'


def _counted(title: str, classes: Sequence[str], counts: Sequence[int]) -> str:
    """How often each class occurs, as a row of numbers a few classes wide."""
    each = "".join(
        f'<span style="display:inline-block;min-width:130px">{html.escape(name)}: <b>{count}</b></span>'
        for name, count in zip(classes, counts, strict=True)
    )
    return f'<div style="font-size:{em(13)}"><b>{html.escape(title)}</b><br>{each}</div>'


def _counts_said(title: str, classes: Sequence[str], counts: Sequence[int]) -> str:
    return f"{title}: " + ", ".join(f"{name} {count}" for name, count in zip(classes, counts, strict=True)) + "."


def _said(numbers: Sequence[Sequence[str]]) -> str:
    return " ".join(f"{name}: {value} (usual: {usual})." for name, value, usual in numbers)


def _note(text: str) -> str:
    return f'<div style="font-size:{em(13)}">{html.escape(text)}</div>'
