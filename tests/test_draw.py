"""Figures show the numbers they are given, say them in words, and need neither pyplot nor a display."""

import base64
import io
import itertools
import json
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from drawings import contrast
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from PIL import Image
from torch import Tensor

from cnnkit import InputError, draw
from cnnkit.draw.block import Box, block
from cnnkit.draw.meaning import looks
from cnnkit.draw.picture import DPI, Picture
from cnnkit.training import Evaluation, History


def history(*epochs: list[float]) -> History:
    """A run with these losses, and an evaluation after each epoch."""
    run = History()
    for number, values in enumerate(epochs, start=1):
        for index, loss in enumerate(values, start=1):
            run.append(number, index, len(values), 1e-3, 0.1, torch.tensor([loss, 0.5]))
        run.evaluations.append(
            {"epoch": number, "step": len(run), "split": "held out", "accuracy": 0.1 * number, "loss": 2 / number}
        )
    run.losses()
    return run


def some_photos(count: int, size: int = 32) -> Tensor:
    return torch.randint(0, 256, (count, 3, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(count))


def pixels(picture: Picture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture.png())).convert("RGB"))


def lines(picture: Picture) -> dict[str, tuple[list[float], list[float]]]:
    ax: Axes = picture.axes[0]
    return {str(line.get_label()).lstrip("_"): (list(line.get_xdata()), list(line.get_ydata())) for line in ax.get_lines()}


def test_the_bold_line_is_each_epochs_running_mean_and_parts_between_epochs() -> None:
    drawn = lines(draw.losses(history([4.0, 2.0, 3.0], [1.0, 2.0, 0.0])))
    assert drawn["each step"] == ([1, 2, 3, 4, 5, 6], pytest.approx([4, 2, 3, 1, 2, 0]))
    assert drawn["mean of the epoch so far"][1] == pytest.approx([np.nan, 3, 3, np.nan, 1.5, 1], nan_ok=True)


def test_evaluations_are_markers_at_their_step_and_loss() -> None:
    assert lines(draw.losses(history([4.0, 2.0], [1.0, 1.0])))["held out"] == ([2, 4], [2.0, 1.0])


def test_a_plain_list_of_losses_is_drawn_as_it_is() -> None:
    assert lines(draw.losses({"mine": [2.0, 1.0, 0.5]}))["mine"] == ([1, 2, 3], [2.0, 1.0, 0.5])


def test_epochs_of_one_step_make_one_line_without_gaps() -> None:
    assert lines(draw.losses({"kit": history([2.0], [1.0], [0.5])}))["kit"][1] == pytest.approx([2.0, 1.0, 0.5])


def test_five_runs_differ_by_more_than_colour() -> None:
    picture = draw.losses({f"run {i}": history([2.0, 1.0 + i]) for i in range(5)})
    bold = [
        line for line in picture.axes[0].get_lines() if str(line.get_label()).startswith("_run") and line.get_linewidth() == 2
    ]
    markers = [line.get_marker() for line in picture.axes[0].get_lines() if str(line.get_label()).endswith("held out")]
    assert len({line.get_color() for line in bold}) == 5 and len({line.get_linestyle() for line in bold}) == 4
    assert len(set(markers)) == 5


def test_a_run_that_ends_in_nan_or_infinity_can_be_drawn() -> None:
    picture = draw.losses(history([2.0, 3.0, float("inf"), float("nan")]), classes=10)
    assert pixels(picture).std() > 0


def test_a_rare_spike_does_not_flatten_the_curve() -> None:
    assert draw.losses([2.0] * 99 + [1000.0] + [2.0] * 100, "with a spike", classes=10).axes[0].get_ylim()[1] > 2
    spiky = history([2.0] * 60 + [1000.0] + [2.0] * 100)
    assert draw.losses(spiky).axes[0].get_ylim()[1] < 50


def test_losses_of_epochs_are_called_so() -> None:
    picture = draw.losses([2.3, 1.5], unit="epoch")
    assert picture.axes[0].get_xlabel() == "epoch" and "in 2 epochs" in picture.alt


def test_the_axis_begins_where_the_data_are_and_at_zero_only_near_it() -> None:
    low, high = draw.losses({"a": [2.3, 2.2], "b": [2.3, 2.1]}, classes=10).axes[0].get_ylim()
    assert 2.0 < low < 2.1 and 2.31 < high < 2.4
    assert draw.losses([2.0, 0.1]).axes[0].get_ylim()[0] == 0


