"""What the course asks for, so that a report can also show what is missing. A test compares it with the notebooks."""

TITLES = {
    "00": "Start here",
    "01": "Convolution, by its shapes",
    "02": "VGG-16",
    "03": "The residual block",
    "04": "ResNet-50 for 32x32",
    "05": "Writing the training loop",
    "06": "Driving it",
    "07": "Why residual works",
    "08": "Looking inside",
    "09": "Report",
}

QUESTIONS = {"00": 1, "01": 4, "02": 5, "03": 3, "04": 7, "05": 3, "06": 4, "07": 5, "08": 3, "09": 3}  # guesses each asks for
MISSIONS = 3  # of notebook 06

LESSONS = {  # the notebook of each exercise
    "conv_output_size": "01",
    "conv_cost": "01",
    "receptive_field": "01",
    "make_layers": "02",
    "vgg_head": "02",
    "residual_block": "03",
    "resnet50_layer4": "04",
    "random_crop_flip": "05",
    "train_step": "05",
    "evaluate": "05",
    "gradient_norms": "07",
    "grad_cam": "08",
}

PROMPTS = {
    "claim": "What do you claim? One sentence that could turn out to be wrong.",
    "evidence": "Which numbers show it? Name the runs and the data set.",
    "another_explanation": "What else could have made these numbers?",
    "spread": "How far do runs with other seeds lie apart? Is your difference larger?",
}
