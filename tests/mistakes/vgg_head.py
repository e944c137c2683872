# Answers to vgg_head; see README.md.
# === wrong dropout-in-eval (blind): F.dropout is called without training=self.training, so it also drops features in evaluation mode.
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)

    def forward(self, x):
        x = F.dropout(x, 0.5)
        x = F.relu(self.bn(self.fc1(x)))
        x = F.dropout(x, 0.5)
        return self.fc2(x)


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong dropout-whole-photos (blind): Takes nn.Dropout1d to go with BatchNorm1d, which drops all features of a photo at once instead of single features.
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout1d(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout1d(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong layers-not-registered (blind): The batch norm layer is made anew in forward, so it is never trained and uses the batch's statistics in evaluation mode too.
class VGGHead(nn.Module):
    def __init__(self, num_classes=10):
        super(VGGHead, self).__init__()
        self.dropout = nn.Dropout(0.5)
        self.linear1 = nn.Linear(512, 512)
        self.linear2 = nn.Linear(512, num_classes)

    def forward(self, x):
        x = self.dropout(x)
        x = self.linear1(x)
        x = nn.BatchNorm1d(512)(x)
        x = torch.relu(x)
        x = self.dropout(x)
        x = self.linear2(x)
        return x


def vgg_head(num_classes: int = 10) -> nn.Module:
    return VGGHead(num_classes)
# === wrong relu-before-batchnorm (blind): The ReLU comes before the batch norm instead of after it.
def vgg_head(num_classes: int = 10) -> nn.Module:
    layers = []
    layers.append(nn.Dropout(p=0.5))
    layers.append(nn.Linear(512, 512))
    layers.append(nn.ReLU(inplace=True))
    layers.append(nn.BatchNorm1d(512))
    layers.append(nn.Dropout(p=0.5))
    layers.append(nn.Linear(512, num_classes))
    return nn.Sequential(*layers)
# === wrong classes-ignored (blind): The last layer always has 10 outputs, num_classes is not used.
def vgg_head(num_classes: int = 10) -> nn.Module:
    """[N, 512] -> logits [N, num_classes]."""
    head = nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(True),
        nn.Dropout(0.5),
        nn.Linear(512, 10),  # CIFAR-10
    )
    return head
# === wrong dropout-missing-second (blind): The result of the second dropout is not assigned, so it has no effect.
def vgg_head(num_classes: int = 10) -> nn.Module:
    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop1 = nn.Dropout(0.5)
            self.fc1 = nn.Linear(512, 512)
            self.norm = nn.BatchNorm1d(512)
            self.act = nn.ReLU()
            self.drop2 = nn.Dropout(0.5)
            self.fc2 = nn.Linear(512, num_classes)

        def forward(self, x):
            x = self.drop1(x)
            x = self.fc1(x)
            x = self.norm(x)
            x = self.act(x)
            self.drop2(x)
            return self.fc2(x)

    return Classifier()
# === wrong softmax-inside (blind): A log softmax at the end, so the output is log probabilities instead of logits.
def vgg_head(num_classes=10):
    return nn.Sequential(
        nn.Dropout(),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(512, num_classes),
        nn.LogSoftmax(dim=1),
    )
# === right (blind): nn.Sequential from an OrderedDict with names
from collections import OrderedDict


def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(OrderedDict([
        ("drop_in", nn.Dropout(p=0.5)),
        ("fc1", nn.Linear(in_features=512, out_features=512)),
        ("bn1", nn.BatchNorm1d(num_features=512)),
        ("relu1", nn.ReLU(inplace=True)),
        ("drop_hidden", nn.Dropout(p=0.5)),
        ("logits", nn.Linear(in_features=512, out_features=num_classes)),
    ]))
# === right (blind): a module with functional dropout that follows self.training, bias=False before batch norm
class _Head(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.hidden = nn.Linear(512, 512, bias=False)   # batch norm has its own bias
        self.norm = nn.BatchNorm1d(512)
        self.out = nn.Linear(512, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = F.dropout(x, p=0.5, training=self.training)
        h = self.norm(self.hidden(h)).clamp(min=0)
        return self.out(F.dropout(h, training=self.training))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return _Head(num_classes)
# === right (blind): vgg_head itself is a class, layers registered from the back, one dropout module used twice
class vgg_head(nn.Module):
    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.classify = nn.Linear(512, num_classes)
        self.bn = nn.BatchNorm1d(512)
        self.fc = nn.Linear(512, 512)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.classify(self.drop(torch.relu(self.bn(self.fc(self.drop(x))))))
# === right (blind): nn.ModuleList walked in a loop
class Chain(nn.Module):
    def __init__(self, modules):
        super().__init__()
        self.steps = nn.ModuleList(modules)

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x


def dropout_linear(n_in, n_out):
    return [nn.Dropout(), nn.Linear(n_in, n_out)]


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Chain(dropout_linear(512, 512) + [nn.BatchNorm1d(512), nn.ReLU()] + dropout_linear(512, num_classes))
# === wrong no-dropout: no dropout
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-missing-first: only the second
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-missing-second: only the first
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-probability: a fifth
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.2),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-probability: only the first is off
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.4),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-probability: only the second is off
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.6),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-probability: twice in the same place
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-in-eval: made in forward, where it is always in training mode
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = nn.Dropout(0.5)(x)
        x = F.relu(self.bn(self.fc1(x)))
        return self.fc2(nn.Dropout(0.5)(x))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong dropout-in-eval: only the second, training=True
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = F.relu(self.bn(self.fc1(self.drop(x))))
        return self.fc2(F.dropout(x, 0.5, training=True))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong dropout-whole-photos: only the first is Dropout1d
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout1d(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-whole-photos: only the second is Dropout1d
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout1d(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-misplaced: behind the last layer
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Linear(512, num_classes),
        nn.Dropout(0.5),
    )
# === wrong dropout-misplaced: the first one behind its linear layer
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Linear(512, 512),
        nn.Dropout(0.5),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-misplaced: a third one behind the batch norm's layer
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.Dropout(0.5),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-not-scaled: by hand, without the factor 2
class Drop(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand_like(x) < 0.5)


def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        Drop(),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        Drop(),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-not-scaled: only the first by hand
class Drop(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand_like(x) < 0.5)


def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        Drop(),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong dropout-same-for-all: by hand, one mask for all photos
class Drop(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        return 2 * x * (torch.rand(512) < 0.5)


def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        Drop(),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        Drop(),
        nn.Linear(512, num_classes),
    )
# === wrong wrong-dropout: alpha dropout
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.AlphaDropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.AlphaDropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong batchnorm-missing: no batch norm
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong layers-not-registered: the functional batch norm, without parameters
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = self.fc1(self.drop(x))
        x = F.relu(F.batch_norm(x, None, None, training=True))
        return self.fc2(self.drop(x))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong layers-not-registered: linear layer made in forward
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = F.relu(self.bn(nn.Linear(512, 512)(self.drop(x))))
        return self.fc2(self.drop(x))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong layers-not-registered: a plain list
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.layers = [
            nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(), nn.Linear(512, num_classes)
        ]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong batch-statistics-in-eval: no running statistics
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512, track_running_stats=False),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong norm-ignores-batch: the functional batch norm without training
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = self.fc1(self.drop(x))
        x = F.batch_norm(x, self.bn.running_mean, self.bn.running_var, self.bn.weight, self.bn.bias)
        return self.fc2(self.drop(F.relu(x)))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong running-statistics-fixed: momentum 0
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512, momentum=0.0),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong norm-not-learned: affine=False
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512, affine=False),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong batchnorm-before-linear: batch norm first
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.BatchNorm1d(512),
        nn.Linear(512, 512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong wrong-order: ReLU first of all
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.ReLU(),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong no-relu: no ReLU
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong no-relu: ReLU is made but not used
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = self.bn(self.fc1(self.drop(x)))
        nn.ReLU(x)
        return self.fc2(self.drop(x))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong softmax-inside: softmax
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
        nn.Softmax(dim=1),
    )
