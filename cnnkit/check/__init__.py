"""Checks that tell a student what is wrong: ``check.residual_block(ResidualBlock)`` and one such function for each exercise.

Each takes the student's own object and returns a `Verdict`: passed or not, the mistake by its slug in `MISTAKES[exercise]`, and
a message that says what was seen, what was expected and where to look. Answers run under a time limit, and whatever they do,
they leave prints, random state and modes as they were.
"""

from typing import Any

from cnnkit.check.engine import SECONDS
from cnnkit.check.exercises import EXERCISES
from cnnkit.check.mistakes import MISTAKES
from cnnkit.check.recording import check as _check
from cnnkit.check.verdict import Verdict

__all__ = [
    "EXERCISES", "MISTAKES", "Verdict", "basic_block", "conv_cost", "conv_output_size", "evaluate", "grad_cam",
    "gradient_norms", "make_layers", "random_crop_flip", "receptive_field", "residual_block", "resnet50_layer4", "train_step",
    "vgg_head",
]  # fmt: skip


def conv_output_size(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks ``conv_output_size(n, kernel, stride=1, padding=0, dilation=1)``: positions of a kernel over n pixels."""
    return _check(EXERCISES["conv_output_size"], answer, seed, seconds)


def conv_cost(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks ``conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True)``: (parameters, MACs)."""
    return _check(EXERCISES["conv_cost"], answer, seed, seconds)


def receptive_field(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks ``receptive_field(layers)``, layers as (kind, kernel, stride): (receptive field, jump) in pixels of the photo."""
    return _check(EXERCISES["receptive_field"], answer, seed, seconds)


def make_layers(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks ``make_layers(cfg)``: the convolutional part of a VGG from a list such as [64, 64, "M", 128]."""
    return _check(EXERCISES["make_layers"], answer, seed, seconds)


def vgg_head(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks ``vgg_head(num_classes)``: the classifier of the 32x32 VGG, ``[N, 512]`` -> logits."""
    return _check(EXERCISES["vgg_head"], answer, seed, seconds)


def residual_block(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks the class ``ResidualBlock(in_channels, middle_channels, out_channels, downsample=False)``."""
    return _check(EXERCISES["residual_block"], answer, seed, seconds)


def resnet50_layer4(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks the class ``ResNet50Layer4(num_classes=10)``: photos ``[N, 3, 32, 32]`` -> logits."""
    return _check(EXERCISES["resnet50_layer4"], answer, seed, seconds)


def random_crop_flip(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks ``random_crop_flip(images)``: each photo of a batch cropped and mirrored on its own."""
    return _check(EXERCISES["random_crop_flip"], answer, seed, seconds)


def train_step(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks ``train_step(model, optimizer, images, labels)``: one step of gradient descent, the loss before it."""
    return _check(EXERCISES["train_step"], answer, seed, seconds)


def evaluate(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks ``evaluate(model, batches)``: the fraction of photos that the network gets right."""
    return _check(EXERCISES["evaluate"], answer, seed, seconds)


def gradient_norms(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks ``gradient_norms(model, images, labels)``: the norm of the gradient in each child of the model."""
    return _check(EXERCISES["gradient_norms"], answer, seed, seconds)


def grad_cam(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks ``grad_cam(model, layer, image, target)``: where one layer speaks for the class ``target``."""
    return _check(EXERCISES["grad_cam"], answer, seed, seconds)


def basic_block(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """Checks the class ``BasicBlock(in_channels, out_channels, downsample=False)``; only the graded build has this exercise."""
    return _check(EXERCISES["basic_block"], answer, seed, seconds)
