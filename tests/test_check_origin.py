"""What counts as the student's own: the kit's answers are refused by whatever way they come, its other helpers are not."""

import sys
import textwrap
import time
import types

import pytest

from cnnkit import check
from cnnkit.check import origin
from cnnkit.check.engine import check as run_check
from cnnkit.check.exercises import EXERCISES
from cnnkit.check.solutions.block import ResidualBlock


def by_the_kit(model, batches):
    from cnnkit.training import evaluate

    return evaluate(model, batches).accuracy


def answer(code, name="answer"):
    names = {"__name__": "answer"}
    exec(textwrap.dedent(code), names)
    return names[name]


def refused(exercise, candidate):
    return run_check(EXERCISES[exercise], candidate).mistake == "kit-solution"


def test_the_kits_own_solution_is_recognised_kindly():
    from cnnkit import models

    verdict = check.residual_block(ResidualBlock)
    assert verdict.mistake == "kit-solution" and "`ResidualBlock`. That is right, of course" in verdict.message
    assert check.residual_block(lambda i, m, o, d: models.Bottleneck(i, m, o)).mistake == "kit-solution"
    assert check.evaluate(by_the_kit).mistake == "kit-solution"


WAYS = [
    "import cnnkit\ndef answer(*a):\n    return cnnkit.check.EXERCISES['train_step'].reference(*a)",
    "import cnnkit.check as c\ndef answer(*a):\n    return c.EXERCISES['train_step'].reference(*a)",
    "from cnnkit.check import EXERCISES\ndef answer(*a):\n    return EXERCISES['train_step'].reference(*a)",
    "from cnnkit.check import EXERCISES\nit = EXERCISES['train_step']\ndef answer(*a):\n    return it.reference(*a)",
    "def answer(*a):\n    import cnnkit\n    return cnnkit.check.EXERCISES['train_step'].reference(*a)",
    "def answer(*a):\n    from cnnkit.check import EXERCISES\n    return EXERCISES['train_step'].reference(*a)",
    "from cnnkit import check\nverdict = check.train_step(None)\ndef answer(*a):\n    return verdict.or_reference()(*a)",
    "import cnnkit.check.exercises.train_step as t\ndef answer(*a):\n    return t.train_step(*a)",
    "def answer(*a):\n    from cnnkit.check.exercises import train_step as training\n    return training.train_step(*a)",
    "import importlib\ndef answer(*a):\n    return importlib.import_module('cnnkit.check.exercises.train_step').train_step(*a)",
    "import sys\ndef answer(*a):\n    return sys.modules['cnnkit.check.exercises.train_step'].train_step(*a)",
    "from cnnkit.check.exercises.train_step import train_step as ref\n"
    "def answer(a, b, c, d, _k=ref):\n    return _k(a, b, c, d)",
    "from cnnkit.check.exercises.train_step import train_step as ref\n"
    "def answer(a, b, c, d, *, k={'it': ref}):\n    return k['it'](a, b, c, d)",
    "from cnnkit.check.exercises.train_step import train_step as ref\n"
    "class Kept:\n    step = ref\ndef answer(*a):\n    return Kept.step(*a)",
    "from cnnkit.check.exercises.train_step import train_step as ref\n"
    "class Kept:\n    def __init__(self):\n        self.it = [ref]\nkept = Kept()\ndef answer(*a):\n    return kept.it[0](*a)",
    "from cnnkit.check.exercises.train_step import train_step as ref\nimport functools\nanswer = functools.partial(ref)",
    "from cnnkit.check.exercises.train_step import train_step as ref\nimport functools, torch\n"
    "@torch.enable_grad()\ndef answer(*a):\n    return functools.lru_cache(lambda: ref)()(*a)",
    "import cnnkit\ndef answer(model, optimizer, x, y):\n    return next(iter(cnnkit.Training(model, (x, y)))).loss",
]


@pytest.mark.parametrize("code", WAYS)
def test_the_kits_solution_is_refused_by_whatever_way_it_comes(code):
    verdict = run_check(EXERCISES["train_step"], answer(code))
    assert verdict.mistake == "kit-solution", verdict.message