def test_nets_are_coloured_by_what_they_are_and_seeds_are_thin_twins() -> None:
    names = ["plain-20, seed 0", "plain-20, seed 1", "residual-20, seed 0", "plain-56, seed 0", "residual-56, seed 0", "mine"]
    found = looks(names)
    assert found[names[0]].colour == found[names[1]].colour and found[names[0]].width > found[names[1]].width
    assert len({look.colour for look in found.values()}) == 5

    def rgb(name: str) -> tuple[float, float, float]:
        return to_rgb(found[name].colour)

    for name in names[:5]:
        red, _, blue = rgb(name)
        assert red > blue if name.startswith("plain") else blue > red
    for kind in ("plain", "residual"):  # depth is darkness
        assert sum(rgb(f"{kind}-20, seed 0")) > sum(rgb(f"{kind}-56, seed 0"))
    assert looks(["residual-50"])["residual-50"].colour == looks(["resnet50_cifar"])["resnet50_cifar"].colour
    assert all(found[name].dash != found["mine"].dash or found[name].marker != found["mine"].marker for name in names[:5])


@pytest.mark.parametrize("names", [["plain-1"], [f"plain-{i}" for i in range(9)], [f"net {i}" for i in range(20)]])
def test_any_number_of_nets_differ_by_colour_dash_or_marker(names: list[str]) -> None:
    found = [(look.colour, look.dash, look.marker) for look in looks(names).values()]
    assert len(set(found)) == len(names)


def test_words_in_a_nets_colour_can_be_read() -> None:
    for look in looks([*(f"{kind}-{n}" for kind in ("plain", "residual") for n in (11, 20, 29, 50)), *"abcd"]).values():
        assert contrast(look.ink, "#ffffff") >= 4.5, look


def test_names_stand_at_the_ends_of_their_lines_once_and_apart() -> None:
    runs = {f"plain-{n}, seed {s}": [2.0, 1.0 + 0.001 * n] for n in (20, 32, 56) for s in (0, 1)}
    texts = [text for text in draw.losses(runs).axes[0].texts if text.get_text() != "■"]
    assert sorted(text.get_text() for text in texts) == ["plain-20", "plain-32", "plain-56"]
    low, high = draw.losses(runs).axes[0].get_ylim()
    heights = sorted(text.xy[1] for text in texts)  # type: ignore[attr-defined]
    assert all(b - a >= 0.05 * (high - low) for a, b in itertools.pairwise(heights))


def test_bars_are_as_long_as_their_numbers_and_seeds_are_dots() -> None:
    picture = draw.bars({"a": 3.0, "b": [1.0, 2.0]}, "Measured", "s")
    ax = picture.axes[0]
    assert [bar.get_width() for bar in ax.patches] == [3.0, 1.5]
    assert [list(line.get_xdata()) for line in ax.get_lines() if line.get_marker() == "o"] == [[1.0, 2.0]]
    assert picture.alt == "Measured. a 3; b 1, 2 (s)."
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


def test_bars_of_several_runs_stand_side_by_side_in_the_runs_colours() -> None:
    norms = {"plain-50": {"layer1": 800.0, "fc": 0.5}, "residual-50": {"layer1": 30.0, "fc": 0.7}}
    ax = draw.bars(norms, log=True).axes[0]
    styles = looks([*norms])
    widths = {(bar.get_width(), to_hex(bar.get_facecolor())) for bar in ax.patches}
    assert widths == {(number, styles[run].colour) for run, row in norms.items() for number in row.values()}
    assert ax.get_xlim()[0] == pytest.approx(0.1) and ax.get_xscale() == "log"
    assert "$" not in "".join(label.get_text() for label in ax.get_xticklabels())


def test_negative_bars_have_their_numbers_on_the_left() -> None:
    left, right = draw.bars({"a": -3.0, "b": 2.0}).axes[0].get_xlim()
    assert left < -3.5 and right > 2.5


