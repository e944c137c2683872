"""The sliding window: its numbers are torch's, its drawing shows what the settings say, the widget only changes settings."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
import torch
from torch.nn.functional import conv2d

from cnnkit import InputError
from cnnkit.explore import convolution
from cnnkit.explore.settings import KERNELS, LIMITS, Sliding, weights
from cnnkit.explore.sliding import Convolution, small
from cnnkit.explore.window import alt, draw, formula, misfit, value
from cnnkit.explore.window import product as spelled

ALL = list(product(*(range(low, high + 1) for low, high in LIMITS.values())))


def image(height: int = 10, width: int = 10) -> tuple[tuple[int, ...], ...]:
    generator = torch.Generator().manual_seed(height * width)
    return tuple(map(tuple, torch.randint(0, 256, (height, width), generator=generator).tolist()))


def by_torch(state: Sliding) -> torch.Tensor:
    kernel = torch.tensor([[float(w) for w in line] for line in weights(state.name, state.kernel)], dtype=torch.float64)
    pixels = torch.tensor(state.image, dtype=torch.float64)[None, None]
    return conv2d(pixels, kernel[None, None], None, state.stride, state.padding, state.dilation)[0, 0]


def texts(drawing: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("shape", [(10, 10), (5, 7)])
def test_the_output_is_torchs_conv2d_at_every_setting(name: str, shape: tuple[int, int]) -> None:
    for kernel, stride, padding, dilation in ALL:
        state = Sliding(image(*shape), name, kernel, stride, padding, dilation)
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
    assert Sliding(picture, "identity", 3, padding=1).output() == [pixel for line in picture for pixel in line]
    assert Sliding(picture, "blur", 2).output()[0] == Fraction(sum(picture[0][:2]) + sum(picture[1][:2]), 4)
    for size in range(1, 6):
        assert set(Sliding(flat, "edge", size).output()) == {0}
        assert {*Sliding(flat, "sharpen", size).output(), *Sliding(flat, "blur", size).output()} == {90}
    step = ((0, 0, 9, 9),) * 4
    assert Sliding(step, "edge", 3).output() == [27] * 4


def test_the_drawing_shows_every_pixel_the_padding_and_the_output_so_far() -> None:
    state = Sliding(image(5, 5), "sharpen", padding=1, position=7)
    shown = texts(draw(state))
    start = shown.index("5x5, padded to 7x7") + 1
    assert shown[start : start + 25] == [str(pixel) for line in state.image for pixel in line]
    assert shown[start + 25 : start + 49] == ["0"] * 24
    so_far = [value(v).replace("-", "−") for v in state.output()[:8]]
    start = shown.index("5x5, 8 of 25 so far") + 1
    assert shown[start : start + 8] == so_far and len(shown[start + 8]) > 20


def test_the_formula_shown_ends_in_torchs_size() -> None:
    for settings in ALL:
        state = Sliding(image(5, 7), "edge", *settings)
        if state.count:
            assert [int(line.split(" = ")[-1]) for line in formula(state)] == list(by_torch(state).shape)


def test_every_setting_draws_well_formed_svg_with_its_words() -> None:
    for settings in ALL[::3]:
        state = Sliding(image(), "random", *settings, position=40)
        root = ET.fromstring(draw(state))
        assert root.get("role") == "img" and root.get("aria-label") == alt(state)
        assert all(float(e.get("font-size", 12)) >= 10 for e in root.iter())


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
    assert small(photo) == ((200,) * 10,) * 10
    assert small(torch.tensor([[1, 2, 3]], dtype=torch.uint8)) == ((1, 2, 3),)
    red = torch.tensor([255, 0, 0], dtype=torch.uint8)[:, None, None]
    assert small(red) == ((76,),)
    assert len(small(None)) == 10 and len({pixel for line in small(None) for pixel in line}) > 50


def parts(widget: Convolution) -> tuple[dict[str, object], object]:
    top, place, shown = widget.widget.children
    name, column = top.children
    return {slider.description: slider for slider in (*column.children, place, name)}, shown


def test_each_control_changes_the_drawing_to_that_of_its_settings() -> None:
    widget = convolution()
    controls, shown = parts(widget)
    assert set(controls) == {"numbers", *LIMITS, "position"}
    for name, new in {"kernel": 5, "stride": 2, "padding": 3, "dilation": 2, "position": 3, "numbers": "blur"}.items():
        before = shown.value
        controls[name].value = new
        assert shown.value == draw(widget.state) != before
    assert widget.state == Sliding(small(None), "blur", 5, 2, 3, 2, 2)


def test_fewer_positions_move_the_slider_to_the_last_and_none_stops_it() -> None:
    widget = convolution(torch.zeros(5, 5, dtype=torch.uint8))
    controls, shown = parts(widget)
    place = controls["position"]
    place.value = 25
    controls["stride"].value = 3
    assert (place.max, place.value, widget.state.position) == (4, 4, 3)
    controls["kernel"].value = 5
    controls["dilation"].value = 3
    assert place.disabled and "does not fit" in shown.value
    controls["dilation"].value = 1
    assert not place.disabled and "does not fit" not in shown.value


def test_no_kernel_no_widget_still_a_picture() -> None:
    bundle = convolution()._repr_mimebundle_()
    assert bundle["text/html"].startswith("<svg") and bundle["text/plain"].startswith(
        "A 3x3 edge kernel slides over a 10x10 image"
    )
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    code = "import sys; sys.modules['ipywidgets'] = None\nfrom cnnkit import explore\n"
    code += "print(explore.convolution()._repr_mimebundle_())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install ipywidgets" in found.stdout and "widget-view" not in found.stdout and "<svg" in found.stdout


def test_importing_explore_loads_neither_ipywidgets_nor_torch() -> None:
    code = "import sys; from cnnkit import explore; print({'ipywidgets', 'torch', 'IPython'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
