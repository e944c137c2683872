"""The sick runs: each fault does what it says, and no instrument changes the run it looks at."""

import copy
import html.parser
import itertools
import re
import threading

import pytest
import torch
from torch import nn
from toys import toy_dataset

from cnnkit import InputError, data
from cnnkit.explore.missions import faults, instruments
from cnnkit.explore.missions.faults import FAULTS, make, sick
from cnnkit.explore.missions.instruments import INSTRUMENTS

DS = toy_dataset()
SMALL = toy_dataset(60, 20)  # 54 photos in batches of 20


def steps(training, count):
    return list(itertools.islice(training, count))


def weights(training):
    return {name: p.detach().clone() for name, p in training.model.named_parameters()}


def norms(training):
    return [m for m in training.model.modules() if isinstance(m, nn.BatchNorm2d)]


def sums(training):
    """Each photo, told by the sum of its pixels, with its label."""
    return {(int(image.long().sum()), i) for image, i in zip(training.images, training.labels.tolist(), strict=True)}


# ---- which fault ----


def test_the_same_number_gives_the_same_run():
    (first, fault), (again, same) = sick(7, dataset=SMALL), sick(7, dataset=SMALL)
    assert fault == same and [s.loss for s in steps(first, 2)] == [s.loss for s in steps(again, 2)]


def test_neighbouring_numbers_have_different_faults_and_all_are_equally_frequent():
    drawn = [sick_slug(number) for number in range(1_234_560, 1_234_780)]
    assert len(FAULTS) == 11 and {drawn.count(slug) for slug in FAULTS} == {20}
    assert all(len(set(drawn[i : i + 11])) == 11 for i in range(len(drawn) - 10))
    assert sick_slug(-1) != sick_slug(0)


def sick_slug(number, seed=0):
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faults, "make", lambda slug, dataset, seed: made.setdefault("slug", slug))
        _, fault = sick(number, seed)
    assert made["slug"] == fault.slug
    return fault.slug


def test_another_seed_deals_the_faults_anew():
    assert [sick_slug(n) for n in range(20)] != [sick_slug(n, seed=1) for n in range(20)]


@pytest.mark.parametrize("number", ["abc", 1.5, None, True])
def test_what_is_no_number_is_said(number):
    with pytest.raises(InputError, match=r"the number is .*; give a whole number"):
        sick(number)


def test_a_mistyped_fault_is_named():
    with pytest.raises(InputError, match='no fault is called "rate-zeros"; did you mean "rate-zero"'):
        make("rate-zeros")


def test_every_fault_is_told_in_words():
    for slug, fault in FAULTS.items():
        assert slug == fault.slug
        for text in (fault.evidence, fault.looks_like):
            assert text.endswith(".") and 40 < len(text) < 420
    for field in ("title", "evidence", "looks_like"):
        assert len({getattr(fault, field) for fault in FAULTS.values()}) == len(FAULTS)


# ---- each fault does what it says ----


def test_all_runs_have_the_same_parameters_and_the_healthy_ones_first_weights():
    usual = weights(make("healthy", DS, seed=3))
    for slug in FAULTS.keys() - {"dead-relus"}:
        for name, value in weights(make(slug, DS, seed=3)).items():
            assert torch.equal(value, usual[name]), (slug, name)


@pytest.mark.parametrize("slug", ["healthy", "not-shuffled"])
def test_labels_belong_to_their_photos(slug):
    assert sums(make(slug, DS)) <= {
        (int(i.long().sum()), int(y)) for i, y in zip(DS.train.images, DS.train.labels, strict=True)
    }


def test_shuffled_labels_agree_with_the_photos_as_often_as_chance():
    truth = {int(i.long().sum()): int(y) for i, y in zip(DS.train.images, DS.train.labels, strict=True)}
    training = make("labels-shuffled", DS)
    right = [truth[int(i.long().sum())] == int(y) for i, y in zip(training.images, training.labels, strict=True)]
    assert sum(right) / len(right) < 0.17  # a tenth, and four standard deviations of 297 photos
    assert training.labels.bincount().min() > 20  # every class is still there


def test_evaluation_mode_left_on_moves_no_buffer_and_drops_nothing():
    training = make("eval-mode-left-on", SMALL)
    steps(training, 2)
    training.model.train()
    assert not any(m.training for m in training.model.modules())
    assert all(m.running_mean.eq(0).all() and m.running_var.eq(1).all() for m in norms(training))
    healthy = make("healthy", SMALL)
    steps(healthy, 2)
    assert healthy.model.training and all(m.running_mean.ne(0).any() for m in norms(healthy))


