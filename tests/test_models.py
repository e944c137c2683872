"""The networks compute what the papers', torchvision's and the course's do."""

import course_resnet
import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cnnkit import InputError, models, weights


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def macs(model: nn.Module, size: int) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.zeros(1, 3, size, size, device=next(model.parameters()).device))
    return counter.get_total_flops() // 2


def shake(model: nn.Module) -> nn.Module:
    """Random values for everything that starts as zeros or ones, so that a swapped tensor shows."""
    g = torch.Generator().manual_seed(3)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and tensor.ndim == 1:
            noise = torch.rand(tensor.shape, generator=g)
            tensor.copy_(0.5 + noise if name.endswith(("var", "weight")) else noise - 0.5)
    return model.eval()


@pytest.mark.parametrize(
    ("name", "options", "count", "products"),
    [
        ("vgg16_cifar", {}, 14_983_498, 313_463_808),
        ("resnet50_layer4", {}, 8_898_826, 59_172_864),
        ("resnet50_layer4", {"projection": "always"}, 14_750_730, 92_727_296),
    ],
)
def test_parameters_and_macs_are_those_of_the_plan(name: str, options: dict[str, str], count: int, products: int) -> None:
    model = models.build(name, **options)
    assert (parameters(model), macs(model, 32)) == (count, products)


@pytest.mark.parametrize("name", ["vgg16", "vgg16_bn", "resnet50"])
def test_torchvision_weights_load_key_for_key_and_give_equal_logits(name: str) -> None:
    torch.manual_seed(0)
    theirs = shake(getattr(torchvision.models, name)(weights=None))
    ours = models.build(name, num_classes=1000).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        expected, logits = theirs(x), ours(x)
    assert expected.std() > 1e-3  # not all the same number
    assert (logits - expected).abs().max() <= 1e-5 * max(1.0, float(expected.abs().max()))


def course_pair(name: str) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(1)
    if name == "vgg16_cifar":
        return course_resnet.CourseVGG(), models.build(name)
    return course_resnet.CourseResNet(), models.build(name, projection="always")


@pytest.mark.parametrize("name", ["vgg16_cifar", "resnet50_layer4"])
def test_a_checkpoint_with_the_courses_names_loads_and_gives_equal_logits(name: str, tmp_path) -> None:
    theirs, ours = course_pair(name)
    shake(theirs)
    torch.save(theirs.state_dict(), tmp_path / "course.pth")
    weights.load(ours, tmp_path / "course.pth")
    x = torch.randn(4, 3, 32, 32)
    with torch.no_grad():
        expected, logits = theirs.double()(x.double()), ours.eval().double()(x.double())
    assert expected.std() > 1e-3
    torch.testing.assert_close(logits, expected, rtol=1e-5, atol=1e-5)


def test_the_courses_network_has_41_weighted_layers() -> None:
    weighted = [
        n
        for n, m in models.build("resnet50_layer4").named_modules()
        if isinstance(m, nn.Conv2d | nn.Linear) and ".downsample." not in n
    ]
    assert len(weighted) == 41


@pytest.mark.parametrize("name", [n for n in models.names() if models.input_size(n)[1] == 32])
def test_every_32x32_network_trains_one_step(name: str) -> None:
    model = models.build(name, num_classes=7, width=4)
    logits = model(torch.randn(3, 3, 32, 32))
    assert logits.shape == (3, 7)
    logits.square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_without_shortcuts_the_layers_are_the_same_and_nothing_is_added() -> None:
    plain = models.build("resnet50_cifar", shortcut="none", width=4, depths=(1, 1))
    residual = models.build("resnet50_cifar", width=4, depths=(1, 1))
    names = [n for n, _ in residual.named_parameters() if ".downsample." not in n]
    assert names == [n for n, _ in plain.named_parameters()]
    plain.load_state_dict({n: v for n, v in residual.state_dict().items() if ".downsample." not in n})
    for stage in (residual.layer1, residual.layer2):
        nn.init.zeros_(stage[0].downsample[1].weight)  # a shortcut that adds nothing
    x = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(plain.eval()(x), residual.eval()(x))


@pytest.mark.parametrize("depths", [(1, 1, 1), (2, 2, 2), (3, 3, 3), (3, 4, 6, 3)])
def test_depths_set_the_number_of_weighted_layers(depths: tuple[int, ...]) -> None:
    model = models.build("resnet50_cifar", depths=depths, width=2)
    convs = [m for n, m in model.named_modules() if isinstance(m, nn.Conv2d) and ".downsample." not in n]
    assert len(convs) + 1 == 3 * sum(depths) + 2


