"""Batch norm: in training by the batch, in evaluation by what was kept."""

import torch
from torch import Tensor

from cnnkit.check.by_hand import NOT_BY_HAND, by_hand
from cnnkit.check.functions import function_exercise
from cnnkit.check.results import shown


def batch_norm_by_hand(
    x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, var: Tensor, training: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """(normalised maps, kept mean, kept variance) of maps [N, C, H, W]; all else has one number a channel, [C]."""
    batch_mean, batch_var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
    used_mean, used_var = (batch_mean, batch_var) if training else (mean, var)
    if training:
        n = x.numel() / len(scale)  # values of a channel
        mean = 0.9 * mean + 0.1 * batch_mean
        var = 0.9 * var + 0.1 * batch_var * n / (n - 1)
    column = (1, -1, 1, 1)
    normal = (x - used_mean.view(column)) / torch.sqrt(used_var.view(column) + 1e-5)
    return normal * scale.view(column) + shift.view(column), mean, var


BUGS = r"""
batch-in-evaluation: In evaluation the batch's own statistics are used.
    An answer must not depend on its neighbours: use what was kept.
    if training else (mean, var) -> if True else (mean, var)
kept-in-training: In training the kept statistics are used.
    While it learns, a batch is normalised by itself.
    (batch_mean, batch_var) if training else (mean, var)\n -> mean, var\n
    column = (1 -> used_mean, used_var = mean, var\n    column = (1
momentum-swapped: The kept statistics take 0.9 of the batch, and 0.1 of what was there.
    They should change slowly.
    0.9 * mean + 0.1 * batch_mean -> 0.1 * mean + 0.9 * batch_mean ;; 0.9 * var + 0.1 * batch_var -> 0.1 * var + 0.9 * batch_var
unbiased-in-batch: The batch's variance is divided by n - 1.
    To normalise, divide by n; only what is kept has n - 1.
    correction=0 -> correction=1 ;; * n / (n - 1) ->
biased-kept: The variance that is kept is divided by n.
    What is kept stands for all images: n - 1, as torch does.
    * n / (n - 1) ->
eps-missing: The small number below the root is missing.
    Where a channel is the same everywhere, the variance is zero.
    .view(column) + 1e-5 -> .view(column)
eps-outside-root: The small number is added outside of the root.
    It belongs to the variance.
    torch.sqrt(used_var.view(column) + 1e-5) -> (torch.sqrt(used_var.view(column)) + 1e-5)
root-missing: The values are divided by the variance.
    A spread is the root of a variance.
    torch.sqrt(used_var.view(column) + 1e-5) -> (used_var.view(column) + 1e-5)
kept-not-updated: In training the kept statistics stay as they are.
    Evaluation would have nothing to go by.
    if training:\n -> if False:\n
updated-in-evaluation: In evaluation the kept statistics change.
    Only training may move them.
    if training:\n -> if True:\n
scale-missing: The learnt scale is not used.
    Each channel is multiplied by its own at the end.
    normal * scale.view(column) -> normal
shift-missing: The learnt shift is not used.
    Each channel gets its own added at the end.
    + shift.view(column) ->
one-mean-for-all: All channels share one mean and one variance.
    Each channel has its own, over all images and positions.
    x.mean(dim=(0, 2, 3)) -> x.mean().expand_as(mean) ;; x.var(dim=(0, 2, 3), correction=0) -> x.var(correction=0).expand_as(var)
    x.mean(dim=(0, 2, 3)) -> x.mean().expand_as(mean) ;; x.var(dim=(0, 2, 3), correction=0) -> x.var(correction=0).expand_as(var) ;; x.numel() / len(scale) -> x.numel()
wrong-value: A result is wrong.
    Look at one channel: subtract its mean, divide by its spread, then scale and shift.
"""  # noqa: E501


def case(seed: int, channels: int, training: bool) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, bool]:
    """Maps of which one channel hardly varies, so that the small number below the root shows."""
    source = torch.Generator().manual_seed(seed)
    tiny = torch.tensor([0.003, *[1.0] * (channels - 1)])
    x = torch.randn(2, channels, 1, 4, generator=source) * tiny.view(1, -1, 1, 1) + 0.5
    scale, shift, mean = (torch.randn(channels, generator=source) for _ in range(3))
    return x, scale, shift, mean, (0.5 + torch.rand(channels, generator=source)) * tiny**2, training


CASES = [case(1, 2, True), case(2, 3, False), case(3, 3, True)]
EXERCISE = function_exercise(
    batch_norm_by_hand,
    BUGS,
    CASES,
    call=lambda *given: f"{shown(given[0])} and training={given[-1]}",
    also=(by_hand(CASES[0], "batch_norm", "native_batch_norm", "instance_norm", "group_norm", "layer_norm"),),
    mistakes=NOT_BY_HAND,
    praise="Right in training and in evaluation, and so is what it keeps.",
    title="batch norm by hand",
    minutes=12,
    difficulty=3,
    place="02/2",
    text="""\
Batch norm brings each channel to mean 0 and spread 1, and then lets the network choose another mean and spread: it
multiplies by a learnt `scale` and adds a learnt `shift`, one of each for every channel.

* In training, mean and variance are those of the batch, over all images and positions of the channel (the mean of the
  squared distances). What is kept for later moves a tenth of the way: 0.9 of the old and 0.1 of the batch's, where
  the kept variance has n - 1 below the fraction, not n.
* In evaluation, the kept `mean` and `var` are used, and stay as they are.

Before the root is taken, add 1e-5 to the variance. Change none of the tensors that you get: return new ones.
""",
)
