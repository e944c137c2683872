"""Figures show the numbers they are given, say them in words, and need neither pyplot nor a display."""

import base64
import io
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from PIL import Image
from torch import Tensor

from cnnkit import InputError, draw
from cnnkit._picture import DPI, Picture
from cnnkit.training import Evaluation, History


def history(*epochs: list[float]) -> History:
    """A run with these losses, and an evaluation after each epoch."""
    run = History()
    for number, values in enumerate(epochs, start=1):
        for index, loss in enumerate(values, start=1):
            run.append(number, index, len(values), 1e-3, 0.1, torch.tensor(loss))
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
    return {str(line.get_label()): (list(line.get_xdata()), list(line.get_ydata())) for line in ax.get_lines()}


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
        line for line in picture.axes[0].get_lines() if str(line.get_label()).startswith("run") and line.get_linewidth() == 2
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
        expected = photo.permute(1, 2, 0).numpy().repeat(scale, 0).repeat(scale, 1)
        assert np.array_equal(block, expected)


def test_photos_with_titles_and_answers_show_words_and_symbols_too() -> None:
    picture = draw.photos(some_photos(2), ["cat", "dog"], title="emoji10 test", right=[True, False])
    assert [ax.get_title() for ax in picture.axes] == ["\N{CHECK MARK} cat", "\N{BALLOT X} dog"]
    assert picture.alt == "emoji10 test. 2 photos of 32x32 pixels: cat (right), dog (wrong)."


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
