"""Without a GPU: torch's fake tensors say "cuda" and refuse whatever mixes devices, so a forgotten `.to(device)` fails here.

They know devices, shapes and types, and no numbers. What reads a number ends in DataDependentOutputException, and a backward
pass wants a real card: the tests say how far they come. What only a card can show is in test_cuda.py.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode
from toys import toy_dataset

from cnnkit import Training, evaluate, models, trace
from cnnkit.check.building import _check_parameters
from cnnkit.check.faults import Mistake
from cnnkit.data import augment
from cnnkit.explore.eye import Eye
from cnnkit.explore.live.answers import Answers
from cnnkit.training import PRECISIONS, evaluation, loop
from cnnkit.training.batches import Epoch
from cnnkit.training.precision import Precision
from cnnkit.training.randomness import generator

WIDTH = {name: 8 for name in models.names()}
CUDA = torch.device("cuda:0")


@contextmanager
def pretended() -> Iterator[None]:
    """Inside, what is made is made "on cuda", without a card."""
    augment._mean_and_std.cache_clear()  # it keeps tensors by their device's name
    with ExitStack() as stack:
        stack.enter_context(FakeTensorMode(allow_non_fake_inputs=True))
        stack.enter_context(torch.device("cuda"))
        yield
    augment._mean_and_std.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def able() -> None:
    try:
        with pretended():
            nn.Linear(2, 2)(torch.rand(1, 2))
    except RuntimeError as error:
        pytest.skip(f"torch {torch.__version__} cannot pretend to have a GPU: {str(error).splitlines()[0]}")


@pytest.fixture
def cuda() -> Iterator[None]:
    with pretended():
        yield


@pytest.fixture
def bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch's autocast believes that there is a card."""
    monkeypatch.setattr("torch.cuda.amp.common.amp_definitely_not_available", lambda: False)
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda *args: True)


def small(name: str) -> nn.Module:
    return models.build(name, width=8)


def photos(name: str, count: int = 2) -> Tensor:
    return augment.normalise(torch.randint(0, 256, (count, *models.input_size(name)), dtype=torch.uint8))


@pytest.mark.parametrize("name", models.names())
def test_every_network_computes_where_its_weights_lie(name: str, cuda: None) -> None:
    model = small(name)
    for module in (model.train(), model.eval()):
        logits = module(photos(name))
        assert (logits.shape, logits.device) == ((2, 10), CUDA)
        loss = F.cross_entropy(logits, torch.zeros(2, dtype=torch.long), label_smoothing=0.1)
        assert loss.device == CUDA and loss.requires_grad
    with pytest.raises(RuntimeError, match="device"):
        model(torch.rand(2, *models.input_size(name), device="cpu"))


@pytest.mark.parametrize("options", [
    {"relu_at": "sum"}, {"projection": "always"}, {"shortcut": "none"}, {"stem": "3x3"}, {"downsample": "first", "init": "he"},
])  # fmt: skip
def test_every_option_of_the_resnets_computes_there_too(options: dict, cuda: None) -> None:
    assert models.build("resnet50_layer4", width=8, **options)(photos("resnet50_layer4")).device == CUDA


def test_crops_and_flips_happen_where_the_photos_lie() -> None:
    draws = augment.draw(5, generator(0))
    with pretended():
        images = torch.randint(0, 256, (5, 3, 32, 32), dtype=torch.uint8)
        out = augment.normalise(augment.crop_and_flip(images, draws.to(images.device)))
        assert (out.shape, out.dtype, out.device) == ((5, 3, 32, 32), torch.float32, CUDA)
        with pytest.raises(RuntimeError, match="device"):
            augment.crop_and_flip(images, draws)


def test_an_evaluation_goes_through_all_photos_there(monkeypatch: pytest.MonkeyPatch) -> None:
    split, batches = toy_dataset().test, []
    monkeypatch.setattr(evaluation, "check_labels", lambda split: None)  # it reads them
    monkeypatch.setattr(torch, "bincount", lambda x, minlength: x.new_zeros(minlength))  # its size might depend on a number
    with pretended(), pytest.raises(DataDependentOutputException):  # the first number that is read is the confusion matrix's
        evaluate(small("resnet50_layer4"), split, batch_size=50, pulse=lambda: batches.append(1))
    assert len(batches) == 3


@pytest.mark.parametrize("precision", PRECISIONS.values(), ids=PRECISIONS)
def test_a_step_stays_there_but_for_its_backward_pass(
    precision: Precision, bfloat16: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ds, seen = toy_dataset(), []
    monkeypatch.setattr(Tensor, "backward", lambda loss: seen.append(loss))
    monkeypatch.setattr(loop, "seeded", lambda *key: nullcontext())  # it keeps the card's random state
    monkeypatch.setattr(Precision, "prepare", lambda precision, model: None)  # fake weights cannot be laid out anew
    training = Training(nn.Linear(1, 1), ds, batch_size=20, precision=precision.name, device="cpu")
    with pretended():
        training.model, training.device = small("resnet50_layer4"), CUDA
        training.images, training.labels = ds.train.images.to(CUDA), ds.train.labels.to(CUDA)
        training.optimizer = torch.optim.SGD(training.model.parameters())
        epoch = Epoch.of(training.images, training.labels, 20, True, 0, 0)
        for i in range(2):
            assert training._update(*epoch.batch(i), 0.1).device == CUDA
        with pytest.raises(RuntimeError, match="device|should be the same"):
            training._update(*(values.cpu() for values in epoch.batch(0)), 0.1)
    assert [loss.device for loss in seen] == [CUDA] * 2


def test_the_widgets_ask_the_network_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """How the benches look inside needs gradients, and so a real card: here only that they bring photos to the network."""
    monkeypatch.setattr(trace, "untouched", lambda model: nullcontext())  # it compares values
    strip = Answers(SimpleNamespace(dataset=toy_dataset(), validation=None, device=CUDA, precision=None))
    with pretended():
        strip._training.model = model = small("resnet50_layer4")
        photo = Eye._ready(SimpleNamespace(model=model), torch.zeros(1, 3, 32, 32, dtype=torch.uint8, device="cpu"))
        logits = model.eval()(photo)
        assert trace.example(model, (3, 32, 32)).device == CUDA
        with pytest.raises(DataDependentOutputException):  # it has come to reading the answers
            strip.ask()
    assert (logits.shape, logits.device, photo.device) == ((1, 10), CUDA, CUDA)


def test_a_check_names_a_layer_that_was_built_there(cuda: None) -> None:
    with pytest.raises(Mistake, match="device cuda"):
        _check_parameters(nn.Linear(2, 2), "Net()")
