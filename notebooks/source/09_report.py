# %% [markdown]
# # 09 · Report
#
# **What did I find, and how sure am I?**
#
# After this notebook you can
#
# * tell a difference between two networks from luck;
# * say an accuracy so that somebody else can use it;
# * make a claim, with its evidence and with another explanation;
# * hand in one page that is made of what you really ran.
#
# *Time:* 55 minutes, most of it for your own words; the machine computes for less than one.
# *Know first:* [notebook 05](05_training_loop.ipynb). Everything else that you did will be on your page.
# There are two exercises with a check, and a small one without.
# Their solutions are in the [solved copy](solutions/09_report.ipynb).

# %%
from cnnkit import check, draw, runs


def curve(name: str, seed: int) -> list[dict]:
    """The test accuracy of a recorded run after each epoch."""
    run = runs.load(name, seed)
    return [{"step": s, "split": "test", "accuracy": a} for s, a in zip(run["step"], run["test_accuracy"], strict=True)]


nets = ("residual-20", "residual-29")
curves = {f"{name}, seed {seed}": curve(name, seed) for name in nets for seed in (0, 1)}
draw.accuracies(curves, title="CIFAR-10 (JPEG copy): residual nets with 20 and 29 layers", classes=10)

# %% [markdown]
# These runs are recorded. Two networks were trained twice each. Between the two runs of one network only the **seed** differs.
# It fixes all that is random: the first weights, the order of the photos, their crops.
#
# Which network is better? With seed 0 it is the deeper one, with seed 1 the other.
# Somebody who trains each of them once sees a difference, and believes it.
#
# ## Exercise: mean and spread (3 minutes, difficulty 1 of 5)
#
# You get the accuracies of one network, one number a seed. Return their mean, and their spread: the largest minus the smallest.
# No check looks at it, but the next cell uses it.


# %%
def mean_and_spread(values: list[float]) -> tuple[float, float]:
    """(mean, largest minus smallest); [50.0, 54.0] gives (52.0, 4.0)."""
    ### BEGIN SOLUTION
    return sum(values) / len(values), max(values) - min(values)
    ### END SOLUTION


# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Python has `sum`, `len`, `max` and `min`.
# </details>
#
# <details><summary>Hint 2: nearly the line</summary>
#
# The mean is `sum(values) / len(values)`. Return it together with the spread: `return mean, spread`.
# </details>


# %%
def ends(name: str) -> list[float]:
    """Test accuracy after the last epoch, in %, one number a seed."""
    return [100 * runs.load(name, seed)["test_accuracy"][-1] for seed in runs.seeds(name)]


def summary(values: list[float]) -> str:
    found = mean_and_spread(values)
    if found is None:
        return "mean and spread: not computed yet"
    if not isinstance(found, tuple | list) or len(found) != 2:
        return "mean_and_spread should return two numbers: mean, spread"
    return f"mean {found[0]:.1f}, spread {found[1]:.1f}"


for name in ("residual-20", "residual-29", "plain-50", "residual-50"):
    print(f"{name:11}", *(f"  seed {seed}: {end:.1f} %" for seed, end in enumerate(ends(name))), "  ", summary(ends(name)))

# %% [markdown]
# All four lines are for the 10,000 test photos of CIFAR-10 (JPEG copy).
#
# * 20 or 29 layers: the means are 1.0 point apart, and one network alone varies by 3.1. This shows nothing.
# * Plain or residual, 50 layers: the means are about 27 points apart. The seeds vary by 7.9 and 1.2. This is a finding.
#
# So the first question about a difference is: *how far apart are two runs that should be the same?*

# %% [markdown]
# ## Exercise: finding, nothing, or cannot tell (8 minutes, difficulty 2 of 5)
#
# Two networks were trained with several seeds each. Do their accuracies differ by more than luck? Take the gap
# between the two means, and the spread of each network: its largest accuracy minus its smallest. The larger of
# the two spreads is the measure of luck.
#
# * a gap of more than twice that spread: `"finding"`
# * a gap below that spread: `"nothing"`
# * between the two, or where a network has one seed only: `"cannot tell"`


# %%
def verdict_on(a: list[float], b: list[float]) -> str:
    """Tells "finding", "nothing" or "cannot tell", from the accuracies of two networks in %, one number a seed."""
    ### BEGIN SOLUTION
    if len(a) < 2 or len(b) < 2:
        return "cannot tell"
    gap = abs(sum(a) / len(a) - sum(b) / len(b))
    spread = max(max(a) - min(a), max(b) - min(b))
    if gap > 2 * spread:
        return "finding"
    return "nothing" if gap < spread else "cannot tell"
    ### END SOLUTION


