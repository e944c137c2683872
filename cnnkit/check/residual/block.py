"""The check of `residual_block`: right by behaviour; what is wrong is read from a trace."""

from __future__ import annotations

import re
from functools import partial

import torch
from torch import Tensor, nn

from cnnkit import trace
from cnnkit._support.words import plural
from cnnkit.check.building import build, difference, has_projection, randomise, require_first_weights
from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake, mistake_of
from cnnkit.check.residual import flow
from cnnkit.check.residual.block_mistakes import FINDERS, MISTAKES
from cnnkit.check.residual.case import Case, Rules, Run
from cnnkit.check.residual.diagram import block_diagram
from cnnkit.check.residual.reading import read
from cnnkit.check.solutions.block import ResidualBlock
from cnnkit.check.torch_words import SHAPES
from cnnkit.trace import layout
from cnnkit.weights import same

__all__ = ["MISTAKES", "Case", "Run", "probe"]


OTHER_SIZES = ((1, 8, 8), (3, 7, 5), (2, 4, 4))  # photos, height, width
VERIFIED = (
    "✓ Verified with random weights, in {} cases: the reference's values in training and evaluation mode, its gradients and "
    "its running statistics; and its values at {} other sizes."
)
AT_THE_SUM = {"not-added", "added-twice", "shortcut-not-projected", "no-relu", "relu-missing-last"}  # marked where ways meet
CASES = (Case(12, 8, 20, False), Case(20, 8, 20, True), Case(20, 8, 20, False), Case(12, 8, 20, True))


def _run(attempt: Attempt, case: Case) -> Run:
    block = build(attempt, lambda: case.make(attempt.candidate), case.call)
    trace.size_lazy(block, case.photos())
    require_first_weights(block)
    randomise(block, attempt.generator())
    try:
        done, error = trace.run(block, case.photos()), None
    except trace.ForwardError as failure:
        done, error = failure.trace, failure
        if call := flow.linear_on_maps(done):
            raise Mistake(*flow.on_maps(call)) from failure
        if sizes := re.search(r"running_mean should contain (\d+) elements not (\d+)", str(failure)):  # torch's own check
            raise Mistake(
                "wrong-width",
                f"A batch norm does not fit what it is given. `{failure.path}` was built for "
                f"{plural(int(sizes[2]), 'channel')} and gets {sizes[1]} in `{case.call}`. "
                f"Look at which of the {case.numbers} numbers belongs there.",
            ) from failure
        if done.failed is None:  # not torch refused, but Python: no layer is to blame
            raise mistake_of(failure.__cause__ or failure, f"called with {list(case.photos().shape)}", SHAPES) from failure
    return Run(case, block, done, read(done), layout.read(done), error)


def probe(attempt: Attempt) -> None:
    """Judges a ResidualBlock by its values and gradients, and names what is wrong by its two ways."""
    runs = judge(attempt, Rules(CASES, ResidualBlock, FINDERS))
    if any(layer.kind == "relu" for run in runs for layer in run.reading.after):
        attempt.remarks.append("The ReLU after the sum changes nothing: both summands are already 0 or more.")
    remark_no_bias(attempt, runs)
    remark_idle(attempt, runs)


def judge(attempt: Attempt, rules: Rules) -> list[Run]:
    """The runs of a block that keeps the rules; raises the `Mistake` of one that does not."""
    runs = [_run(attempt, case) for case in rules.cases]
    for run in runs:
        _leaves_input_alone(attempt, run)
    seen: list[Exception | str | None] = [run.error or _difference(run, rules) for run in runs]
    if any(seen):
        _name(attempt, runs, rules)
        found = next(found for found in seen if found)
        if isinstance(found, Exception):
            raise mistake_of(found.__cause__ or found, "called as in the exercise", SHAPES)
        raise unnamed(found, "the block")
    for run in runs:
        _same_at_other_sizes(run, rules)
    _owns_its_weights(attempt, rules.cases[0])
    shown = next(run for run in runs if run.case.downsample)
    attempt.draw = partial(block_diagram, shown.reading, shown.case.call, said=VERIFIED.format(len(runs), len(OTHER_SIZES)))
    return runs


def _reference(run: Run, rules: Rules) -> nn.Module:
    projection = "always" if has_projection(run.steps) else "needed"
    return rules.reference(*run.case.arguments, projection=projection, **run.case.like(run.reading))


def _difference(run: Run, rules: Rules) -> str | None:
    _returns_a_tensor(run)
    return difference(run.block, _reference(run, rules), run.case.photos(4))


