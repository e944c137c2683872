# Answers to train_step, as students write them: see README.md.
# === wrong no-zero-grad (blind): The old gradients are never cleared, so every step adds those of all steps before.
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong zero-after-backward (blind): zero_grad stands between backward and step, so the fresh gradients are thrown away and nothing is learned.
def train_step(model, optimizer, images, labels):
    criterion = nn.CrossEntropyLoss()
    model.train()
    output = model(images)
    loss = criterion(output, labels)
    loss.backward()
    # clear the old gradients before the update
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()
# === wrong not-in-train-mode (blind): model.train is written without parentheses and so never called; a model in evaluation mode stays there.
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return float(loss)
# === wrong softmax-twice (blind): A softmax is put before the cross entropy, which takes logits, so softmax is applied twice and loss and gradients are off.
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train()
    optimizer.zero_grad()

    logits = model(images)
    probs = torch.softmax(logits, dim=1)     # probabilities of the classes
    loss = F.cross_entropy(probs, labels)

    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong loss-after-update (blind): The loss is computed anew after the update and that one is returned instead of the loss before it.
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    loss_fn = nn.CrossEntropyLoss()
    model.train()
    optimizer.zero_grad()
    loss_fn(model(images), labels).backward()
    optimizer.step()
    with torch.no_grad():
        final_loss = loss_fn(model(images), labels)
    return final_loss.item()
# === wrong loss-times-batch (blind): The returned loss is multiplied by the batch size, as copied from an epoch loop that sums running losses.
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train()
    running_loss = 0.0
    optimizer.zero_grad()
    with torch.set_grad_enabled(True):
        outputs = model(images)
        loss = F.cross_entropy(outputs, labels)
        loss.backward()
        optimizer.step()
    running_loss += loss.item() * images.size(0)
    return running_loss
# === wrong step-missing (blind): optimizer.step() is forgotten, so the gradients are there but the weights never change.
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train()
    optimizer.zero_grad(set_to_none=True)
    pred = model(images)
    loss = nn.functional.cross_entropy(pred, labels)
    loss.backward()
    return loss.detach().item()
# === right (blind): textbook order with nn.CrossEntropyLoss
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    criterion = nn.CrossEntropyLoss()
    model.train()
    optimizer.zero_grad()
    outputs = model(images)
    loss = criterion(outputs, labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === right (blind): hand-made cross entropy by logsumexp and gather, gradients cleared through the model just before backward
def train_step(model, optimizer, images, labels):
    z = model.train()(images)
    right_logit = z.gather(1, labels.view(-1, 1)).squeeze(1)
    loss = (torch.logsumexp(z, dim=1) - right_logit).mean()
    value = float(loss.detach())   # keep it before anything changes
    model.zero_grad()
    loss.backward()
    optimizer.step()
    return value
# === right (blind): closure handed to the optimizer, which returns the loss before the update
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train()

    def closure():
        optimizer.zero_grad()
        loss = F.nll_loss(F.log_softmax(model(images), dim=-1), labels)
        loss.backward()
        return loss

    return optimizer.step(closure).item()
# === right (blind): torch.autograd.grad and assigning the gradients by hand, which replaces the old ones
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train(True)
    optimizer.zero_grad()
    params = [p for p in model.parameters() if p.requires_grad]
    loss = F.cross_entropy(input=model(images), target=labels)
    grads = torch.autograd.grad(loss, params, allow_unused=True)
    for p, g in zip(params, grads):
        p.grad = g
    optimizer.step()
    return loss.detach().cpu().item()
# === wrong not-started: nothing filled in
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    pass
# === wrong returns-nothing: the return is forgotten
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
# === wrong wrong-type: the loss is returned as a tensor, with its graph
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss
# === wrong wrong-type: loss and accuracy are returned
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(1) == labels).float().mean().item()
# === wrong arguments-exchanged: the labels come first
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(labels, model(images))
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong not-in-train-mode: evaluation mode, as copied from evaluate
def train_step(model, optimizer, images, labels):
    model.eval()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong not-in-train-mode: training mode comes after the logits
def train_step(model, optimizer, images, labels):
    logits = model(images)
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong model-not-used: the loss of random logits
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    logits = torch.randn(len(labels), 10, requires_grad=True)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong loss-detached: item() before backward
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels).item()
    loss.backward()
    optimizer.step()
    return loss
# === wrong loss-detached: the logits are detached
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    logits = model(images).detach()
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong loss-detached: a new tensor that wants gradients silences the error
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss = loss.data.requires_grad_(True)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong loss-detached: the forward pass under no_grad
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    with torch.no_grad():
        logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong backward-missing: no backward pass
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    optimizer.step()
    return loss.item()
