"""From results to matplotlib Figures, which notebooks show as images with alt text. Nothing here uses pyplot or a display."""

from cnnkit.draw.bars import bars
from cnnkit.draw.curves import accuracies, losses
from cnnkit.draw.maps import feature_maps, filters
from cnnkit.draw.matrix import confusion
from cnnkit.draw.network import strip
from cnnkit.draw.pictures import augmented, photos, worst
from cnnkit.draw.profile import profile
from cnnkit.draw.seeing import grad_cam, receptive_field
from cnnkit.draw.window import convolution

__all__ = [
    "accuracies",
    "augmented",
    "bars",
    "confusion",
    "convolution",
    "feature_maps",
    "filters",
    "grad_cam",
    "losses",
    "photos",
    "profile",
    "receptive_field",
    "strip",
    "worst",
]
