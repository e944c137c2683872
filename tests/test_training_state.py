"""A state goes back into the network and optimizer it came from, matched by name, or not at all and with one sentence."""

import copy
import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_resume import RUN, whole_run
from torch import nn
from toys import tiny_net, toy_dataset, toy_split

from cnnkit import Diverged, InputError, Training
from cnnkit.data import Dataset
from cnnkit.training import checkpoint, moments, schema

OPTIMIZERS = {
    "adam": "adam",
    "adamw": "adamw",
    "sgd": "sgd",
    "rmsprop": lambda ps: torch.optim.RMSprop(ps, lr=1e-3, momentum=0.5),
    "nadam": lambda ps: torch.optim.NAdam(ps, lr=1e-3),
}


class Ordered(nn.Module):
    """The same network whichever order its layers are named in; two of its convolutions have one shape."""

    def __init__(self, order: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        made = {
            "a": nn.Conv2d(3, 3, 3, stride=4, bias=False), "b": nn.Conv2d(3, 3, 3, stride=2, padding=1, bias=False),
            "n": nn.BatchNorm2d(3), "m": nn.BatchNorm2d(3), "f": nn.Linear(48, 10),
        }  # fmt: skip
        for name in order:
            setattr(self, name, made[name])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.f(self.m(self.b(self.n(self.a(x)).relu())).relu().flatten(1))


def run_for(training: Training, steps: int) -> list[float]:
    losses = []
    for step in training:
        losses.append(step.loss)
        if len(losses) == steps:
            break
    return losses


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_layers_named_in_another_order_resume_exactly(optimizer: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"optimizer": OPTIMIZERS[optimizer], "precision": "float32", "batch_size": 60, "epochs": 2}
    training = Training(Ordered("anbmf"), toy_dataset(), **options)
    run_for(training, 3)
    training.save(tmp_path / "run.pt")
    expected = [step.loss for step in training]
    again = {"optimizer": OPTIMIZERS[optimizer]} if callable(OPTIMIZERS[optimizer]) else {}
    for order in ("fmbna", "bafnm", "anbmf"):
        resumed = Training.resume(tmp_path / "run.pt", Ordered(order), toy_dataset(), **again)
        assert [step.loss for step in resumed] == expected


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("run") / "run.pt"
    training = Training(tiny_net(), toy_dataset(), precision="float32", **RUN)
    run_for(training, 6)
    training.save(path)
    return checkpoint.read(path)


def refused(state: dict[str, Any], match: str, **changes: Any) -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32", **RUN)
    run_for(training, 2)
    before = copy.deepcopy(training.state_dict())
    with pytest.raises(InputError, match=match):
        training.load_state_dict({**{name: state[name] for name in schema.STATE}, **changes})
    after = training.state_dict()  # nothing of it was taken
    assert all(torch.equal(after["model"][name], value) for name, value in before["model"].items())
    assert after["epoch"] == before["epoch"] and after["history"] == before["history"]
    run_for(training, 1)


def with_moment(saved: dict[str, Any], name: str, key: str, value: Any) -> dict[str, Any]:
    optimizer = copy.deepcopy(saved["optimizer"])
    optimizer["moments"][name][key] = value
    return optimizer


def test_a_moment_of_another_shape_or_type_is_refused(saved: dict[str, Any]) -> None:
    for value, match in (
        (torch.zeros(3), r"exp_avg of 1.bias is torch.float32 \[3\], and it must be torch.float32 \[6\]"),
        (torch.zeros(6, dtype=torch.float64), r"exp_avg of 1.bias is torch.float64 \[6\], and it must be torch.float32"),
        (torch.zeros(()), r"exp_avg of 1.bias is torch.float32 \[\]"),
        (3.0, "exp_avg of 1.bias is float"),
    ):
        refused(saved, match, optimizer=with_moment(saved, "1.bias", "exp_avg", value))
    for value in (torch.tensor(float("nan")), torch.tensor(-1.0), torch.tensor(1e30), torch.zeros(6), "six"):
        refused(saved, "step of 1.bias is no number of steps", optimizer=with_moment(saved, "1.bias", "step", value))


def test_a_parameter_without_its_moment_is_refused(saved: dict[str, Any]) -> None:
    optimizer = copy.deepcopy(saved["optimizer"])
    del optimizer["moments"]["5.weight"]["exp_avg_sq"]
    refused(saved, "state of 5.weight lacks exp_avg_sq", optimizer=optimizer)
    optimizer["moments"]["5.weight"] = {}
    refused(saved, "state of 5.weight lacks exp_avg", optimizer=optimizer)
    optimizer["moments"].pop("5.weight")
    refused(saved, "the saved optimizer has no entry for 5.weight", optimizer=optimizer)
    optimizer = copy.deepcopy(saved["optimizer"])
    optimizer["groups"][0]["parameters"].remove("5.weight")
    refused(saved, "trained other parameters .5.weight is not among those it trained", optimizer=optimizer)
    refused(saved, "options that Adam refuses .*Invalid epsilon", optimizer=with_option(saved, "eps", -1.0))
    refused(saved, "of another kind, with nesterov", optimizer=with_option(saved, "nesterov", True))


def with_option(saved: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    optimizer = copy.deepcopy(saved["optimizer"])
    optimizer["groups"][0]["options"][key] = value
    return optimizer


def test_moments_that_share_their_numbers_are_copied(saved: dict[str, Any]) -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32", **RUN)
    optimizer = with_moment(saved, "1.bias", "exp_avg", torch.zeros(1).expand(6))  # all six are one number in memory
    training.load_state_dict({**{name: saved[name] for name in schema.STATE}, "optimizer": optimizer})
    kept = training.optimizer.state[training.model.get_parameter("1.bias")]["exp_avg"]
    assert kept.untyped_storage().nbytes() == 24
    run_for(training, 1)


# ---- the network changed under the optimizer ----------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["replaced", "added", "unfrozen", "removed"])
def test_a_layer_that_the_optimizer_does_not_know_is_told_at_the_next_step(change: str, tmp_path: Path) -> None:
    model = tiny_net()
    model[5].bias.requires_grad_(change != "unfrozen")
    training = Training(model, toy_dataset(), precision="float32", **RUN)
    run_for(training, 1)
    if change == "replaced":
        model[5] = nn.Linear(6 * 49, 10)
    elif change == "added":
        model.append(nn.Linear(10, 10))
    elif change == "unfrozen":
        model[5].bias.requires_grad_(True)
    else:
        model[1] = nn.Identity()
    match = "no longer has: a layer was replaced or removed" if change in ("replaced", "removed") else "would never learn"
    with pytest.raises(InputError, match=match):
        next(iter(training))
    if change in ("replaced", "removed"):  # there is no name to save the moments by
        with pytest.raises(InputError, match=match):
            training.save(tmp_path / "run.pt")


def test_an_optimizer_of_the_users_own_may_leave_parameters_out(tmp_path: Path) -> None:
    own = {"optimizer": lambda ps: torch.optim.Adam([p for p in ps if p.ndim > 1], lr=1e-3)}
    training = Training(tiny_net(), toy_dataset(), precision="float32", epochs=2, **own)
    run_for(training, 3)
    training.save(tmp_path / "run.pt")
    expected = [step.loss for step in training]
    assert [s.loss for s in Training.resume(tmp_path / "run.pt", tiny_net(9), toy_dataset(), **own)] == expected


def test_a_layer_without_a_gradient_has_no_moment_and_resumes(tmp_path: Path) -> None:
    def net() -> nn.Module:
        model = tiny_net()
        model.unused = nn.Linear(2, 2)
        model.forward = lambda x: nn.Sequential(*list(model)[:6])(x)  # type: ignore[method-assign]
        return model

    training = Training(net(), toy_dataset(), precision="float32", epochs=2)
    run_for(training, 3)
    training.save(tmp_path / "run.pt")
    assert checkpoint.read(tmp_path / "run.pt")["optimizer"]["moments"]["unused.weight"] is None
    expected = [step.loss for step in training]
    assert [s.loss for s in Training.resume(tmp_path / "run.pt", net(), toy_dataset())] == expected


# ---- older versions, and files that lie -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_checkpoint_of_an_older_version_resumes(version: str) -> None:
    path = Path(__file__).parent / "checkpoints" / f"version-{version}.pt"
    resumed = Training.resume(path, tiny_net(seed=9), toy_dataset())
    losses = [step.loss for step in resumed]
    expected = whole_run(optimizer="adamw", weight_decay=0.02, precision="float32")
    torch.manual_seed(0)
    if torch.nn.functional.dropout(torch.ones(8)).gt(0).tolist() == [False, False, True, False, False, False, True, True]:
        # torch draws dropout's masks as the one did that wrote the files; 2.4 draws others
        assert losses == pytest.approx(expected[6:], rel=1e-4)
        assert resumed.history.losses()[:6] == pytest.approx(expected[:6], rel=1e-4)
    assert losses == pytest.approx(expected[6:], rel=0.1)
    assert len(resumed.history.rows()) == 15


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD])
def test_an_option_of_another_torch_counts_where_it_switches_something_on(kind: type[torch.optim.Optimizer]) -> None:
    net = tiny_net()
    optimizer = kind(net.parameters(), lr=1e-3)  # type: ignore[call-arg]
    own, order = moments.of(net, optimizer), [name for name, _ in net.named_parameters()]
    for value in (False, None, True, 0, "on"):
        own["groups"][0]["options"]["novel"] = value
        if not isinstance(value, bool | None) or value:
            with pytest.raises(InputError, match="of another kind, with novel"):
                moments.fitting(net, optimizer, own, order)
        else:
            moments.put_back(optimizer, moments.fitting(net, optimizer, own, order))
            assert "novel" not in optimizer.param_groups[0]


