"""Delays: the lag curve, its sum along the way, what a deadline leaves, and the probability of a plan with a deadline.

Sources: the lag curve is the increments of Kaplan–Meier up to the horizon, scaled to 1 (lifelines, product limit in
NumPy); delays add by `numpy.convolve`; of leads that arrive evenly w = Σ G(days left) / days are in time; customers are
then binomial in p·w (thinning), summed here with `scipy.stats.binom` over a quadrature of p.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")

from lifelines import KaplanMeierFitter
from methods import Numbers, incidence_by_lag
from scipy.special import roots_jacobi
from scipy.stats import binom, lognorm, norm
from ways import Way, table, way

import backcast as bc

START = np.datetime64("2030-01-01", "D")
CONFIDENCES = [0.2, 0.5, 0.8, 0.95]


def on_time(pmf: Numbers, days: int) -> float:
    """Lead by lead: one arrives on each day, and converts in time if its delay is at most the days that are left."""
    left = days - 1 - np.arange(days)
    return float(np.mean([pmf[: rest + 1].sum() for rest in left]))


def stated(rates: list[dict[str, Any]], lags: list[dict[str, Any]], days: int, customers: int, **goal: Any) -> Any:
    """Ask for a plan with a deadline `days` after the start, the first day counted."""
    by = str(START + days - 1)
    request = {
        "goal": {"customers": customers, "start": str(START), "by": by, **goal},
        "funnel": [f"s{number}" for number in range(len(rates) + 1)],
        "rates": rates,
        "lags": lags,
    }
    plan = bc.answer(request)["plan"]
    assert plan["deadline_used"]
    return plan


def curve(found: Any, days: int) -> Numbers:
    """G(0) … G(days − 1) of every stage but the last, from the shares in time: n·w(n) = Σ_{k<n} G(k)."""
    sums: list[list[float]] = [
        [0.0] + [stage * n for n, stage in enumerate(shares, 1)] for shares in zip(*found(days), strict=True)
    ]
    return np.asarray(np.diff(np.array(sums), axis=1))


# --- the lag curve of a history ---------------------------------------------------------------------------------------


def increments(drawn: Way, step: tuple[int, int], horizon: int) -> Numbers:
    """Give the shares of those that convert within the horizon, by lag; checked against lifelines on the way."""
    leads = drawn.step(*step)
    within = incidence_by_lag(leads, horizon)
    fitter = KaplanMeierFitter().fit(leads.duration, leads.converted)
    assert within == pytest.approx(
        1 - fitter.survival_function_at_times(range(horizon + 1)).to_numpy(), rel=1e-12, abs=1e-13
    )
    return np.asarray(np.diff(within, prepend=0) / within[-1])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rates", [[0.3], [0.4, 0.5], [0.5, 0.4, 0.6]])
def test_the_lag_curves_of_a_history_and_their_sums(seed: int, rates: list[float]) -> None:
    drawn = way(seed, rates, quarters=4, per_quarter=200, mean_lag=[3.0, 9.0, 20.0][seed])
    found = drawn.read().rates()
    rows = table(found)
    steps = [(stage, stage + 1) for stage in range(len(rates))]
    pmfs = [increments(drawn, step, rows[None, drawn.name(step)]["horizon_days"]) for step in steps]
    start = np.datetime64(drawn.as_of, "D") + 1
    rest = np.array([1.0])
    sums: list[Numbers] = []
    for pmf in pmfs[::-1]:
        rest = np.convolve(pmf, rest)
        sums.insert(0, rest)
    first = int(max(np.argmax(pmf > 0) for pmf in sums)) + 1
    for days in {first, first + 1, first + 7, 45, 92, 365, 1_500}:
        plan = bc.plan(customers=1, start=str(start), by=str(start + days - 1), rates=found)
        shares = [stage["on_time"] for stage in plan.to_dict()["stages"]]
        assert shares == pytest.approx([*(on_time(pmf, days) for pmf in sums), 1], abs=1e-12)


# --- stated delays ----------------------------------------------------------------------------------------------------

PMFS = [[0.2, 0.3, 0.1, 0.4], [0.5, 0, 0, 0.25, 0.25], [0.1] * 10]


def test_a_stated_curve_comes_back_day_by_day() -> None:
    def found(days: int) -> list[list[float]]:
        asked = [stated([{"rate": "0.5"}] * 3, [{"pmf": pmf} for pmf in PMFS], n, 1) for n in range(1, days + 1)]
        return [[stage["on_time"] for stage in plan["stages"][:-1]] for plan in asked]

    sums = [np.convolve(np.convolve(PMFS[0], PMFS[1]), PMFS[2]), np.convolve(PMFS[1], PMFS[2]), np.array(PMFS[2])]
    days = sum(len(pmf) for pmf in PMFS) + 3
    expected = [np.concatenate([pmf, np.zeros(days - len(pmf))]).cumsum() for pmf in sums]
    assert curve(found, days) == pytest.approx(np.array(expected), abs=1e-12)


@pytest.mark.parametrize(("median", "p90"), [(20, 90), (1.5, 2.5), (0.4, 30), (200, 700), (365, 3_650)])
def test_a_stated_median_and_90_percent_quantile_are_log_normal(median: float, p90: float) -> None:
    """A delay of l days lasts from l to l + 1; SciPy's log-normal gives the shares, and the last day takes the rest.

    The curve ends where less than 1e-9 is left, so that much may be missing at each day; ten years are the longest.
    """
    sigma = np.log(p90 / median) / norm.ppf(0.9)
    for days in (1, 2, 30, 92, 700, 3_000):
        if lognorm.cdf(days, sigma, scale=median) < 1e-3:
            continue
        plan = stated([{"rate": "0.5"}], [{"median_days": median, "p90_days": p90}], days, 1)
        expected = lognorm.cdf(np.arange(1, days + 1), sigma, scale=median).mean()
        assert plan["stages"][0]["on_time"] == pytest.approx(expected, abs=1e-9)


# --- the probability of a plan with a deadline ------------------------------------------------------------------------


def nodes(shapes: list[tuple[float, float]], share: float, points: int = 120) -> tuple[Numbers, Numbers]:
    """Quadrature of share·Π p over independent Betas: Gauss–Jacobi nodes of each, all combinations."""
    product, weight = np.array([share]), np.array([1.0])
    for a, b in shapes:
        x, w = roots_jacobi(points, b - 1, a - 1)
        product, weight = np.outer(product, (x + 1) / 2).ravel(), np.outer(weight, w / w.sum()).ravel()
    return product, weight


def reached(leads: int, customers: int, product: Numbers, weight: Numbers) -> float:
    return float(weight @ binom.sf(customers - 1, leads, product))


def check(plan: dict[str, Any], customers: int, confidence: float, shapes: list[Any], shares: list[float]) -> None:
    """Every stage's number is the first that reaches the confidence; what lies upstream of a stage is left out."""
    for stage, share in enumerate(shares):
        product, weight = nodes(shapes[stage:], share)
        needed = plan["stages"][stage]["needed"]
        at, before = (reached(leads, customers, product, weight) for leads in (needed, needed - 1))
        assert at >= confidence - 1e-9, stage
        assert before < confidence + 1e-9, stage
    product, weight = nodes(shapes, shares[0])
    leads = plan["stages"][0]["needed"]
    assert plan["probability"] == pytest.approx(reached(leads, customers, product, weight), abs=1e-8)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize("days", [1, 4, 30, 92])
