"""Pictures of filters, maps, fields, heat, windows and whole networks show what they were given, and say it in words."""

import functools
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from cnnkit import InputError, anatomy, draw, models
from cnnkit.anatomy.parts import parts
from cnnkit.data import sample_photos
from cnnkit.draw.picture import Picture

GOLDEN = Path(__file__).parent / "golden"


def images(picture: Picture) -> list[np.ndarray]:
    return [np.array(image.get_array()) for image in picture.axes[0].get_images()]


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.axes[0].texts]


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def photo() -> Tensor:
    """A real one, of 32x32 pixels."""
    return sample_photos().images[0]


def small(png: Image.Image, width: int = 95) -> np.ndarray:
    size = (width, round(png.height * width / png.width))
    return np.asarray(png.convert("RGB").resize(size, Image.Resampling.BOX), dtype=float)


def seen(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.png()))


@pytest.fixture
def golden_png(request: pytest.FixtureRequest) -> Callable[[str, Picture], float]:
    """``golden_png(name, picture)``: the mean absolute difference, 0 to 255, from tests/golden/name at 95 pixels' width."""

    def difference(name: str, picture: Picture) -> float:
        png, path = seen(picture), GOLDEN / name
        if request.config.getoption("--update-golden"):
            half = png.convert("RGB").resize((png.width // 2, png.height // 2), Image.Resampling.LANCZOS)
            half.quantize(256).save(path, optimize=True)
        with Image.open(path) as file:
            expected = small(file)
        got = np.asarray(small(png))
        assert abs(got.shape[0] - expected.shape[0]) <= 1
        rows = min(len(got), len(expected))
        return float(np.abs(got[:rows] - expected[:rows]).mean())

    return difference


NEAR = 2.0  # another font at the same size differs by less; another position, network or field by more


def convolution(**changes: object) -> Picture:
    image = torch.arange(64.0).reshape(8, 8) % 11
    kernel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
    settings = {"position": (2, 3), "padding": 1, **changes}
    return draw.convolution(image, kernel, **settings)  # type: ignore[arg-type]


@functools.cache
def network(name: str) -> anatomy.Table:
    size = 32 if "cifar" in name or "layer4" in name else 224
    with torch.device("meta"):
        model = models.build(name)
    return anatomy.table(model, torch.empty(1, 3, size, size, device="meta"))


def field(**changes: object) -> Picture:
    settings = {"size": 16, "jump": 4, "centre": (5.5, 27.5), "title": "a layer", **changes}
    return draw.receptive_field(photo(), **settings)  # type: ignore[arg-type]


CASES: dict[str, tuple[Callable[[], Picture], Callable[[], Picture]]] = {
    "convolution.png": (convolution, lambda: convolution(position=(6, 6))),
    "strip.png": (lambda: draw.strip(network("resnet50_layer4"), "x"), lambda: draw.strip(network("vgg16_cifar"), "x")),
    "receptive_field.png": (field, lambda: field(size=24)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_picture_looks_as_a_person_has_seen_it(name: str, golden_png: Callable[[str, Picture], float]) -> None:
    assert golden_png(name, CASES[name][0]()) < NEAR


@pytest.mark.parametrize("name", CASES)
def test_another_font_is_tolerated_and_another_content_is_not(name: str) -> None:
    import matplotlib

    right, other = (small(seen(make())) for make in CASES[name])
    with matplotlib.rc_context({"font.family": "DejaVu Serif"}):
        serif = small(seen(CASES[name][0]()))
    assert np.abs(right - serif).mean() < NEAR / 2
    assert right.shape != other.shape or np.abs(right - other).mean() > NEAR


def test_each_filter_is_stretched_by_itself_and_keeps_its_colours() -> None:
    weight = noise(5, 3, 3, 3) * torch.tensor([1e-3, 1, 5, 100, 0]).reshape(5, 1, 1, 1)
    drawn = images(draw.filters(weight))
    for tile, each in zip(drawn[:4], weight, strict=False):
        expected = 255 * (each - each.min()) / (each.max() - each.min())
        assert np.abs(tile.transpose(2, 0, 1) - expected.numpy()).max() <= 0.51
    assert set(drawn[4].flatten()) == {128}  # all weights equal


def test_filters_that_are_left_out_are_counted() -> None:
    picture = draw.filters(noise(512, 1, 3, 3), most=20)
    assert len(images(picture)) == 20 and "The first 20 of 512 filters." in picture.alt
    assert any("The first 20 of 512" in text for text in texts(picture))


def test_feature_maps_share_one_scale_and_brighter_is_more() -> None:
    maps = noise(6, 4, 4).abs()
    drawn = images(draw.feature_maps(maps, [f"map {i}" for i in range(6)]))[:6]
    bright = np.stack([tile @ np.array([0.2126, 0.7152, 0.0722]) for tile in drawn]).flatten()
    order = maps.flatten().argsort().numpy()
    assert (np.diff(bright[order]) > -2).all() and bright[order[-1]] - bright[order[0]] > 150


def test_zero_is_white_in_feature_maps_on_both_sides_of_it() -> None:
    maps = torch.tensor([[[-2.0, 0.0]], [[1.0, 0.0]]])
    picture = draw.feature_maps(maps)
    below, above = images(picture)[:2]
    assert (below[0, -1] == 255).all() and (above[0, -1] == 255).all()
    assert below[0, 0, 2] > below[0, 0, 0] and above[0, 0, 0] > above[0, 0, 2]  # blue, orange
    assert "from -2 to 1" in picture.alt and texts(picture)[-2:] == ["-2", "2, one scale for all. 0 is white. "]


def test_feature_maps_that_are_left_out_still_count_for_the_scale() -> None:
    maps = torch.zeros(40, 2, 2)
    maps[39] = 9.0
    picture = draw.feature_maps(maps)
    assert "The first 32 of 40 maps." in picture.alt and "from 0 to 9" in picture.alt
    assert texts(picture)[1:4] == ["0", "1", "2"]


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 7), (2, 224, 224), (70, 8, 8)])
def test_maps_of_any_size_fit_the_notebooks_width(shape: tuple[int, int, int]) -> None:
    picture = draw.feature_maps(noise(*shape))
    for image in picture.axes[0].get_images():
        left, right, bottom, top = image.get_extent()
        assert 0 <= left < right <= 760 and 0 <= top < bottom <= 72 * 2 * picture.get_figheight() / 2
    assert seen(picture).size[0] == 1520


def slow_outside(size: int, centre: tuple[float, float], side: int) -> float:
    """The share of a field's pixels that lie outside a square photo, pixel by pixel."""
    first = [round(c - (size - 1) / 2) for c in centre]
    rows, columns = ([i for i in range(f, f + size) if 0 <= i < side] for f in first)
    return 1 - len(rows) * len(columns) / size**2


@pytest.mark.parametrize(("size", "centre"), [(212, (15.5, 15.5)), (5, (2, 30)), (5, (1, 31)), (16, (5.5, 27.5)), (3, (0, 0))])
def test_the_note_says_how_much_of_the_field_lies_outside(size: int, centre: tuple[float, float]) -> None:
    outside = slow_outside(size, centre, 32)
    match = re.search(r"(\d+) % of them lie outside", draw.receptive_field(photo(), size, 4, centre).alt)
    assert (int(match[1]) if match else 0) == round(100 * outside)


def test_the_frame_is_solid_where_the_field_ends_and_dashed_where_it_is_clipped() -> None:
    edges = [line for line in field().axes[0].get_lines() if line.get_color() == "#D55E00" and line.get_linewidth() == 2.5]
    assert [line.get_linestyle() for line in edges] == ["-", "--", "--", "-"]  # left, right, top, bottom
    scale, left, top = 12, 10, 40
    assert list(edges[0].get_xdata()) == [left + scale * 20] * 2  # pixels 20 to 35 of 32
    assert list(edges[3].get_ydata()) == [top + scale * 14] * 2  # pixels -2 to 13


def test_the_heat_is_torchs_bilinear_upsampling_and_hides_nothing_where_it_is_cold() -> None:
    heat = torch.zeros(4, 4)
    heat[1, 2] = 7.0
    picture = draw.grad_cam(photo(), heat)
    plain, _, over = images(picture)[:3]
    warm = F.interpolate(heat[None, None] / 7, size=(32, 32), mode="bilinear", align_corners=False)[0, 0].numpy()
    assert np.array_equal(plain, photo().permute(1, 2, 0).numpy())
    assert np.array_equal(over[warm == 0], plain[warm == 0]) and not np.array_equal(over[warm > 0.5], plain[warm > 0.5])
    row, column = map(int, re.findall(r"row (\d+), column (\d+)", picture.alt)[0])
    assert warm[row, column] == warm.max()


def test_a_heat_map_of_zeros_is_said() -> None:
    alt = draw.grad_cam(photo(), torch.zeros(2, 2)).alt
    assert "0 everywhere: the weighted sum is nowhere above 0" in alt and "Hottest" not in alt


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 2, 2), (3, 0, 2)])
def test_the_dot_product_adds_up_to_torchs_convolution(stride: int, padding: int, dilation: int) -> None:
    image, kernel = torch.arange(81.0).reshape(9, 9) % 7 - 2, torch.arange(9.0).reshape(3, 3) - 4
    expected = F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding, dilation=dilation)[0, 0]
    last = len(expected) - 1
    for row, column in ((0, 0), (1, last), (last, last // 2), (last, last)):
        picture = draw.convolution(image, kernel, (row, column), stride, padding, dilation)
        left, right = re.search(r"of the output: (.*) = (\S+)$", picture.alt).groups()  # type: ignore[union-attr]
        to_python = str.maketrans({"·": "*", "−": "-"})
        assert eval(left.translate(to_python)) == int(right.translate(to_python)) == expected[row, column]


def test_the_output_shows_the_values_up_to_the_one_at_work() -> None:
    image, kernel = torch.ones(3, 3), torch.full((2, 2), 10.0)
    assert texts(draw.convolution(image, kernel, (0, 1))).count("40") == 2
    assert texts(draw.convolution(image, kernel, (1, 1))).count("40") == 4


def test_frames_mark_the_squares_under_a_dilated_kernel() -> None:
    picture = draw.convolution(torch.zeros(7, 7), torch.ones(3, 3), (0, 1), stride=2, dilation=2)
    frames = [p for p in picture.axes[0].patches if not p.get_fill()][:9]
    side = frames[0].get_width() + frames[0].get_linewidth()
    corners = {(round((p.get_x() - 12) / side - 0.03), round((p.get_y() - 62) / side - 0.03)) for p in frames}
    assert corners == {(c, r) for c in (2, 4, 6) for r in (0, 2, 4)}


def test_numbers_with_decimals_are_only_about_equal() -> None:
    assert "≈ 0.33" in draw.convolution(torch.ones(1, 1), torch.full((1, 1), 1 / 3)).alt


def test_the_strip_holds_every_layer_with_weights_once() -> None:
    def kinds(name: str) -> list[str]:
        return [part.kind for part in parts(network(name))]

    assert kinds("vgg16_cifar").count("convolution") == 13 and kinds("vgg16_cifar").count("pool") == 5
    assert kinds("vgg16_cifar").count("linear") == 2 and kinds("vgg16").count("linear") == 3
    for name in ("resnet50_layer4", "resnet50"):
        blocks = [module for module in models.build(name).modules() if type(module).__name__ == "Bottleneck"]
        assert len(blocks) > 10
        assert kinds(name) == ["input", "convolution", "pool", *["residual block"] * len(blocks), "pool", "linear"]


@pytest.mark.parametrize("name", ["vgg16_cifar", "vgg16", "resnet50_layer4", "resnet50"])
def test_blocks_stand_side_by_side_within_the_notebooks_width_wider_for_more_channels(name: str) -> None:
    table = network(name)
    outlines = [p for p in draw.strip(table).axes[0].patches if not p.get_fill()][-len(parts(table)) * 2 :]
    boxes = [p for p in outlines if p.get_y() + p.get_height() / 2 == pytest.approx(62 + 75)]
    assert len(boxes) == len(parts(table))
    channels = [part.shape[0] for part in parts(table)]
    for i in range(1, len(boxes)):
        assert boxes[i].get_x() >= boxes[i - 1].get_x() + boxes[i - 1].get_width()
        assert boxes[i].get_x() + boxes[i].get_width() <= 748
        if channels[i] > channels[i - 1]:
            assert boxes[i].get_width() >= boxes[i - 1].get_width()


def test_no_two_labels_of_a_strip_overlap() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    for name in ("vgg16_cifar", "vgg16", "resnet50_layer4", "resnet50"):
        picture = draw.strip(network(name), name)
        renderer = FigureCanvasAgg(picture).get_renderer()
        boxes = [text.get_window_extent(renderer) for text in picture.axes[0].texts]
        assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i]), name
        assert all(box.x0 >= 0 and box.x1 <= 1520 and box.y0 >= 0 for box in boxes), name


