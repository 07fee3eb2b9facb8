"""Segments pooled: the library against the formulas in NumPy on the same grid, and against the integral they stand for.

Sources: Gelman et al., *Bayesian Data Analysis* (3rd ed.), ch. 5 (beta-binomial with the hyper-parameters integrated);
docs/method.md (grid, priors, vague component).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")

from methods import (
    Beliefs,
    Numbers,
    Step,
    incidence_by_lag,
    ln_likelihood,
    normalised,
    pooled,
    shared_lag,
    two_dimensions,
)
from scipy.stats import betabinom, binom
from ways import counted, table
from worlds import World, rows, world

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text(encoding="utf-8"))

Counts = list[tuple[int, int]]
CROWDS: dict[str, Counts] = {
    "two": [(3, 40), (9, 60)],
    "five alike": [(9, 100), (11, 100), (10, 100), (12, 110), (8, 95)],
    "an outlier": [(9, 100), (11, 100), (10, 100), (8, 90), (12, 120), (40, 100)],
    "nothing and everything": [(0, 30), (5, 30), (30, 30), (0, 1), (1, 1), (12, 20)],
    "one lead each": [(index % 3 == 0, 1) for index in range(12)],
    "rare": [(0, 400), (1, 300), (2, 500), (0, 50), (3, 350)],
    "twenty": [(int(x), n) for x, n in zip(binom.rvs(80, 0.2, size=20, random_state=4), [80] * 20, strict=True)],
    "very unlike": [(2, 200), (100, 200), (190, 200), (20, 200), (60, 200)],
    "sizes far apart": [(1, 3), (400, 4_000), (5, 60), (0, 8), (33, 250)],
    "fifty": [
        (int(np.random.default_rng(n).binomial(20 + 7 * n, 0.05 + 0.004 * (n % 13))), 20 + 7 * n) for n in range(50)
    ],
}


def test_the_oracle_knows_the_beta_binomial() -> None:
    """`scipy.stats.betabinom`, up to the binomial coefficient."""
    coefficient = binom.logpmf(7, 40, 0.5) - 40 * np.log(0.5)
    expected = betabinom.logpmf(7, 40, 0.2 * 12, 0.8 * 12)
    assert coefficient + ln_likelihood(7.0, 40.0, 0.2, 12.0) == pytest.approx(expected, abs=1e-12)


def test_the_oracle_finds_the_rat_tumours() -> None:
    """BDA3: mode of (ln a/b, ln (a + b)) and means of a, b under the prior (a + b)^(−5/2), on the book's grid."""
    rats = REFERENCE["rat_tumours"]
    d, n = np.array(rats["tumours"], float), np.array(rats["rats"], float)
    x, z = np.meshgrid(np.linspace(-2.3, -1.3, 201), np.linspace(1, 5, 401), indexing="ij")
    mean, weight = 1 / (1 + np.exp(-x)), np.exp(z)
    ln_posterior = ln_likelihood(d, n, mean[..., None], weight[..., None]).sum(axis=-1)
    # The density of (a, b) times its Jacobian ab.
    ln_posterior += np.log(mean * weight) + np.log((1 - mean) * weight) - 2.5 * np.log(weight)
    top = np.unravel_index(np.argmax(ln_posterior), x.shape)
    assert (x[top], z[top]) == pytest.approx(rats["mode"], abs=6e-3)
    weights = normalised(ln_posterior)
    means = [float((weights * mean * weight).sum()), float((weights * (1 - mean) * weight).sum())]
    assert means == pytest.approx(rats["means"], rel=2e-3)


def rates_of(crowd: Counts, dimensions: Any = None) -> list[dict[str, Any]]:
    """Give the rows of the cells, in their order."""
    found = table(counted(crowd, dimensions).read().rates())
    names = dimensions or [[f"s{number:03}" for number in range(len(crowd))]]
    return [found[" / ".join(name), "stage0->stage1"] for name in zip(*names, strict=True)]


# Left out of the library's sum are points that hold 1e-7 of the posterior together. Where those lie k standard
# deviations away, a quantile moves by 1e-7·(k + 1.28·k²/2) of them: 3e-6 for k = 6.
SAME_GRID = 3e-6


def compare(found: list[dict[str, Any]], expected: Beliefs, tolerance: float) -> None:
    """Estimate, low and high, in standard deviations of the posterior."""
    scale = np.sqrt(expected.variance)
    for name, numbers in (
        ("estimate", expected.mean),
        ("low", expected.quantile(0.1)),
        ("high", expected.quantile(0.9)),
    ):
        ours = np.array([row[name] for row in found])
        assert np.max(np.abs(ours - numbers) / scale) <= tolerance, name


