"""Exercises that ask for a module: it is built and run like the reference, and what is seen is explained by bugs.

The answer is a class, or a function that returns a module.

What is seen of a module is a row of facets: the shapes of its parameters, the shape of its output, its values in training and
in evaluation mode, and the gradient that arrives at its input. Parameters of one shape get the same numbers, so that names and
order of layers do not matter.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from cnnkit.check.bugs import Library
from cnnkit.check.engine import Attempt, Exercise, student_code
from cnnkit.check.faults import Mistake
from cnnkit.check.results import same, shown
from cnnkit.errors import InputError

Build = tuple[tuple[Any, ...], tuple[int, ...]]  # arguments of the class, shape of an input
Facets = dict[str, Any]
_OWN = {
    "wrong-parameters": "the layers have other weights than asked for",
    "wrong-shape": "the result has the wrong shape",
    "wrong-value": "with equal weights the result is another in training mode",
    "wrong-in-evaluation": "with equal weights the result is another in evaluation mode",
    "wrong-gradient": "the result is right, and its gradient is not",
    "wrong-type": "what comes back is no tensor",
    "does-not-construct": "the class cannot be built as the exercise does",
}
PAIRED = 15  # so many ways to be wrong, or fewer, are tried in pairs, too: building and running each pair takes milliseconds
_FACETS = {
    "parameters": "wrong-parameters",
    "shape": "wrong-shape",
    "training": "wrong-value",
    "evaluation": "wrong-in-evaluation",
    "gradient": "wrong-gradient",
}


@dataclass(frozen=True)
class Builds:
    """The ways in which an answer is built and run.

    Attributes:
        library: the reference with its bugs.
        cases: arguments of the class, and the shape of the input, ``[N, ...]``.
        most: bugs at a time that are tried to explain an answer.
    """

    library: Library
    cases: tuple[Build, ...]
    most: int = 2

    def __call__(self, attempt: Attempt) -> None:
        """Raises `Mistake` where a facet of the answer is another than the reference's."""
        right = [facets(self.library.reference, case, attempt.seed) for case in self.cases]
        seen = [self._facets(attempt, case) for case in self.cases]
        different = [
            (name, case, mine[name], theirs[name])
            for name in _FACETS
            for case, mine, theirs in zip(self.cases, seen, right, strict=True)
            if not _same_facet(mine[name], theirs[name])
        ]
        if not different:
            return
        observe = partial(_of_mutants, cases=self.cases, seed=attempt.seed)
        most = self.most if len(self.library.singles) <= PAIRED else 1
        found = self.library.explain(attempt.seed, seen, observe, _same_all, most)
        name, (arguments, size), mine, theirs = different[0]
        row = found[0] if found else self.library.words(_FACETS[name])
        call = f"{self.library.reference.__name__}{shown(arguments)}"
        said = "the numbers differ, and no shape does"
        if name == "shape":
            said = f"for an input {_shape(size)} the result is {_shape(mine)}, and should be {_shape(theirs)}"
        elif name == "parameters":
            said = _parameters(mine, theirs)
        raise Mistake(row.slug, f"{row.says} Built as {call}, {said}. {row.hint}".strip())

    def alike(self, seed: int = 0) -> list[str]:
        """Bugs of which nothing is seen in these cases, and pairs that look the same, each as a sentence."""
        observe = partial(_of_mutants, cases=self.cases, seed=seed)
        return self.library.alike(observe, _same_all, lambda seen: not any(seen))

    def _facets(self, attempt: Attempt, case: Build) -> Facets:
        arguments, size = case
        call = f"{self.library.reference.__name__}{shown(arguments)}"
        model = attempt.call(attempt.candidate, *arguments, doing=f"built as {call}")
        if not isinstance(model, nn.Module):
            raise Mistake(
                "does-not-construct",
                f"What you built is no module. {call} makes a {type(model).__name__}, and should make an nn.Module.",
            )
        with student_code(f"run on an input {list(size)}"):
            return facets(lambda *_: model, case, attempt.seed)


def facets(make: Callable[..., nn.Module], case: Build, seed: int) -> Facets:
    """What one way to build and run a module shows, in the order in which a student is told.

    Raises:
        Mistake: it returns no tensor.
    """
    arguments, size = case
    model = make(*arguments)
    fill(model, seed)
    source = torch.Generator().manual_seed(seed)
    images = torch.randn(size, generator=source).requires_grad_()
    output = _tensor(_run(model.train(), images, seed))
    gradient = torch.autograd.grad(output.sum(), images, allow_unused=True)[0] if output.requires_grad else None
    with torch.no_grad():
        after = _tensor(_run(model.eval(), images.detach(), seed))
    return {
        "parameters": sorted(tuple(p.shape) for p in model.parameters()),
        "shape": tuple(output.shape),
        "training": output.detach(),
        "evaluation": after,
        "gradient": gradient,
    }


