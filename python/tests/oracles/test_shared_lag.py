"""A segment by itself: the shared-lag estimate against a direct numerical maximisation of its likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")

from scipy.optimize import minimize_scalar
from scipy.stats import beta
from worlds import NEVER, World, incidence, rows, world

Reals = np.ndarray[Any, np.dtype[np.longdouble]]


def terms(drawn: World, segment: int, horizon: int) -> tuple[int, Reals, Reals]:
    """D; G at the age of each open, lost or late lead; G at the day before each delayed lead was seen."""
    known = drawn.where(drawn.known)
    lag_cdf = incidence(drawn.fitted(), range(horizon + 1))
    lag_cdf = (lag_cdf / lag_cdf[-1]).astype(np.longdouble)
    own = known.where(known.segment == segment)
    within = own.converted & (own.duration <= horizon)
    censored = lag_cdf[np.minimum(own.duration[~within], horizon)]
    delayed = lag_cdf[np.minimum(own.seen_from[own.seen_from > 0] - 1, horizon)]
    return int(within.sum()), censored, delayed


def log_likelihood(p: Any, d: int, censored: Reals, delayed: Reals) -> Any:
    p = np.longdouble(p)
    return d * np.log(p) + np.log1p(-p * censored).sum() - np.log1p(-p * delayed).sum()


def maximum(d: int, censored: Reals, delayed: Reals) -> float:
    """Find the highest point on (0, 1): the best of a fine grid, then golden section around it in 80-bit arithmetic."""
    grid = np.linspace(1e-6, 1 - 1e-6, 4_001)
    best = int(np.argmax([log_likelihood(p, d, censored, delayed) for p in grid]))
    low, high = (np.longdouble(grid[max(best - 1, 0)]), np.longdouble(grid[min(best + 1, len(grid) - 1)]))
    found = minimize_scalar(
        lambda p: -float(log_likelihood(p, d, censored, delayed)), bounds=(float(low), float(high)), method="bounded"
    )
    ratio = (np.sqrt(np.longdouble(5)) - 1) / 2
    while high - low > 1e-12:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if log_likelihood(left, d, censored, delayed) >= log_likelihood(right, d, censored, delayed):
            high = right
        else:
            low = left
    assert abs(float(low) - found.x) < 1e-4
    return float(low + high) / 2


def own_estimate(row: dict[str, Any]) -> float | None:
    """Give the segment's estimate before pooling, where there is pooling."""
    found: float | None = row.get("own", row["estimate"])
    return found


def check(drawn: World, horizon: int | None = None) -> int:
    table = rows(drawn.read().rates(horizon_days=horizon))
    checked = 0
    for segment in np.unique(drawn.where(drawn.known).segment):
        row = table[f"s{segment}"]
        d, censored, delayed = terms(drawn, int(segment), row["horizon_days"])
        if d == 0:
            exposure = float(censored.sum() - delayed.sum())
            assert row["effective_leads"] == pytest.approx(max(exposure, 0), abs=1e-9)
            assert own_estimate(row) == (0 if exposure > 0 else None)
            continue
        p = maximum(d, censored, delayed)
        found = own_estimate(row)
        assert found is not None
        if p > 1 - 1e-5:
            assert found == pytest.approx(1, abs=1e-5)
            continue
        assert abs(found - p) <= 1e-8, (segment, found, p)
        information = (
            d / p**2 + ((censored / (1 - p * censored)) ** 2).sum() - ((delayed / (1 - p * delayed)) ** 2).sum()
        )
        assert row["effective_leads"] == pytest.approx(float(p * (1 - p) * information), rel=1e-6)
        checked += 1
    return checked


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("delayed", [False, True])
@pytest.mark.parametrize("horizon", [None, 5, 40])
def test_random_worlds(seed: int, delayed: bool, horizon: int | None) -> None:
    drawn = world(
        seed, leads=[500, 60, 2_000][seed % 3], rate=[0.05, 0.4, 0.8][seed % 3], delayed=delayed, segments=1 + seed % 7
    )
    assert check(drawn, horizon) > 0


def changed(drawn: World, segment: int, converts_after: Any) -> World:
    """Give the same world with other lags in one segment, where nobody is lost any more."""
    there = drawn.segment == segment
    return World(
        entered=drawn.entered,
        converts_after=np.where(there, converts_after, drawn.converts_after),
        lost_after=np.where(there, NEVER, drawn.lost_after),
        seen_from=drawn.seen_from,
        segment=drawn.segment,
        as_of=drawn.as_of,
    )


@pytest.mark.parametrize("delayed", [False, True])
def test_a_segment_without_events_is_worth_its_exposure(delayed: bool) -> None:
    check(changed(world(3, delayed=delayed), 0, NEVER))


@pytest.mark.parametrize("delayed", [False, True])
def test_a_segment_of_events_only(delayed: bool) -> None:
    drawn = changed(world(3, delayed=delayed), 0, 1)
    there = drawn.segment == 0
    drawn = drawn.where(~there | (drawn.age > 5) & (drawn.seen_from <= 1))
    row = rows(drawn.read().rates(horizon_days=60))["s0"]
    assert row["converted"] == row["entered"] > 0
    assert own_estimate(row) == pytest.approx(1, abs=1e-12)
    assert row["effective_leads"] == pytest.approx(row["entered"], rel=1e-9)


def test_all_events_and_leads_seen_only_after_the_horizon() -> None:
    """Open leads that were first seen beyond the horizon say nothing: the others, all converted, still do."""
    base = world(3, delayed=True, segments=1)
    ones = np.ones(40, "int64")
    early, late = 19_900 * ones, 19_000 * ones
    drawn = World(
        entered=np.concatenate([base.entered, early, late[:5]]),
        converts_after=np.concatenate([base.converts_after, 3 * ones, NEVER * ones[:5]]),
        lost_after=np.concatenate([base.lost_after, NEVER * ones, NEVER * ones[:5]]),
        seen_from=np.concatenate([base.seen_from, 0 * ones, 500 * ones[:5]]),
        segment=np.concatenate([base.segment, 9 * ones, 9 * ones[:5]]),
        as_of=base.as_of,
    )
    row = rows(drawn.read().rates(horizon_days=60))["s9"]
    assert (row["entered"], row["converted"]) == (45, 40)
    assert own_estimate(row) == pytest.approx(1, abs=1e-6)
    assert row["effective_leads"] == pytest.approx(40, rel=1e-6)


def test_all_mature_is_plain_division() -> None:
    drawn = world(11, leads=500, loss=0.0)
    drawn = World(
        drawn.entered - 2_000, drawn.converts_after, drawn.lost_after, drawn.seen_from, drawn.segment, drawn.as_of
    )
    for name, row in rows(drawn.read().rates(horizon_days=300)).items():
        assert own_estimate(row) == pytest.approx(row["naive"], abs=1e-8) or name is None
        assert row["effective_leads"] == pytest.approx(row["entered"], rel=1e-8)


def test_one_segment_alone_has_the_interval_of_its_own_posterior() -> None:
    row = rows(world(4, segments=1).read().rates())["s0"]
    if row["method"] == "shared-lag":
        n = row["effective_leads"]
        a, b = row["estimate"] * n + 0.5, (1 - row["estimate"]) * n + 0.5
        assert abs(row["low"] - beta.ppf(0.1, a, b)) <= 1e-9
        assert abs(row["high"] - beta.ppf(0.9, a, b)) <= 1e-9
    else:
        assert row["method"] == "pooled"