def arrays(crowd: Counts) -> tuple[Numbers, Numbers]:
    d, n = np.array(crowd, float).T
    return d, n


@pytest.mark.parametrize("name", CROWDS)
def test_mature_leads_on_the_same_grid(name: str) -> None:
    found = rates_of(CROWDS[name])
    d, n = arrays(CROWDS[name])
    assert [row["effective_leads"] for row in found] == pytest.approx(n, rel=1e-9)
    assert [row["own"] for row in found] == pytest.approx(d / n, abs=1e-9)
    assert {row["method"] for row in found} == {"pooled"}
    compare(found, pooled(d, n), SAME_GRID)
    assert [row["estimate"] for row in found] == pytest.approx(pooled(d, n).mean, abs=1e-6)


@pytest.mark.parametrize("name", [name for name in CROWDS if name != "fifty"])
def test_mature_leads_against_the_integral(name: str) -> None:
    """The grid stands for an integral over all τ > 0: within a twentieth of the posterior's standard deviation.

    The grid leaves out τ < 0.01, which holds 1.6 % of the prior. Where the data favour segments that are all alike, by
    a Bayes factor of 3 at the most here, that is 5 % of the posterior, and what moves by one standard deviation between
    sharing all and sharing on average moves by 0.05. The spacing adds nothing: with at most 170 conversions per
    segment the posterior of the centre is, at every τ, at least half as wide as the grid's step (trapezoid:
    2 exp(−2π²/2²) < 2 % of a weight, at the smallest τ alone).
    """
    d, n = arrays(CROWDS[name])
    compare(rates_of(CROWDS[name]), pooled(d, n, integral=True), 0.05)


def test_many_conversions_in_segments_that_are_all_alike() -> None:
    """Beyond that the grid is coarse: with 10,000 conversions per segment half a deviation, 0.4 %, is allowed."""
    crowd = [(10_050, 100_000), (9_950, 100_000), (10_010, 100_000), (9_900, 100_000), (10_090, 100_000)]
    d, n = arrays(crowd)
    found, expected = rates_of(crowd), pooled(d, n, integral=True)
    compare(found, pooled(d, n), SAME_GRID)
    assert [row["estimate"] for row in found] == pytest.approx(expected.mean, rel=0.004)


def own_numbers(drawn: World, horizon: int) -> tuple[list[int], Numbers, Numbers]:
    """Per segment D and n of the censored likelihood that shares the lag curve of all leads."""
    known = drawn.where(drawn.known)
    everyone = Step(known.duration, known.converted, known.seen_from, known.entered)
    curve = incidence_by_lag(everyone, horizon)
    segments = np.unique(known.segment).tolist()
    own = [shared_lag(everyone.where(known.segment == segment), curve / curve[-1]) for segment in segments]
    rate, leads = np.array(own).T
    return segments, rate * leads, leads


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("delayed", [False, True])
@pytest.mark.parametrize("horizon", [None, 20])
def test_censored_leads(seed: int, delayed: bool, horizon: int | None) -> None:
    drawn = world(
        seed, leads=[500, 90, 2_000][seed % 3], rate=[0.05, 0.4, 0.8][seed % 3], delayed=delayed, segments=2 + seed
    )
    found = rows(drawn.read().rates(horizon_days=horizon))
    used = next(iter(found.values()))["horizon_days"]
    segments, d, n = own_numbers(drawn, used)
    ours = [found[f"s{segment}"] for segment in segments]
    assert [row["effective_leads"] for row in ours] == pytest.approx(n, rel=1e-6, abs=1e-9)
    assert len(found) == len(segments) + 1
    compare(ours, pooled(d, n), 1e-5)


def test_a_segment_whose_leads_are_too_young_has_what_the_others_say() -> None:
    """No effective lead of its own: the prior predictive of the crowd and the vague component, integrated."""
    drawn = world(2, leads=600, segments=3)
    young = World(
        entered=np.append(drawn.entered, drawn.as_of),
        converts_after=np.append(drawn.converts_after, np.iinfo("int64").max),
        lost_after=np.append(drawn.lost_after, np.iinfo("int64").max),
        seen_from=np.append(drawn.seen_from, 0),
        segment=np.append(drawn.segment, 7),
        as_of=drawn.as_of,
    )
    # Nobody converts on the day of entry, so G(0) = 0.
    young = young.where(young.converts_after > 0)
    found = rows(young.read().rates())
    _, d, n = own_numbers(young, found["s7"]["horizon_days"])
    assert n[-1] == 0
    assert (found["s7"]["own"], found["s7"]["shrinkage"]) == (None, 1)
    compare([found["s7"]], Beliefs(*(numbers[-1:] for numbers in (pooled(d, n).mean, pooled(d, n).variance))), 1e-5)