@pytest.mark.parametrize(
    ("values", "log", "message"),
    [
        ({}, False, "no number to draw"),
        ({"a": []}, False, "a finite number, or several"),
        ({"a": float("nan")}, False, "a finite number, or several"),
        ({"a": 0.0}, True, "take log=False"),
        ({"a": 1.0, "b": {"c": 1.0}}, False, "these are both"),
        ([1.0], False, "this is a list"),
    ],
)
def test_bars_of_what_has_no_length_are_an_input_error(values: object, log: bool, message: str) -> None:
    with pytest.raises(InputError, match=message):
        draw.bars(values, log=log)  # type: ignore[arg-type]


def test_a_profile_has_a_number_a_layer_on_an_axis_of_powers_of_ten() -> None:
    values = {"plain-50": [1e-20, 1e-10, 0.01], "residual-50": [0.1, 0.05]}
    picture = draw.profile(values, "Gradients", "norm", "block")
    ax, styles = picture.axes[0], looks([*values])
    drawn = {str(line.get_label()): line for line in ax.get_lines()}
    assert {name: list(line.get_ydata()) for name, line in drawn.items()} == values
    assert list(drawn["plain-50"].get_xdata()) == [1, 2, 3]
    assert {name: to_hex(line.get_color()) for name, line in drawn.items()} == {n: styles[n].colour.lower() for n in values}
    assert "$" not in "".join(label.get_text() for label in ax.get_yticklabels())  # the figures' texts know no formulas
    assert ax.get_yscale() == "log" and ax.get_ylabel() == "norm" and ax.get_xlabel().startswith("block")
    assert picture.alt.startswith("Gradients: plain-50 from 1.0e-20 at the first block to 1.0e-02 at the last;")


@pytest.mark.parametrize("values", [{}, {"a": []}, {"a": [1.0, 0.0]}, {"a": [float("nan")]}, {"a": [float("inf")]}])
def test_a_profile_of_what_has_no_logarithm_is_an_input_error(values: dict[str, list[float]]) -> None:
    with pytest.raises(InputError, match=r"give at least one for each net|needs numbers above 0"):
        draw.profile(values)


def test_losses_without_a_step_are_an_input_error() -> None:
    for nothing in ({}, [], History(), {"a": [1.0], "b": []}):
        with pytest.raises(InputError, match="train for at least one step"):
            draw.losses(nothing)


@pytest.mark.parametrize("size", [8, 32, 33])
def test_every_pixel_of_a_photo_becomes_a_square_of_its_own_colour(size: int) -> None:
    images = some_photos(3, size)
    seen = pixels(draw.photos(images, columns=2))
    scale = 4
    for i, photo in enumerate(images):
        x = i % 2 * (size + 4) * scale + 2 * scale
        y = i // 2 * (size + 4) * scale
        block = seen[y : y + size * scale, x : x + size * scale]
        expected = photo.permute(1, 2, 0).numpy()
        for inside in (1, 2):  # not the edges: matplotlib 3.10 rounds some of them to the neighbour
            assert np.array_equal(block[inside::scale, inside::scale], expected)


def test_photos_with_titles_and_answers_show_words_and_symbols_too() -> None:
    picture = draw.photos(some_photos(2), ["cat", "dog"], title="emoji10 test", right=[True, False])
    assert [ax.get_title() for ax in picture.axes] == ["\N{CHECK MARK} cat", "\N{BALLOT X} dog"]
    assert picture.alt == "emoji10 test. 2 photos of 32x32 pixels: cat (right), dog (wrong)."


def test_a_long_title_over_one_photo_is_not_cut():
    picture = draw.photos(some_photos(1), title="A horse among the CIFAR-10 test photos")
    title = next(text for text in picture.texts if text.get_text())
    assert title.get_window_extent().x1 <= picture.bbox.width
    assert picture.alt.startswith("A horse among the CIFAR-10 test photos. 1 photo of 32x32 pixels")


def test_photos_that_are_none_are_an_input_error() -> None:
    with pytest.raises(InputError, match=r"torch.float32 of shape \[2, 3, 32, 32\]; they must be torch.uint8"):
        draw.photos(some_photos(2).float())
    with pytest.raises(InputError, match="must be torch.uint8"):
        draw.photos(some_photos(2)[0])
    with pytest.raises(InputError, match="titles has 1 entries for 2 photos"):
        draw.photos(some_photos(2), ["cat"])


def result(confusion: list[list[int]]) -> Evaluation:
    counts = torch.tensor(confusion)
    return Evaluation("toy test", int(counts.sum()), float(counts.diag().sum() / counts.sum()), 0.5, counts, ("cat", "dog"))


