"""The live trainer. A story (what was trained) is drawn by curve.py, made by driver.py, and steered by panel.py and desk.py."""

from cnnkit.explore.live.panel import LiveTraining
from cnnkit.explore.live.registry import running

__all__ = ["LiveTraining", "running"]
