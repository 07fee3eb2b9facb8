"""How many convert in the end: the fitted tail against SciPy's maximum of the same likelihood, and known truths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")

from scipy.optimize import minimize
from scipy.stats import lognorm, weibull_min
from worlds import NEVER, World, rows

Reals = np.ndarray[Any, np.dtype[np.float64]]
FAMILIES = ["log-normal", "weibull"]


def drawn(seed: int, leads: int, rate: float, *, days: int, family: str = "log-normal", delayed: bool = False) -> World:
    """Draw leads that enter evenly for so many days; delays have median 12 days and a wide tail."""
    dice = np.random.default_rng(seed)
    if family == "log-normal":
        lags = 12 * np.exp(0.8 * dice.standard_normal(leads))
    else:
        lags = 16 * dice.exponential(size=leads) ** 0.8
    start = 20_240 - days
    zeros = np.zeros(leads, "int64")
    world = World(
        entered=start + dice.integers(0, days, leads),
        converts_after=np.where(dice.random(leads) < rate, np.floor(lags).astype("int64"), NEVER),
        lost_after=zeros + NEVER,
        seen_from=np.where(dice.random(leads) < 0.3, dice.integers(1, 20, leads), 0) if delayed else zeros,
        segment=zeros,
        as_of=20_240,
    )
    return world.where(world.seen_from < world.duration.clip(1))


def negative(parameters: Reals, world: World, family: str) -> float:
    """Lead by lead: converted on a day, or not by the end of one; those seen late had not converted before."""
    p, scale = 1 / (1 + np.exp(-parameters[0])), np.exp(parameters[2])
    law = lognorm(scale, scale=np.exp(parameters[1])) if family == "log-normal" else None
    law = law or weibull_min(1 / scale, scale=np.exp(parameters[1]))
    known = world.where(world.known)
    lag, hit = known.duration[known.converted], known.duration[~known.converted]
    late = known.seen_from[known.seen_from > 0]
    with np.errstate(divide="ignore"):
        value = np.log(p * np.maximum(law.sf(lag) - law.sf(lag + 1), 1e-300)).sum()
        value += np.log1p(-p * law.cdf(hit + 1)).sum() - np.log1p(-p * law.cdf(late)).sum()
    return -float(value)


def best(world: World, family: str) -> tuple[float, float]:
    """Give the ultimate conversion and the log-likelihood at the maximum."""
    starts = [(-0.5, 2.5, -0.2), (0.5, 3.0, 0.0)]
    options = {"xatol": 1e-9, "fatol": 1e-9, "maxiter": 4_000, "maxfev": 4_000}
    found = [minimize(negative, start, (world, family), "Nelder-Mead", options=options) for start in starts]
    top = min(found, key=lambda one: float(one.fun))
    return float(1 / (1 + np.exp(-top.x[0]))), -float(top.fun)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("truth", FAMILIES)
@pytest.mark.parametrize("delayed", [False, True])
def test_the_ultimate_is_that_of_the_likelier_family(seed: int, truth: str, delayed: bool) -> None:
    world = drawn(seed, 1_500, 0.4, days=75, family=truth, delayed=delayed)
    row = rows(world.read(segment=()).rates())[None]
    fits = {family: best(world, family) for family in FAMILIES}
    likelier = max(FAMILIES, key=lambda family: fits[family][1])
    assert row["tail"] == likelier
    ultimate = fits[likelier][0]
    seen = row["estimate"]
    assert row["extrapolated"] == pytest.approx(max(1 - seen / ultimate, 0), abs=1e-5)
    if row["ultimate"] is not None:
        assert row["ultimate"] == pytest.approx(max(ultimate, seen), rel=1e-5)
        assert row["ultimate_low"] < row["ultimate"] < row["ultimate_high"]


def test_the_truth_is_recovered() -> None:
    """Forty worlds of which a tenth of the conversions lies beyond the horizon: unbiased, its interval covers."""
    found = [rows(drawn(seed, 4_000, 0.3, days=80).read(segment=()).rates())[None] for seed in range(40)]
    known = [row for row in found if row["ultimate"] is not None]
    assert len(known) >= 30
    ultimate = np.array([row["ultimate"] for row in known])
    assert abs(ultimate.mean() - 0.3) < 4 * ultimate.std() / np.sqrt(len(known)) + 0.003
    covered = sum(row["ultimate_low"] <= 0.3 <= row["ultimate_high"] for row in known)
    # 80 % nominal: 0.55 lies more than 3.5 standard errors below, for the families' choice costs a little.
    assert covered >= 0.55 * len(known)


def test_a_short_history_gives_no_ultimate_and_says_why() -> None:
    rates = drawn(1, 3_000, 0.3, days=12).read(segment=()).rates()
    row = rows(rates)[None]
    assert row["estimate"] is not None
    assert row["ultimate"] is None
    assert any("how many will in the end is not identified" in line for line in rates.warnings)


def test_the_lag_curve_goes_on_beyond_the_horizon() -> None:
    rates = drawn(5, 4_000, 0.3, days=80).read(segment=()).rates()
    row = rows(rates)[None]
    assert row["ultimate"] is not None
    within, end = rates.lags(kind="pandas"), rates.lags(in_the_end=True, kind="pandas")
    assert within["days"].max() == row["horizon_days"] < end["days"].max()
    at_horizon = float(end.loc[end["days"] == row["horizon_days"], "cdf"].iloc[0])
    assert at_horizon == pytest.approx(1 - row["extrapolated"], abs=1e-9)
    assert float(end["cdf"].iloc[-1]) == pytest.approx(1, abs=1e-9)
