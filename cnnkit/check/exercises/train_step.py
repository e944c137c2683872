"""One step of gradient descent."""

import torch

from cnnkit.check.engine import Exercise
from cnnkit.check.probes import training
from cnnkit.check.solutions.training import train_step

EXERCISE = Exercise(
    "train_step",
    "train_step",
    (training.number_and_mode, training.one_step, training.with_old_gradients, training.with_adam),
    train_step,
    same=("cnnkit.training.loop",),
    praise="Loss and weights are right after steps with SGD and with Adam, also for a short batch and with old gradients.",
    before=lambda: torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0),  # the first one imports torch's compiler
    title="one training step",
    minutes=10,
    difficulty=2,
    place="05/5",
    mistakes=training.MISTAKES,
    text="""\
One step of gradient descent on one batch: training mode, cross entropy of the logits, gradients, update. PyTorch adds new
gradients to the old ones, so the old ones must go first.
""",
)
