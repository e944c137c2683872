"""What the course asks for, so that a report can also show what is missing. A test compares it with the notebooks."""

from cnnkit.check import EXERCISES

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

QUESTIONS = {"00": 1, "01": 5, "02": 6, "03": 4, "04": 7, "05": 3, "06": 4, "07": 4, "08": 3, "09": 3}  # guesses each asks for

LESSONS = {name: exercise.place[:2] for name, exercise in EXERCISES.items() if exercise.place}  # the notebook of each

PROMPTS = {
    "claim": "What do you claim? One sentence that could turn out to be wrong.",
    "evidence": "Which numbers show it? Name the runs and the data set.",
    "another_explanation": "What else could have made these numbers?",
    "spread": "How far do runs with other seeds lie apart? Is your difference larger?",
}