# === wrong backward-missing: backward without parentheses
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward
    optimizer.step()
    return loss.item()
# === wrong step-missing: step without parentheses
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step
    return loss.item()
# === wrong step-before-backward: the order of the two is turned around
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    optimizer.step()
    loss.backward()
    return loss.item()
# === wrong step-before-backward: and no zero_grad at all
def train_step(model, optimizer, images, labels):
    model.train()
    loss = F.cross_entropy(model(images), labels)
    optimizer.step()
    loss.backward()
    return loss.item()
# === wrong zero-grad-too-late: cleared at the end
def train_step(model, optimizer, images, labels):
    model.train()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()
# === wrong own-optimizer: makes its own SGD
def train_step(model, optimizer, images, labels):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong own-optimizer: makes its own Adam
def train_step(model, optimizer, images, labels):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong own-optimizer: updates by hand with the optimizer's rate, which is SGD but not Adam
def train_step(model, optimizer, images, labels):
    model.train()
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= optimizer.param_groups[0]["lr"] * p.grad
    return loss.item()
# === wrong own-learning-rate: sets its own
def train_step(model, optimizer, images, labels):
    for g in optimizer.param_groups:
        g["lr"] = 0.01
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong two-steps: two steps
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.step()
    return loss.item()
# === wrong two-backwards: two backward passes
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward(retain_graph=True)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong wrong-update: clips the gradients, which nobody asked for
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return loss.item()
# === wrong loss-sum: the sum of the losses
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels, reduction="sum")
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong softmax-over-photos: log_softmax over dimension 0
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.nll_loss(F.log_softmax(model(images), dim=0), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong nll-of-logits: nll_loss of the logits
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = nn.NLLLoss()(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong nll-of-softmax: nll_loss of probabilities
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.nll_loss(F.softmax(model(images), dim=1), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong squared-error: mean squared error of the logits
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    loss = F.mse_loss(logits, F.one_hot(labels, logits.shape[1]).float())
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong squared-error: squared error of the probabilities, summed over the classes
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    p = model(images).softmax(1)
    loss = ((p - F.one_hot(labels, p.shape[1])) ** 2).sum(1).mean()
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong binary-cross-entropy: one yes or no for each class
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    loss = F.binary_cross_entropy_with_logits(logits, F.one_hot(labels, logits.shape[1]).float())
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong wrong-sign: the log-likelihood without its minus
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    logp = model(images).log_softmax(1)
    loss = logp[torch.arange(len(labels)), labels].mean()
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong wrong-loss: label smoothing
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels, label_smoothing=0.1)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong wrong-loss: divided by the batch size once more
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels) / len(labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong loss-times-batch: the right update, and the sum returned
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    F.cross_entropy(logits, labels).backward()
    optimizer.step()
    return F.cross_entropy(logits.detach(), labels, reduction="sum").item()
# === wrong returns-accuracy: the share of right answers
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    F.cross_entropy(logits, labels).backward()
    optimizer.step()
    return (logits.argmax(1) == labels).float().mean().item()
# === wrong wrong-value: the loss is made a whole number
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return int(loss)
# === wrong not-in-train-mode: two mistakes at once, no training mode and no zero_grad
def train_step(model, optimizer, images, labels):
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong softmax-twice: two mistakes at once, softmax twice and no zero_grad
def train_step(model, optimizer, images, labels):
    model.train()
    loss = F.cross_entropy(F.softmax(model(images), 1), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong wrong-update: the loss of a full batch of six is expected
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels, reduction="sum") / 6
    loss.backward()
    optimizer.step()
    return loss.item()
# === right: log_softmax before the cross entropy, which changes nothing
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images).log_softmax(1), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === right: one-hot labels, the sum over photos divided by their number, and cleared at the end as well
def train_step(model, optimizer, images, labels):
    model.train()
    for p in model.parameters():
        p.grad = None
    logits = model.forward(images)
    y = torch.eye(logits.size(1))[labels]
    loss = -(y * torch.log_softmax(logits, -1)).sum() / logits.size(0)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.tolist()
# === right: prints, numpy and a second look at the logits
def train_step(model, optimizer, images, labels):
    model.train()
    with torch.no_grad():
        print("before:", (model(images).argmax(1) == labels).sum().item(), "right")
    optimizer.zero_grad()
    loss = nn.CrossEntropyLoss()(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.detach().numpy().item()
# === right: gradients zeroed in place, backward of photo after photo
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad(set_to_none=False)
    logits = model(images)
    total = 0.0
    for i in range(len(labels)):
        part = F.cross_entropy(logits[i:i + 1], labels[i:i + 1]) / len(labels)
        part.backward(retain_graph=True)
        total += part.item()
    optimizer.step()
    return total

# === wrong no-zero-grad (blind): zero_grad was forgotten, the gradients of earlier steps add up
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()

# === wrong zero-after-backward (blind): zero_grad stands between backward and step, the fresh gradients are wiped and nothing is learned
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train()
    outputs = model(images)
    criterion = nn.CrossEntropyLoss()
    loss = criterion(outputs, labels)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()

# === wrong softmax-twice (blind): softmax is applied before cross_entropy, which expects logits and applies it once more
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    probs = F.softmax(logits, dim=1)
    loss = F.cross_entropy(probs, labels)
    loss.backward()
    optimizer.step()
    return float(loss.item())

# === wrong not-in-train-mode (blind): model.train() was forgotten, a model left in evaluation mode is trained without dropout and batch statistics
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    optimizer.zero_grad()            # 1. clear old gradients
    pred = model(images)             # 2. forward
    loss = F.cross_entropy(pred, labels)
    loss.backward()                  # 3. backward
    optimizer.step()                 # 4. update
    return loss.item()

# === wrong wrong-type (blind): returns the loss as a tensor with its graph instead of a plain number
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss

# === wrong zero-grad-too-late (blind): zero_grad comes only at the end, so gradients left in the model before the call still count in this step
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    loss_fn = nn.CrossEntropyLoss()
    model.train()
    # Compute prediction error
    pred = model(images)
    loss = loss_fn(pred, labels)
    # Backpropagation
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()

# === right (blind): zero_grad right before backward, loss object, number taken before the update, a print left in
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    model.train()
    criterion = nn.CrossEntropyLoss()
    output = model(images)
    loss = criterion(output, labels)
    value = loss.item()
    print("loss:", value)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return value

# === right (blind): hand-made cross entropy with logsumexp and gather, torch.autograd.grad writes new gradients over the old ones
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    optimizer.zero_grad(set_to_none=True)
    z = model.train()(images)
    loss = (z.logsumexp(dim=1) - z.gather(1, labels[:, None])[:, 0]).mean()
    weights = [p for p in model.parameters() if p.requires_grad]
    for p, g in zip(weights, torch.autograd.grad(loss, weights, allow_unused=True)):
        p.grad = g
    optimizer.step()
    return float(loss.detach())
# === right: looks at the accuracy in evaluation mode before and after
def train_step(model, optimizer, images, labels):
    def accuracy():
        model.eval()
        with torch.no_grad():
            return (model(images).argmax(1) == labels).double().mean().item()

    before = accuracy()
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    print(before, "->", accuracy())
    return loss.item()
# === wrong other-images: noise is added to the images
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images + 0.1 * torch.randn_like(images)), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong other-images: the images are divided by 255 once more
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images / 255), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong other-images: the images are normalised once more
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model((images - 0.5) / 0.5), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong other-images: the images are flipped
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images.flip(-1)), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === wrong other-images: the images are shuffled without their labels
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images[torch.arange(len(images)).roll(1)]), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
# === right: images and labels are shuffled together
def train_step(model, optimizer, images, labels):
    order = torch.randperm(len(images))
    images, labels = images[order], labels[order]
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()

