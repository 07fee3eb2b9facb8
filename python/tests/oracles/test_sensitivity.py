"""What `detail` adds: every change asked for again, every goal-seek put to the test, variances by formula."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from math import ceil, expm1
from typing import Any

import pytest
from asking import Rate, asked
from outcomes import World

import backcast as bc

RATES: list[Rate] = [{"mean": 0.2, "ess": 100}, {"mean": 0.3, "ess": 40}]
LAGS = [{"pmf": [0.1] * 10}, {"pmf": [0.0, 0.0, *[0.05] * 20]}]
DAYS = {"start": "2026-10-01", "by": "2026-11-15"}
DEALS = {"mean": "1000", "cv": 0.5, "family": "gamma"}


def request(deals: Rate | None, target: str) -> dict[str, Any]:
    asks = asked(target, RATES, deals) | {"lags": LAGS, "detail": True}
    return asks | {"goal": asks["goal"] | DAYS}


def delayed(asks: dict[str, Any], factor: float) -> dict[str, Any]:
    """Every delay times the factor; what falls between two days is divided so that its mean is kept."""
    changed = deepcopy(asks)
    for lag in changed["lags"]:
        pmf = [0.0] * (len(lag["pmf"]) + 1)
        for day, p in enumerate(lag["pmf"]):
            whole = int(day * factor)
            part = day * factor - whole
            pmf[whole] += p * (1 - part)
            pmf[whole + 1] += p * part
        lag["pmf"] = pmf
    return changed


def with_rate(asks: dict[str, Any], step: int, rate: float) -> dict[str, Any]:
    changed = deepcopy(asks)
    changed["rates"][step]["mean"] = rate
    return changed


def with_deals(asks: dict[str, Any], mean: float) -> dict[str, Any]:
    return asks | {"deal_size": asks["deal_size"] | {"mean": repr(mean)}}


def reaches(asks: dict[str, Any], leads: int) -> float:
    world = World(asks)
    return float(world.at_least(world.target, leads))


@pytest.mark.parametrize(("deals", "target"), [(DEALS, "20000"), (None, "12")])
def test_every_change_asked_again(deals: Rate | None, target: str) -> None:
    asks = request(deals, target)
    plan = bc.answer(asks)["plan"]
    planned, rows = plan["planned"], plan["sensitivity"]
    changed = [with_rate(asks, step, rate["mean"] * 1.1) for step, rate in enumerate(RATES)] + [delayed(asks, 0.9)]
    if deals:
        changed.append(with_deals(asks, 1100.0))
    assert [row["what"] for row in rows] == ["rate", "rate", "delay", *(["deal_size"] if deals else []), "leads"]
    unit = "revenue" if deals else "customers"
    for row, again in zip(rows, changed, strict=False):
        new = bc.answer(again)["plan"]
        assert row["needed"] == new["stages"][0]["needed"], row
        assert row["probability"] == pytest.approx(reaches(again, planned), abs=2e-6), row
        per_lead = new[unit]["expected"] / new["planned"]
        assert row["gain"] == pytest.approx(planned * per_lead - plan[unit]["expected"], rel=1e-8), row
    more = planned + ceil(planned / 10)
    assert rows[-1]["probability"] == pytest.approx(reaches(asks, more), abs=2e-6)
    assert rows[-1]["gain"] == pytest.approx(plan[unit]["expected"] * (more / planned - 1), rel=1e-8)
    assert rows[-1]["needed"] == plan["stages"][0]["needed"]


@pytest.mark.parametrize(("deals", "target"), [(DEALS, "20000"), (None, "12")])
def test_every_goal_seek_meets_the_confidence_and_a_little_less_does_not(deals: Rate | None, target: str) -> None:
    asks = request(deals, target)
    plan = bc.answer(asks)["plan"]
    wins = ceil(Fraction(target) / (Fraction(deals["mean"]) if deals else 1))
    # Plain division: target ÷ mean deal ÷ mean rates ÷ the share in time.
    leads = ceil(wins / (0.2 * 0.3 * World(asks).share[0]))
    for row in plan["sensitivity"]:
        at = row["goal_seek"]
        if row["what"] == "leads":
            assert at == plan["stages"][0]["needed"]
        elif row["what"] == "rate":
            step = 0 if row["step"] == "lead->mql" else 1
            assert reaches(with_rate(asks, step, at), leads) == pytest.approx(0.8, abs=1e-4)
            assert (
                reaches(with_rate(asks, step, at - 0.002), leads)
                < 0.8
                < reaches(with_rate(asks, step, at + 0.002), leads)
            )
        elif row["what"] == "deal_size":
            assert reaches(with_deals(asks, at), leads) == pytest.approx(0.8, abs=1e-4)
            assert reaches(with_deals(asks, at * 0.99), leads) < 0.8
        elif at is not None:
            # Whole days: the probability moves in steps.
            assert reaches(delayed(asks, at * (1 - 1e-9)), leads) >= 0.8 - 1e-6
            assert reaches(delayed(asks, at + 0.05), leads) < 0.8
        else:
            assert reaches(delayed(asks, 0.0), leads) < 0.8


def test_goal_seek_beside_what_is_in_flight() -> None:
    """The leads are those of plain division for what the open ones do not bring on average."""
    asks = request(DEALS, "20000") | {"pipeline": [{"stage": "mql", "age_days": 5, "count": 20}]}
    plan = bc.answer(asks)["plan"]
    credit = plan["pipeline"]["revenue"]["expected"]
    assert 1000 < credit < 10000
    leads = ceil(20 * (1 - credit / 20000) / (0.2 * 0.3 * World(asks).share[0]))
    (deals,) = (row["goal_seek"] for row in plan["sensitivity"] if row["what"] == "deal_size")
    assert reaches(with_deals(asks, deals), leads) == pytest.approx(0.8, abs=1e-4)
    for step, row in enumerate(plan["sensitivity"][:2]):
        assert reaches(with_rate(asks, step, row["goal_seek"]), leads) == pytest.approx(0.8, abs=1e-4)


def shares(asks: dict[str, Any]) -> tuple[dict[str, float], int]:
    plan = bc.answer(asks)["plan"]
    return {doubt["source"]: doubt["share"] for doubt in plan["uncertainty"]}, plan["planned"]


def test_what_makes_customers_uncertain() -> None:
    """V = N m (1 - m) + N (N - 1) v, with v = m (1 - m) ÷ (ess + 1); with the rate known, N m (1 - m)."""
    found, n = shares(asked("12", [{"mean": 0.2, "ess": 100}], None) | {"detail": True})
    m, v = 0.2, 0.2 * 0.8 / 101
    luck, everything = n * m * (1 - m), n * m * (1 - m) + n * (n - 1) * v
    assert found["the rate lead->customer"] == pytest.approx(1 - luck / everything, abs=1e-6)
    assert found["chance: who is won at these rates"] == pytest.approx(luck / everything, abs=1e-6)
    assert len(found) == 2


def revenue_variance(n: int, m: float, v: float, cv: float, doubt: float) -> float:
    """V(S Y) = e^d V(Y) + (e^d - 1) E(Y)², Y in units of the mean deal."""
    given = n * m * (1 + cv * cv) - n * (v + m * m) + n * n * v
    return (1 + expm1(doubt)) * given + expm1(doubt) * (n * m) ** 2


def test_what_makes_revenue_uncertain() -> None:
    deals = {"mean": "1000", "cv": 0.5, "family": "gamma"}
    found, n = shares(asked("12000", [{"mean": 0.2, "ess": 100}], deals) | {"detail": True})
    m, v = 0.2, 0.2 * 0.8 / 101
    everything = revenue_variance(n, m, v, 0.5, 0.0)
    assert found["the rate lead->customer"] == pytest.approx(
        1 - revenue_variance(n, m, 0, 0.5, 0) / everything, abs=1e-6
    )
    alike = 1 - revenue_variance(n, m, v, 0, 0) / everything
    assert found["differences between deals"] == pytest.approx(alike, abs=1e-6)
    luck = revenue_variance(n, m, 0, 0, 0) / everything
    assert found["chance: who is won at these rates"] == pytest.approx(luck, abs=1e-6)


def test_what_the_mean_deal_adds() -> None:
    deals = {"mean": "1000", "cv": 0.5, "family": "gamma", "deals": 5}
    found, n = shares(asked("12000", [{"mean": 0.2, "ess": 100}], deals) | {"detail": True})
    m, v, doubt = 0.2, 0.2 * 0.8 / 101, 0.05
    everything = revenue_variance(n, m, v, 0.5, doubt)
    assert found["the mean deal"] == pytest.approx(1 - revenue_variance(n, m, v, 0.5, 0) / everything, abs=1e-6)
