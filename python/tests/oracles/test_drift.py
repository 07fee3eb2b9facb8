"""Rates that move between quarters: the predictive distribution of the next quarter, against the formulas in NumPy.

Sources: docs/method.md (one τ for all steps, half-normal(0.35); every step's centre integrated; over-dispersion as
in Gelman et al., *Bayesian Data Analysis* (3rd ed.), ch. 5, with quarters for groups); moments by total variance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")

from methods import Beliefs, Numbers, incidence_by_lag, next_period, next_whole_way, shared_lag
from scipy.optimize import brentq
from scipy.stats import beta
from ways import Way, counted_by_quarter, table, way

ENOUGH = 5


def by_quarter(drawn: Way, step: tuple[int, int], horizon: int) -> tuple[Numbers, Numbers]:
    """D and n of each calendar quarter of entry that has effective leads, from the censored likelihood."""
    leads = drawn.step(*step)
    curve = incidence_by_lag(leads, horizon)
    quarters = [shared_lag(leads.where(leads.quarter == q), curve / curve[-1]) for q in np.unique(leads.quarter)]
    rate, n = np.array([each for each in quarters if each[1] > 0]).T
    return rate * n, n


def predicted(
    drawn: Way, rows: dict[Any, Any], *, integral: bool = False
) -> tuple[Beliefs, list[tuple[Numbers, Numbers]], float]:
    """Predict the next quarter of each step and of the whole way; the quarters; what two steps' shocks share."""
    cells = [by_quarter(drawn, step, rows[None, drawn.name(step)]["horizon_days"]) for step in drawn.steps()]
    steps = len(drawn.entered) - 1
    found = next_period(cells[:steps], integral=integral)
    if len(cells) == steps:
        return found.rates, cells, 0.0
    whole_way, shared = next_whole_way(*cells[steps], found, integral=integral)
    mean = np.append(found.rates.mean, whole_way.mean)
    return Beliefs(mean, np.append(found.rates.variance, whole_way.variance)), cells, shared


def compare(rows: list[dict[str, Any]], expected: Beliefs, tolerance: float) -> None:
    """Mean and 80 % interval, in standard deviations of the prediction."""
    scale = np.sqrt(expected.variance)
    for name, numbers in (
        ("next", expected.mean),
        ("next_low", expected.quantile(0.1)),
        ("next_high", expected.quantile(0.9)),
    ):
        ours = np.array([row[name] for row in rows])
        assert np.max(np.abs(ours - numbers) / scale) <= tolerance, (name, (ours - numbers) / scale)


QUARTERS: dict[str, list[tuple[int, int]]] = {
    "still": [(100, 1_000), (101, 1_000), (99, 1_000), (102, 1_000)],
    "moving": [(60, 1_000), (150, 1_000), (80, 1_000), (130, 1_000)],
    "rare": [(0, 60), (1, 80), (3, 75), (0, 90), (2, 100), (1, 60)],
    "often": [(95, 100), (80, 90), (70, 70), (55, 60), (99, 120)],
    "thin": [(1, 5), (2, 6), (0, 5), (3, 9), (1, 7)],
    "ten": [(20 + 7 * (n % 3), 200 + 10 * n) for n in range(10)],
    "half": [(50, 100), (48, 100), (61, 110), (40, 90), (52, 100), (45, 95)],
}


@pytest.mark.parametrize("name", QUARTERS)
def test_mature_quarters(name: str) -> None:
    d, n = np.array(QUARTERS[name], float).T
    row = table(counted_by_quarter(QUARTERS[name]).read().rates())[None, "stage0->stage1"]
    compare([row], next_period([(d, n)]).rates, 1e-9)


