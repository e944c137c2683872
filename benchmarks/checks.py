"""Processor time of a verdict, an exercise a row: on a right answer, on a wrong one that is named, and on one that is not.

python benchmarks/checks.py                    all exercises, the answers of tests/mistakes
python benchmarks/checks.py train_step grad_cam
"""

import statistics
import sys
import time
from pathlib import Path

from machine import machine

from cnnkit.check import EXERCISES
from cnnkit.check.engine import check

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from catalogue import Answer, answers

# What a check says of wrong answers that it has no name for; and what it says before it has looked at one.
UNNAMED = {"wrong-value", "wrong-heat-map", "other-norms", "wrong-update", "differs", "wrong-loss", "not-a-crop"}
AT_ONCE = {"not-started", "wrong-kind", "kit-solution", "raises", "too-slow"}


def seconds(answer: Answer) -> tuple[str, float]:
    """Of which kind an answer is, and what its verdict cost."""
    candidate = answer.load()
    start = time.process_time()
    verdict = check(EXERCISES[answer.exercise], candidate, seconds=60)
    spent = time.process_time() - start
    return "right" if verdict.passed else "unnamed" if verdict.mistake in UNNAMED else "named", spent


def main() -> None:
    """Prints the median of each kind and the slowest: what a first verdict costs comes on top, and is told apart."""
    for name in sys.argv[1:] or EXERCISES:
        exercise = EXERCISES[name]
        some = [answer for answer in answers(exercise.name, exercise.answer) if answer.slug not in AT_ONCE]
        first = max(seconds(answer)[1] for answer in some if answer.slug in UNNAMED or answer is some[0])
        spent: dict[str, list[float]] = {"right": [], "named": [], "unnamed": []}
        for answer in some:
            kind, took = seconds(answer)
            spent[kind].append(took)
        columns = [
            f"{kind} {1000 * statistics.median(times):5.0f} ms (at most {1000 * max(times):5.0f}, {len(times)} answers)"
            for kind, times in spent.items()
            if times
        ]
        print(f"{name:18} first {1000 * first:5.0f} ms   {'   '.join(columns)}")
    print(machine())


if __name__ == "__main__":
    main()
