import itertools
import re

import pytest
import torch
import torch.nn.functional as F
from catalogue import answers
from torch import nn

from cnnkit import InputError
from cnnkit.check import EXERCISES, MISTAKES, bugs, function_exercise, functions, results
from cnnkit.check.bugs import Library
from cnnkit.check.engine import check

COUNTED = ["conv_output_size", "conv_cost", "receptive_field"]
PARTS = [("conv_output_size", None), ("conv_cost", 0), ("conv_cost", 1), ("receptive_field", None)]


def calls(name):
    return EXERCISES[name].probes[0]


def solution(name):
    return EXERCISES[name].reference


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", COUNTED)
def test_the_kits_own_solution_is_right(name, seed, monkeypatch):
    monkeypatch.setattr("cnnkit.check.origin.kit_solution", lambda *given: None)
    assert check(EXERCISES[name], solution(name), seed=seed).passed


@pytest.mark.parametrize("answer", [a for name in COUNTED for a in answers(name, name)], ids=lambda a: f"{a.exercise}-{a}")
def test_another_seed_gives_the_same_verdict(answer):
    assert check(EXERCISES[answer.exercise], answer.load(), seed=1).mistake == answer.slug


def test_sizes_are_those_of_torch():
    for case in calls("conv_output_size").chosen:
        n, kernel, stride, padding, dilation = (*case, *(1, 0, 1)[len(case) - 2 :])
        out = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, kernel), None, stride, padding, dilation)
        assert solution("conv_output_size")(*case) == out.shape[-1]


def test_costs_are_those_of_torchs_layer():
    for inputs, outputs, kernel, height, width, *bias in calls("conv_cost").chosen:
        layer = nn.Conv2d(inputs, outputs, kernel, bias=all(bias))
        expected = sum(p.numel() for p in layer.parameters()), layer.weight.numel() * height * width
        assert solution("conv_cost")(inputs, outputs, kernel, height, width, *bias) == expected


def test_receptive_fields_are_where_the_gradient_arrives():
    for (layers,) in calls("receptive_field").chosen:
        photo = torch.zeros(1, 1, 200, requires_grad=True)
        out = photo
        for _, kernel, stride in layers:
            out = F.conv1d(out, torch.ones(1, 1, kernel), stride=stride)
        reached = [torch.autograd.grad(out[0, 0, i], photo, retain_graph=True)[0].nonzero()[:, -1] for i in (0, 1)]
        assert solution("receptive_field")(layers) == (len(reached[0]), int(reached[1][0] - reached[0][0]))


def behaviours(name, part, count):
    """What the reference with so many bugs gives in the chosen calls."""
    for found, mutant in calls(name).library.mutants(count):
        yield found, tuple(functions._part(functions._behaviour(mutant, case), part) for case in calls(name).chosen)


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_no_two_mistakes_give_the_same_numbers(name, part):
    right = tuple(functions._part(solution(name)(*case), part) for case in calls(name).chosen)
    seen, told = {right: "right"}, 0
    for (bug,), numbers in behaviours(name, part, 1):
        if numbers != right or part is None:  # a bug in the MACs alone leaves the parameters right
            assert seen.setdefault(numbers, bug.slug) == bug.slug, f"{bug.slug} and {seen[numbers]} cannot be told apart"
            told += 1
    assert told >= 8


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_two_mistakes_at_once_name_one_of_the_two(name, part):
    library, cases, named = calls(name).library, calls(name).chosen, 0
    alone = {}
    for (bug,), numbers in behaviours(name, part, 1):
        alone.setdefault(numbers, set()).add(bug.slug)
    for found, numbers in behaviours(name, part, 2):
        explained = library.explain(
            part, numbers,
            lambda f: tuple(functions._part(functions._behaviour(f, c), part) for c in cases), results.same,
        )  # fmt: skip
        # Two may cancel, or together be the same as another one alone; then that one is what the numbers show.
        assert not explained or explained[0].slug in {b.slug for b in found} | alone.get(numbers, set())
        named += bool(explained)
    assert named > 30


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 10**5000, -1, True, 1 + 2j, "30", [30], torch.tensor(30.5)],
    ids=lambda v: type(v).__name__,
)
@pytest.mark.parametrize("name", COUNTED)
def test_no_number_whatever_it_is_breaks_the_check(name, value):
    for answer in (lambda *given: value, lambda *given: (value, value)):
        verdict = check(EXERCISES[name], answer)
        assert verdict.mistake not in (None, "could-not-check"), verdict
        assert len(verdict.message.split()) <= 40


# ---- exercises that anybody writes


def smoothed(values: torch.Tensor, window: int = 3) -> torch.Tensor:
    """The mean over each window of so many neighbours, without padding: [N] -> [N - window + 1]."""
    return values.unfold(0, window, 1).mean(1)


