"""Where one layer speaks for a class."""

from cnnkit.check.engine import Exercise
from cnnkit.check.probes import gradients, heat_map, training
from cnnkit.check.solutions.gradients import grad_cam

EXERCISE = Exercise(
    "grad_cam",
    "grad_cam",
    (heat_map.right_values, heat_map.black_photo, heat_map.no_side_effects),
    grad_cam,
    praise="Your heat maps are right for two layers, and no hook is left.",
    title="Grad-CAM",
    minutes=20,
    difficulty=4,
    place="08/2",
    mistakes={**training.MISTAKES, **gradients.MISTAKES, **heat_map.MISTAKES},
    text="""\
Where did the network look? Grad-CAM answers with a heat map as large as the maps of one layer. Take the layer's output A (K
maps) and the gradient of the *logit* of the class `target` with respect to A. Average the gradient over the positions: one
weight for each of the K maps. The heat map is the ReLU of the weighted sum of the maps. It need not be scaled.
""",
)