# === wrong sigmoid-inside: sigmoid
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
        nn.Sigmoid(),
    )
# === wrong relu-on-logits: ReLU after every linear layer
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
        nn.ReLU(),
    )
# === wrong wrong-activation: tanh
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.Tanh(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong wrong-norm: layer norm
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.LayerNorm(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong wrong-norm: batch norm for maps
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm2d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong hidden-width: 256 features
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 256),
        nn.BatchNorm1d(256),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(256, num_classes),
    )
# === wrong hidden-width: 4096 features, as in the paper
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 4096),
        nn.BatchNorm1d(4096),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(4096, num_classes),
    )
# === wrong extra-layer: three linear layers, as in the paper
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.ReLU(),
        nn.Linear(512, num_classes),
    )
# === wrong shared-layer: the hidden layer is used twice
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = F.relu(self.bn(self.fc1(self.drop(x))))
        x = self.fc1(self.drop(x))
        return self.fc2(x)


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong missing-layer: only one linear layer
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong bias-missing: no bias for the logits
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes, bias=False),
    )
# === wrong wrong-shape: a single photo loses its batch
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = F.relu(self.bn(self.fc1(self.drop(x))))
        return self.fc2(self.drop(x)).squeeze()


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong returns-nothing: forward has no return
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = F.relu(self.bn(self.fc1(self.drop(x))))
        self.fc2(self.drop(x))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong returns-nothing: the head has no return
