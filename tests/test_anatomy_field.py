"""Receptive fields where values are moved, mixed, written into slices, or meet: where gradients reach, or "-"."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from toys import Function

from cnnkit import anatomy


def conv(channels=1, out=2, kernel=3, **more):
    return nn.Conv2d(channels, out, kernel, padding=kernel // 2, **more)


def field(model, channels=1, side=16):
    """What the last row says."""
    return anatomy.table(model, (channels, side, side)).rows[-1].receptive_field


def reached(model, channels=1, side=16):
    """The same by gradients: rows and columns of a random photo that move the value in the middle; weights are above 0."""
    torch.manual_seed(0)
    model = model.double().eval()
    for parameter in model.parameters():
        nn.init.uniform_(parameter, 0.5, 1.0)
    x = torch.rand(1, channels, side, side, dtype=torch.float64, requires_grad=True)
    out = model(x)
    middle = out[..., out.shape[-2] // 2, out.shape[-1] // 2] if out.ndim == 4 else out[:, out.shape[1] // 2]
    middle.sum().backward()
    return max(int(line.max() - line.min()) + 1 for line in x.grad[0].abs().sum(0).nonzero().T)


def between(work, channels=2):
    """A 3x3 convolution, some work, and another one."""
    return Function(lambda m, x: m.after(work(m.before(x))), before=conv(), after=conv(channels))


# --- known ----------------------------------------------------------------------------------------------------------


def concat_by_hand(m, x):
    out = torch.zeros(1, 4, *x.shape[2:], dtype=x.dtype)
    out[:, :2] = m.small(x)
    out[:, 2:] = m.large(x)
    return m.after(out)


def skip_with_pixel_shuffle(m, x):
    y = m.down(x)
    return m.after(torch.cat([y, F.pixel_shuffle(m.up(F.max_pool2d(y, 2)), 2)], 1))


def tokens(m, x, cut=False):
    """A class token before those of 4x4 patches."""
    found = m.patches(x).flatten(2).transpose(1, 2)
    found = torch.cat([m.first.expand(1, -1, -1), found], 1) + m.places
    return m.fc(found[:, 1:] if cut else found)


def transformer(**parts):
    first, places = (nn.Parameter(torch.ones(1, n, 4)) for n in (1, 17))
    return {"patches": nn.Conv2d(1, 4, 4, 4), "first": first, "places": places, "fc": nn.Linear(4, 4), **parts}


def with_coordinates(m, x):
    line = torch.linspace(-1, 1, x.shape[-1], dtype=x.dtype).expand(1, 1, *x.shape[2:])
    return m.conv(torch.cat([x, line, line.transpose(2, 3)], 1))


KNOWN = {
    "concat by hand": Function(concat_by_hand, small=conv(), large=conv(kernel=5), after=conv(4)),
    "U-Net with pixel_shuffle": Function(skip_with_pixel_shuffle, down=conv(), up=conv(2, 8), after=conv(4)),
    "ESPCN with a bilinear skip": Function(
        lambda m, x: F.pixel_shuffle(m.conv(x), 2) + F.interpolate(x, scale_factor=2.0, mode="bilinear"), conv=conv(1, 4)
    ),
    "pixel_unshuffle": between(lambda y: F.pixel_unshuffle(y, 2), 8),
    "coordinates": Function(with_coordinates, conv=conv(3)),
    "first state of zeros": Function(lambda m, x: m.conv(torch.cat([x, torch.zeros_like(x)], 1)), conv=conv(2)),
    "class token": Function(tokens, **transformer()),
    "class token cut off": Function(lambda m, x: tokens(m, x, cut=True), **transformer()),
    "attention by hand": Function(lambda m, x: (lambda t: (t @ t.mT).softmax(-1) @ t)(tokens(m, x)), **transformer()),
    "shifted channels": between(lambda y: y.roll(1, 1).flip(1)),
    "chosen channels": between(lambda y: y[:, [1, 0]]),
    "gated channels": between(lambda y: F.glu(y, 1), 1),
    "repeated channels": between(lambda y: y.repeat(1, 2, 1, 1), 4),
    "value by value": between(lambda y: torch.where(y > 0, y, -y).masked_fill(y > 50, 0).pow(2).clamp(0, 50)),
    "activations": between(lambda y: F.mish(F.celu(F.silu(F.hardtanh(y, 0, 90))))),
    "normalised": between(lambda y: F.normalize(y, dim=1)),
    "stacked": Function(lambda m, x: torch.stack([m.a(x), m.b(m.a(x))], 1).sum(1), a=conv(), b=conv(2)),
    "added to a product": Function(lambda m, x: torch.baddbmm(m.a(x)[:, 0], x[:, 0], m.w), a=conv(),
                                   w=nn.Parameter(torch.ones(1, 16, 16))),  # fmt: skip
    "a constant among the sources": Function(lambda m, x: m.conv(x) * torch.sort(m.v)[0].sum(), conv=conv(),
                                             v=nn.Parameter(torch.ones(3))),  # fmt: skip
}  # fmt: skip


@pytest.mark.parametrize("case", KNOWN)
def test_a_field_that_is_told_is_where_gradients_reach(case):
    assert field(KNOWN[case]) == reached(KNOWN[case])


def test_channels_of_a_photo_in_another_order_change_no_field():
    model = Function(lambda m, x: m.conv(x[:, [2, 1, 0]]), conv=conv(3))
    assert field(model, channels=3) == reached(model, channels=3) == 3


STATISTICS = {
    "standard deviation": lambda y: y.std((2, 3)),
    "variance": lambda y: y.var((2, 3)),
    "both": lambda y: torch.var_mean(y, (2, 3))[0],
    "length": lambda y: y.norm(dim=(2, 3)),
    "logsumexp": lambda y: y.logsumexp((2, 3)),
    "sorted means": lambda y: y.mean((2, 3)).sort(1)[0],
}


@pytest.mark.parametrize("case", STATISTICS)
def test_a_map_times_a_statistic_of_its_whole_sees_the_whole(case):
    gated = Function(lambda m, x: (lambda y: y * m.fc(STATISTICS[case](y))[:, :, None, None])(m.conv(x)),
                     conv=conv(), fc=nn.Linear(2, 2))  # fmt: skip
    # The border that the convolution pads belongs to the field, and not to the photo that gradients reach.
    assert field(gated) == 16 + 2 and reached(gated) == 16


def test_a_convolution_whose_weights_come_from_the_whole_photo_sees_it_whole():
    model = Function(lambda m, x: F.conv2d(m.conv(x), m.fc(x.mean((2, 3))).view(2, 2, 1, 1)), conv=conv(), fc=nn.Linear(1, 4))
    assert field(model) == reached(model) == 16


# --- unknown --------------------------------------------------------------------------------------------------------


def written_into_one_channel(m, x):
    y = m.conv(x)
    y[:, 0] = y[:, 1]
    return F.avg_pool2d(y, 2)


def photo_by_photo(m, x):
    out = torch.zeros(len(x), 2, 14, 14, dtype=x.dtype)
    for i in range(len(x)):
        out[i] = F.conv2d(x[i][None], m.conv.weight)[0]
    return m.after(out)


def convolution_by_hand(m, x, keep):
    out = torch.zeros(1, 1, 6, 6, dtype=x.dtype)
    for i in range(6):
        for j in range(6):
            value = (x[:, :, i : i + 3, j : j + 3] * m.w).sum((1, 2, 3), keepdim=keep)
            if keep:
                out[:, :, i : i + 1, j : j + 1] = value
            else:
                out[:, 0, i, j] = value
    return out * 2


def sampled(m, x):
    y = m.conv(x)
    grid = F.affine_grid(m.fc(y.mean((2, 3))).view(1, 2, 3), list(y.shape), align_corners=False)
    return F.grid_sample(y, grid, align_corners=False) + y


def halves(m, x):
    top, bottom = x.chunk(2, 2)
    return m.conv(top) + bottom


UNKNOWN = {
    "one channel written": Function(written_into_one_channel, conv=conv()),
    "photo by photo": Function(photo_by_photo, conv=conv(), after=conv(2)),
    "convolution by hand": Function(lambda m, x: convolution_by_hand(m, x, False), w=nn.Parameter(torch.ones(3, 3))),
    "the same, with slices": Function(lambda m, x: convolution_by_hand(m, x, True), w=nn.Parameter(torch.ones(3, 3))),
    "sampled": Function(sampled, conv=conv(), fc=nn.Linear(2, 6)),
    "circular": nn.Sequential(conv(padding_mode="circular"), conv(2)),
    "rolled": between(lambda y: y.roll(2, 2)),
    "flipped": between(lambda y: y.flip(3)),
    "summed up": between(lambda y: y.cumsum(3)),
    "sorted": between(lambda y: y.sort(3)[0]),
    "transformed": between(lambda y: torch.fft.fft2(y).real),
    "rows chosen": between(lambda y: y[:, :, torch.arange(15, -1, -1)]),
    "gathered": between(lambda y: y.gather(2, torch.zeros(1, 2, 16, 16, dtype=torch.long))),
    "tiled": between(lambda y: y.repeat(1, 1, 2, 2)),
    "laid side by side": between(lambda y: torch.cat([y, y], 2)),
    "one row added to all": Function(lambda m, x: m.conv(x) + x[:, :, :1], conv=conv()),
    "one row taken out, added to all": Function(lambda m, x: m.conv(x) + x[:, :, 3].unsqueeze(2), conv=conv()),
    "the middle row added to all": Function(lambda m, x: m.conv(x) + x[:, :, 8:9], conv=conv()),
    "halves": Function(halves, conv=conv()),
    "turned and added": Function(lambda m, x: m.conv(x) + x.mT, conv=conv()),
    "shrunk with antialiasing": between(lambda y: F.interpolate(y, size=(5, 5), mode="bilinear", antialias=True)),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_not_known_is_left_open_to_the_end(case):
    assert field(UNKNOWN[case], side=8 if "by hand" in case or "slices" in case else 16) is None


def test_an_unknown_way_makes_a_known_one_unknown_and_measurements_do_not():
    parts = {"conv": conv(), "fc": nn.Linear(5, 2)}
    sizes = [(1, 16, 16), (5,)]
    known = Function(lambda m, x, v: m.conv(x) + m.fc(v.sort(1)[0])[:, :, None, None], **parts)
    unknown = Function(lambda m, x, v: m.conv(x).cumsum(2) + m.conv(x) + m.fc(v)[:, :, None, None], **parts)
    assert anatomy.table(known, sizes).rows[-1].receptive_field == 3
    assert anatomy.table(unknown, sizes).rows[-1].receptive_field is None


def test_a_row_does_not_take_the_field_of_a_part():
    class Patched(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = conv()

        def forward(self, x):
            y = self.conv(x)
            y[:, 0] = x[:, 0]
            return y

    rows = anatomy.table(nn.Sequential(Patched(), nn.ReLU()), (1, 8, 8)).rows
    assert [(row.kind, row.receptive_field) for row in rows if row.kind in ("Conv2d", "ReLU")] == [
        ("Conv2d", 3),
        ("ReLU", None),
    ]