@pytest.mark.parametrize("customers", [1, 9, 40])
def test_stated_rates_in_time_are_binomial(customers: int, days: int, confidence: float) -> None:
    pmf = np.array([0.05, 0.1, 0.25, 0.1, *[0.01] * 50])
    plan = stated([{"rate": "0.1"}], [{"pmf": pmf.tolist()}], days, customers, confidence=confidence)
    share = on_time(pmf, days)
    assert plan["stages"][0]["on_time"] == pytest.approx(share, abs=1e-14)
    needed = plan["stages"][0]["needed"]
    leads = np.arange(needed + 50)
    sf = binom.sf(customers - 1, leads, 0.1 * share)
    assert needed == np.argmax(sf >= confidence)
    assert plan["probability"] == pytest.approx(sf[needed], abs=1e-9)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize(
    "evidence", [{"converted": 20, "entered": 200}, {"mean": 0.13, "ess": 41.5}, {"converted": 3, "entered": 4}]
)
def test_a_learned_rate_in_time_is_a_beta_mixture(evidence: dict[str, Any], confidence: float) -> None:
    pmf = np.full(40, 1 / 40)
    plan = stated([evidence], [{"pmf": pmf.tolist()}], 25, 8, confidence=confidence)
    check(plan, 8, confidence, [shapes_of(evidence)], [on_time(pmf, 25)])


@pytest.mark.parametrize("confidence", [0.5, 0.8])
def test_several_steps_in_time(confidence: float) -> None:
    """Each stage with the delays that lie ahead of it: P = E[P(Bin(n, w·p₁·p₂) ≥ k)] by quadrature over both rates."""
    evidence: list[dict[str, Any]] = [{"converted": 30, "entered": 100}, {"mean": 0.4, "ess": 60.0}]
    pmfs = [np.full(20, 0.05), np.array([0.3, 0.2, 0.1, 0, 0, 0, 0.4])]
    plan = stated(evidence, [{"pmf": pmf.tolist()} for pmf in pmfs], 31, 12, confidence=confidence)
    shares = [on_time(np.convolve(pmfs[0], pmfs[1]), 31), on_time(pmfs[1], 31)]
    assert [stage["on_time"] for stage in plan["stages"]] == pytest.approx([*shares, 1], abs=1e-13)
    check(plan, 12, confidence, [shapes_of(each) for each in evidence], shares)


def shapes_of(evidence: dict[str, Any]) -> tuple[float, float]:
    if "mean" in evidence:
        return evidence["mean"] * evidence["ess"], (1 - evidence["mean"]) * evidence["ess"]
    return evidence["converted"] + 0.5, evidence["entered"] - evidence["converted"] + 0.5


@pytest.mark.parametrize("days", [20, 92])
def test_a_history_with_a_deadline(days: int) -> None:
    """From records to the number of leads: posteriors and lag curve of the history, thinned, by quadrature."""
    drawn = way(5, [0.3, 0.5], quarters=7, per_quarter=250, drift=0.2)
    found = drawn.read().rates()
    rows = table(found)
    pmfs = [increments(drawn, step, rows[None, drawn.name(step)]["horizon_days"]) for step in ((0, 1), (1, 2))]
    start = np.datetime64(drawn.as_of, "D") + 1
    plan = bc.plan(customers=30, start=str(start), by=str(start + days - 1), rates=found, confidence=0.8)
    shares = [on_time(np.convolve(pmfs[0], pmfs[1]), days), on_time(pmfs[1], days)]
    shapes = [(each["mean"] * each["ess"], (1 - each["mean"]) * each["ess"]) for each in found.posteriors() if each]
    check(plan.to_dict(), 30, 0.8, shapes, shares)