# --- two dimensions ---------------------------------------------------------------------------------------------------

CHANNELS, PERSONAS = ["email", "fair", "search"], ["buyer", "user"]


def crossed(counts: dict[tuple[str, str], tuple[int, int]]) -> tuple[Counts, list[list[str]]]:
    cells = sorted(counts)
    return [counts[cell] for cell in cells], [[cell[0] for cell in cells], [cell[1] for cell in cells]]


GRIDS: dict[str, dict[tuple[str, str], tuple[int, int]]] = {
    "full": {
        (c, p): (3 + 9 * i + 4 * j, 90 + 10 * i * j) for i, c in enumerate(CHANNELS) for j, p in enumerate(PERSONAS)
    },
    "with holes and a thin cell": {
        ("email", "buyer"): (30, 100),
        ("email", "user"): (4, 70),
        ("fair", "buyer"): (0, 2),
        ("search", "user"): (11, 250),
    },
    "one persona only": {(c, "buyer"): (5 + 7 * i, 80) for i, c in enumerate(CHANNELS)},
    "nobody of one channel": {(c, p): (0 if c == "fair" else 12, 60) for c in CHANNELS for p in PERSONAS},
}


@pytest.mark.parametrize("name", GRIDS)
def test_two_dimensions(name: str) -> None:
    """Every cell is pooled around the common centre moved by what its channel and its persona each suggest."""
    crowd, names = crossed(GRIDS[name])
    d, n = arrays(crowd)
    found = rates_of(crowd, names)
    compare(found, pooled(d, n, *two_dimensions(d, n, [np.array(of) for of in names])), 1e-5)


def additive(seed: int, spread: float) -> tuple[dict[tuple[str, str], tuple[int, int]], dict[tuple[str, str], float]]:
    """8 channels × 4 personas whose effects add up on the logit; channels differ in the personas that they reach."""
    dice = np.random.default_rng(seed)
    channel, persona = dice.normal(0, 0.5, 8), dice.normal(0, 0.5, 4)
    counts, truth = {}, {}
    for i in range(8):
        leads = dice.multinomial(250, dice.dirichlet([0.3] * 4))
        for j in range(4):
            if leads[j]:
                rate = 1 / (1 + np.exp(1.8 - channel[i] - persona[j] - dice.normal(0, spread)))
                cell = (f"c{i}", f"p{j}")
                counts[cell], truth[cell] = (int(dice.binomial(leads[j], rate)), int(leads[j])), rate
    return counts, truth


@pytest.mark.parametrize("spread", [0.0, 0.2])
def test_intervals_of_two_dimensions_cover(spread: float) -> None:
    """Against the truth of 40 drawn worlds: 80 % intervals cover, and two dimensions help.

    About 1,000 cells that depend on each other within a world: if they counted as 40 × 6 independent ones, the binomial
    standard error would be 2.6 points; the bound is three of those below 80 %.
    """
    inside, squares, plain = [], [], []
    for seed in range(40):
        counts, truth = additive(seed, spread)
        crowd, names = crossed(counts)
        rates = np.array([truth[cell] for cell in sorted(counts)])
        found = rates_of(crowd, names)
        inside += [row["low"] <= rate <= row["high"] for row, rate in zip(found, rates, strict=True)]
        squares += [(row["estimate"] - rate) ** 2 for row, rate in zip(found, rates, strict=True)]
        plain += list((pooled(*arrays(crowd)).mean - rates) ** 2)
    assert np.mean(inside) >= 0.72
    assert np.mean(squares) < 0.75 * np.mean(plain)


def test_two_dimensions_that_say_the_same_are_not_counted_twice() -> None:
    """Each channel has a persona of its own: a cell of one lead lies where its channel does, not twice as far out."""
    counts = {("a", "x"): (20, 1_000), ("b", "y"): (200, 1_000), ("c", "z"): (70, 1_000), ("d", "x"): (0, 1)}
    crowd, names = crossed(counts)
    row = rates_of(crowd, names)[3]
    alone = rates_of([counts[cell] for cell in sorted(counts)])[3]
    # By its channel alone it could be anything; its persona is that of channel a.
    assert 0.02 - 0.005 < row["estimate"] < alone["estimate"]