def test_branches_that_are_joined_are_one_block() -> None:
    class Fork(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 3, padding=1)

        def forward(self, x: Tensor) -> Tensor:
            return torch.cat([self.a(x), self.b(x)], 1)

    table = anatomy.table(nn.Sequential(nn.Conv2d(3, 8, 3), Fork(), nn.Conv2d(16, 4, 1)), (3, 9, 9))
    assert [(part.kind, part.shape) for part in parts(table)] == [
        ("input", (3, 9, 9)),
        ("convolution", (8, 7, 7)),
        ("joined branches", (16, 7, 7)),
        ("convolution", (4, 7, 7)),
    ]


BAD: list[tuple[Callable[[], Picture], str]] = [
    (lambda: draw.filters(noise(64, 64, 3, 3)), r"shape \[64, 64, 3, 3\]; only a first layer"),
    (lambda: draw.filters(torch.full((1, 3, 3, 3), float("nan"))), "NaN or infinity"),
    (lambda: draw.feature_maps(noise(2, 3, 4, 4)), r"shape \[2, 3, 4, 4\]; give those of one photo"),
    (lambda: draw.feature_maps(noise(2, 4, 4), ["a"]), "names has 1 entries for 2 maps; give one a map, or none"),
    (lambda: draw.receptive_field(photo(), 0), "the size is 0"),
    (lambda: draw.receptive_field(photo().float(), 3), r"torch.float32 of shape \[3, 32, 32\]"),
    (lambda: draw.grad_cam(photo(), noise(2, 2, 2)), r"must be \[h, w\]"),
    (lambda: draw.grad_cam(photo(), torch.tensor([[-1.0, 1.0]])), "ends with a ReLU"),
    (lambda: draw.convolution(noise(4, 4), noise(5, 5)), "covers 5x5 squares and the padded image has 4x4"),
    (lambda: draw.convolution(noise(4, 4), noise(3, 3), (2, 0)), r"position is \(2, 0\); the output is 2x2"),
    (lambda: draw.convolution(noise(4, 4), noise(3, 3), stride=0), "the stride is 0; it must be at least 1"),
    (lambda: draw.convolution(noise(4, 4), noise(3, 3), dilation=2), "smaller kernel or dilation, or more padding"),
    (lambda: draw.convolution(noise(40, 40), noise(3, 3)), "at most 32x32"),
    (lambda: draw.convolution(noise(3, 4, 4), noise(3, 3)), "the image has shape"),
    (lambda: draw.strip(anatomy.table(nn.ReLU(), (3, 4, 4))), "no convolution, pool or linear layer"),
]


