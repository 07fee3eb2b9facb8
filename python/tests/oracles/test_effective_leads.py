"""What all leads are worth: effective leads F(1 − F)/V and the interval, with ties, without censoring, at both ends.

Sources: the multinomial delta method with a numerical gradient (no formula derived by hand), the bootstrap, the closed
form F(1 − F)/n of an uncensored sample, Jeffreys' posterior by SciPy, Freireich et al. 1963 for Greenwood's errors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")

from methods import Step, hazards, incidence_by_lag, multinomial_variance
from scipy.stats import beta
from worlds import NEVER, World, rows, world


def step_of(drawn: World) -> Step:
    """Everyone who is known."""
    known = drawn.where(drawn.known)
    return Step(known.duration, known.converted, known.seen_from, known.entered)


def of_durations(duration: Any, converted: Any, as_of: int = 21_000) -> World:
    """Give leads with these durations: conversions at that lag, the others open at that age."""
    duration, converted = np.asarray(duration, "int64"), np.asarray(converted, bool)
    zeros = np.zeros(len(duration), "int64")
    return World(
        entered=np.where(converted, as_of - 900, as_of - duration),
        converts_after=np.where(converted, duration, NEVER),
        lost_after=np.full(len(duration), NEVER),
        seen_from=zeros,
        segment=zeros,
        as_of=as_of,
    )


def all_leads(drawn: World, **options: Any) -> dict[str, Any]:
    return rows(drawn.read(segment=[]).rates(**options))[None]


def variance_of(row: dict[str, Any]) -> float:
    return float(row["estimate"] * (1 - row["estimate"]) / row["effective_leads"])


def interval_is_the_posteriors(row: dict[str, Any]) -> None:
    """10 % and 90 % quantile of Beta(F·n + ½, (1 − F)·n + ½)."""
    a = row["estimate"] * row["effective_leads"] + 0.5
    b = (1 - row["estimate"]) * row["effective_leads"] + 0.5
    assert row["low"] == pytest.approx(beta.ppf(0.1, a, b), abs=1e-9)
    assert row["high"] == pytest.approx(beta.ppf(0.9, a, b), abs=1e-9)


def one_minus_product(shares: Any) -> Any:
    return 1 - np.prod(1 - shares)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("delayed", [False, True])
@pytest.mark.parametrize("horizon", [5, 40])
def test_the_delta_method_with_a_numerical_gradient(seed: int, delayed: bool, horizon: int) -> None:
    """Σ per lag g'(diag(h) − hh')g / n with g by complex steps, whatever the ties."""
    drawn = world(seed, leads=[60, 300, 1_500][seed % 3], rate=[0.1, 0.4, 0.9][seed % 3], delayed=delayed)
    row = all_leads(drawn, horizon_days=horizon)
    at_risk, shares = hazards(step_of(drawn), row["horizon_days"])
    expected = multinomial_variance(at_risk, shares, one_minus_product)
    capped = row["estimate"] * (1 - row["estimate"]) / row["entered"]
    assert variance_of(row) == pytest.approx(max(expected, capped), rel=1e-9)
    interval_is_the_posteriors(row)


def test_ties_against_the_bootstrap() -> None:
    """400 leads on few distinct days, 4,000 samples: standard deviations within 4 % (their own error: 1.1 %)."""
    dice = np.random.default_rng(11)
    lag = 5 * dice.integers(1, 8, 400)
    age = 5 * dice.integers(1, 12, 400)
    converts = dice.random(400) < 0.45
    converted = converts & (lag <= age)
    drawn = of_durations(np.where(converted, lag, age), converted)
    row = all_leads(drawn, horizon_days=30)
    leads = step_of(drawn)
    assert row["estimate"] == pytest.approx(incidence_by_lag(leads, 30)[-1], abs=1e-13)
    resampled = []
    for _ in range(4_000):
        kept = dice.integers(0, 400, 400)
        survival = 1.0
        for day in range(5, 31, 5):
            at_risk = np.sum(leads.duration[kept] >= day)
            survival *= 1 - np.sum(leads.converted[kept] & (leads.duration[kept] == day)) / at_risk
        resampled.append(1 - survival)
    assert np.sqrt(variance_of(row)) == pytest.approx(np.std(resampled), rel=0.04)


def test_published_standard_errors() -> None:
    """Freireich et al. 1963, 6-MP arm (Collett; Klein & Moeschberger): survival and Greenwood's standard error."""
    times = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    events = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    published = {
        6: (0.8571, 0.0764),
        7: (0.8067, 0.0869),
        10: (0.7529, 0.0963),
        13: (0.6902, 0.1068),
        16: (0.6275, 0.1141),
        22: (0.5378, 0.1282),
        23: (0.4482, 0.1346),
    }
    drawn = of_durations(times, events)
    for day, (survival, error) in published.items():
        row = all_leads(drawn, horizon_days=day)
        assert 1 - row["estimate"] == pytest.approx(survival, abs=5e-5)
        assert np.sqrt(variance_of(row)) == pytest.approx(error, abs=6e-5)