def test_the_confusion_matrix_shows_percentages_of_each_row() -> None:
    picture = draw.confusion(result([[3, 1], [0, 8]]))
    assert {text.get_position(): text.get_text() for text in picture.axes[0].texts} == {
        (0, 0): "75",
        (1, 0): "25",
        (1, 1): "100",
    }
    assert picture.alt.endswith("Most frequent mistake: cat taken for dog, 1 times.")


def test_a_class_without_photos_and_a_perfect_result_can_be_drawn() -> None:
    picture = draw.confusion(result([[0, 0], [0, 8]]))
    assert [text.get_text() for text in picture.axes[0].texts] == ["100"] and "mistake" not in picture.alt


def test_a_notebook_gets_the_picture_with_its_words_as_alt_text() -> None:
    picture = draw.losses([2.0, 1.0], 'loss of "a" & <b>')
    data, metadata = picture._repr_mimebundle_()
    match = re.fullmatch(r'<img alt="([^"]*)" width="760" src="data:image/png;base64,([^"]*)">', data["text/html"])
    assert match is not None
    assert match[1] == "loss of &quot;a&quot; &amp; &lt;b&gt;. loss from 2.0 to 1.0 in 2 steps."
    assert match[2] == data["image/png"]
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size == (1520, 720) and DPI == 144
    assert data["text/plain"] == picture.alt == metadata["image/png"]["alt"]


def test_drawing_loads_matplotlib_on_first_use_and_never_pyplot() -> None:
    code = (
        "import sys; from cnnkit import draw; assert 'matplotlib' not in sys.modules; draw.losses([2.0, 1.0]).png(); "
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def evaluations(**accuracies: list[float]) -> list[dict[str, object]]:
    """One evaluation after every 10 steps for each split."""
    return [
        {"step": 10 * (i + 1), "epoch": i + 1, "split": split, "accuracy": value, "loss": 1.0}
        for split, values in accuracies.items()
        for i, value in enumerate(values)
    ]


def test_accuracies_are_drawn_in_per_cent_at_their_steps_one_line_a_split() -> None:
    run = evaluations(train=[0.5, 0.75], test=[0.4, 0.6])
    picture = draw.accuracies(run, "toy", classes=10)
    drawn = lines(picture)
    assert drawn["train"] == ([10, 20], [50, 75]) and drawn["test"] == ([10, 20], [40, 60])
    assert drawn["guessing: 10 %"][1] == [10, 10]
    assert picture.alt == "toy. train from 50 to 75 % right, test from 40 to 60 % right."


def test_a_history_gives_the_same_accuracies_as_its_list_of_evaluations() -> None:
    run = history([4.0, 2.0], [1.0, 1.0])
    assert lines(draw.accuracies(run)) == lines(draw.accuracies(run.evaluations))


def test_splits_of_a_run_and_runs_of_a_split_differ_by_more_than_colour() -> None:
    one = draw.accuracies(evaluations(train=[0.5], held=[0.4], test=[0.3])).axes[0].get_lines()
    many = draw.accuracies({f"run {i}": evaluations(train=[0.5], test=[0.3]) for i in range(7)}).axes[0].get_lines()
    assert len({line.get_marker() for line in one}) == len({line.get_linestyle() for line in one}) == 3
    assert len({(line.get_color(), line.get_marker(), line.get_linestyle()) for line in many}) == 14
    for run in zip(many[::2], many[1::2], strict=True):
        assert len({line.get_linestyle() for line in run}) == 2


def test_accuracies_without_an_evaluation_are_an_input_error() -> None:
    for nothing in ({}, [], History(), {"a": evaluations(test=[0.5]), "b": []}):
        with pytest.raises(InputError, match="call evaluate"):
            draw.accuracies(nothing)


def test_the_worst_mistakes_come_by_falling_confidence_with_answer_and_truth() -> None:
    sure = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.05, 0.95]])
    picture = draw.worst(some_photos(4), sure.log(), torch.tensor([0, 1, 0, 0]), ("cat", "dog"))
    assert [ax.get_title() for ax in picture.axes] == [
        "\N{BALLOT X} dog, 95 %\nis cat",
        "\N{BALLOT X} cat, 80 %\nis dog",
        "\N{BALLOT X} dog, 70 %\nis cat",
    ]
    shown = [torch.as_tensor(np.array(ax.get_images()[0].get_array())).permute(2, 0, 1) for ax in picture.axes]
    assert all(torch.equal(seen, some_photos(4)[i]) for seen, i in zip(shown, (3, 1, 2), strict=True))
    assert "3 of 3 in 4 photos" in picture.alt