def vgg_head(num_classes: int = 10) -> nn.Module:
    nn.Sequential(nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(), nn.Linear(512, num_classes))
# === wrong wrong-type: the class, not an object of it
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = F.relu(self.bn(self.fc1(self.drop(x))))
        return self.fc2(self.drop(x))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head
# === wrong super-init-missing: no super().__init__()
class Head(nn.Module):
    def __init__(self, num_classes):
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.fc2(x)


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === wrong wrong-width: widths that do not fit
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(256),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong wrong-kind: the network itself
vgg_head = nn.Sequential(nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(), nn.Linear(512, 10))
# === wrong no-relu: two mistakes: no ReLU, softmax
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
        nn.Softmax(dim=1),
    )
# === wrong relu-before-batchnorm: two mistakes: ReLU before batch norm, no second dropout
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.ReLU(),
        nn.BatchNorm1d(512),
        nn.Linear(512, num_classes),
    )
# === wrong wrong-value: twice the logits
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = F.relu(self.bn(self.fc1(self.drop(x))))
        return 2 * self.fc2(self.drop(x))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === right: Dropout2d, which takes a row of numbers as maps of one pixel
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout2d(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout2d(0.5),
        nn.Linear(512, num_classes),
    )
# === right: dropout between batch norm and ReLU, which is the same; in place
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5, inplace=True),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.Dropout(0.5),
        nn.ReLU(inplace=True),
        nn.Linear(512, num_classes),
    )
# === right: lazy layers
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.LazyLinear(512),
        nn.LazyBatchNorm1d(),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.LazyLinear(num_classes),
    )
# === right: 1x1 convolutions over one pixel
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Conv2d(512, 512, 1)
        self.bn = nn.BatchNorm2d(512)
        self.fc2 = nn.Conv2d(512, num_classes, 1)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = self.fc1(self.drop(x)[:, :, None, None])
        x = F.relu(self.bn(x))
        return self.fc2(self.drop(x)).flatten(1)


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === right: dropout by hand
class Drop(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        return 2 * x * (torch.rand_like(x) < 0.5)


def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        Drop(),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        Drop(),
        nn.Linear(512, num_classes),
    )