@pytest.mark.parametrize(("make", "message"), BAD, ids=[message[:30] for _, message in BAD])
def test_what_cannot_be_drawn_is_an_input_error_that_says_why(make: Callable[[], Picture], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_tensors_that_await_a_gradient_or_are_half_as_precise_can_be_drawn() -> None:
    for like in (torch.float32, torch.bfloat16, torch.float64):
        given = [noise(2, 3, 3, 3), noise(2, 4, 4), noise(4, 4).abs(), noise(5, 5), noise(2, 2)]
        weight, maps, heat, image, kernel = (tensor.to(like).requires_grad_() for tensor in given)
        for picture in (
            draw.filters(weight),
            draw.feature_maps(maps),
            draw.grad_cam(photo(), heat),
            draw.convolution(image, kernel),
            draw.worst(photo()[None], heat[:1, :2], torch.tensor([1]), ("cat", "dog")),
        ):
            assert picture.alt


def test_dollar_signs_in_a_title_or_name_are_no_formula() -> None:
    odd = r"$\frac$"
    for picture in (
        draw.filters(noise(2, 3, 3, 3), odd),
        draw.feature_maps(noise(1, 2, 2), [odd], odd),
        field(title=odd),
        draw.grad_cam(photo(), torch.ones(2, 2), odd),
        draw.strip(network("vgg16_cifar"), odd),
    ):
        assert np.asarray(seen(picture).convert("L")).std() > 0
