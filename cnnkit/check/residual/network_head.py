"""What can be wrong with the head of the 32x32 ResNet-50: pool, flatten, linear layer."""

from __future__ import annotations

from cnnkit._support.words import plural
from cnnkit.check.residual.diagram import line_of
from cnnkit.check.residual.network_reading import Network
from cnnkit.check.residual.reading import Found, Layer

MISTAKES = {
    "pool-head": "the head does not average the last map",
    "classifier-width": "the linear layer is built for a wrong number of features",
    "classifier-classes": "the number of logits is not num_classes",
    "not-flattened": "the linear layer gets maps instead of a row of numbers a photo",
    "flatten-batch": "the photos of a batch are put into one row",
    "softmax-inside": "the network gives probabilities instead of logits",
}


def head(net: Network) -> Found | None:
    """Pool, flatten, linear layer, and nothing more."""
    classifier = net.classifier
    if net.failed is not None and net.failed.kind == "pool" and net.head:
        last = net.head[-1]
        return (
            "pool-head",
            f"The head's pool does not fit. Its window is {last.kernel}x{last.kernel}, and the last map "
            f"{'x'.join(map(str, net.failed.inputs[0][2:]))}; the table asks for the average of the whole map.",
            last,
        )
    if not net.blocks or classifier is None:
        return None
    before = net.head[: net.head.index(classifier)]
    pools = [layer for layer in before if layer.kind in ("pool", "reduce")]
    if net.failed is classifier.record:
        return _refused(net, classifier, pools)
    maximum = next((layer for layer in pools if "max" in layer.record.op), None)
    if maximum is not None:
        return "pool-head", "The head takes the maximum of the last map. The table asks for its average.", maximum
    if not pools and classifier.given and classifier.given[-1] != 1024 and len(classifier.record.inputs[0]) == 2:
        return (
            "pool-head",
            f"The last map is not averaged. The linear layer gets {classifier.given[-1]} numbers a photo instead of 1024.",
            classifier,
        )
    rest = net.head[net.head.index(classifier) + 1 :]
    softmax = next((layer for layer in rest if layer.kind in ("softmax", "activation")), None)
    if softmax is not None:
        return (
            "softmax-inside",
            f"The network ends in a {softmax.record.op.strip('_')}. It should give logits: the loss does the rest.",
            softmax,
        )
    reduced = next((layer for layer in rest if layer.kind in ("reduce", "pool")), None)
    if reduced is not None:
        return (
            "extra-layer",
            f"The logits are not the result: {reduced.record.op} follows the linear layer, and gives the shape "
            f"{list(reduced.record.output)}. The network returns the logits as they are.",
            reduced,
        )
    extra = next(
        (x for x in [*before, *rest] if x.kind not in ("pool", "reduce") and not (x.kind == "relu" and x in before)), None
    )
    if extra is not None:
        return (
            "extra-layer",
            f"The head has a layer that the table does not list: {line_of(extra)}. Look at what comes after the last block.",
            extra,
        )
    return None


def _refused(net: Network, classifier: Layer, pools: list[Layer]) -> Found:
    """Torch did not multiply what the head's linear layer was given."""
    shape = classifier.record.inputs[0]
    weights = [tuple(p.shape) for name, p in net.model.named_parameters() if name in classifier.record.parameters]
    if shape and (shape[-1], 2) in [(weight[0], len(weight)) for weight in weights]:
        return (
            "arguments-exchanged",
            f"The linear layer's two numbers are exchanged. It makes {shape[-1]} numbers and should take them; "
            "its first argument is what comes in.",
            classifier,
        )
    features = shape[-1] if shape else 0
    if features == 1:
        return (
            "not-flattened",
            "The linear layer gets maps. After the pool each photo is still [1024, 1, 1]; make it a row of 1024 numbers.",
            classifier,
        )
    photos = net.trace.records[0].output[0]
    if len(shape) == 1 or shape[0] != photos or features == 1024 * photos * (1 if pools else 4):
        return (
            "flatten-batch",
            f"The {plural(photos, 'photo')} of the batch end in {plural(shape[0] if len(shape) > 1 else 1, 'row')} of "
            f"{features} numbers. Each photo needs a row of its own; "
            "look at where the map is flattened.",
            classifier,
        )
    if not pools:
        return (
            "pool-head",
            f"The last map is not averaged. The linear layer gets {features} numbers a photo instead of 1024.",
            classifier,
        )
    return (
        "classifier-width",
        f"The linear layer does not fit what it gets, {features} numbers a photo. Look at its first argument and at the pool.",
        classifier,
    )


def classes(net: Network, wanted: int) -> Found | None:
    """As many logits as classes."""
    if net.failed is not None or net.classifier is None or net.output[-1:] == (wanted,):
        return None
    return (
        "classifier-classes",
        f"`ResNet50Layer4({wanted})` gives {list(net.output)} for two photos instead of [2, {wanted}], one logit a class; "
        "look at where `num_classes` is used.",
        net.classifier,
    )
