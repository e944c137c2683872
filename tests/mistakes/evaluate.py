# Answers to evaluate, as students write them: see README.md.
# === wrong mean-of-batch-means (blind): The accuracies of the batches are averaged without weights, so photos of a short last batch count more than others.
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    accs = []
    with torch.no_grad():
        for images, labels in batches:
            pred = model(images).argmax(dim=1)
            accs.append((pred == labels).float().mean().item())
    return sum(accs) / len(accs)
# === wrong not-in-eval-mode (blind): model.eval() is forgotten, so dropout and batch norm still work as in training.
@torch.no_grad()
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    correct = 0
    total = 0
    for x, y in batches:
        logits = model(x)
        _, predicted = torch.max(logits, 1)
        total += y.size(0)
        correct += (predicted == y).sum().item()
    return correct / total
# === wrong percent (blind): The result is multiplied by 100, so it is a percentage instead of a fraction from 0 to 1.
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    correct, total = 0, 0
    with torch.no_grad():
        for data in batches:
            images, labels = data
            outputs = model(images)
            _, predicted = torch.max(outputs.data, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    print(f"Accuracy: {100 * correct / total:.1f} %")
    return 100 * correct / total
# === wrong argmax-over-photos (blind): argmax runs over dimension 0, the photos, instead of the classes, so the prediction has one entry a class and does not fit the labels.
def evaluate(model, batches):
    model.eval()
    hits = 0
    count = 0
    with torch.inference_mode():
        for imgs, targets in batches:
            out = model(imgs)
            guess = out.argmax(0)
            hits += int((guess == targets).sum())
            count += len(targets)
    return hits / count
# === wrong photos-miscounted (blind): The number of photos is taken as number of batches times the size of the last batch, which is off when batches differ in size.
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    n_correct = 0
    n_batches = 0
    batch_size = 0
    with torch.no_grad():
        for images, labels in batches:
            batch_size = images.shape[0]
            n_batches += 1
            n_correct += (model(images).argmax(1) == labels).sum().item()
    return n_correct / (n_batches * batch_size)
# === wrong first-batch-only (blind): The return is indented into the loop, so only the first batch is counted.
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    correct = 0
    total = 0
    with torch.no_grad():
        for images, labels in batches:
            predictions = torch.argmax(model(images), dim=1)
            correct += torch.sum(predictions == labels).item()
            total += labels.shape[0]
            return correct / total
# === wrong softmax-over-photos (blind): The softmax is taken over dimension 0, across the photos of a batch, before the argmax over classes, which changes the predictions.
@torch.no_grad()
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    right = 0
    seen = 0
    for images, labels in batches:
        logits = model(images)
        probs = F.softmax(logits, dim=0)
        right += probs.argmax(dim=1).eq(labels).sum().item()
        seen += labels.numel()
    return right / seen
# === right (blind): counters in a loop under the no_grad decorator
@torch.no_grad()
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    correct = total = 0
    for images, labels in batches:
        correct += (model(images).argmax(dim=1) == labels).sum().item()
        total += len(labels)
    return correct / total
# === right (blind): collects all hits in a list, concatenates and takes one mean, in inference mode
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.train(False)
    with torch.inference_mode():
        hits = torch.cat([model(x).max(dim=1)[1] == y for x, y in batches])
    return hits.double().mean().item()
# === right (blind): puts the mode back afterwards and compares plain python lists
def evaluate(model, batches):
    before = model.training
    model.eval()
    good, bad = 0, 0
    for images, labels in batches:
        with torch.no_grad():
            scores = F.softmax(model(images), dim=1)   # not needed for argmax, but nice to look at
        for guess, truth in zip(scores.argmax(dim=1).tolist(), labels.tolist()):
            if guess == truth:
                good += 1
            else:
                bad += 1
    model.train(before)
    return good / (good + bad)
# === right (blind): batch accuracies weighted by the batch size, topk for the prediction
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    def batch_accuracy(x: Tensor, y: Tensor) -> float:
        top1 = model(x).topk(1, dim=1).indices.flatten()
        return top1.eq(y).double().mean().item()

    model.eval()
    weighted, n = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            weighted += batch_accuracy(x, y) * y.shape[0]
            n += y.shape[0]
    return weighted / n
# === wrong not-started: raises NotImplementedError
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    raise NotImplementedError
# === wrong returns-nothing: prints the accuracy
def evaluate(model, batches):
    model.eval()
    good = n = 0
    with torch.no_grad():
        for x, y in batches:
            good += (model(x).argmax(1) == y).sum().item()
            n += len(y)
    print("accuracy", good / n)
# === wrong wrong-type: a tensor
def evaluate(model, batches):
    model.eval()
    good = n = 0
    with torch.no_grad():
        for x, y in batches:
            good += (model(x).argmax(1) == y).sum()
            n += len(y)
    return good / n
# === wrong raises: item() of a whole row
def evaluate(model, batches):
    model.eval()
    good = n = 0
    with torch.no_grad():
        for x, y in batches:
            good += (model(x).argmax(1) == y).item()
            n += len(y)
    return good / n
# === wrong model-not-used: counts the labels
def evaluate(model, batches):
    model.eval()
    good = n = 0
    with torch.no_grad():
        for x, y in batches:
            good += (y == y.mode()[0]).sum().item()
            n += len(y)
    return good / n
# === wrong not-in-eval-mode: eval without parentheses
def evaluate(model, batches):
    model.eval
    good = n = 0
    with torch.no_grad():
        for x, y in batches:
            good += (model(x).argmax(1) == y).sum().item()
            n += len(y)
    return good / n
# === wrong not-in-eval-mode: evaluation mode at the end
def evaluate(model, batches):
    good = n = 0
    with torch.no_grad():
        for x, y in batches:
            good += (model(x).argmax(1) == y).sum().item()
            n += len(y)
    model.eval()
    return good / n
# === wrong gradients-kept: no_grad is forgotten
def evaluate(model, batches):
    model.eval()
    good = n = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    return good / n
# === wrong gradients-kept: no_grad without with does nothing
def evaluate(model, batches):
    model.eval()
    torch.no_grad()
    good = n = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    return good / n
# === wrong gradients-left-off: switches gradients off and never on again
def evaluate(model, batches):
    model.eval()
    torch.set_grad_enabled(False)
    good = n = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    return good / n
# === right: switches gradients off and on again
def evaluate(model, batches):
    model.eval()
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    good = n = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    torch.set_grad_enabled(before)
    return good / n
# === wrong changes-model: freezes the weights for good
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    for p in model.parameters():
        p.requires_grad = False
    good = n = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    return good / n
# === wrong changes-model: rounds the weights
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    for p in model.parameters():
        p.mul_(1.01)
    good = n = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    return good / n
# === wrong compares-logits: max gives values first
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = n = 0
    for x, y in batches:
        values, indices = model(x).max(1)
        good += (values == y).sum().item()
        n += len(y)
    return good / n
# === wrong argmin: the smallest logit
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = n = 0
    for x, y in batches:
        good += (model(x).argmin(1) == y).sum().item()
        n += len(y)
    return good / n
# === wrong count-returned: the number of right photos
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
    return good
# === wrong count-returned: divides by the number of batches
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = n = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
        n += 1
    return good / n
# === wrong error-rate: the share of wrong photos
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    bad = n = 0
    for x, y in batches:
        bad += (model(x).argmax(1) != y).sum().item()
        n += len(y)
    return bad / n
# === wrong mean-of-batch-means: a running mean of batches
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    mean = 0.0
    for i, (x, y) in enumerate(batches, 1):
        mean += ((model(x).argmax(1) == y).float().mean().item() - mean) / i
    return mean
# === wrong last-batch-only: the counters start anew in the loop
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    for x, y in batches:
        good = n = 0
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    return good / n
# === wrong last-batch-missing: short batches are skipped
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = n = 0
    size = None
    for x, y in batches:
        size = size or len(y)
        if len(y) < size:
            break
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    return good / n
# === wrong photos-miscounted: the number of batches for the number of photos... with the size of the first
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = count = 0
    size = None
    for x, y in batches:
        size = size or len(y)
        good += (model(x).argmax(1) == y).sum().item()
        count += 1
    return good / (count * size)
# === wrong photos-miscounted: = instead of +=
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = n = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
        n = len(y)
    return good / n
# === wrong wrong-value: whole-number division
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = n = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    return good // n
# === wrong wrong-value: top 2
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = n = 0
    for x, y in batches:
        good += (model(x).topk(2, dim=1).indices == y[:, None]).any(1).sum().item()
        n += len(y)
    return good / n
# === wrong needs-a-list: len() of the batches
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = n = 0
    for i in range(len(batches)):
        x, y = batches[i]
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    return good / n
# === wrong walks-twice: counts the photos first
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    n = sum(len(y) for _, y in batches)
    good = sum((model(x).argmax(1) == y).sum().item() for x, y in batches)
    return good / n
# === wrong walks-twice: counts the photos last
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = sum((model(x).argmax(1) == y).sum().item() for x, y in batches)
    return good / sum(len(y) for _, y in batches)
# === wrong needs-a-dataloader: the length of the data set
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
    return good / len(batches.dataset)
# === wrong raises: a squeeze takes the batch of one photo for none
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    good = n = 0
    for x, y in batches:
        good += (model(x).squeeze().argmax(1) == y).sum().item()
        n += len(y)
    return good / n
# === wrong not-in-eval-mode: two mistakes at once, no evaluation mode and a percentage
def evaluate(model, batches):
    good = n = 0
    for x, y in batches:
        good += (model(x).argmax(1) == y).sum().item()
        n += len(y)
    return 100 * good / n
# === wrong percent: two mistakes at once, a percentage and the mean of the batches
@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    accuracies = [(model(x).argmax(1) == y).float().mean().item() for x, y in batches]
    return 100 * sum(accuracies) / len(accuracies)
# === right: numpy
import numpy as np

@torch.inference_mode()
def evaluate(model, batches):
    model.eval()
    hits = [model(x).numpy().argmax(-1) == y.numpy() for x, y in batches]
    return np.concatenate(hits).mean()
# === right: all photos in one batch
def evaluate(model, batches):
    model.eval()
    xs, ys = zip(*batches)
    with torch.no_grad():
        logits = model(torch.cat(xs))
    return (logits.argmax(1) == torch.cat(ys)).float().mean().item()
# === right: set_grad_enabled, the mode of every module put back, photo by photo
def evaluate(model, batches):
    modes = [m.training for m in model.modules()]
    model.eval()
    torch.set_grad_enabled(False)
    try:
        good, n = 0, 0
        for x, y in batches:
            for photo, label in zip(x, y):
                good += int(torch.argmax(model(photo.unsqueeze(0))) == label)
                n += 1
        return good / n
    finally:
        torch.set_grad_enabled(True)
        for m, mode in zip(model.modules(), modes):
            m.training = mode
# === right: a lambda in a decorator, sorted logits
evaluate = torch.no_grad()(lambda model, batches: (lambda hits: sum(hits) / len(hits))(
    [guess == label for x, y in batches for guess, label in zip(model.eval()(x).argsort(1)[:, -1].tolist(), y.tolist())]))
# === right: the error rate, subtracted from one, rounded
@torch.no_grad()
def evaluate(model, batches):
    model.requires_grad_(True).eval()
    bad, n = 0, 0
    for x, y in batches:
        bad += torch.count_nonzero(F.log_softmax(model(x), dim=-1).argmax(-1) - y).item()
        n += y.numel()
    return round(1 - bad / n, 6)

# === wrong mean-of-batch-means (blind): the mean of the batches' accuracies, a short last batch counts as much as a full one
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    accs = []
    with torch.no_grad():
        for images, labels in batches:
            pred = model(images).argmax(dim=1)
            acc = (pred == labels).float().mean().item()
            accs.append(acc)
    return sum(accs) / len(accs)

# === wrong not-in-eval-mode (blind): model.eval() was forgotten, dropout and batch statistics stay active when the model was in training mode
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    correct = 0
    total = 0
    with torch.no_grad():
        for images, labels in batches:
            outputs = model(images)
            _, predicted = torch.max(outputs, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    return correct / total

# === wrong gradients-kept (blind): torch.no_grad() was forgotten, eval() does not switch gradients off and every batch builds a graph
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()   # no dropout, no gradients
    right, count = 0, 0
    for x, y in batches:
        logits = model(x)
        right += (logits.argmax(1) == y).sum().item()
        count += len(y)
    return right / count

# === wrong percent (blind): returns a percentage from 0 to 100 instead of a fraction
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    correct = 0
    total = 0
    with torch.no_grad():
        for data in batches:
            images, labels = data
            outputs = model(images)
            _, predicted = torch.max(outputs.data, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    return 100 * correct / total

# === wrong first-batch-only (blind): the return is indented into the loop, only the first batch is counted
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    n_correct = 0
    n_total = 0
    with torch.no_grad():
        for images, labels in batches:
            predictions = model(images).argmax(dim=1)
            n_correct += (predictions == labels).sum().item()
            n_total += images.shape[0]
            accuracy = n_correct / n_total
            return accuracy

# === wrong argmax-over-photos (blind): argmax over dimension 0, the best photo for each class instead of the best class for each photo
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    hits = 0
    seen = 0
    with torch.no_grad():
        for images, labels in batches:
            scores = model(images)
            guess = torch.argmax(scores, dim=0)
            hits += torch.sum(guess == labels).item()
            seen += len(labels)
    return hits / seen

# === right (blind): decorator, the old mode is restored at the end, max(...).indices and eq
@torch.no_grad()
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    was_training = model.training
    model.eval()
    correct = total = 0
    for images, labels in batches:
        correct += model(images).max(dim=1).indices.eq(labels).sum().item()
        total += labels.numel()
    model.train(was_training)
    return correct / total

# === right (blind): inference_mode and a helper generator, one list of true/false for all photos, mean at the end
def _hits(model, batches):
    for photos, truth in batches:
        best = model(photos).topk(1, dim=-1)[1].squeeze(-1)
        yield from (best == truth).tolist()

def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.train(False)
    with torch.inference_mode():
        answers = list(_hits(model, batches))
    return sum(answers) / len(answers)
# === wrong argmax-over-everything: the argmax has no dim, so it gives one number for the whole batch
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            right += (model(images).argmax() == labels).sum().item()
            count += len(labels)
    return right / count
# === wrong counts-nothing: the logits themselves are compared with the labels, which never hits
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            guesses = model(images).softmax(1).amax(1)
            right += (guesses == labels).sum().item()
            count += len(labels)
    return right / count

# === wrong threshold: a photo counts where its class has more than one half
def evaluate(model, batches):
    model.eval()
    hits = photos = 0
    with torch.no_grad():
        for images, labels in batches:
            hits += int((model(images).softmax(1) > 0.5)[range(len(labels)), labels].sum())
            photos += len(labels)
    return hits / photos

# === wrong not-in-eval-mode: the norms lose their statistics
def evaluate(model, batches):
    model.eval()
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.track_running_stats, m.running_mean, m.running_var = False, None, None
    hits = photos = 0
    with torch.no_grad():
        for images, labels in batches:
            hits += int((model(images).argmax(1) == labels).sum())
            photos += len(labels)
    return hits / photos

# === wrong not-in-eval-mode: dropout stays on, for the uncertainty
def evaluate(model, batches):
    model.eval()
    for m in model.modules():
        if isinstance(m, nn.Dropout):
            m.train()
    hits = photos = 0
    with torch.no_grad():
        for images, labels in batches:
            hits += int((model(images).argmax(1) == labels).sum())
            photos += len(labels)
    return hits / photos

# === wrong other-images: divided by 255 once more
def evaluate(model, batches):
    model.eval()
    hits = photos = 0
    with torch.no_grad():
        for images, labels in batches:
            images = images / 255
            hits += int((model(images).argmax(1) == labels).sum())
            photos += len(labels)
    return hits / photos

# === wrong other-images: normalised once more
def evaluate(model, batches):
    model.eval()
    hits = photos = 0
    with torch.no_grad():
        for images, labels in batches:
            images = (images - images.mean()) / images.std()
            hits += int((model(images).argmax(1) == labels).sum())
            photos += len(labels)
    return hits / photos

# === wrong other-images: a little noise
def evaluate(model, batches):
    model.eval()
    hits = photos = 0
    with torch.no_grad():
        for images, labels in batches:
            images = images + 0.02 * torch.randn_like(images)
            hits += int((model(images).argmax(1) == labels).sum())
            photos += len(labels)
    return hits / photos

# === wrong other-images: resized
def evaluate(model, batches):
    model.eval()
    hits = photos = 0
    with torch.no_grad():
        for images, labels in batches:
            images = F.interpolate(images, size=64)
            hits += int((model(images).argmax(1) == labels).sum())
            photos += len(labels)
    return hits / photos

# === wrong shapes-differ: keepdim
def evaluate(model, batches):
    model.eval()
    hits = photos = 0
    with torch.no_grad():
        for images, labels in batches:
            hits += (model(images).argmax(1, keepdim=True) == labels).sum().item()
            photos += len(labels)
    return hits / photos

# === wrong photos-fixed: 300 photos a batch
def evaluate(model, batches):
    model.eval()
    hits = photos = 0
    with torch.no_grad():
        for images, labels in batches:
            hits += int((model(images).argmax(1) == labels).sum())
            photos += len(labels)
    return hits / (len(batches) * 300)