def test_an_older_torch_takes_the_newer_ones_adamw_and_not_an_adam_of_its_kind() -> None:
    net = tiny_net()
    for kind in (torch.optim.Adam, torch.optim.AdamW):
        optimizer = kind(net.parameters(), lr=1e-3)
        own = moments.of(net, optimizer)
        own["groups"][0]["options"]["decoupled_weight_decay"] = True
        optimizer.param_groups[0].pop("decoupled_weight_decay", None)
        if kind is torch.optim.AdamW:
            moments.fitting(net, optimizer, own, [])
        else:
            with pytest.raises(InputError, match="of another kind, with decoupled_weight_decay"):
                moments.fitting(net, optimizer, own, [])


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every entry of a nested state."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    return (
        [path, *(way for key, item in inner for way in leaves(item, (*path, key)))]
        if path
        else [way for key, item in inner for way in leaves(item, (key,))]
    )


def changed(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    """``value`` with ``new`` at the end of ``way``; REMOVED: without it."""
    if not way:
        return new
    if isinstance(value, dict):
        rest = {key: item for key, item in value.items() if key != way[0]}
        item = changed(value[way[0]], way[1:], new)
        return rest if item is REMOVED else {**rest, way[0]: item}
    items = [changed(item, way[1:], new) if i == way[0] else item for i, item in enumerate(value)]
    return type(value)(item for item in items if item is not REMOVED)


REMOVED = object()
LIES = st.one_of(
    st.just(REMOVED), st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3),
    st.sampled_from([[], {}, (), [[[]]], {"a": {}}, 2**70, -(2**70), torch.zeros(0), torch.zeros(3), torch.zeros(2, 2, 2),
                     torch.zeros(3, dtype=torch.int8), torch.tensor(float("nan")), torch.zeros(3).to_sparse(), torch.float32]),
    st.lists(st.integers(-1, 9), max_size=4), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


DATA = toy_dataset()


def goes_on_or_is_refused(path: Path) -> bool:
    """Resumes, takes a step, and says whether that went well; anything but a sentence is for the test to fail with."""
    try:
        run_for(Training.resume(path, tiny_net(seed=9), DATA), 1)
        return True
    except (InputError, Diverged) as error:
        assert len(str(error)) < 600 and "\n" not in str(error)
        return False


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lies") / "original.pt"
    training = Training(tiny_net(), DATA, precision="float32", **RUN)
    run_for(training, 6)
    training.save(path)
    return path


@pytest.mark.slow
@settings(max_examples=1500, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_whatever_a_field_holds_is_refused_in_a_sentence_or_harmless(data: st.DataObject, original: Path) -> None:
    raw = torch.load(original, weights_only=True)
    way = data.draw(st.sampled_from(leaves(raw)))
    torch.save(changed(raw, way, data.draw(LIES)), original.with_name("lie.pt"))
    goes_on_or_is_refused(original.with_name("lie.pt"))


@pytest.mark.slow
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_whatever_a_byte_holds_is_refused_in_a_sentence(data: st.DataObject, original: Path) -> None:
    content = bytearray(original.read_bytes())
    for place in data.draw(st.sets(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] ^= data.draw(st.integers(1, 255))
    original.with_name("damaged.pt").write_bytes(content)
    assert not goes_on_or_is_refused(original.with_name("damaged.pt"))


def test_every_field_that_is_missing_is_named(saved: dict[str, Any], tmp_path: Path) -> None:
    for field in dataclasses.fields(schema.Version2):
        torch.save({"format": checkpoint.FORMAT, **{k: v for k, v in saved.items() if k != field.name}}, tmp_path / "run.pt")
        with pytest.raises(InputError, match=rf"run.pt is no whole state of a training: lacks {field.name}; take an earlier"):
            checkpoint.read(tmp_path / "run.pt")
    torch.save({"format": schema.FORMAT + "3", **saved}, tmp_path / "run.pt")
    with pytest.raises(InputError, match="calls itself 'cnnkit training, version 3', and this cnnkit reads .*; update cnnkit"):
        checkpoint.read(tmp_path / "run.pt")


# ---- other data -------------------------------------------------------------------------------------------------------------


def other_data(what: str) -> Dataset:
    """The toy data set with one thing changed."""
    ds = toy_dataset()
    if what == "classes renamed":
        names = ("z", *ds.classes[1:])
        return Dataset(ds.name, *(dataclasses.replace(s, classes=names) for s in (ds.train, ds.test)))
    if what == "classes in another order":
        names = ds.classes[::-1]
        return Dataset(ds.name, *(dataclasses.replace(s, classes=names) for s in (ds.train, ds.test)))
    if what == "labels":
        return dataclasses.replace(ds, train=dataclasses.replace(ds.train, labels=ds.train.labels.roll(1)))
    if what == "photos":
        return dataclasses.replace(ds, train=toy_split(330, 7, "toy train"))
    return dataclasses.replace(ds, test=toy_split(110, 7, "toy test"))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("classes renamed", "told a, b, c, d, e, f, g, h, i, j apart, and this data set holds z, b, c"),
        ("classes in another order", "knew the classes in another order, a, b, c, d, e, f, g, h, i, j and not j, i"),
        ("labels", "trained on toy with other labels than this one"),
        ("photos", "trained on toy with other photos than this one"),
        ("test photos", "trained on toy with other test photos than this one"),
    ],
)
def test_other_data_of_the_same_name_and_size_are_refused_unless_insisted_on(what: str, said: str, tmp_path: Path) -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32", epochs=2)
    run_for(training, 2)
    training.save(tmp_path / "run.pt")
    with pytest.raises(InputError, match=f"{said}.*insist with anyway=True"):
        Training.resume(tmp_path / "run.pt", tiny_net(), other_data(what))
    assert len(list(Training.resume(tmp_path / "run.pt", tiny_net(), other_data(what), anyway=True))) == 8


def test_fewer_photos_can_be_insisted_on_amid_an_epoch(tmp_path: Path) -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32", epochs=2)
    run_for(training, 3)
    training.save(tmp_path / "run.pt")
    with pytest.raises(InputError, match="trained on 330 images of toy, not on 120 of toy"):
        Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset(120))
    resumed = Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset(120), anyway=True)
    assert [step.total for step in resumed] == [2, 2, 2, 2]


def test_names_of_the_optimizers_parameters_are_the_networks() -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32")
    named = dict(training.model.named_parameters())
    for names, group in zip(moments.names_of(training.model, training.optimizer), training.optimizer.param_groups, strict=True):
        assert all(named[name] is p for name, p in zip(names, group["params"], strict=True))