# === right: everything by hand, with matrices the other way round, and a layer that is never used
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(512, 512) / 512**0.5)
        self.w2 = nn.Parameter(torch.randn(512, num_classes) / 512**0.5)
        self.b2 = nn.Parameter(torch.zeros(num_classes))
        self.spare = nn.Linear(3, 3)
        self.gamma, self.beta = nn.Parameter(torch.ones(512)), nn.Parameter(torch.zeros(512))
        self.register_buffer("mean", torch.zeros(512))
        self.register_buffer("var", torch.ones(512))

    def drop(self, x):
        return x * torch.bernoulli(torch.full_like(x, 0.5)) / 0.5 if self.training else x

    def norm(self, x):
        mean, var = self.mean, self.var
        if self.training:
            mean, var = x.mean(0), x.var(0, unbiased=False)
            self.mean.mul_(0.9).add_(0.1 * mean.detach())
            self.var.mul_(0.9).add_(0.1 * var.detach())
        return (x - mean) / (var + 1e-5).sqrt() * self.gamma + self.beta

    def forward(self, x):
        x = self.norm(self.drop(x) @ self.w1)
        return self.drop(x.clamp(min=0)) @ self.w2 + self.b2


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)
# === right: another momentum and eps
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
# === wrong gradient-stopped: forward without gradients
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)

    @torch.no_grad()
    def forward(self, x):
        x = F.dropout(x, training=self.training)
        x = F.relu(self.bn(self.fc1(x)))
        return self.fc2(F.dropout(x, training=self.training))


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)

# === wrong softmax-inside (blind): a softmax is put at the end, so it returns probabilities instead of logits
def vgg_head(num_classes: int = 10) -> nn.Module:
    """[N, 512] -> logits [N, num_classes]."""
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
        nn.Softmax(dim=1),
    )

# === wrong wrong-norm (blind): BatchNorm2d instead of BatchNorm1d, which raises on [N, 512]
def vgg_head(num_classes=10):
    classifier = nn.Sequential(
        nn.Dropout(p=0.5),
        nn.Linear(512, 512),
        nn.BatchNorm2d(512),
        nn.ReLU(inplace=True),
        nn.Dropout(p=0.5),
        nn.Linear(512, num_classes))
    return classifier

# === wrong relu-before-batchnorm (blind): ReLU stands before the batch norm instead of after it
def vgg_head(num_classes: int = 10) -> nn.Module:
    layers = []
    layers.append(nn.Dropout())
    layers.append(nn.Linear(512, 512))
    layers.append(nn.ReLU())
    layers.append(nn.BatchNorm1d(512))
    layers.append(nn.Dropout())
    layers.append(nn.Linear(512, num_classes))
    return nn.Sequential(*layers)

# === wrong classes-ignored (blind): the last layer always has 10 outputs, num_classes is ignored
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, 10),   # CIFAR-10
    )

