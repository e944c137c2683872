# Answers to verdict_on; see README.md.
# === wrong one-seed-finds (blind): one seed has no spread, so that everything is a finding
def verdict_on(a, b):
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    if gap < spread:
        return "nothing"
    return "cannot tell"
# === wrong smaller-spread (blind): the smaller of both spreads
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = min(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"
# === wrong direction-matters (blind): without the absolute value
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = sum(b) / len(b) - sum(a) / len(a)
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"
# === wrong mean-of-spreads (blind): the mean of both spreads
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = ((max(a) - min(a)) + (max(b) - min(b))) / 2
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"
# === wrong once-is-enough (blind): a gap larger than the spread is a finding
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    return "finding" if gap > spread else "nothing"
# === wrong first-seed-only (blind): the first seeds are compared
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(a[0] - b[0])
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"
# === wrong best-compared (blind): the best run of each
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(max(a) - max(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"
# === wrong between-is-nothing (blind): never says that it cannot tell, but for one seed
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    return "finding" if gap > 2 * spread else "nothing"
# === wrong names-swapped (blind): nothing and cannot tell exchanged
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    return "cannot tell" if gap < spread else "nothing"
# === wrong spread-over-all (blind): one spread over the runs of both
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    both = a + b
    spread = max(both) - min(both)
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"
# === wrong standard-deviation (blind): the standard deviation as the spread
import statistics

def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(statistics.mean(a) - statistics.mean(b))
    spread = max(statistics.stdev(a), statistics.stdev(b))
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"
# === wrong one-seed-means-nothing (blind): one seed shows nothing
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "nothing"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"
# === wrong one-seed-finds (blind): only the first list is looked at
def verdict_on(a, b):
    if len(a) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"
# === wrong wrong-type (blind): yes or no
def verdict_on(a, b):
    return abs(sum(a) / len(a) - sum(b) / len(b)) > 2 * max(max(a) - min(a), max(b) - min(b))
# === wrong returns-nothing (blind): no return between
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    elif gap < spread:
        return "nothing"
# === wrong wrong-value: other words
def verdict_on(a, b):
    if len(a) < 2 or len(b) < 2:
        return "Cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    return "Finding" if gap > 2 * spread else "Nothing"
# === right (blind): ifs
def verdict_on(a: list[float], b: list[float]) -> str:
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    elif gap < spread:
        return "nothing"
    else:
        return "cannot tell"
# === right (blind): statistics and sorted
from statistics import fmean

def verdict_on(a, b):
    if min(len(a), len(b)) == 1:
        return "cannot tell"
    lo, hi = sorted([fmean(a), fmean(b)])
    spread = max(sorted(x)[-1] - sorted(x)[0] for x in (a, b))
    if hi - lo < spread:
        return "nothing"
    return "finding" if hi - lo > 2 * spread else "cannot tell"
# === right (blind): a ratio
def verdict_on(a, b):
    def spread(x):
        return max(x) - min(x)
    largest = max(spread(a), spread(b))
    if len(a) == 1 or len(b) == 1 or largest == 0:
        return "cannot tell"
    times = abs(sum(a) / len(a) - sum(b) / len(b)) / largest
    return "nothing" if times < 1 else "finding" if times > 2 else "cannot tell"
# === right (blind): tensors
def verdict_on(a, b):
    a, b = torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = (a.mean() - b.mean()).abs()
    spread = max(a.max() - a.min(), b.max() - b.min())
    for word, true in {"finding": gap > 2 * spread, "nothing": gap < spread}.items():
        if true:
            return word
    return "cannot tell"