check.verdict_on(verdict_on)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Compute three numbers first: the gap between the means, and the two spreads.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# The larger spread says how much luck there is, because nobody knows whether the smaller one was lucky. A single
# seed has no spread at all.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `gap = abs(sum(a) / len(a) - sum(b) / len(b))`, `spread = max(max(a) - min(a), max(b) - min(b))`, and then two
# comparisons.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"A single run counts as proof."* The spread of one number is 0, so that any gap seems to be larger.
#
# *"The smaller spread is used."* Two runs of one network can lie close together by luck; the other network shows
# how far luck can reach.
# </details>

# %%
judge = check.verdict_on(verdict_on).or_reference()
for one, other in (("plain-50", "residual-50"), ("residual-20", "residual-29"), ("plain-20", "residual-20")):
    print(f"{one:11} against {other:11}", judge(ends(one), ends(other)))

# %% [markdown]
# A rule like this is crude, and it is honest: it was fixed before anybody looked. Without one, we look at the
# numbers first and find a reason afterwards why this gap is large. Note that "nothing" does not mean that the
# networks are equally good. It means that these runs cannot show a difference, and that more seeds might.

# %% [markdown]
# ### What one seed does not prove
#
# Suppose two networks are equally good. Still, one run ends higher than the other.

# %%
from itertools import combinations

from cnnkit import explore


def luck(seeds: int) -> float:
    """How often, in %, all runs of A lie above all runs of B, if A and B are equally good: every order is equally likely."""
    places = list(combinations(range(2 * seeds), seeds))  # where the runs of A can stand, from the lowest place 0
    return 100 * sum(min(place) == seeds for place in places) / len(places)


explore.guess(
    "A and B are equally good, with two seeds each. In how many % of cases do both runs of A lie above both of B?",
    answer=lambda: luck(2),
    tolerance=4,
    unit="%",
    key="09, question 1",
    possible=(0, 100),
    known={
        25: "The two runs of A are not two coins: four runs have six orders, and in one of them A has both upper places.",
        33: "That is for either direction: A above B, or B above A.",
        50: "That is for one seed each.",
    },
)

# %%
for seeds in (1, 2, 3, 5):
    print(f"{seeds} seed(s) each: A looks better by luck in {luck(seeds):4.1f} % of cases")

# %% [markdown]
# One seed each decides like a coin. With two seeds each, A wins by luck in one case of six, and one of the two nets wins in
# one case of three. With three seeds it is one in twenty, and one in ten.
# If time allows only two seeds, the *size* must convince: a gap that is several times the larger of the two spreads, because
# two seeds of one net may lie close together by luck.
#
# ## A claim that holds
#
# Here is a worked example. Its numbers are computed, not remembered.

# %%
plain, residual = ends("plain-50"), ends("residual-50")
gap = sum(residual) / len(residual) - sum(plain) / len(plain)
about = runs.load("plain-50").about
print(f"Claim: with shortcuts, the 50-layer net names {gap:.0f} more of every 100 photos right.")
print(f"Evidence: {about['data']}, {about['test_photos']:,} test photos, after {about['epochs']} epochs.")
for kind, values in {"plain": plain, "residual": residual}.items():
    print(f"  {kind}-50:", ", ".join(f"{value:.1f} % (seed {seed})" for seed, value in enumerate(values)))
print(f"Spread: {max(plain) - min(plain):.1f} and {max(residual) - min(residual):.1f} points.", end=" ")
print(f"The closest two runs of both kinds are {min(residual) - max(plain):.1f} points apart.")
print("Another explanation: all runs use one learning rate. Perhaps it suits the residual net better.")

# %% [markdown]
# What makes it good?
#
# 1. It says what was compared, and by how much.
# 2. The data set, the photos, the epochs and the seeds stand beside the numbers.
# 3. The spread is there, so the reader can judge.
# 4. It names another explanation, and so the next experiment: other learning rates for the plain net.
#
# "Shortcuts make networks better" would be too large. One data set, one small width and eight epochs don't show that.
#
# ## How to say a number
#
# Seeds are one kind of luck. The photos are another: with other test photos the same network has another accuracy.
# Imagine a network that is right on a photo with probability $p$ = 0.75. We test it on many sets of 1,000 photos.

# %%
import torch


def many_tests(p: float, photos: int) -> torch.Tensor:
    """The accuracies, in %, on 1,000 imagined test sets of so many photos."""
    right = torch.rand(1000, photos, generator=torch.Generator().manual_seed(0)) < p
    return 100 * right.sum(dim=1) / photos