def test_not_normalised_photos_arrive_as_pixels():
    training, seen = make("not-normalised", DS), []
    training.model.net.conv1.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    training.evaluate(DS.test)
    assert torch.allclose(seen[0], DS.test.images.float(), atol=1e-3)


def test_the_rate_that_is_zero_moves_nothing_and_the_high_one_a_lot():
    moved = {}
    for slug in ("healthy", "rate-zero", "rate-too-high"):
        training = make(slug, DS)
        before = weights(training)
        steps(training, 1)
        moved[slug] = max(float((value - before[name]).abs().max()) for name, value in weights(training).items())
    assert moved["rate-zero"] == 0 and moved["rate-too-high"] > 10 * moved["healthy"] > 0


def test_photos_that_are_not_shuffled_come_class_by_class():
    training = make("not-shuffled", DS)
    assert not training.shuffle and (training.labels.diff() >= 0).all()


def test_softmaxed_answers_sum_to_one():
    photos = torch.randn(4, 3, 32, 32)
    out = make("softmaxed-twice", DS).model.eval()(photos)
    assert torch.allclose(out, make("healthy", DS).model.eval()(photos).softmax(1))


def test_kept_gradients_are_the_sum_of_all_that_came():
    training, sum_of = make("gradients-kept", SMALL), {}
    gradient = {}
    for name, p in training.model.named_parameters():
        p.register_hook(lambda g, name=name: gradient.__setitem__(name, g.clone()))
    for _ in range(3):
        steps(training, 1)
        sum_of = {name: sum_of.get(name, 0) + g for name, g in gradient.items()}
    assert all(torch.allclose(p.grad, sum_of[name], atol=1e-5) for name, p in training.model.named_parameters())


def test_kept_gradients_can_be_saved_and_put_back():
    training = make("gradients-kept", SMALL)
    steps(training, 2)
    saved = training.state_dict()
    steps(training, 1)
    training.load_state_dict(saved)
    assert len(training.history) == 2 and steps(training, 1)[0].index == 3


def test_only_the_last_layer_of_the_frozen_network_moves():
    training = make("frozen-layers", SMALL)
    before = weights(training)
    steps(training, 2)
    moved = {name for name, value in weights(training).items() if not torch.equal(value, before[name])}
    assert moved == {"net.linear.weight", "net.linear.bias"}


def test_behind_dead_relus_all_photos_are_alike():
    model = make("dead-relus", DS).model.eval()
    out = model(torch.randn(6, 3, 32, 32))
    assert torch.equal(out, out[:1].expand_as(out))


# ---- the instruments ----


def everything(training):
    """All that the next steps depend on."""
    return copy.deepcopy(
        (
            training.state_dict(),
            [p.grad for p in training.model.parameters()],
            [m.training for m in training.model.modules()],
            [g["lr"] for g in training.optimizer.param_groups],
            [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in training.model.modules()],
            torch.get_rng_state(),
            (training.epoch, training.index, training.precision, training.history.unread),
        )
    )


def same(a, b):
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize("slug", FAULTS)
@pytest.mark.parametrize("count", [0, 2])
def test_no_instrument_changes_the_run(slug, count):
    training = make(slug, SMALL)
    steps(training, count)
    before = everything(training)
    for instrument in INSTRUMENTS.values():
        instrument(training)
    assert same(everything(training), before)


def test_a_run_looked_at_from_another_thread_has_the_losses_of_one_that_was_not():
    looked, alone = make("healthy", SMALL), make("healthy", SMALL)
    for step in looked:
        for instrument in INSTRUMENTS.values():
            thread = threading.Thread(target=instrument, args=(looked,))
            thread.start()
            thread.join()
        if step.epoch == 2:
            break
    assert len(looked.history) == 4
    assert looked.history.losses() == [s.loss for s in steps(alone, len(looked.history))]


@pytest.mark.parametrize("slug", ["healthy", "gradients-kept", "rate-too-high"])
def test_the_update_is_the_one_that_the_next_step_makes(slug):
    training = make(slug, SMALL)
    steps(training, 2)
    said, before = instruments.update(training).words, weights(training)
    steps(training, 1)
    after = weights(training)
    for name, short in (("net.conv1.weight", "conv1"), ("net.linear.weight", "linear")):
        ratio = float((after[name] - before[name]).norm() / before[name].norm())
        assert f"{short}: one update is {ratio:.2g} of the weights" in said