@pytest.mark.parametrize("name", QUARTERS)
def test_mature_quarters_against_the_integral(name: str) -> None:
    """The grid stands for an integral over all τ > 0: mean within 0.03, interval within 0.06 standard deviations.

    It leaves out τ < 0.007 (1.6 % of the prior, at a Bayes factor of 2 at the most here: 3 % of the posterior), where
    the prediction is at most its own standard deviation narrower; and τ > 1.4 (6e-5 of the prior).
    """
    d, n = np.array(QUARTERS[name], float).T
    row = table(counted_by_quarter(QUARTERS[name]).read().rates())[None, "stage0->stage1"]
    expected = next_period([(d, n)], integral=True).rates
    sd = float(np.sqrt(expected.variance[0]))
    assert abs(row["next"] - expected.mean[0]) <= 0.03 * sd
    assert abs(row["next_low"] - expected.quantile(0.1)[0]) <= 0.06 * sd
    assert abs(row["next_high"] - expected.quantile(0.9)[0]) <= 0.06 * sd


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("drift", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("rates", [[0.3], [0.3, 0.5], [0.2, 0.4, 0.3]])
def test_censored_quarters_of_several_steps(seed: int, drift: float, rates: list[float]) -> None:
    drawn = way(seed, rates, quarters=5 + seed, per_quarter=[300, 150][seed % 2], drift=drift)
    found = drawn.read().rates()
    rows = table(found)
    expected, *_ = predicted(drawn, rows)
    compare([rows[None, drawn.name(step)] for step in drawn.steps()], expected, 1e-6)


def factor(beliefs: Beliefs, shared: float, won: int, quarters: int) -> float:
    """How much the variances of the steps grow so that their product varies as much as with what their shocks share.

    Squared coefficients of variation multiply as Π (1 + cv²) − 1 (independent factors).
    """
    mean = beliefs.mean[:-1]
    cv2, q = beliefs.variance[:-1] / mean**2, 1 - mean
    if won < 60 or quarters < 6:
        return 1.0
    more = shared * (q.sum() ** 2 - (q**2).sum())
    return float(brentq(lambda f: np.prod(1 + f * cv2) - np.prod(1 + cv2) - more, 0, 1e6, xtol=1e-15))


SHOCKS = [(0.0, 0.0, 300), (0.1, 0.5, 400), (0.0, 0.8, 400), (0.5, 0.0, 300), (0.1, 0.5, 60)]


def shaken(seed: int, drift: float, shared: float, per_quarter: int) -> Way:
    rates = [0.3, 0.5] if seed % 2 else [0.4, 0.5, 0.6]
    return way(seed, rates, quarters=5 + seed, per_quarter=per_quarter, drift=drift, shared=shared)


def wider(drawn: Way, *, integral: bool = False) -> tuple[float, Beliefs]:
    expected, cells, shared = predicted(drawn, table(drawn.read().rates()), integral=integral)
    won = int((drawn.entered[-1] <= drawn.as_of).sum())
    return factor(expected, shared, won, int((cells[-1][1] >= ENOUGH).sum())), expected


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("drift", "shared", "per_quarter"), SHOCKS)
def test_the_posteriors_of_a_plan_share_their_shocks(seed: int, drift: float, shared: float, per_quarter: int) -> None:
    """What a plan uses: the next quarter's means, and variances as wide together as shared shocks make them."""
    drawn = shaken(seed, drift, shared, per_quarter)
    by, expected = wider(drawn)
    mean, variance = expected.mean[:-1], by * expected.variance[:-1]
    found = drawn.read().rates().posteriors()
    assert [each["mean"] for each in found if each] == pytest.approx(mean, rel=1e-6)
    assert [each["ess"] for each in found if each] == pytest.approx(mean * (1 - mean) / variance - 1, rel=1e-5)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("drift", "shared", "per_quarter"), SHOCKS)
def test_shared_shocks_against_the_integral(seed: int, drift: float, shared: float, per_quarter: int) -> None:
    """The grid of τ and the 16 ρ stand for integrals: standard deviations within 6 %, as those of a step are."""
    drawn = shaken(seed, drift, shared, per_quarter)
    by, expected = wider(drawn, integral=True)
    found = [each for each in drawn.read().rates().posteriors() if each]
    ours = np.array([each["mean"] * (1 - each["mean"]) / (each["ess"] + 1) for each in found])
    assert np.sqrt(ours) == pytest.approx(np.sqrt(by * expected.variance[:-1]), rel=0.06)


def test_the_worlds_above_are_of_every_kind() -> None:
    """Some are widened, some narrowed (shocks that offset each other), some left alone."""
    factors = [wider(shaken(seed, *shocks))[0] for seed in range(6) for shocks in SHOCKS]
    assert min(factors) < 0.9
    assert 1 in factors
    assert max(factors) > 1.5


@pytest.mark.parametrize(
    "counts", [[(30, 100)], [(5, 80), (20, 90)], [(60, 90), (50, 90), (80, 100)], [(0, 9), (1, 4)]]
)
def test_few_quarters_are_centred_on_all_leads(counts: list[tuple[int, int]]) -> None:
    """Fewer than four quarters: how much rates move is the prior's; the mean is that of all leads together.

    The spread relative to the mean stays what the formulas say.
    """
    rates = counted_by_quarter(counts).read().rates()
    row = table(rates)[None, "stage0->stage1"]
    d, n = np.array(counts, float).T
    free = next_period([(d, n)]).rates
    mean = (d.sum() + 0.5) / (n.sum() + 1)
    compare([row], Beliefs(np.array([mean]), free.variance * (mean / free.mean) ** 2), 1e-9)
    assert any("rests on experience elsewhere" in warning for warning in rates.warnings)


def test_few_quarters_of_several_steps_are_centred_on_all_leads() -> None:
    drawn = way(1, [0.3, 0.5], quarters=3, per_quarter=200)
    found = table(drawn.read().rates())
    free, *_ = predicted(drawn, found)
    rows = [found[None, drawn.name(step)] for step in drawn.steps()]
    all_leads = [(row["estimate"] * row["effective_leads"] + 0.5) / (row["effective_leads"] + 1) for row in rows]
    mean = np.array(all_leads)
    compare(rows, Beliefs(mean, free.variance * (mean / free.mean) ** 2), 1e-6)


def test_the_oracle_gives_the_whole_posterior_where_nothing_moves() -> None:
    """A check of the oracle: as τ goes to 0 the prediction is the Beta posterior of all quarters together."""
    d, n = np.array([(200, 2_000)] * 4, float).T
    found = next_period([(d, n)], integral=True)
    belief = found.rates
    assert found.spread < 0.1
    assert float(belief.mean[0]) == pytest.approx(0.1, rel=0.01)
    assert float(belief.variance[0]) > float(beta.var(d.sum() + 0.5, (n - d).sum() + 0.5))
