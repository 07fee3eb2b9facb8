"""Rates that move between quarters: the predictive distribution of the next quarter, against the formulas in NumPy.

Sources: docs/method.md (one τ for all steps, half-normal(0.35); every step's centre integrated; over-dispersion as
in Gelman et al., *Bayesian Data Analysis* (3rd ed.), ch. 5, with quarters for groups); moments by total variance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")

from methods import Beliefs, Numbers, incidence_by_lag, next_period, shared_lag
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


def predicted(drawn: Way, rows: dict[Any, Any]) -> tuple[Beliefs, list[tuple[Numbers, Numbers]]]:
    """Predict the next quarter of each step, with one τ for all; of the whole way as one step, with its own τ."""
    cells = [by_quarter(drawn, step, rows[None, drawn.name(step)]["horizon_days"]) for step in drawn.steps()]
    steps = len(drawn.entered) - 1
    beliefs, _ = next_period(cells[:steps])
    if len(cells) == steps:
        return beliefs, cells
    whole_way, _ = next_period(cells[steps:])
    mean, variance = np.append(beliefs.mean, whole_way.mean), np.append(beliefs.variance, whole_way.variance)
    return Beliefs(mean, variance), cells


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
    expected, _ = next_period([(d, n)])
    compare([row], expected, 1e-9)


@pytest.mark.parametrize("name", QUARTERS)
def test_mature_quarters_against_the_integral(name: str) -> None:
    """The grid stands for an integral over all τ > 0: mean within 0.03, interval within 0.06 standard deviations.

    It leaves out τ < 0.007 (1.6 % of the prior, at a Bayes factor of 2 at the most here: 3 % of the posterior), where
    the prediction is at most its own standard deviation narrower; and τ > 1.4 (6e-5 of the prior).
    """
    d, n = np.array(QUARTERS[name], float).T
    row = table(counted_by_quarter(QUARTERS[name]).read().rates())[None, "stage0->stage1"]
    expected, _ = next_period([(d, n)], integral=True)
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
    expected, _ = predicted(drawn, rows)
    compare([rows[None, drawn.name(step)] for step in drawn.steps()], expected, 1e-6)


def factor(beliefs: Beliefs, won: int, quarters: int) -> float:
    """How much the variances of the steps grow so that their product varies as much as the whole way, given last.

    Squared coefficients of variation multiply as Π (1 + cv²) − 1 (independent factors).
    """
    cv2 = beliefs.variance / beliefs.mean**2
    steps, whole_way = cv2[:-1], float(cv2[-1])
    if won < 60 or quarters < 6 or abs(np.sqrt(whole_way / (np.prod(1 + steps) - 1)) - 1) <= 0.2:
        return 1.0
    return float(brentq(lambda f: np.prod(1 + f * steps) - 1 - whole_way, 0, 1e6, xtol=1e-15))


SHOCKS = [(0.0, 0.0, 300), (0.1, 0.5, 400), (0.0, 0.8, 400), (0.5, 0.0, 300), (0.1, 0.5, 60)]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("drift", "shared", "per_quarter"), SHOCKS)
def test_the_posteriors_of_a_plan_share_their_shocks(seed: int, drift: float, shared: float, per_quarter: int) -> None:
    """What a plan uses: the next quarter's means, and variances as wide together as the whole way is by itself."""
    drawn = way(seed, [0.3, 0.5], quarters=5 + seed, per_quarter=per_quarter, drift=drift, shared=shared)
    rates = drawn.read().rates()
    expected, cells = predicted(drawn, table(rates))
    won = int((drawn.entered[-1] <= drawn.as_of).sum())
    wider = factor(expected, won, int((cells[-1][1] >= ENOUGH).sum()))
    mean, variance = expected.mean[:-1], wider * expected.variance[:-1]
    found = rates.posteriors()
    assert [each["mean"] for each in found if each] == pytest.approx(mean, rel=1e-6)
    assert [each["ess"] for each in found if each] == pytest.approx(mean * (1 - mean) / variance - 1, rel=1e-5)


def test_the_worlds_above_are_of_every_kind() -> None:
    """Some are widened, some narrowed (shocks that offset each other), some left alone."""
    factors = []
    for seed in range(6):
        for drift, shared, per_quarter in SHOCKS:
            drawn = way(seed, [0.3, 0.5], quarters=5 + seed, per_quarter=per_quarter, drift=drift, shared=shared)
            expected, cells = predicted(drawn, table(drawn.read().rates()))
            won = int((drawn.entered[-1] <= drawn.as_of).sum())
            factors.append(factor(expected, won, int((cells[-1][1] >= ENOUGH).sum())))
    assert min(factors) < 0.7
    assert 1 in factors
    assert max(factors) > 2


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
    free, _ = next_period([(d, n)])
    mean = (d.sum() + 0.5) / (n.sum() + 1)
    compare([row], Beliefs(np.array([mean]), free.variance * (mean / free.mean) ** 2), 1e-9)
    assert any("rests on experience elsewhere" in warning for warning in rates.warnings)


def test_few_quarters_of_several_steps_are_centred_on_all_leads() -> None:
    drawn = way(1, [0.3, 0.5], quarters=3, per_quarter=200)
    found = table(drawn.read().rates())
    free, _ = predicted(drawn, found)
    rows = [found[None, drawn.name(step)] for step in drawn.steps()]
    all_leads = [(row["estimate"] * row["effective_leads"] + 0.5) / (row["effective_leads"] + 1) for row in rows]
    mean = np.array(all_leads)
    compare(rows, Beliefs(mean, free.variance * (mean / free.mean) ** 2), 1e-6)


def test_the_oracle_gives_the_whole_posterior_where_nothing_moves() -> None:
    """A check of the oracle: as τ goes to 0 the prediction is the Beta posterior of all quarters together."""
    d, n = np.array([(200, 2_000)] * 4, float).T
    belief, spread = next_period([(d, n)], integral=True)
    assert spread < 0.1
    assert float(belief.mean[0]) == pytest.approx(0.1, rel=0.01)
    assert float(belief.variance[0]) > float(beta.var(d.sum() + 0.5, (n - d).sum() + 0.5))
