"""The fraction of photos that a network gets right."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from cnnkit.check.bugs import Library, bugs
from cnnkit.check.engine import Exercise
from cnnkit.check.probes.evaluation import Evaluations


def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Accuracy, a fraction from 0 to 1, over all photos of the batches (images [N, 3, 32, 32], labels [N])."""
    model.eval()
    correct, photos = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images).argmax(dim=1)
            correct += int((predicted == labels).sum())
            photos += len(labels)
    return correct / photos


BUGS = """
model-not-used: Your function never calls the model.
    Its logits are `model(images)`.
other-images: The model does not get the photos of the batches: they are changed on the way.
    They come normalised already; give them to the model as they are.
not-in-eval-mode: The model works as in training: dropout, batch norm or both.
    Put the whole model into evaluation mode first, and leave its layers as they are.
    model.eval() -> model.train()
    model.eval() -> &; [m.train() for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    model.eval() -> &; [m.train() for m in model.modules() if isinstance(m, nn.Dropout)]
gradients-kept: The model runs with gradients: PyTorch keeps every map for a backward pass that never comes.
    Switch that off.
percent: Your accuracy is a percentage.
    A fraction from 0 to 1 is asked for.
    return correct -> return 100 * correct
count-returned: You give the number of right photos.
    Divide it by the number of photos, not of batches.
    return correct / photos -> return correct
    photos += len(labels) -> photos += 1
error-rate: You return the share of wrong photos.
    Asked for is that of the right ones.
    return correct / photos -> return 1 - correct / photos
argmax-over-photos: Your argmax runs over the photos of the batch.
    It must run over the classes; look at its `dim`.
    argmax(dim=1) -> argmax(dim=0)
argmax-over-everything: Your argmax runs over the whole batch at once and gives one number.
    It needs a `dim`: that of the classes.
    argmax(dim=1) -> argmax()
softmax-over-photos: Your softmax runs over the photos of the batch, and that changes which class is largest.
    Look at its `dim`.
    .argmax(dim=1) -> .softmax(dim=0).argmax(dim=1)
threshold: A photo counts only where the network is sure of its class.
    The prediction is the class with the largest logit, however small its probability is.
    argmax(dim=1) -> softmax(dim=1) ;; predicted == labels -> predicted.gather(1, labels[:, None]) > 0.5
shapes-differ: Predictions and labels have other shapes, [N, 1] and [N], so that each is compared with all.
    Look at `keepdim` or at a dimension too many.
    argmax(dim=1) -> argmax(dim=1, keepdim=True)
photos-fixed: You divide by a fixed number of photos.
    Count those of the batches that you get.
    return correct / photos -> return correct / 300
    return correct / photos -> return correct / (len(batches) * 300)
    return correct / photos -> return correct / (len(batches) * 100)
compares-logits: You compare the largest logit with the label.
    The prediction is the place where the largest logit stands.
    argmax(dim=1) -> amax(dim=1)
argmin: You take the class with the smallest logit.
    The prediction is the largest one.
    argmax(dim=1) -> argmin(dim=1)
counts-nothing: No photo counts as right.
    Look at what you compare with the labels, and where the hits are added up.
    correct += int((predicted == labels).sum()) -> pass
mean-of-batch-means: You take the mean of the batches' accuracies, so photos of a short batch count more.
    int((predicted == labels).sum()) -> (predicted == labels).double().mean().item() ;; photos += len(labels) -> photos += 1
first-batch-only: Only the first batch is counted.
    Look at where your return stands.
    photos += len(labels) -> photos += len(labels); break
last-batch-only: Only the last batch is counted.
    Look at where your counters start.
    correct += -> correct = ;; photos += -> photos =
last-batch-missing: The last batch, which is shorter, is not counted.
    All photos should be.
    in batches: -> in batches[:-1] or batches:
photos-miscounted: The number of photos is wrong: batches have different sizes.
    Count the photos of each batch.
    photos += len(labels) -> photos = len(labels)
    return correct / photos -> return correct / (len(batches) * len(labels))
    return correct / photos -> return correct / (len(batches) * len(batches[0][1]))
gradients-left-off: After your function has returned, gradients are still off, and no training works any more.
    `torch.set_grad_enabled(False)` holds for good: put the loop into a `with torch.no_grad():` block.
walks-twice: Your code walks through the batches more than once, and a generator gives them only once.
    Use one loop.
needs-a-list: Your code fits a list only.
    Batches can also come one by one: use only a loop over them.
wrong-value: The accuracy is wrong.
"""
LIBRARY = Library(evaluate, bugs(BUGS))
PROBES = Evaluations(LIBRARY)
EXERCISE = Exercise(
    "evaluate",
    "evaluate",
    (PROBES.one_batch, PROBES.many_batches, PROBES.any_iterable),
    evaluate,
    same=("cnnkit.training.evaluation.evaluate",),
    praise="The accuracy is right for batches of all sizes, from a list, a DataLoader and a generator.",
    title="evaluate",
    minutes=10,
    difficulty=2,
    place="05/6",
    mistakes={
        **LIBRARY.mistakes(),
        "changes-model": "the model's weights are changed or frozen",
        "needs-a-dataloader": "the batches must be a DataLoader",
    },
    text="""\
How many of the photos does the network get right? Use it as it will be used: in evaluation mode, and without gradients. The
batches may have different sizes, and the last one is often short.
""",
)