def test_the_gradients_show_that_nothing_clears_them():
    training = make("gradients-kept", SMALL)
    steps(training, 3)
    sizes = re.findall(r"gradient [^:]*: ([\d.e+-]+)\.(?:\s|$)", instruments.update(training).words)
    held = torch.stack([p.grad.norm() for p in training.model.parameters()]).norm()
    assert len(sizes) == 3 and sizes[1] == f"{held:.3g}" and sizes[0] != sizes[2]


def test_the_batch_is_the_one_that_the_next_step_gets():
    training, labels = make("healthy", SMALL), []
    steps(training, 1)
    said = instruments.batch(training).words
    update = training._update
    training._update = lambda images, y, *others: (labels.append((images, y)), update(images, y, *others))[1]
    steps(training, 1)
    (images, y), *_ = labels
    names = ", ".join(SMALL.classes[i] for i in y[:8])
    assert f"First labels: {names}." in said and f"largest number: {images.max():.3g} " in said


@pytest.mark.parametrize("seed", range(5))
def test_healthy_batches_lie_within_what_is_called_usual(seed):
    training = make("healthy", data.load("emoji10"), seed=seed)
    for _ in range(3):
        said = instruments.batch(training).words
        found = re.findall(r"(mean|standard deviation): (\S+) \(usual: (\S+) to (\S+)\)", said)
        assert [name for name, *_ in found] == ["mean", "standard deviation"]
        assert all(float(low) <= float(value) <= float(high) for _, value, low, high in found), said
        steps(training, 1)


def test_answers_of_two_softmaxes_show_their_sum():
    assert "sum of a photo's outputs, largest: 1 " in instruments.outputs(make("softmaxed-twice", SMALL)).words


def test_the_layers_show_mode_figures_and_zeros():
    healthy, left_on, dead = (instruments.layers(make(s, SMALL)).words for s in ("healthy", "eval-mode-left-on", "dead-relus"))
    assert "block1.norm, mode in a step training, running mean, from 0, to 0, running variance, from 1, to 1" in healthy
    assert "mode in a step evaluation" in left_on and "mode in a step training" not in left_on
    assert "block1.relu, zeros among its outputs 100 %, channels at zero for the whole batch 100 %" in dead


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.alts, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.alts.append(dict(attrs)["alt"])
        elif tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.text.append(text)


def test_the_html_is_whole_escaped_and_says_what_the_words_say():
    names = ("<b>&", *SMALL.classes[1:])
    split = type(SMALL.train)(SMALL.train.images, SMALL.train.labels, names, "toy")
    training = make("not-shuffled", type(DS)("toy", split, split))
    for instrument in INSTRUMENTS.values():
        reading, reader = instrument(training), Reader()
        reader.feed(reading.html)
        reader.close()
        assert not reader.open and reading.title
        if instrument is instruments.batch:
            assert len(reader.alts) == 8 and reader.alts[0] == "a photo whose label is <b>&"
        numbers = set(re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", reading.words))
        assert numbers <= set(re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", " ".join(reader.text)))


@pytest.mark.parametrize("slug", FAULTS)
def test_no_instrument_names_the_fault_or_the_rate(slug):
    training = make(slug, SMALL)
    for instrument in INSTRUMENTS.values():
        reading = instrument(training)
        for shown in (reading.words, re.sub(r"base64,[^\"]*", "", reading.html)):
            assert slug not in shown and FAULTS[slug].title not in shown
            assert "learning rate" not in shown


def test_no_instrument_tells_the_rate():
    training = make("healthy", SMALL)
    training.lr = 0.0012347
    assert not any("0.00123" in r.words + r.html for r in (instrument(training) for instrument in INSTRUMENTS.values()))


@pytest.mark.slow
def test_the_healthy_run_learns_and_the_sick_ones_do_not():
    healthy, sick_one = make("healthy"), make("labels-shuffled")
    for training in (healthy, sick_one):
        for _ in training:
            pass
    assert healthy.history.evaluations[-1]["accuracy"] > 0.45 and sick_one.history.evaluations[-1]["accuracy"] < 0.2