explore.guess(
    "How far from 75 % is a typical accuracy on 1,000 photos? (The standard deviation: the root of the mean squared distance.)",
    answer=lambda: round(many_tests(0.75, 1000).std().item(), 2),
    tolerance=0.5,
    unit="points",
    key="09, question 2",
    known={
        43: "So far lies a single answer, 0 or 100 %, from 75 %; the mean of 1,000 answers lies much closer.",
        1.9: "That is the mean squared distance; take its root.",
    },
)

# %%
accuracies = many_tests(0.75, 1000)
for percent in range(71, 80):
    count = int(((accuracies >= percent - 0.5) & (accuracies < percent + 0.5)).sum())
    print(f"{percent} % {'█' * (count // 8)} {count} of 1,000 test sets")

# %% [markdown]
# A formula gives the width of this hill. Count 1 for a right answer and 0 for a wrong one. The mean is $p$.
# A right answer lies $1-p$ above it, a wrong one $p$ below. The mean of the *squared* distance is
# $p(1-p)^2 + (1-p)p^2 = p(1-p)$.
#
# For independent photos these squares add up: $n\,p(1-p)$ for the sum of $n$ answers. The accuracy is the sum divided by $n$,
# so its squared distance is $p(1-p)/n$. The root is the **standard error**: $\sqrt{p(1-p)/n}$.

# %% [markdown]
# ## Exercise: the standard error (3 minutes, difficulty 1 of 5)
#
# A network has been tested on `photos` photos, and `accuracy` % were right. How far from its true accuracy is
# that number, typically, by the luck of which photos were drawn? The root of p(1 - p)/n, in percentage points.


# %%
def standard_error(accuracy: float, photos: int) -> float:
    """In percentage points, for an accuracy in % on so many independent photos."""
    ### BEGIN SOLUTION
    return (accuracy * (100 - accuracy) / photos) ** 0.5
    ### END SOLUTION


check.standard_error(standard_error)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The text above ends with the formula. In which unit is the accuracy, and in which the result?
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# With an accuracy in %, 1 - p becomes 100 - accuracy, and the root is in points without any further factor.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `(accuracy * (100 - accuracy) / photos) ** 0.5`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The result is a fraction."* The accuracy was divided by 100, and the result not multiplied by it.
#
# *"The number of photos stands outside the root."* A hundred times the photos make the error ten times smaller,
# not a hundred times.
# </details>

# %%
error = check.standard_error(standard_error).or_reference()  # yours, if it passed
for photos in (20, 1000, 10_000):
    print(f"{photos:6,} photos: formula {error(75, photos):.2f}, machine {many_tests(0.75, photos).std():.2f} points")

# %% [markdown]
# About two thirds of the tests lie within one standard error, and 95 % within two. A hundred times the photos make it
# ten times smaller. So this is how to say a number:
#
# * with its data set, its photos and its seeds;
# * with the standard error: 75 % ± 1.4 on 1,000 photos, 75.0 % ± 0.4 on 10,000;
# * without digits that are smaller than the error. "75.31 %" of 1,000 photos pretends.
#
# ## Two runs of your own
#
# Now a spread that you made. A small network learns emoji10 twice, with seeds 0 and 1, and is tested on 1,000 images.
# Both runs are recorded for your page.

# %%
from functools import cache

from torch import nn

from cnnkit import Training, data, models, report

ds = data.load("emoji10")