SMOOTHED = function_exercise(
    smoothed,
    """
sum-for-mean: The sum is taken, not the mean.
    By how many is it divided?
    .mean(1) -> .sum(1)
windows-apart: The windows do not overlap.
    unfold(0, window, 1) -> unfold(0, window, window)
wrong-length: One window too few.
    .mean(1) -> .mean(1)[:-1]
""",
    [(torch.arange(7.0) ** 2,), (torch.tensor([1.0, 0.0, 2.0, 5.0]), 2)],
)


@pytest.mark.parametrize(
    ("answer", "slug"),
    [
        (lambda v, window=3: F.avg_pool1d(v[None], window, 1)[0], None),
        (lambda v, window=3: F.avg_pool1d(v[None], window, 1)[0] * window, "sum-for-mean"),
        (lambda v, window=3: F.avg_pool1d(v[None], window)[0], "windows-apart"),
        (lambda v, window=3: F.avg_pool1d(v[None], window, 1)[0, :-1] * window, "sum-for-mean"),
        (lambda v, window=3: F.avg_pool1d(v[None], window, 1)[0] + 1, "wrong-value"),
        (lambda v, window=3: F.avg_pool1d(v[None], window, 1)[0].tolist(), "wrong-type"),
        (lambda v, window=3: F.avg_pool1d(v.mul_(2)[None] / 2, window, 1)[0], "changes-input"),
        (lambda v, window=3: F.avg_pool1d(v[None], window, 1)[0] + torch.rand(()), "not-repeatable"),
        (lambda v, window=3: [v, None][1], "returns-nothing"),
        (lambda v: v, "raises"),
    ],
)
def test_a_function_of_tensors_is_explained_by_the_same_means(answer, slug):
    verdict = check(SMOOTHED, answer)
    assert verdict.mistake == slug, verdict
    assert len(verdict.message.split()) <= 45


def test_a_function_without_arguments_has_one_call() -> None:
    def thirteen() -> int:
        """Convolutions of VGG-16."""
        return 13

    counted = function_exercise(thirteen, "all-layers: The linear layers are counted, too.\n    13 -> 16", [()])
    assert check(counted, lambda: 13).passed and check(counted, lambda: 16).mistake == "all-layers"
    assert "With thirteen() you get 12, and it should be 13." in check(counted, lambda: 12).message