def block_shape(x: Tensor, **options: object) -> tuple[int, ...]:
    return tuple(models.Bottleneck(8, 4, 16, **options)(x).shape)  # type: ignore[arg-type]


@pytest.mark.parametrize("stride_on", ["1x1", "3x3"])
@pytest.mark.parametrize("relu_at", ["sum", "branches"])
def test_a_block_halves_the_map_wherever_its_stride_is(stride_on: str, relu_at: str) -> None:
    x = torch.randn(2, 8, 8, 8)
    assert block_shape(x, stride=2, stride_on=stride_on, relu_at=relu_at) == (2, 16, 4, 4)
    assert block_shape(x, stride=1, stride_on=stride_on, relu_at=relu_at) == (2, 16, 8, 8)


def test_relu_in_the_branches_lets_a_block_only_add() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 16, 8, 8)
    course = models.Bottleneck(16, 4, 16, relu_at="branches")
    assert (course(x) - x).min() >= 0 and (course(x) < 0).any()  # the branch adds, the sum keeps its sign
    assert (models.Bottleneck(16, 4, 16)(x) >= 0).all()


def test_a_network_that_keeps_all_options_at_32x32_ends_on_the_maps_of_the_table() -> None:
    model = models.build("resnet50_layer4")
    shapes = {}
    for name in ("maxpool", "layer1", "layer2", "layer3"):
        model.get_submodule(name).register_forward_hook(
            lambda _m, _i, out, name=name: shapes.update({name: tuple(out.shape[1:])})
        )
    model.eval()(torch.zeros(1, 3, 32, 32))
    assert shapes == {"maxpool": (64, 8, 8), "layer1": (256, 4, 4), "layer2": (512, 2, 2), "layer3": (1024, 2, 2)}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: models.build("resnet5_layer4"), ['"resnet5_layer4"', 'did you mean "resnet50_layer4"?']),
        (lambda: models.build("resnet50_layer4", projecton="always"), ['"projecton"', 'did you mean "projection"?']),
        (lambda: models.build("resnet50", projection="sometimes"), ["'sometimes'", "'needed' or 'always'"]),
        (lambda: models.build("vgg16_cifar", width=0), ["width is 0", "from 1"]),
        (lambda: models.build("vgg16_cifar", num_classes=0), ["num_classes is 0"]),
        (lambda: models.build("vgg16_cifar", batch_norm=3), ["batch_norm is 3", "True or False"]),
        (lambda: models.build("resnet50", depths=(3, 0)), ["(3, 0)", "whole numbers from 1"]),
    ],
)
def test_a_wrong_name_or_option_is_said_in_one_sentence(call, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_weights_of_another_network_name_the_first_three_mismatches(tmp_path) -> None:
    torch.save(models.build("resnet50_layer4", width=8).state_dict(), tmp_path / "w.pt")
    model = models.build("resnet50_layer4", width=4)
    before = {n: v.clone() for n, v in model.state_dict().items()}
    with pytest.raises(InputError, match=r"conv1\.weight is 4x3x7x7 here and 8x3x7x7 there; .*; .*, and \d+ more"):
        weights.load(model, tmp_path / "w.pt")
    assert all(torch.equal(before[n], v) for n, v in model.state_dict().items())


def test_a_course_checkpoint_without_room_for_its_projections_says_what_to_build(tmp_path) -> None:
    torch.save(course_resnet.CourseResNet().state_dict(), tmp_path / "course.pth")
    with pytest.raises(InputError, match='build with projection="always"'):
        weights.load(models.build("resnet50_layer4"), tmp_path / "course.pth")


def test_a_pickled_model_is_refused_and_its_code_never_runs(tmp_path) -> None:
    torch.save(models.build("vgg16_cifar", width=1), tmp_path / "model.pt")
    with pytest.raises(InputError, match="could run code"):
        weights.load(models.build("vgg16_cifar", width=1), tmp_path / "model.pt")


def test_safetensors_files_load(tmp_path) -> None:
    from safetensors.torch import save_file

    source, target = models.build("vgg16_cifar", width=2), models.build("vgg16_cifar", width=2)
    save_file(source.state_dict(), tmp_path / "w.safetensors")
    weights.load(target, tmp_path / "w.safetensors")
    assert all(torch.equal(a, b) for a, b in zip(source.state_dict().values(), target.state_dict().values(), strict=True))


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", {"weights": 3}])
def test_a_file_that_is_no_weights_file_is_said_so(content: object, tmp_path) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(InputError, match="cannot be read as weights|holds no state dict"):
        weights.load(models.build("vgg16_cifar", width=1), path)
    with pytest.raises(InputError, match="there is no weights file"):
        weights.load(models.build("vgg16_cifar", width=1), tmp_path / "missing.pt")
