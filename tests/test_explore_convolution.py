"""The sliding window: its numbers are torch's, its drawing shows what the settings say, the widget only changes settings."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
import torch
from drawings import controls, readable
from torch.nn.functional import conv2d

from cnnkit import InputError
from cnnkit.explore import convolution
from cnnkit.explore.settings import KERNELS, LIMITS, Sliding, formula, misfit
from cnnkit.explore.sliding import small
from cnnkit.explore.touching import Touch
from cnnkit.explore.window import alt, draw, signs
from cnnkit.explore.window import product as spelled

ALL = list(product(*(range(low, high + 1) for low, high in LIMITS.values())))


def image(height: int = 10, width: int = 10) -> tuple[tuple[int, ...], ...]:
    generator = torch.Generator().manual_seed(height * width)
    return tuple(map(tuple, torch.randint(0, 256, (height, width), generator=generator).tolist()))


def by_torch(state: Sliding) -> torch.Tensor:
    kernel = torch.tensor([[[float(w) for w in line] for line in matrix] for matrix in state.kernels], dtype=torch.float64)
    pixels = torch.tensor(state.planes, dtype=torch.float64)[None]
    return conv2d(pixels, kernel[None], None, state.stride, state.padding, state.dilation)[0, 0]


def texts(drawing: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize(("shape", "colour"), [((10, 10), False), ((5, 7), False), ((6, 4), True)])
def test_the_output_is_torchs_conv2d_at_every_setting(name: str, shape: tuple[int, int], colour: bool) -> None:
    colours = (image(*shape), image(*shape)[::-1], ((9,) * shape[1],) * shape[0])
    for kernel, stride, padding, dilation in ALL:
        state = Sliding(image(*shape), name, kernel, stride, padding, dilation, colours=colours, colour=colour)
        if state.count:
            expected = by_torch(state)
            assert state.size == tuple(expected.shape)
            assert torch.allclose(torch.tensor([float(v) for v in state.output()], dtype=torch.float64), expected.flatten())
        else:
            assert misfit(state)
            with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
                by_torch(state)


def test_where_the_window_does_not_fit_each_change_offered_makes_it_fit() -> None:
    seen = 0
    for size, (kernel, stride, padding, dilation) in product((1, 3, 10), ALL):
        state = Sliding(image(size, size), "edge", kernel, stride, padding, dilation)
        words = misfit(state)
        assert bool(words) == (state.count == 0)
        for change, word in (("kernel", "a kernel of "), ("dilation", "a dilation of "), ("padding", "a padding of ")):
            if word in words:
                offered = int(words.split(word)[1].split()[0])
                assert replace(state, **{change: offered}).count, words
                worse = offered - 1 if change == "padding" else offered + 1
                assert LIMITS[change][0] > worse or worse > LIMITS[change][1] or not replace(state, **{change: worse}).count
                seen += 1
    assert seen > 50


def test_the_dot_product_spelled_out_adds_up_to_the_value_in_the_map() -> None:
    state = Sliding(image(), "edge", kernel=2, padding=1)
    for position, number in enumerate(state.output()):
        left, right = spelled(state, position).split(" = ")
        pairs = [term.split("·") for term in left.replace("−", "-").split(" + ")]
        assert sum(int(w.strip("()")) * int(pixel) for w, pixel in pairs) == int(right) == number
    assert spelled(Sliding(image()), 0).count("·") == 5 and " + ... + " in spelled(Sliding(image()), 0)


def test_what_a_kernel_is_called_is_what_it_does() -> None:
    picture, flat = image(), ((90,) * 10,) * 10
    assert Sliding(picture, "identity", 3, padding=1).output() == tuple(pixel for line in picture for pixel in line)
    assert Sliding(picture, "blur", 2).output()[0] == Fraction(sum(picture[0][:2]) + sum(picture[1][:2]), 4)
    for size in range(1, 6):
        assert set(Sliding(flat, "edge", size).output()) == {0}
        for name in ("sharpen", "blur", "identity"):
            assert set(Sliding(flat, name, size).output()) == {90}
            assert set(Sliding(flat, name, size, colours=(flat, flat, ((0,) * 10,) * 10), colour=True).output()) == {60}
    step = ((0, 0, 9, 9),) * 4
    assert Sliding(step, "edge", 3).output() == (27,) * 4
    assert len(set(Sliding(flat, "random", colours=(flat,) * 3, colour=True).kernels)) == 3


def test_window_kernel_products_and_sum_stand_between_image_and_output() -> None:
    state = Sliding(image(5, 5), "sharpen", padding=1, position=7)
    shown = texts(draw(state))
    assert shown[shown.index("Image 5x5, padded 7x7") + 1 :][:25] == [str(pixel) for line in state.image for pixel in line]
    (pairs,) = state.terms(7)
    for caption, numbers in (
        ("window", [pixel for _, pixel in pairs]),
        ("× kernel", [w for w, _ in pairs]),
        ("= products", [w * pixel for w, pixel in pairs]),
    ):
        assert shown[shown.index(caption) + 1 :][:9] == [signs(number) for number in numbers]
    assert f"sum = {signs(sum(w * pixel for w, pixel in pairs))}" in shown
    assert shown[-25:] == [signs(v) for v in state.output()]


def test_three_channels_go_into_one_sum() -> None:
    colours = (image(6, 6), image(6, 6)[::-1], ((9,) * 6,) * 6)
    state = Sliding(image(6, 6), "random", position=5, colours=colours, colour=True)
    shown = texts(draw(state))
    sums = [int(words.removeprefix("+ ").split(" from ")[0].replace("−", "-")) for words in shown if " from " in words]
    assert len(sums) == 3 and f"one sum = {signs(sum(sums))}" in shown
    assert sum(sums) == round(float(by_torch(state).flatten()[5]))


def test_a_window_that_does_not_fit_says_why_beside_the_controls() -> None:
    root = ET.fromstring(draw(Sliding(image(), kernel=5, dilation=3)))
    found = {e.text: float(e.get("y", 0)) for e in root.iter("{http://www.w3.org/2000/svg}text")}
    (why,) = (y for words, y in found.items() if words and words.startswith("✗ The window does not fit: a 5x5"))
    controls = [found[f"✗ {name}"] for name in ("kernel", "padding", "dilation")]
    assert "stride" in found and "No output" in found and 0 < why - max(controls) < 40


def test_the_formula_shown_ends_in_torchs_size() -> None:
    for settings in ALL:
        state = Sliding(image(5, 7), "edge", *settings)
        if state.count:
            assert [int(line.split(" = ")[-1]) for line in formula(state)] == list(by_torch(state).shape)
        else:
            assert formula(state)[0].endswith(": no output")


@pytest.mark.parametrize("touchable", [True, False])
def test_every_setting_draws_well_formed_svg_whose_letters_can_be_read(touchable: bool) -> None:
    planes = (image(), image(10, 9), image(9, 10))
    for n, settings in enumerate(ALL[::5]):
        state = Sliding(planes[n % 3], "random", *settings, 40, (planes[n % 3],) * 3, n % 2 == 0, n % 4 == 0)
        assert readable(draw(state, touchable), 460).get("aria-label") == alt(state)


def test_a_position_beyond_the_last_is_the_last() -> None:
    assert draw(Sliding(image(), position=10**6)) == draw(Sliding(image(), position=63))


@pytest.mark.parametrize(
    ("change", "said"), [({"kernel": 6}, "kernel is 6"), ({"stride": 0}, "stride is 0"), ({"position": -1}, "-1")]
)
def test_settings_out_of_range_are_named(change: dict[str, int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Sliding(image(), **change)


@pytest.mark.parametrize(
    "photo", [torch.zeros(3, 8, 8), torch.zeros(2, 8, 8, dtype=torch.uint8), [[1, 2]], torch.zeros(0, 3).byte()]
)
def test_what_is_no_photo_is_named(photo: object) -> None:
    with pytest.raises(InputError, match="must be"):
        convolution(photo)


def test_a_photo_is_cut_shrunk_and_grey_and_a_small_one_stays() -> None:
    photo = torch.zeros(3, 20, 40, dtype=torch.uint8)
    photo[:, :, 10:30] = 200
    assert small(photo) == (((200,) * 10,) * 10,) * 4
    assert small(torch.tensor([[1, 2, 3]], dtype=torch.uint8)) == (((1, 2, 3),),)
    red = torch.tensor([255, 0, 0], dtype=torch.uint8)[:, None, None]
    assert small(red) == (((76,),), ((255,),), ((0,),), ((0,),))
    assert len(small(None)[0]) == 10 and len({pixel for line in small(None)[0] for pixel in line}) > 50


def test_each_control_without_anywidget_changes_the_drawing_to_that_of_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    widget = convolution()
    parts, shown = controls(widget.widget), widget.widget.children[-1]
    settings = {"kernel": 5, "stride": 2, "padding": 3, "dilation": 2, "numbers": "blur", "three channels": True}
    for name, new in {**settings, "output row": 2, "output column": 3}.items():
        before = shown.value
        parts[name].value = new
        assert shown.value == draw(widget.state, touchable=False) != before
    assert widget.state == Sliding(small(None)[0], "blur", 5, 2, 3, 2, 4 + 2, small(None)[1:], True)


def test_fewer_positions_move_the_sliders_to_the_last_and_none_stops_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    widget = convolution(torch.zeros(5, 5, dtype=torch.uint8))
    parts, shown = controls(widget.widget), widget.widget.children[-1]
    assert "three channels" not in parts
    row = parts["output row"]
    row.value = parts["output column"].value = 5
    parts["stride"].value = 3
    assert (row.max, row.value, widget.state.position) == (2, 2, 3)
    parts["kernel"].value = 5
    parts["dilation"].value = 3
    assert row.disabled and "does not fit" in shown.value
    parts["dilation"].value = 1
    assert not row.disabled and "does not fit" not in shown.value


def test_touches_choose_settings_and_the_cell_of_the_output() -> None:
    widget = convolution()

    def touch(*touches: Touch) -> Sliding:
        for one in touches:
            widget._hear(one)
        return widget.state

    assert touch(Touch("click", "kernel:4"), Touch("key", "stride:1", arrow="ArrowRight")).kernel == 5
    assert (widget.state.stride, widget.state.size, widget.state.position) == (2, (4, 4), 15)  # row 5, column 5 are no more
    x, y, wide, high = widget.aims()[0].place
    assert touch(Touch("click", "position", x + 0.3 * wide, y + 0.6 * high)).position == 2 * 4 + 1
    assert (
        touch(Touch("key", "position", arrow="ArrowDown"), Touch("key", "position", arrow="ArrowRight")).position == 3 * 4 + 2
    )
    assert touch(Touch("key", "position", arrow="Home"), Touch("key", "position", arrow="ArrowLeft")).position == 0
    assert touch(Touch("click", "colour")).colour and not touch(Touch("click", "colour")).colour
    before = widget.state
    for key in ("kernel:5", "kernel:", "kernel:-1", "kernel", "image", "position:1", "", "x"):
        assert touch(Touch("click", key), Touch("hover", key), Touch("drag", key)) == before
    assert touch(Touch("hover", "position", x + wide, y)) == before  # only a click chooses here


def test_no_kernel_no_widget_still_a_picture() -> None:
    bundle = convolution()._repr_mimebundle_()
    assert bundle["text/html"].startswith("<img") and bundle["text/plain"].startswith(
        "A 3x3 edge kernel slides over a 10x10 image"
    )
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    code = "import sys; sys.modules['ipywidgets'] = None\nfrom cnnkit import explore\n"
    code += "print(explore.convolution()._repr_mimebundle_())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install ipywidgets" in found.stdout and "widget-view" not in found.stdout and "<img" in found.stdout


def test_importing_explore_loads_neither_ipywidgets_nor_torch() -> None:
    code = "import sys; from cnnkit import explore; print({'ipywidgets', 'torch', 'IPython'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
