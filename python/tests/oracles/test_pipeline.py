"""Open leads, and the outlook at its extremes: exact oracles, and simulations of every single lead."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import simulation
from asking import OPEN, THREE, TWO, Rate, asked, row, with_pipeline
from outcomes import World
from test_outlook import check, check_ranges

import backcast as bc


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


# --- every single lead, drawn once (simulation.py) --------------------------------------------------------------------

FIGURES = json.loads(simulation.FILE.read_text())


def test_the_script_draws_the_figures() -> None:
    """One case of few draws; `make oracle-figures` draws them all."""
    name = "many heavy tails"
    kept = FIGURES[name]
    assert set(FIGURES) == set(simulation.CASES)
    drawn = simulation.figure(name, kept["entrants"])
    assert numbers(drawn) == pytest.approx(numbers(kept), rel=1e-9)
    assert drawn["request"] == kept["request"]


def numbers(figure: dict[str, Any]) -> list[float]:
    """All that was drawn, in one row."""
    found: list[float] = []
    for value in figure.values():
        parts = value.values() if isinstance(value, dict) and "goal" not in value else []
        found += [number for part in parts for number in (part if isinstance(part, list) else [part])]
    return [figure["met"], *found]


@pytest.mark.parametrize("name", simulation.CASES)
def test_within_four_standard_errors_of_a_simulation(name: str) -> None:
    request, figure = simulation.CASES[name][0], FIGURES[name]
    plan = bc.answer(request)["plan"]
    drawn_for = (figure["request"], figure["entrants"])
    assert drawn_for == (request, plan["planned"]), "the figures are of another plan: make oracle-figures"
    p = plan["probability"]
    error = np.sqrt(max(p * (1 - p), 1e-9) / figure["draws"])
    assert abs(figure["met"] - p) <= 4 * error + plan["probability_error"], (figure["met"], p, error)
    for said, seen in [(plan["customers"], figure["customers"]), (plan["revenue"], figure["revenue"])]:
        if said is None:
            continue
        assert abs(seen["mean"] - said["expected"]) <= 4 * seen["error"]
        for key in ["low", "high"]:
            assert said[key] * (1 + 1e-6) >= seen[key][0]
            assert said[key] * (1 - 1e-6) <= seen[key][1]
    if name == "3 leads, heavy tails":
        assert plan["planned"] == 3
    if name == "a million leads":
        assert plan["planned"] > 1_000_000
    if name == "the target is in flight":
        assert plan["planned"] == 0
    if plan["pipeline"] and plan["pipeline"]["open"]:
        alone, seen = plan["pipeline"]["probability"], figure["alone"]
        assert abs(seen["met"] - alone) <= 4 * np.sqrt(max(alone * (1 - alone), 1e-6) / seen["draws"])


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


@pytest.mark.parametrize("confidence", [0.2, 0.8])
def test_prices_far_apart_beside_a_few_known_amounts(confidence: float) -> None:
    """Nothing has a common unit: outcome by outcome, where half of the largest atom was stated before."""
    rows = [row("mql", 1, amount="2158.29"), row("lead", 2, amount="4902.37"), row("mql", 5), row("mql", 1, amount="1")]
    check(with_pipeline(asked("24035", TWO, {"amounts": ["70.02", "844.29"]}, confidence), *rows), 1e-6, stages=1)


@pytest.mark.parametrize("amounts", [["4000", "12000"], ["0", "1000", "10500", "12000"], ["6816.54", "7178.04"]])
def test_few_deals_of_several_prices_beside_a_wide_rate(amounts: list[str]) -> None:
    """Counted, where a normal sum was off by up to 4 % of the leads."""
    rates: list[Rate] = [{"converted": 0, "entered": 5}, {"mean": 0.38, "ess": 4}]
    check(asked("53661.26", rates, {"amounts": amounts}, 0.6), 1e-6, stages=1, slack=2e-8)