def _returns_a_tensor(run: Run) -> None:
    with trace.untouched(run.block), torch.no_grad():
        found = run.block.eval()(run.case.photos())
    if not isinstance(found, Tensor):
        what = "nothing: is there a `return`?" if found is None else f"a {type(found).__name__} instead of one tensor."
        raise Mistake("returns-nothing" if found is None else "wrong-type", f"`forward` returns {what} Look at its last line.")


def _name(attempt: Attempt, runs: list[Run], rules: Rules) -> None:
    for finder in rules.finders:
        for run in runs:
            if found := finder(run):
                slug, message, layer = found
                merge = run.reading.merge if slug in AT_THE_SUM else None
                mark = layer.record.index if layer else merge.index if merge else None
                attempt.draw = partial(block_diagram, run.reading, run.case.call)
                raise Mistake(slug, message, mark)


def unnamed(found: str, what: str) -> Mistake:
    """The mistake where only the kind of difference is known; ``what`` is "the block" or "the network"."""
    if found == "gradient":
        return Mistake(
            "gradient-stopped",
            "The results are right, but the gradient does not get through. "
            "Look for `detach`, `.data`, `no_grad` or numbers taken out of a tensor.",
        )
    if found == "statistics":
        return Mistake(
            "differs-in-training",
            f"Values and gradients of {what} are right in both modes, but not the statistics that its batch norms keep in "
            "training. Look at how often each of them runs, and in which mode.",
        )
    if found == "train":
        return Mistake(
            "differs-in-training",
            f"In evaluation mode {what} is right; in training mode it is not. "
            "Look for dropout, or for a batch norm that does not follow the mode.",
        )
    return Mistake(
        "wrong-values",
        f"The layers look right, but {what} computes other numbers than the rules give. Follow one value through `forward`.",
    )


def _same_at_other_sizes(run: Run, rules: Rules) -> None:
    """Batches of one, maps that are not square or not even: all come in real use."""
    case, reference = run.case, _reference(run, rules)
    difference(run.block, reference, case.photos(4))  # equal weights
    for count, height, width in OTHER_SIZES:
        x = case.photos(count, height, width)
        with torch.no_grad():
            expected = reference.eval()(x)
            try:
                found = run.block.eval()(x)
            except Exception:  # the student's; whatever the kit raises is told as its own fault
                found = None
        if found is None or not same(found, expected):
            raise Mistake(
                "hard-coded-size",
                f"Your block is right for a batch [4, {case.in_channels}, 8, 8], but not for {list(x.shape)}. "
                "Look for fixed sizes, or for a `view` or `squeeze` that assumes them.",
            )


def _leaves_input_alone(attempt: Attempt, run: Run) -> None:
    if run.error is not None:
        return
    x = run.case.photos()  # never negative, as the exercise says: an answer may rely on it
    before, version = x.clone(), x._version  # torch counts what is written, also where it changes nothing: a ReLU here
    with torch.no_grad():
        attempt.call(run.block.eval(), x, doing=f"called with {list(x.shape)}")
    if x._version != version or not torch.equal(x, before):
        raise Mistake(
            "changes-input",
            "Your block writes into its input, so the shortcut may add something else than what came in. "
            "Look for `inplace=True` or `+=` on the input.",
        )


def _owns_its_weights(attempt: Attempt, case: Case) -> None:
    blocks = [build(attempt, lambda: case.make(attempt.candidate), case.call) for _ in range(2)]
    first, second = ({id(p) for p in block.parameters()} for block in blocks)
    if first & second:
        raise Mistake(
            "shared-between-blocks",
            "Two blocks have the same weights. A layer was made once, outside `__init__`, and both use it. "
            "Look at where the layers are made.",
        )


def remark_no_bias(attempt: Attempt, runs: list[Run]) -> None:
    """Remarks on convolutions that all have no bias, neither of their own nor one that is added."""
    convs = [record for run in runs for record in run.trace.of("conv")]
    biased = any(len(record.parameters) > 1 for record in convs) or any(
        r.parameters for run in runs for r in run.trace.of("add")
    )
    if convs and not biased:
        attempt.remarks.append(
            "Your convolutions have no bias: batch norm replaces it. The course's have one, so your block has fewer parameters."
        )


def remark_idle(attempt: Attempt, runs: list[Run]) -> None:
    """Remarks on a layer that is never used."""
    for run in runs:
        used = {name for record in layout.flat(run.steps) for name in record.parameters}
        idle = dict.fromkeys(name.split(".")[0] for name, _ in run.block.named_parameters() if name not in used)
        owners = [name for name in idle if not any(u.split(".")[0] == name for u in used)]
        if owners:
            attempt.remarks.append(f"`{owners[0]}` is never used in `{run.case.call}`: its weights are there for nothing.")
            return