@pytest.mark.parametrize(("converted", "entered"), [(1, 2), (1, 300), (51, 200), (299, 300), (7, 8)])
def test_without_censoring_every_lead_counts(converted: int, entered: int) -> None:
    """V = F(1 − F)/n, so effective leads are leads, and the interval is Jeffreys'."""
    events = np.arange(entered) < converted
    lags = np.where(events, np.arange(entered) % 17, 800)
    row = all_leads(of_durations(lags, events), horizon_days=100)
    assert row["estimate"] == pytest.approx(converted / entered, abs=1e-14)
    assert row["effective_leads"] == pytest.approx(entered, rel=1e-9)
    expected = beta.ppf([0.1, 0.9], converted + 0.5, entered - converted + 0.5)
    assert [row["low"], row["high"]] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("entered", [1, 2, 40, 1_000])
def test_all_converted(entered: int) -> None:
    """V = 0: each lead had the time it took, so n leads; its interval begins like that of n of n and reaches all."""
    row = all_leads(of_durations(np.arange(entered) % 9, np.ones(entered)))
    assert row["estimate"] == pytest.approx(1, abs=1e-14)
    assert row["effective_leads"] == entered
    assert [row["low"], row["high"]] == pytest.approx([beta.ppf(0.1, entered + 0.5, 0.5), 1.0], abs=1e-9)


def test_all_who_were_old_enough_have_converted() -> None:
    """F = 1 with open leads: they count by the share of the delay that they had time for, Σ G(age)."""
    converted = [2] * 10 + [6] * 10
    ages = [0, 1, 2, 3, 4, 5, 5]
    row = all_leads(of_durations(converted + ages, [1] * 20 + [0] * 7), horizon_days=6)
    leads = Step(np.array(converted + ages), np.array([1] * 20 + [0] * 7, bool), np.zeros(27, int), np.full(27, 20_000))
    curve = incidence_by_lag(leads, 6)
    assert curve[-1] == 1
    expected = 20 + curve[ages].sum()
    assert row["estimate"] == 1
    assert row["effective_leads"] == pytest.approx(expected, rel=1e-12)
    low = beta.ppf(0.1, row["effective_leads"] + 0.5, 0.5)
    assert [row["low"], row["high"]] == pytest.approx([low, 1.0], abs=1e-9)


def test_none_converted_anywhere() -> None:
    """No curve, so no estimate, and a plan is refused rather than built on half a lead."""
    drawn = of_durations([50] * 30, [0] * 30)
    rates = drawn.read(segment=[]).rates()
    row = rows(rates)[None]
    assert (row["estimate"], row["low"], row["high"], row["method"]) == (None, 0, 1, "none")
    assert rates.posteriors() == [None]


def test_a_segment_in_which_none_converted_is_worth_its_exposure() -> None:
    """V = 0 with F = 0: effective leads Σ G(age) on the lag curve of all leads."""
    converted = [3] * 10 + [8] * 30
    ages = [0, 2, 3, 5, 7, 8, 20, 400]
    drawn = of_durations(converted + [900] * 40 + ages, [1] * 40 + [0] * (40 + len(ages)))
    segment = np.append(np.zeros(80, "int64"), np.ones(len(ages), "int64"))
    drawn = World(drawn.entered, drawn.converts_after, drawn.lost_after, drawn.seen_from, segment, drawn.as_of)
    row = rows(drawn.read().rates(horizon_days=8))["s1"]
    curve = incidence_by_lag(step_of(drawn), 8)
    expected = (curve / curve[-1])[np.minimum(ages, 8)].sum()
    assert row["own"] == 0
    assert row["effective_leads"] == pytest.approx(expected, rel=1e-12)