JOBS = {
    "evaluate": "import cnnkit\ndef answer(m, b):\n    return cnnkit.evaluate(m, b).accuracy",
    "random_crop_flip": "from cnnkit.data import augment\nimport torch\n"
    "def answer(x):\n    return augment.crop_and_flip(x, augment.draw(len(x), torch.Generator()))",
    "make_layers": "from cnnkit.models.vgg import make_layers as mine\ndef answer(cfg):\n    return mine(cfg)",
    "vgg_head": "from cnnkit import models\ndef answer(n=10):\n    return models.build('vgg16_bn_cifar', n).classifier",
    "basic_block": "from cnnkit import models\nclass answer(models.Bottleneck):\n    pass",
    "conv_cost": "from cnnkit import anatomy\ndef answer(*a):\n    t = anatomy.table(None, a)\n    return t.parameters, t.macs",
}


@pytest.mark.parametrize("exercise", JOBS)
def test_what_does_the_same_job_in_the_kit_is_refused(exercise):
    assert refused(exercise, answer(JOBS[exercise]))


def test_a_solution_in_a_file_beside_the_answer_is_refused(tmp_path, monkeypatch):
    beside = types.ModuleType("helper_of_answer")
    beside.__file__ = str(tmp_path / "helper_of_answer.py")
    exec("from cnnkit.check.exercises.train_step import train_step\ndef step(*a):\n    return train_step(*a)", vars(beside))
    monkeypatch.setitem(sys.modules, beside.__name__, beside)
    assert refused("train_step", answer("import helper_of_answer\ndef answer(*a):\n    return helper_of_answer.step(*a)"))
    assert refused("train_step", answer("def answer(*a):\n    import helper_of_answer as h\n    return h.step(*a)"))


def test_the_kits_helpers_are_no_answer():
    crop = """
        import torch, torch.nn.functional as F, cnnkit
        from cnnkit import draw
        DEBUG = False
        def answer(images):
            if images.ndim != 4:
                raise cnnkit.InputError("four dimensions, please")
            n, _, h, w = images.shape
            padded, out = F.pad(images, (4, 4, 4, 4)), torch.empty_like(images)
            for i in range(n):
                top, left = torch.randint(0, 9, (2,)).tolist()
                out[i] = padded[i, :, top:top + h, left:left + w]
                if torch.rand(()) < 0.5:
                    out[i] = out[i].flip(-1)
            if DEBUG:
                draw.photos(out[:4])
            return out
    """
    verdict = run_check(EXERCISES["random_crop_flip"], answer(crop))
    assert verdict.passed, verdict
    accuracy = """
        import torch
        from cnnkit.data.augment import normalise
        def answer(model, batches):
            model.eval()
            right = count = 0
            with torch.no_grad():
                for x, y in batches:
                    x = normalise(x) if x.dtype == torch.uint8 else x
                    right += (model(x).argmax(1) == y).sum().item()
                    count += len(y)
            return right / count
    """
    verdict = run_check(EXERCISES["evaluate"], answer(accuracy))
    assert verdict.passed, verdict


@pytest.mark.parametrize(
    "code",
    [
        "from fractions import Fraction\ndef answer(n, kernel, stride=1, padding=0, dilation=1):\n"
        "    return int(Fraction(n + 2 * padding - dilation * (kernel - 1) - 1) // stride) + 1",
        "import torch\ndef answer(n, kernel, stride=1, padding=0, dilation=1):\n"
        "    return torch.nn.Conv1d(1, 1, kernel, stride, padding, dilation)(torch.zeros(1, 1, n)).shape[-1]",
    ],
)
def test_libraries_are_not_looked_through(code):
    candidate = answer(code)
    start = time.perf_counter()
    assert origin.kit_solution(candidate) is None
    assert time.perf_counter() - start < 1, "with the libraries behind it this took ten seconds"


def test_many_helpers_of_helpers_take_no_time():
    code = "def f0(n):\n    return n\n"
    for i in range(1, 40):  # each names all before it: 2 ** 39 ways
        code += f"def f{i}(n):\n    return {' + '.join(f'f{j}(n)' for j in range(i))}\n"
    candidate = answer(code, "f39")
    start = time.perf_counter()
    assert origin.kit_solution(candidate) is None
    assert time.perf_counter() - start < 1


def test_nothing_of_the_answer_runs_before_its_time():
    strange = answer("""
        class Meta(type):
            def __getattribute__(cls, name):
                raise SystemExit(name)
        class Strange(metaclass=Meta):
            def __getattribute__(self, name):
                raise SystemExit(name)
        it = Strange()
        def answer(n, kernel=Strange):
            return it
    """)
    assert origin.kit_solution(strange) is None