@cache  # each seed is trained only once
def run(seed: int) -> Training:
    """A small network, trained for four epochs, tested, and recorded."""
    torch.manual_seed(seed)  # the first weights
    layers = models.make_layers([8, "M", 16, "M", 32, "M", 64], batch_norm=True)  # [N, 64, 4, 4]
    net = nn.Sequential(layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    same = {"epochs": 4, "batch_size": 50, "lr": 1e-2, "schedule": "linear", "precision": "float32"}
    training = Training(net, ds, **same, seed=seed)  # this seed: order and crops
    for _step in training:
        pass
    training.evaluate()
    report.record(training, f"09-seed-{seed}", start="random")
    return training


# %%
def accuracy(seed: int) -> float:
    """In %, on the test images of emoji10."""
    return 100 * run(seed).history.evaluations[-1]["accuracy"]


explore.guess(
    "How many percentage points are the two accuracies apart?",
    answer=lambda: abs(accuracy(0) - accuracy(1)),
    tolerance=1.5,
    unit="points",
    key="09, question 3",
)

# %%
for seed in (0, 1):
    usual = "normal" if 38 <= accuracy(seed) <= 54 else "unusual"
    print(f"seed {seed}: {usual} for the 1,000 test images of emoji10 (38 to 54 %)")
apart = abs(accuracy(0) - accuracy(1))
print("points apart:", "normal" if apart <= 8 else "unusual", "(0 to 8)")
draw.losses({f"seed {seed}": run(seed).history for seed in (0, 1)}, "emoji10: the same network with two seeds", classes=10)

# %% tags=["nbval-ignore-output"]
for seed in (0, 1):
    print(f"seed {seed}: {accuracy(seed):.1f} % right, standard error {error(accuracy(seed), 1000):.1f} points")
print(summary([accuracy(0), accuracy(1)]))

# %% [markdown]
# *Normal:* eight seeds gave 43.5 to 47.8 % on emoji10, with a standard deviation of 1.7 points.
# So here the luck of the seed is about as large as that of the photos.
#
# The first two were only 1.1 points apart, all eight 4.3. So a spread over two seeds can look small by luck, too.
# With five seeds or more, give the standard deviation; it does not grow with their number.
#
# One warning: the formula wants independent photos. The test images of emoji10 are 74 drawings, again and again.
# If one of them is difficult, all its images are. So the real error is larger.
#
# ## What you recorded
#
# The notebooks kept your attempts, your guesses and your finished runs in the folder `runs` beside them.
# What you did not do is shown as not done; nothing is filled in for you.
#
# (On Colab each notebook has a machine of its own: download the folder `runs` there, and upload it here.)

# %% tags=["nbval-ignore-output"]
results = report.gather("runs")
report.show(results, "exercises")

# %% tags=["nbval-ignore-output"]
report.show(results, "guesses")

# %% [markdown]
# Look at the guesses that were wrong. Are they about shapes, about costs, or about training?
# A wrong guess is no fault. It shows where you learnt something.

# %% tags=["nbval-ignore-output"]
report.show(results, "runs")

# %% [markdown]
# Two lines of the table may be compared if the data set and the tested images are the same, and one thing differs.
# Which pairs are that? Times compare only on the same machine.
#
# ## Your words
#
# Choose one comparison: two of your runs, or your two seeds against the same network with one setting changed.
# Write between the quotation marks, in full sentences.
#
# * **claim**: what differs, and by how much?
# * **evidence**: which runs, which data set, how many photos?
# * **another explanation**: what else could make the difference, and which run would exclude it?
# * **spread**: how far apart are runs that differ only in the seed? If you have one seed, say so.

# %%
report.say(
    claim="""
    """,
    evidence="""
    """,
    another_explanation="""
    """,
    spread="""
    """,
)
report.show(report.gather("runs"), "words")

# %% [markdown]
# ## Your page

# %%
page = report.write("report.html", name="", number="")  # your name, and your student number
print("written:", page.name)

# %% [markdown]
# **Hand it in:** open `report.html` in a browser and read it once as a stranger would. Then hand in this one file.
# It needs no network and nothing beside it: pictures, tables, and the data they were made of are inside.
# After a change run the cells from *Your words* on again. In a terminal `python -m cnnkit report` writes the same page.
#
# ## Recap
#
# 1. A difference counts if it is several times the larger of the two spreads.
# 2. One seed each decides like a coin; say how many you had.
# 3. $\sqrt{p(1-p)/n}$: near 75 %, 1.4 points on 1,000 photos, and 0.4 on 10,000.
# 4. A claim names its data, its spread, and another explanation.
# 5. What was not run stands in the report as not run.
#
# ## Three questions
#
# <details><summary>1. A friend reports "83.27 %". What do you ask?</summary>
#
# Of which data set, on how many photos, with how many seeds? And was the network chosen on these same photos?
# </details>
#
# <details><summary>2. Net A has 75 % and net B 77 % on the same 1,000 photos, one seed each. Is B better?</summary>
#
# Nobody knows yet. The standard error of 1.4 points is that of *one* net on fresh photos. Both nets saw the same photos, so
# what counts is on how many of them only one is right: 20 of 1,000 such photos, all for B, would be no luck, but 210 against
# 190 could well be. And even then it holds for these two trained nets, because one seed each says nothing of the spread.
# </details>
#
# <details><summary>3. You train ten seeds, and report the best one. What is wrong?</summary>
#
# The best of ten is lucky, so a new run will most likely be worse. Report the mean and the spread of all ten.
# </details>
#
# ## Go further
#
# Give `Training` in `run` the argument `augment=False`, and the record another name. First write down your guess.
# Is the difference larger than your spread? Then it is your claim.
#
# ## Looking back
#
# You began with a window that slides over a few pixels. You counted what it costs, and stacked it to VGG-16.
# You saw that a deeper stack fails, wrote the block that mends it, and built ResNet-50 from a table.
# You wrote the loop that trains it, and you drove it. Now you can say what you found, and how sure you are.
# That is the part that stays true when the networks have other names.