def test_the_name_the_stub_and_the_task_are_those_of_the_reference():
    assert SMOOTHED.name == "smoothed" and SMOOTHED.heading == "smoothed (10 minutes, difficulty 2 of 5)"
    names = {"torch": torch}
    exec(SMOOTHED.stub, names)
    with pytest.raises(NotImplementedError):
        names["smoothed"](torch.zeros(3))
    assert names["smoothed"].__doc__ == smoothed.__doc__ and "unfold" not in SMOOTHED.task()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("off-by-one: One is missing.\n    .mean(2) -> .mean(1)", r"an edit of off-by-one does not apply .* no '\.mean\(2\)'"),
        ("off-by-one One is missing.", "no row"),
        ("off-by-one: One is missing.\n    .mean(1) .sum(1)", "no edit"),
        ("    .mean(1) -> .sum(1)", "no edit"),
        ("off-by-one: One.\n    .mean(1) -> .sum(1)\noff-by-one: Two.", "off-by-one is twice"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_its_line(table, said):
    with pytest.raises(InputError, match=said):
        function_exercise(smoothed, table, [(torch.ones(3),)])


def costs(width: int, height: int = 2) -> tuple[int, int]:
    """(edges, area)."""
    edges = 2 * (width + height)
    area = width * height
    return edges, area


CALLS = [(3,), (5, 4)]
HALF = "half: Only half.\n    2 * (width -> (width"


@pytest.mark.parametrize(
    ("reference", "table", "calls", "more", "said"),
    [
        (costs, HALF, CALLS, {"apart": True}, "returns 2 values, and names= has 0; name each"),
        (costs, HALF, CALLS, {"names": ["edges"], "apart": True}, "returns 2 values, and names= has 1"),
        (costs, HALF, CALLS, {"names": ["a", "b", "c"]}, "returns 2 values, and names= has 3"),
        (costs, HALF, [3, 5], {}, "must be a list of tuples of arguments"),
        (costs, HALF, [], {}, "must be a list of tuples of arguments"),
        (costs, HALF, [(3, 4, 5)], {}, r"the reference stops in the call \(3, 4, 5\) with TypeError"),
        (nn.Linear, HALF, CALLS, {}, "is no function; module_exercise takes a class"),
        (costs, "lost: It is lost.\n" + HALF, CALLS, {}, "lost has no edit below it"),
        (costs, HALF + "\n    height: int = 2 -> height: int = two", CALLS, {}, "an edit of half the reference .* NameError"),
        (costs, HALF + "\n    return edges, area -> return (", CALLS, {}, "an edit of half the reference .* SyntaxError"),
        (costs, "half: Only half.\n    One hint.\n    Another.", CALLS, {}, '"Another." in the table of bugs is no edit'),
        (costs, "half: Only half", CALLS, {}, "is no row .*full stop"),
    ],
)
def test_what_a_teacher_gets_wrong_is_told_when_the_exercise_is_made(reference, table, calls, more, said):
    with pytest.raises(InputError, match=said):
        function_exercise(reference, table, calls, **more)


def test_numbers_that_are_explained_apart_are_told_apart_one_by_one():
    table = "half: Only half.\n    2 * (width -> (width\nhalved: Halved, too.\n    edges, area -> edges // 2, area * 2"
    for names, alike in ((["edges", "area"], ["halved looks like half"]), ([], [])):
        made = function_exercise(costs, table, CALLS, names=names, apart=bool(names))
        assert made.alike() == alike
    assert check(function_exercise(costs, HALF, CALLS, names=["edges", "area"], apart=True), lambda w, h=2: (0, 0)).mistake


def test_text_is_taken_away_and_an_ampersand_is_one():
    table = "no-height: It is not counted.\n     + height ->\nmasked: It is masked.\n    width * height -> (&) \\& 7"
    assert [row.variants for row in bugs(table)] == [((("+ height", ""),),), ((("width * height", "(width * height) & 7"),),)]
    made = function_exercise(costs, table, CALLS)
    assert made.alike() == []
    assert check(made, lambda w, h=2: (2 * w, w * h)).mistake == "no-height"


def test_a_bug_that_always_stops_is_told():
    made = function_exercise(costs, "typo: It is mistyped.\n    width * height -> widht * height", CALLS)
    assert made.alike() == ["typo stops with an error wherever it is tried"]


def test_of_two_bugs_the_named_one_shows_in_the_call_that_is_shown():
    def padding(kernel: int, dilation: int = 1) -> int:
        """Keeps a map's size."""
        return dilation * (kernel - 1) // 2

    table = "no-dilation: The dilation is not used.\n    dilation * ( -> (\nboth-sides: It is not halved.\n    // 2 -> // 1"
    made = function_exercise(padding, table, [(3,), (5, 2)])
    verdict = check(made, lambda kernel, dilation=1: kernel - 1)  # right for (5, 2): there the two bugs cancel
    assert verdict.mistake == "both-sides" and "With padding(3) you get 2, and it should be 1" in verdict.message
    assert check(made, lambda kernel, dilation=1: (kernel - 1) // 2).message.count("With padding(5, 2) you get 2") == 1


def test_two_bugs_that_explain_the_same_are_not_guessed_between():
    def double(n: int) -> int:
        """Twice n."""
        return 2 * n

    table = "squared: It is squared.\n    2 * n -> n * n\nadded: Two are added.\n    2 * n -> 2 + n"
    assert bugs(table)[1].variants == ((("2 * n", "2 + n"),),)
    twice = function_exercise(double, table, [(2,), (3,)])
    assert check(twice, lambda n: n * n).mistake == "squared"
    vague = function_exercise(double, table + "\npower: A power is taken.\n    2 * n -> n ** 2", [(2,), (3,)])
    assert check(vague, lambda n: n * n).mistake == "wrong-value"


def test_unnamed_answers_cost_little_once_the_bugs_have_been_observed():
    """Explaining compares with all pairs of bugs, whose behaviour is kept: a second wrong answer costs next to nothing."""
    exercise = EXERCISES["receptive_field"]
    first, again = (check(exercise, lambda layers, n=n: (n, n)) for n in (1234, 4321))
    assert first.mistake == again.mistake == "wrong-value"
    assert again.seconds < 1


def test_what_the_calls_do_not_tell_apart_is_said():
    assert [EXERCISES[name].alike() for name in COUNTED] == [[], [], []]
    assert SMOOTHED.alike() == []
    table = "doubled: It is doubled.\n    .mean(1) -> .mean(1) * 2\nidle: Nothing changes.\n    .mean(1) -> .mean(1).mean(1)"
    broken = function_exercise(
        smoothed, table.replace(".mean(1).mean(1)", ".mean(1) + 0"), [(torch.ones(3),), (torch.ones(4),)]
    )
    assert broken.alike() == ["idle looks like the reference"]


@pytest.mark.parametrize("name", COUNTED)
def test_every_row_is_a_sentence_and_every_hint_one(name):
    for bug in calls(name).library.bugs:
        assert re.fullmatch(r"[A-Z`].*[.!?]", bug.says) and (not bug.hint or bug.hint[-1] in ".?!"), bug
        assert MISTAKES[name][bug.slug] == bug.says[0].lower() + bug.says[1:].rstrip(".")


def test_pairs_of_one_row_and_edits_in_each_others_way_are_left_out():
    library: Library = calls("conv_output_size").library
    pairs = [tuple(bug.slug for bug in found) for found, _ in library.mutants(2)]
    assert all(len(set(pair)) == 2 for pair in pairs) and ("padding-missing", "padding-once") not in pairs
    assert ("padding-once", "dilation-ignored") in pairs and len(pairs) > 50
    assert all(callable(mutant) for _, mutant in itertools.islice(library.mutants(2), 5))