def fill(model: nn.Module, seed: int) -> None:
    """Gives layers that do the same the same numbers: by rows and columns, whichever way round a weight lies, and in any shape.

    Vectors are near 1 or -1, what has rows and columns keeps maps at their size, and variances are so large that it plays no
    part what is added to them.
    """
    with torch.no_grad():
        for tensor in dict.fromkeys([*model.parameters(), *model.buffers()]):
            if tensor.is_floating_point() and tensor.numel():
                rows = len(tensor) if tensor.dim() else 1
                few, many = sorted((rows, tensor.numel() // rows))
                values = _numbers(seed, few, many)
                if isinstance(tensor, nn.Parameter):
                    tensor.copy_((values if rows == few else values.t()).reshape(tensor.shape))
                else:
                    tensor.copy_((20 * values.abs() if bool((tensor > 0).all()) else 0.7 * values).reshape(tensor.shape))


def _numbers(seed: int, few: int, many: int) -> Tensor:
    """A matrix that depends on its sizes and the seed; a square one is symmetric."""
    source = torch.Generator().manual_seed(hash((seed, few, many)) % 2**63)
    if few == 1:
        signs = torch.randint(0, 2, (1, many), generator=source) * 2 - 1  # else a ReLU behind it may be idle
        return (0.5 + torch.rand((1, many), generator=source)) * signs
    values: Tensor = torch.randn((few, many), generator=source) * many**-0.5
    return (values + values.t()).mul(0.5**0.5) if few == many else values


def module_exercise(
    reference: Callable[..., nn.Module],
    table: str,
    builds: Sequence[Build],
    *,
    name: str = "",
    most: int = 2,
    also: Sequence[Callable[[Attempt], None]] = (),
    **about: Any,
) -> Exercise:
    """Makes the exercise that asks for a module like ``reference``, or like the one that this function returns.

    Args:
        reference: the right answer, a class or a function.
        table: the bugs that students put into it, as `bugs` reads them.
        builds: arguments of the class and the shape of an input, for each way in which it is tried.
        name: of the exercise; by default as the reference, in small letters with underscores.
        most: bugs at a time that are tried; 1 where a network takes longer than some milliseconds.
        also: further probes, called with the `Attempt`.
        about: further attributes of `Exercise`, such as ``title`` and ``praise``.

    Raises:
        InputError: the table does not fit the reference.
    """
    is_class = isinstance(reference, type)
    if not (issubclass(reference, nn.Module) if isinstance(reference, type) else inspect.isfunction(reference)):
        raise InputError(f"{reference!r} is no class that derives from nn.Module, and no function that returns a module")
    for case in builds:
        try:
            facets(reference, case, 0)
        except Exception as error:
            raise InputError(f"the reference stops at {case!r} with {type(error).__name__}: {error}") from None
    library = Library.read(reference, table, _OWN)
    answer = str(reference.__name__)
    name = name or re.sub(r"(?<!^)(?=[A-Z])", "_", answer).lower()
    about["mistakes"] = {**library.mistakes(), **about.get("mistakes", {})}
    return Exercise(
        name, answer, (Builds(library, tuple(builds), most), *also), reference, "class" if is_class else "function", **about
    )


def _shape(size: tuple[int, ...]) -> str:
    return str(list(size)).replace(" ", "")


def _parameters(mine: list[tuple[int, ...]], theirs: list[tuple[int, ...]]) -> str:
    """The first shape of which there are too many or too few parameters, in words."""
    size = next(size for size in sorted({*mine, *theirs}, reverse=True) if mine.count(size) != theirs.count(size))
    return f"the parameters of shape {_shape(size)} are {mine.count(size)}, and should be {theirs.count(size)}"


def _run(model: nn.Module, images: Tensor, seed: int) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # of dropout, if there is any
        return model(images)


def _tensor(output: Any) -> Tensor:
    if output is None:
        raise Mistake("returns-nothing", "Your forward returns nothing. Look for a `return` that is missing or has no value.")
    if not isinstance(output, Tensor):
        raise Mistake("wrong-type", f"What comes back is no tensor. Your forward returns a {type(output).__name__}.")
    return output


def _of_mutant(make: Callable[..., nn.Module], case: Build, seed: int) -> Facets | None:
    try:
        return facets(make, case, seed)
    except Exception:  # with this bug the reference does not run
        return None


def _of_mutants(make: Callable[..., nn.Module], cases: Sequence[Build], seed: int) -> list[Facets | None]:
    return [_of_mutant(make, case, seed) for case in cases]


def _same_facet(one: Any, other: Any) -> bool:
    return one is other or (one is not None and other is not None and same(one, other))


def _same_all(mutant: list[Facets | None], seen: list[Facets | None]) -> bool:
    pairs = zip(mutant, seen, strict=True)
    return all(m is not None and s is not None and all(_same_facet(m[f], s[f]) for f in _FACETS) for m, s in pairs)