def test_no_mistake_is_said_and_a_confidence_below_one_never_reads_as_one() -> None:
    right = draw.worst(some_photos(2), 9 * torch.eye(2), torch.tensor([0, 1]), ("cat", "dog"))
    assert right.alt.endswith("none, all 2 photos are right.")
    nearly = draw.worst(some_photos(1), torch.tensor([[0.9999, 0.0001]]).log(), torch.tensor([1]), ("cat", "dog"))
    assert "99.9 %" in nearly.axes[0].get_title()


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        (torch.zeros(2, 3), torch.tensor([0, 1]), r"logits have shape \[2, 3\].*they must have \[2, 2\] and \[2\]"),
        (torch.zeros(2, 2), torch.tensor([0, 2]), "labels go from 0 to 2; 2 classes allow 0 to 1"),
        (torch.full((2, 2), float("nan")), torch.tensor([0, 1]), "NaN or infinity"),
    ],
)
def test_answers_that_do_not_fit_the_photos_are_an_input_error(logits: Tensor, labels: Tensor, message: str) -> None:
    with pytest.raises(InputError, match=message):
        draw.worst(some_photos(2), logits, labels, ("cat", "dog"))


def test_augmented_photos_are_the_photo_and_the_moves_their_titles_say() -> None:
    photo = some_photos(1)[0]
    picture = draw.augmented(photo, 20, seed=3)
    shown = [(ax.get_title(), np.array(ax.get_images()[0].get_array())) for ax in picture.axes]
    assert np.array_equal(shown[0][1], photo.permute(1, 2, 0).numpy()) and len(shown) == 21
    for title, seen in shown[1:]:
        moved = np.zeros_like(seen)
        down = sum(int(n) * (1 if way == "down" else -1) for way, n in re.findall(r"(up|down) (\d)", title))
        right = sum(int(n) * (1 if way == "right" else -1) for way, n in re.findall(r"(left|right) (\d)", title))
        for r in range(32):
            for c in range(32):
                if 0 <= r - down < 32 and 0 <= c - right < 32:
                    moved[r, c] = photo[:, r - down, c - right].numpy()
        assert np.array_equal(seen, moved[:, ::-1] if "mirrored" in title else moved), title
    assert any("mirrored" in title for title, _ in shown) and not all("mirrored" in title for title, _ in shown[1:])


def test_the_same_seed_gives_the_same_crops_and_another_gives_others() -> None:
    first, again, other = (pixels(draw.augmented(some_photos(1)[0], 5, seed, "x")) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize("odd", [r"$\frac$", "half \ud800 a letter"])
def test_what_a_user_typed_is_no_formula_and_no_error(odd: str) -> None:
    for picture in (
        draw.losses({odd: [2.0, 1.0]}, odd),
        draw.accuracies({odd: evaluations(test=[0.5])}, odd),
        draw.photos(some_photos(1), [odd], title=odd),
        draw.worst(some_photos(1), torch.tensor([[1.0, 0.0]]), torch.tensor([1]), (odd, odd), title=odd),
        draw.confusion(Evaluation(odd, 2, 1.0, 0.5, torch.eye(2).long(), (odd, odd))),
    ):
        assert pixels(picture).std() > 0
        json.dumps(picture._repr_mimebundle_()[0], ensure_ascii=False).encode("utf-8")


def test_a_shortcut_without_layers_is_the_input_only_where_nothing_came_before():
    box = Box(("1x1 conv",), "8x4x4")
    assert "shortcut: the input itself" in block("b", "8x4x4", [], [box], [], "+", [])
    overwritten = block("b", "8x4x4", [box] * 3, [], [], "+", [])
    assert "the input itself" not in overwritten and "both ways: 1x1 conv gives 8x4x4" in overwritten
    at = int(re.search(r'<text x="(\d+)"[^>]*>shortcut: no layers', overwritten)[1])
    assert at + 122 <= int(re.search(r'viewBox="0 0 (\d+)', overwritten)[1])
