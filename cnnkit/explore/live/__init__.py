"""The live trainer. A story (what was trained) is drawn by picture.py, made by driver.py, steered by panel.py and desk.py."""

from cnnkit.explore.live.panel import LiveTraining
from cnnkit.explore.live.racing import race
from cnnkit.explore.live.registry import running

__all__ = ["LiveTraining", "race", "running"]