# === wrong dropout-in-eval (blind): F.dropout is called without training=self.training, so it drops in evaluation mode too
class VGGHead(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.bn = nn.BatchNorm1d(512)
        self.fc2 = nn.Linear(512, num_classes)

    def forward(self, x):
        x = F.dropout(x, 0.5)
        x = F.relu(self.bn(self.fc1(x)))
        x = F.dropout(x, 0.5)
        return self.fc2(x)

def vgg_head(num_classes: int = 10) -> nn.Module:
    return VGGHead(num_classes)

# === wrong dropout-missing-first (blind): the first dropout is forgotten
def vgg_head(num_classes: int = 10) -> nn.Module:
    """[N, 512] -> logits [N, num_classes]."""
    head = nn.Sequential(
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
    return head

# === right (blind): a module with functional dropout and relu that follow self.training, output layer registered first
class Head(nn.Module):
    def __init__(self, num_classes: int):
        super().__init__()
        self.out = nn.Linear(512, num_classes)
        self.hidden = nn.Linear(512, 512)
        self.norm = nn.BatchNorm1d(512)

    def forward(self, x: Tensor) -> Tensor:
        x = F.dropout(x, p=0.5, training=self.training)
        x = torch.relu(self.norm(self.hidden(x)))
        x = F.dropout(x, p=0.5, training=self.training)
        return self.out(x)


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)

# === right (blind): nn.Sequential from an OrderedDict, no bias in the linear layer before the batch norm
from collections import OrderedDict

def vgg_head(num_classes=10):
    features = 512
    return nn.Sequential(OrderedDict([
        ("drop1", nn.Dropout()),          # default is 0.5
        ("fc1", nn.Linear(features, features, bias=False)),   # bn has its own bias
        ("bn1", nn.BatchNorm1d(features)),
        ("relu1", nn.ReLU(inplace=True)),
        ("drop2", nn.Dropout()),
        ("fc2", nn.Linear(features, num_classes)),
    ]))

# === right: lazy layers that were given their sizes by a trial run
def vgg_head(num_classes: int = 10) -> nn.Module:
    net = nn.Sequential(
        nn.Dropout(), nn.LazyLinear(512), nn.LazyBatchNorm1d(), nn.ReLU(), nn.Dropout(), nn.LazyLinear(num_classes),
    )
    net(torch.zeros(2, 512))
    return net

# === right: linear layers of its own with einsum, which torch computes turned
class Linear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.w = nn.Parameter(torch.randn(outputs, inputs) * inputs**-0.5)
        self.b = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return torch.einsum("ni,oi->no", x, self.w) + self.b


def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5), Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.5), Linear(512, num_classes)
    )

# === wrong hidden-width: the same with 256 features
class Linear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.w = nn.Parameter(torch.randn(outputs, inputs) * inputs**-0.5)
        self.b = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return torch.einsum("ni,oi->no", x, self.w) + self.b


def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.5), Linear(512, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(0.5), Linear(256, num_classes)
    )

# === wrong weights-alike: all weights begin at 0
def vgg_head(num_classes: int = 10) -> nn.Module:
    net = nn.Sequential(
        nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(), nn.Linear(512, num_classes)
    )
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.zeros_(layer.weight)
    return net

# === right: the last layer begins at 0, and learns all the same
def vgg_head(num_classes: int = 10) -> nn.Module:
    last = nn.Linear(512, num_classes)
    nn.init.zeros_(last.weight)
    return nn.Sequential(nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(), last)

# === wrong star-missing: a list without its star
def vgg_head(num_classes: int = 10) -> nn.Module:
    layers = [
        nn.Dropout(),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(512, num_classes),
    ]
    return nn.Sequential(layers)

# === wrong returns-list: a list
def vgg_head(num_classes: int = 10) -> nn.Module:
    return [nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(), nn.Linear(512, num_classes)]

# === wrong wrong-width: the width of the paper's flattened map
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(), nn.Linear(25088, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(), nn.Linear(512, num_classes)
    )

# === wrong wrong-width: a batch norm for the classes
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(num_classes), nn.ReLU(), nn.Dropout(), nn.Linear(512, num_classes)
    )

# === wrong not-a-layer: ReLU without brackets
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU, nn.Dropout(), nn.Linear(512, num_classes)
    )

# === wrong not-a-layer: F.relu among the layers
def vgg_head(num_classes: int = 10) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), F.relu, nn.Dropout(), nn.Linear(512, num_classes)
    )

# === wrong no-forward: forward is indented into __init__
class Head(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(), nn.Linear(512, num_classes)
        )

        def forward(self, x):
            return self.layers(x)


def vgg_head(num_classes: int = 10) -> nn.Module:
    return Head(num_classes)

# === wrong weights-alike: the weights are NaN
def vgg_head(num_classes: int = 10) -> nn.Module:
    head = nn.Sequential(
        nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(), nn.Linear(512, num_classes)
    )
    head[1].weight = nn.Parameter(torch.full((512, 512), float("nan")))
    return head