# === wrong wrong-loss: a little label smoothing
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels, label_smoothing=1e-4)
    loss.backward()
    optimizer.step()
    return loss.item()

# === right: the logarithm of the softmax in two steps
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    chances = F.softmax(model(images), dim=1)
    loss = F.nll_loss(torch.log(chances), labels)
    loss.backward()
    optimizer.step()
    return loss.item()

# === wrong not-in-train-mode: norms and dropouts are put to rest, as for fine-tuning
def train_step(model, optimizer, images, labels):
    model.train()
    for m in model.modules():
        if isinstance(m, (nn.BatchNorm2d, nn.Dropout)):
            m.eval()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()

# === wrong not-in-train-mode: only the norms are put to rest
def train_step(model, optimizer, images, labels):
    model.train()
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.eval()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()

# === right: mixed precision, as in every recipe for large networks
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    with torch.autocast(device_type=images.device.type):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()

# === right: only the model runs in bfloat16
def train_step(model, optimizer, images, labels):
    model.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(images)
    loss = nn.CrossEntropyLoss()(logits.float(), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss)

# === wrong loss-not-called: a loss that is made and not called
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = nn.CrossEntropyLoss(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()

# === wrong loss-detached: the predicted classes go into the loss
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images).argmax(1).float(), labels.float())
    loss.backward()
    optimizer.step()
    return loss.item()

# === right: two forward passes
def train_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    before = F.cross_entropy(model(images), labels).item()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    return before
