"""Open leads, and the outlook at its extremes: exact oracles, and simulations of every single lead."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from outcomes import Deals, World, posterior
from test_outlook import Rate, asked, check, check_ranges

import backcast as bc

Numbers = np.ndarray[Any, Any]
TWO: list[Rate] = [{"mean": 0.3, "ess": 200}, {"mean": 0.4, "ess": 60}]
THREE: list[Rate] = [{"mean": 0.3, "ess": 200}, {"mean": 0.4, "ess": 100}, {"mean": 0.3, "ess": 60}]
DAYS = {"start": "2026-10-01", "by": "2026-10-30"}
LAGS = [{"pmf": [0.1] * 10}, {"pmf": [0, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1]}, {"pmf": [0.05] * 20}]
HEAVY = float(np.sqrt(np.expm1(1.5**2)))


def row(stage: str, count: int, age: int = 5, **amount: Any) -> dict[str, Any]:
    return {"stage": stage, "age_days": age, "count": count} | amount


def with_pipeline(request: dict[str, Any], *rows: dict[str, Any], in_time: bool = False) -> dict[str, Any]:
    request = request | {"pipeline": list(rows)}
    if in_time:
        request |= {"goal": request["goal"] | DAYS, "lags": LAGS[: len(request["rates"])]}
    return request


OPEN = [row("lead", 40, 3), row("mql", 20, 2), row("sql", 9, 4), row("sql", 6, 12), row("mql", 3, 30)]


@pytest.mark.parametrize("confidence", [0.1, 0.8, 0.97])
@pytest.mark.parametrize("in_time", [False, True])
def test_customers_from_open_leads_of_several_stages_and_ages(confidence: float, in_time: bool) -> None:
    request = with_pipeline(asked("30", THREE, None, confidence), *OPEN, in_time=in_time)
    plan = check(request, 3e-6, slack=2e-8, stages=2)
    check_ranges(request, plan, 1e-6)
    world = World(request)
    assert plan["pipeline"]["probability"] == pytest.approx(world.at_least(30, 0), abs=1e-7)


AGES = [
    row(stage, 1 + (3 * age) % 4, age) for stage, ages in [("lead", 10), ("mql", 7), ("sql", 18)] for age in range(ages)
]


@pytest.mark.parametrize("confidence", [0.3, 0.9])
@pytest.mark.parametrize("rates", [THREE, [{"rate": "0.5"}, {"rate": "0.6"}, {"rate": "0.7"}]])
def test_many_ages_are_as_exact_as_few(rates: list[Rate], confidence: float) -> None:
    request = with_pipeline(asked("30", rates, None, confidence), *AGES, in_time=True)
    plan = check(request, 3e-6, slack=2e-8, stages=2)
    check_ranges(request, plan, 1e-6)
    credit = plan["pipeline"]
    assert credit["probability"] == pytest.approx(World(request).at_least(30, 0), abs=1e-7)
    parts = sum(each["customers"]["expected"] for each in credit["rows"])
    assert credit["customers"]["expected"] == pytest.approx(parts, rel=1e-8)


def test_chances_of_open_leads_are_those_of_the_contract() -> None:
    """Open as of the start: the age is that at the end of that day, and `by` minus `start` days are left."""
    lags = [{"pmf": [0.1, 0.2, 0.3, 0.4]}, {"pmf": [0.5, 0.5]}]
    goal = {"customers": 5, "start": "2026-10-01", "by": "2026-10-03"}
    rates = [{"rate": "0.5"}, {"rate": "0.2"}]
    rows = [row("lead", 1, age) for age in range(5)] + [row("mql", 1, age) for age in range(3)]
    request = {"goal": goal, "funnel": ["lead", "mql", "customer"], "rates": rates, "lags": lags, "pipeline": rows}
    plan = bc.answer(request)["plan"]
    # Two days are left. From age 0: on the next day (0.2) any delay of at most one day, the day after (0.3) none.
    reach = [0.2 + 0.3 * 0.5, 0.3 + 0.4 * 0.5, 0.4, 0, 0, 0.5, 0, 0]
    seen = [0.1, 0.3, 0.6, 1, 1, 0.5, 1, 1]
    rate, later = [0.5] * 5 + [0.2] * 3, [0.2] * 5 + [1] * 3
    expected = [r * b * w / (1 - r * g) for r, b, w, g in zip(rate, later, reach, seen, strict=True)]
    assert [each["chance"] for each in plan["pipeline"]["rows"]] == pytest.approx(expected, abs=1e-14)
    assert [each["beyond_history"] for each in plan["pipeline"]["rows"]] == [way == 0 for way in reach]
    # `pipeline_as_of` counts the days left from another day.
    earlier = bc.answer(request | {"pipeline_as_of": "2026-09-30"})["plan"]["pipeline"]["rows"]
    assert earlier[0]["chance"] == pytest.approx(0.1 * (0.2 + 0.3 + 0.4 * 0.5) / 0.95, abs=1e-14)
    # Without a deadline an open lead is worth what the remaining rates say.
    del request["lags"]
    ever = bc.answer(request)["plan"]["pipeline"]["rows"]
    assert [each["chance"] for each in ever] == pytest.approx([0.1] * 5 + [0.2] * 3, abs=1e-14)


@pytest.mark.parametrize("confidence", [0.2, 0.8])
def test_known_amounts_beside_a_price_list(confidence: float) -> None:
    rows = [row("lead", 40, 3), row("mql", 20, 2), row("sql", 9, 4, amount="7500"), row("sql", 6, 12)]
    request = with_pipeline(asked("90000", THREE, {"amounts": ["5000", "10000"]}, confidence), *rows, in_time=True)
    check_ranges(request, check(request, 3e-6, slack=2e-8, stages=1), 1e-6)


def test_known_amounts_beside_deals_that_differ() -> None:
    rows = [row("mql", 12, amount="8000"), row("mql", 5), row("lead", 30), row("mql", 1, amount="50000")]
    request = with_pipeline(asked("200000", TWO, {"mean": "10000", "cv": 0.8, "family": "gamma"}), *rows)
    check_ranges(request, check(request, 3e-6, slack=2e-8, stages=1), 5e-5)


def test_the_reference_file_of_seven_open_deals() -> None:
    """Enumeration of all 2⁷ outcomes: 0.44047."""
    chances = [0.1, 0.3, 0.5, 0.7, 0.9, 0.25, 0.6]
    amounts = ["4", "8", "2", "6", "4", "10", "2"]
    stages = [f"s{at}" for at in range(8)]
    # Step s has the rate that makes the product of the rest the chance of stage s; chances must fall towards the start.
    order = np.argsort(chances)
    rest = [chances[at] for at in order] + [1.0]
    rates = [{"rate": repr(rest[at] / rest[at + 1])} for at in range(7)]
    rows = [row(stages[at], 1, amount=amounts[order[at]]) for at in range(7)]
    goal = {"revenue": "16 EUR"}
    request = {"goal": goal, "funnel": stages, "rates": rates, "deal_size": {"mean": "2"}, "pipeline": rows}
    assert bc.answer(request)["plan"]["pipeline"]["probability"] == pytest.approx(0.44047, abs=1e-9)


# --- every single lead ------------------------------------------------------------------------------------------------


def delays(dice: np.random.Generator, pmf: list[float], many: int) -> Numbers:
    cdf = np.cumsum(pmf)
    return np.searchsorted(cdf / cdf[-1], dice.random(many), side="right")


def onward(
    request: dict[str, Any],
    dice: np.random.Generator,
    rates: list[Numbers],
    stage: int,
    leads: tuple[Numbers, Numbers],
) -> tuple[Numbers, Numbers]:
    """Tell which leads of a stage, each of a draw and so many days under way, are ever won, and after how many days."""
    draw, days = leads
    for step in range(stage, len(rates)):
        moves = dice.random(len(draw)) < rates[step][draw]
        draw, days = draw[moves], days[moves]
        days = days + delays(dice, request["lags"][step]["pmf"], len(draw))
    return draw, days


def open_leads(
    request: dict[str, Any], dice: np.random.Generator, rates: list[Numbers], line: dict[str, Any]
) -> Numbers:
    """Count how many of a row are won in time in each draw: leads that moved on before their age are drawn anew."""
    stage, count, age = request["funnel"].index(line["stage"]), line["count"], line["age_days"]
    if "lags" not in request:
        return in_the_end(dice, rates[stage:], count)
    fresh = np.repeat(np.arange(len(rates[stage]), dtype=np.int32), count)
    draws, lags = [], []
    while len(fresh):
        draw = fresh[dice.random(len(fresh)) < rates[stage][fresh]]
        lag = delays(dice, request["lags"][stage]["pmf"], len(draw))
        late = lag > age
        draws.append(draw[late])
        lags.append(lag[late] - age)
        fresh = draw[~late]
    draw, days = onward(request, dice, rates, stage + 1, (np.concatenate(draws), np.concatenate(lags)))
    left = (date.fromisoformat(request["goal"]["by"]) - date.fromisoformat(request["goal"]["start"])).days
    return np.bincount(draw[days <= left], minlength=len(rates[stage]))


def in_the_end(dice: np.random.Generator, rates: list[Numbers], entrants: int) -> Numbers:
    won: Numbers = np.full(len(rates[0]), entrants)
    for rate in rates:
        won = dice.binomial(won, rate)
    return won


def newcomers(request: dict[str, Any], dice: np.random.Generator, rates: list[Numbers], entrants: int) -> Numbers:
    won = in_the_end(dice, rates, entrants)
    if "lags" not in request:
        return won
    length = (date.fromisoformat(request["goal"]["by"]) - date.fromisoformat(request["goal"]["start"])).days + 1
    # Whether a lead is won and how long it takes do not depend on each other: only of those won is the way drawn.
    draw = np.repeat(np.arange(len(won)), won)
    taken = sum(delays(dice, lag["pmf"], len(draw)) for lag in request["lags"])
    return np.bincount(draw[dice.integers(0, length, len(draw)) + taken < length], minlength=len(won))


def sums(dice: np.random.Generator, deals: Deals, counts: Numbers) -> Numbers:
    if deals.law == "alike":
        return counts * deals.mean
    factor = 1.0
    if deals.doubt:
        factor = np.exp(np.sqrt(deals.doubt) * dice.standard_normal(len(counts)) - deals.doubt / 2)
    if deals.law == "gamma":
        shape = 1 / deals.cv**2
        return np.asarray(factor * dice.standard_gamma(counts * shape) * (deals.mean / shape))
    sigma = np.sqrt(np.log1p(deals.cv**2))
    each = np.exp(sigma * dice.standard_normal(counts.sum()) - sigma**2 / 2) * deals.mean
    upto = np.concatenate([[0.0], np.cumsum(each)])[np.concatenate([[0], np.cumsum(counts)])]
    return np.asarray(factor * np.diff(upto))


def simulated(request: dict[str, Any], entrants: int, draws: int, seed: int) -> tuple[Numbers, Numbers]:
    """Draw customers and revenue (customers without deals)."""
    dice = np.random.default_rng(seed)
    customers, revenue = [], []
    leads = sum(line["count"] for line in request.get("pipeline", [])) if "lags" in request else 8
    block = max(1000, min(draws, 1_000_000, int(8e6 / max(1, leads))))
    for _ in range(-(-draws // block)):
        rates = [
            np.full(block, p) if isinstance(p, float) else dice.beta(*p, block)
            for p in map(posterior, request["rates"])
        ]
        modelled = newcomers(request, dice, rates, entrants)
        all_won, known = modelled.copy(), np.zeros(block)
        for line in request.get("pipeline", []):
            won = open_leads(request, dice, rates, line) if line["count"] else np.zeros(block, dtype=int)
            all_won += won
            if "amount" in line:
                known += won * float(line["amount"])
            else:
                modelled += won
        customers.append(all_won)
        revenue.append(
            sums(dice, Deals.of(request["deal_size"]), modelled) + known if "deal_size" in request else all_won
        )
    return np.concatenate(customers), np.concatenate(revenue)


LOG_NORMAL = {"mean": "1000", "cv": HEAVY}
CASES = {
    "tiny rates, heavy tails": (asked("3000", [{"mean": 1e-6, "ess": 3e6}], LOG_NORMAL, 0.5), 10_000_000),
    "3 leads, heavy tails": (asked("1000", [{"rate": "0.4"}], LOG_NORMAL, None), 10_000_000),
    "nothing learned yet": (asked("3000", [{"converted": 0, "entered": 60}], LOG_NORMAL, 0.3), 10_000_000),
    "a million leads": (
        asked("20000000", [{"mean": 0.02, "ess": 20000}], {"mean": "1000", "cv": HEAVY, "family": "gamma"}),
        1_000_000,
    ),
    "many heavy tails": (asked("60000", TWO, LOG_NORMAL, 0.7), 300_000),
    "one huge open deal": (
        with_pipeline(asked("60000", TWO, LOG_NORMAL, 0.5), row("mql", 1, amount="45000"), row("mql", 20)),
        300_000,
    ),
    "no open leads": (
        with_pipeline(asked("9000", TWO, LOG_NORMAL, 0.5), row("mql", 0), row("lead", 0, amount="7")),
        10_000_000,
    ),
    "the target is in flight": (
        with_pipeline(asked("9000", TWO, LOG_NORMAL, 0.8), row("mql", 60), row("lead", 60, amount="1500")),
        10_000_000,
    ),
    "stages and ages before a deadline": (
        with_pipeline(asked("9000", THREE, {"mean": "1000", "cv": 0.8}, 0.4), *OPEN, in_time=True),
        10_000_000,
    ),
    "customers before a deadline": (with_pipeline(asked("14", THREE, None, 0.8), *OPEN, in_time=True), 10_000_000),
    "doubt about the mean beside known amounts": (
        with_pipeline(
            asked("9000", TWO, LOG_NORMAL | {"deals": 30}, 0.6), row("mql", 5, amount="1700"), row("lead", 30)
        ),
        10_000_000,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_within_four_standard_errors_of_a_simulation(name: str) -> None:
    request, draws = CASES[name]
    plan = bc.answer(request)["plan"]
    customers, revenue = simulated(request, plan["planned"], draws, seed=20261001)
    target = World(request).target
    met = revenue >= target * (1 - 1e-12)
    p = plan["probability"]
    error = np.sqrt(max(p * (1 - p), 1e-9) / len(met))
    assert abs(met.mean() - p) <= 4 * error + plan["probability_error"], (met.mean(), p, error)
    for said, seen in [(plan["customers"], customers), (plan["revenue"], revenue)]:
        if said is None:
            continue
        assert abs(seen.mean() - said["expected"]) <= 4 * seen.std() / np.sqrt(len(seen))
        for share, amount in [(0.1, said["low"]), (0.9, said["high"])]:
            margin = 4 * np.sqrt(0.09 / len(seen)) + 2e-5
            assert (seen <= amount * (1 + 1e-6)).mean() >= share - margin
            assert (seen < amount * (1 - 1e-6)).mean() <= share + margin
    if name == "3 leads, heavy tails":
        assert plan["planned"] == 3
    if name == "a million leads":
        assert plan["planned"] > 1_000_000
    if name == "the target is in flight":
        assert plan["planned"] == 0
    if plan["pipeline"] and plan["pipeline"]["open"]:
        _, without = simulated(request, 0, draws // 10, seed=7) if draws > 100_000 else (None, None)
        alone = plan["pipeline"]["probability"]
        if without is not None:
            seen_alone = (without >= target * (1 - 1e-12)).mean()
            assert abs(seen_alone - alone) <= 4 * np.sqrt(max(alone * (1 - alone), 1e-6) / len(without))


GAMMA = {"mean": "1000", "cv": 0.5, "family": "gamma"}


@pytest.mark.parametrize("open_row", [row("mql", 400), row("mql", 40)])
def test_wide_rates_and_open_leads_share_them(open_row: dict[str, Any]) -> None:
    """Open leads depend on the same rates as newcomers: taken as independent, P would be off by 3.4e-2."""
    rates = [{"mean": 0.2, "ess": 20}, {"mean": 0.3, "ess": 12}]
    check(with_pipeline(asked("400000", rates, GAMMA), open_row), 5e-5, stages=1)


def test_wide_rates_and_open_leads_counted_as_customers() -> None:
    check(with_pipeline(asked("100", [{"mean": 0.02, "ess": 60}], None), row("lead", 1000)), 5e-5, stages=1)


@pytest.mark.parametrize("amount", ["100000", "100010", "99990"])
def test_an_open_deal_as_large_as_the_target(amount: str) -> None:
    """An atom on the target counts whole, and one near it is not smeared."""
    deals = {"mean": "10000", "cv": 0.8, "family": "gamma"}
    check(with_pipeline(asked("100000", TWO, deals, 0.2), row("mql", 1, amount=amount)), 1e-2, stages=1)


def test_doubt_about_the_mean_of_many_deals_beside_known_amounts() -> None:
    """The doubt about the mean deal is wide beside 1,700 deals, and no doubt is about what is known."""
    deals = {"mean": "1000", "cv": 1.0, "family": "gamma", "deals": 5}
    rates = [{"mean": 0.1, "ess": 100000}]
    check(with_pipeline(asked("1000000", rates, deals), row("lead", 1, amount="5000")), 1e-2, stages=1)


def test_equal_deals_and_known_amounts_without_a_common_unit() -> None:
    """All sums are counted."""
    rows = [row("mql", 3, amount="7777.77"), row("mql", 2, amount="12345.67")]
    check(with_pipeline(asked("90000", TWO, {"mean": "10000", "cv": 0}, 0.5), *rows), 1e-2, stages=1)
