"""The numbers that a network learns, counted."""

import torch
from torch import nn

from cnnkit.check.functions import function_exercise


def count_parameters(model: nn.Module) -> int:
    """How many numbers all parameters of the model hold together."""
    count = 0
    for parameter in model.parameters():
        count += parameter.numel()
    return count


BUGS = r"""
tensors-counted: The tensors are counted, not the numbers in them.
    A parameter is a whole tensor; how many numbers has it?
    parameter.numel() -> 1
biases-missing: Only the weights of layers are counted.
    Biases, and the scales of batch norm, are learnt too.
    in model.parameters() -> in [p for p in model.parameters() if p.dim() > 1]
buffers-counted: The kept statistics of batch norm are counted.
    They are saved, but no gradient ever reaches them.
    model.parameters() -> model.state_dict().values()
counted-again: Layers inside other layers are counted more than once.
    The model's own `parameters()` already walks through all of them.
    in model.parameters() -> in [p for module in model.modules() for p in module.parameters()]
inner-layers-missing: Layers that stand inside other layers are not counted.
    The model's own `parameters()` walks through all of them.
    in model.parameters() -> in [p for layer in list(model.children()) or [model] for p in layer.parameters(recurse=False)]
first-axis-only: Only the first axis of each tensor is counted.
    Its length is that of one axis; how many numbers has the whole tensor?
    parameter.numel() -> len(parameter)
axes-added: The lengths of the axes are added.
    A grid of 3 rows and 4 columns has 12 numbers, not 7.
    parameter.numel() -> sum(parameter.shape)
last-tensor-only: Only the last tensor is counted.
    Look at what is done with the count so far.
    count += -> count =
bytes: These are bytes.
    A number takes four of them.
    parameter.numel() -> 4 * parameter.numel()
wrong-value: The count is wrong.
    Print the shape of each parameter, and count with a pencil.
"""

with torch.random.fork_rng(devices=[]):
    LAYER, FLAT = nn.Conv2d(3, 5, (2, 3)), nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    NESTED = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.BatchNorm2d(4), nn.Sequential(nn.Linear(6, 7))))

EXERCISE = function_exercise(
    count_parameters,
    BUGS,
    [(LAYER,), (FLAT,), (NESTED,)],
    praise="Right for a single layer, and for layers inside of layers.",
    title="count the parameters",
    minutes=3,
    difficulty=1,
    place="00/1",
    text="""\
How many numbers does a network learn? Its parameters are tensors, which `model.parameters()` gives one by one; count
the numbers in all of them.
""",
)
