"""What two networks' runs show about their difference."""

from cnnkit.check.functions import function_exercise


def verdict_on(a: list[float], b: list[float]) -> str:
    """Tells "finding", "nothing" or "cannot tell", from the accuracies of two networks in %, one number a seed."""
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"


BUGS = r"""
one-seed-finds: A single run counts as proof.
    One seed has no spread that you could know.
    len(a) < 2 or len(b) < 2 -> False
    len(a) < 2 or len(b) < 2 -> len(a) < 2
    len(a) < 2 or len(b) < 2 -> len(b) < 2
    len(a) < 2 or len(b) < 2 -> len(a) < 2 and len(b) < 2
one-seed-means-nothing: A single run is said to show nothing.
    You can't know its spread, so you can't tell.
    len(b) < 2:\n        return "cannot tell" -> len(b) < 2:\n        return "nothing"
direction-matters: It matters which network comes first.
    A gap has no sign.
    abs(sum -> (sum
    abs(sum(a) / len(a) - sum(b) / len(b)) -> sum(b) / len(b) - sum(a) / len(a)
smaller-spread: The smaller spread is used.
    The network that varies more decides how much luck there is.
    max(max(a) - min(a), max(b) - min(b)) -> min(max(a) - min(a), max(b) - min(b))
mean-of-spreads: The mean of both spreads is used.
    The network that varies more decides how much luck there is.
    max(max(a) - min(a), max(b) - min(b)) -> (max(a) - min(a) + max(b) - min(b)) / 2
spread-over-all: The spread runs over the runs of both networks.
    It holds the gap itself: each network has a spread of its own.
    max(max(a) - min(a), max(b) - min(b)) -> max(a + b) - min(a + b)
standard-deviation: The spread is a standard deviation.
    Here it is the largest minus the smallest.
    spread = max(max(a) - min(a), max(b) - min(b)) -> spread = max((sum((y - sum(x) / len(x)) ** 2 for y in x) / (len(x) - 1)) ** 0.5 for x in (a, b))
    spread = max(max(a) - min(a), max(b) - min(b)) -> spread = max((sum((y - sum(x) / len(x)) ** 2 for y in x) / len(x)) ** 0.5 for x in (a, b))
first-seed-only: Only the first runs are compared.
    The means count.
    sum(a) / len(a) - sum(b) / len(b) -> a[0] - b[0]
best-compared: The best runs are compared.
    The best of several is lucky; the means count.
    sum(a) / len(a) - sum(b) / len(b) -> max(a) - max(b)
once-is-enough: A gap a little above the spread counts as a finding.
    It should be more than twice the larger spread.
    gap > 2 * spread -> gap > spread
    gap > 2 * spread -> gap > spread ;; "nothing" if gap < spread else "cannot tell" -> "nothing"
between-is-nothing: Between one spread and two it says "nothing".
    There you cannot tell.
    "nothing" if gap < spread else "cannot tell" -> "nothing"
names-swapped: "nothing" and "cannot tell" are exchanged.
    A gap below the spread shows nothing.
    return "nothing" if gap < spread else "cannot tell" -> return "cannot tell" if gap < spread else "nothing"
wrong-value: A verdict is wrong.
    Write down the gap, both spreads, and twice the larger one.
"""  # noqa: E501

EXERCISE = function_exercise(
    verdict_on,
    BUGS,
    [
        ([70.0, 71.0], [75.0, 76.5]),
        ([76.5, 75.0], [70.0, 71.0]),
        ([70.0, 74.0], [71.0, 72.5]),
        ([70.0, 73.0], [75.0, 75.5]),
        ([72.0, 74.0, 70.0], [78.0, 74.0, 76.0]),
        ([80.0, 83.0, 80.0], [70.0, 70.5, 78.0]),
        ([60.0, 61.0], [61.4, 63.2]),
        ([50.0, 52.0], [46.5, 47.0]),
        ([70.0], [90.0, 91.0]),
        ([70.0, 71.0], [90.0]),
        ([70.0], [90.0]),
        ([60.0, 60.0, 63.0, 60.0], [66.0, 66.5, 66.0, 66.0]),
    ],
    praise="Right, and careful: with one seed you cannot tell.",
    title="finding, nothing, or cannot tell",
    minutes=8,
    difficulty=2,
    place="09/2",
    text="""\
Two networks were trained with several seeds each. Do their accuracies differ by more than luck? Take the gap between
the two means, and the spread of each network: its largest accuracy minus its smallest. The larger of the two spreads
is the measure of luck.

* a gap of more than twice that spread: `"finding"`
* a gap below that spread: `"nothing"`
* between the two, or where a network has one seed only: `"cannot tell"`
""",
)
