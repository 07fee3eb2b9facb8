"""Plans from Python: over stated rates and over a history, with what they show and how they refuse."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import backcast as bc
from backcast import _show as show
from backcast._frames import Kind
from given import read, refusal, typed

STATED: dict[str, Any] = {"rates": [{"converted": 20, "entered": 1000}], "stages": ["lead", "customer"]}
WAY = ["lead", "mql", "customer"]


@pytest.fixture(scope="module")
def rates() -> bc.Rates:
    """Learn from a year-old history: 400 leads, 100 MQLs, 25 customers at 1,000 EUR."""
    table = typed(
        *[
            ("2025-01-01", "2025-02-01" if n % 4 == 0 else None, "2025-03-01" if n % 16 == 0 else None)
            for n in range(400)
        ],
        names=WAY,
    )
    table = table.append_column("value", pa.array([1000.0 if n % 16 == 0 else None for n in range(400)]))
    return read(table, stages=WAY, amount="value", currency="EUR").rates()


def test_a_plan_says_what_the_front_door_says() -> None:
    plan = bc.plan(revenue="500000 USD", deal_size="10000", confidence=0.8, **STATED)
    request = {
        "goal": {"revenue": "500000 USD", "confidence": 0.8},
        "funnel": STATED["stages"],
        "rates": STATED["rates"],
        "deal_size": {"mean": "10000"},
        "detail": True,
    }
    assert plan.to_dict() == bc.answer(request)["plan"]
    assert plan.stage("lead").needed == 3081
    assert plan.probability == plan.to_dict()["probability"]
    assert plan.data.to_dict() == plan.to_dict()
    assert set(plan.to_dict()) >= {"stages", "probability", "revenue", "deadline_used", "explain"}
    assert all(set(stage) >= {"stage", "exact", "whole", "needed"} for stage in plan.to_dict()["stages"])


def test_to_dict_is_json_and_a_copy() -> None:
    plan = bc.plan(customers=50, confidence=0.8, **STATED)
    found = plan.to_dict()
    assert json.loads(json.dumps(found)) == found
    found["stages"][0]["needed"] = 0
    assert plan.stage("lead").needed == 3081
    with pytest.raises(AttributeError):
        plan.stage("lead").needed = 0  # type: ignore[misc]
    assert plan.stage("lead").needed == 3081
    assert plan == bc.plan(customers=50, confidence=0.8, **STATED)
    assert plan != bc.plan(customers=51, confidence=0.8, **STATED)


@pytest.mark.parametrize(
    "measure", [{"revenue": "1_000 EUR"}, {"customers": 1}, {"growth": {"baseline": "500 EUR", "percent": 100}}]
)
def test_every_measure(rates: bc.Rates, measure: dict[str, Any]) -> None:
    plan = bc.plan(**measure, rates=rates, deal_size=1000)
    assert plan.stage("customer").whole == 1
    assert plan.stage("customer").needed is None


def test_the_historys_mean_deal_is_used_and_said(rates: bc.Rates) -> None:
    plan = bc.plan(revenue="10000 EUR", rates=rates, confidence=0.8)
    assert plan.to_dict()["deal_size"] == 1000
    assert plan.stage("customer").whole == 10
    assert "from 25 won deals" in plan.explain()
    with refusal("mixed_currency", "two currencies in one calculation: `EUR and USD`"):
        bc.plan(revenue="10000 USD", rates=rates)
    assert bc.plan(revenue="10000 USD", rates=rates, deal_size="500").stage("customer").whole == 20


def test_customers_earn_the_historys_revenue(rates: bc.Rates) -> None:
    revenue = bc.plan(customers=10, rates=rates, confidence=0.8).to_dict()["revenue"]
    assert revenue["low"] <= revenue["expected"] <= revenue["high"]
    assert bc.plan(customers=10, **STATED).to_dict()["revenue"] is None


def test_more_confidence_needs_more(rates: bc.Rates) -> None:
    needed = [bc.plan(customers=10, rates=rates, confidence=c).stage("lead").needed for c in (0.1, 0.5, 0.8, 0.9, 0.99)]
    assert needed == sorted(set(needed), key=lambda leads: leads or 0)


def test_needed_is_the_smallest_number_that_meets_the_confidence() -> None:
    plan = bc.plan(customers=50, confidence=0.8, **STATED)
    assert plan.probability is not None
    assert plan.probability >= 0.8
    lines = [line for line in plan.explain().splitlines() if line.startswith("needed: 3,081 lead")]
    assert len(lines) == 1
    assert "one less with 79." in lines[0]


@pytest.mark.parametrize(("kind", "made"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)])
@pytest.mark.parametrize("rounding", ["ceil", "exact"])
def test_to_frame(kind: Kind, made: type[Any], rounding: str) -> None:
    frame = bc.plan(customers=50, rounding=rounding, **STATED).to_frame(kind)
    assert isinstance(frame, made)
    columns = list(frame.column_names if isinstance(frame, pa.Table) else frame.columns)
    assert columns[:4] == ["stage", "exact", "whole", "needed"]
    assert pl.DataFrame(frame)["exact"].to_list() == [2500.0, 50.0]
    assert pl.DataFrame(frame)["needed"].to_list() == [None, None]


def test_days_may_be_dates(rates: bc.Rates) -> None:
    plan = bc.plan(customers=5, rates=rates, start=date(2027, 1, 1), by=date(2027, 3, 31)).to_dict()
    assert (plan["start"], plan["by"], plan["deadline_used"]) == ("2027-01-01", "2027-03-31", True)
    assert any("deadline" in line for line in plan["explain"])


def test_days_may_be_pandas_timestamps(rates: bc.Rates) -> None:
    assert bc.plan(customers=5, rates=rates, by=pd.Timestamp("2027-03-31")).to_dict()["by"] == "2027-03-31"


def test_a_deadline_that_has_passed_is_said_to_have_passed(rates: bc.Rates) -> None:
    with refusal("deadline_passed", "the deadline has passed: 2026-12-31, and the records are known up to 2026-12-31"):
        bc.plan(customers=5, rates=rates, by="2026-12-31")


def test_refusals(rates: bc.Rates) -> None:
    with refusal("goal_forms", "a goal has exactly one measure, not none", "`revenue`, `customers`, `growth`"):
        bc.plan(rates=rates)
    with refusal("goal_forms", "a goal has exactly one measure, not `revenue` and `customers`"):
        bc.plan(revenue="5 EUR", customers=5, rates=rates)
    with refusal("stage_count", "a funnel cannot have 0 stages", "2 to 12 stages"):
        bc.plan(customers=5, rates=STATED["rates"])
    with refusal("unknown_stage", "`won` is not a stage of this funnel", "one of `lead`, `customer`"):
        bc.plan(customers=5, **STATED).stage("won")
    with refusal("ambiguous_rate", "a rate of `5`: 5 or 5 %?"):
        bc.plan(customers=5, rates=[{"rate": 5}], stages=["lead", "customer"])
    with refusal("confidence_out_of_range", "a confidence of `1.0` cannot be met"):
        bc.plan(customers=5, rates=rates, confidence="1.0")
    with refusal("out_of_range", "`1e30 EUR` is too large"):
        bc.plan(revenue="1e30 EUR", rates=rates)


def test_stages_beside_a_historys_rates_are_not_silently_ignored(rates: bc.Rates) -> None:
    with pytest.raises(bc.BackcastError, match="stages"):
        bc.plan(customers=5, rates=rates, stages=["visit", "lead", "customer"])


def test_a_refusal_says_where(rates: bc.Rates) -> None:
    with pytest.raises(bc.BackcastError) as caught:
        bc.plan(customers=5, rates=[{"rate": "0.5"}, {"rate": "7"}], stages=WAY)
    assert caught.value.at == "rates[1].rate"
    assert caught.value.given == "7"
    assert isinstance(caught.value, ValueError)


def test_what_is_printed(rates: bc.Rates) -> None:
    plan = bc.plan(revenue="10000 EUR", rates=rates, confidence=0.8)
    assert repr(plan).startswith("10,000 EUR\n")
    assert f"{plan.stage('lead').needed:,}" in repr(plan)
    assert "<table" in plan._repr_html_()
    without = bc.plan(customers=1, confidence=0.8, rates=[{"converted": 0, "entered": 60}], stages=["lead", "customer"])
    assert f"{without.stage('lead').needed:,}" in repr(without)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.8, "80 %"),
        (0.9994, "99.9 %"),
        (0.99999, "99.999 %"),
        (1 - 1e-12, "99.9999999999 %"),
        (1 - 2**-53, "more than 99.999999999999 %"),
        (1e-9, "0.0000001 %"),
        (1e-300, "less than 0.000000000001 %"),
        (None, "–"),
    ],
)
def test_nearly_certain_is_not_certain(value: float | None, text: str) -> None:
    assert show.percent(value) == text


def test_a_confidence_next_to_certainty_is_written_so() -> None:
    plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.99999)
    assert "needed for 99.999 %" in repr(plan)
    assert " 100 %" not in repr(plan) + plan.explain() + plan.to_html()


def test_channels_are_shown() -> None:
    """Each mix with its leads, cost and probability; the frontier; why no mix is enough."""

    def shown(capacity: int) -> tuple[dict[str, Any], str, str]:
        rates = [{"converted": 90, "entered": 300}, {"converted": 20, "entered": 90}]
        channels = [
            {"channel": "search", "cost_per_lead": "40", "capacity": capacity, "rates": rates, "today": 50},
            {"channel": "referral", "cost_per_lead": "20", "capacity": 150, "rates": rates, "today": 60},
        ]
        stages = ["lead", "mql", "customer"]
        plan = bc.plan(customers=60, confidence=0.8, stages=stages, channels=channels, budget="20000 EUR")
        return plan.to_dict()["channels"], repr(plan), plan.to_html()

    found, text, page = shown(2000)
    assert "Which channels" in text
    assert "Which channels" in page
    for name in ("cheapest", "cheapest_in_expectation", "today", "best_for_budget"):
        mix = found[name]
        for number in [*(each["leads"] for each in mix["leads"]), mix["total"], round(mix["cost"])]:
            assert f"{number:,}" in text
            assert f"{number:,}" in page
    assert all(f"{row['cost']:,.0f}" in text for row in found["frontier"])
    found, text, page = shown(100)
    assert found["limited_by"]
    assert "all there is" in text
    assert "ven with every channel at its capacity, 250 leads together" in text
    assert "ven with every channel at its capacity, 250 leads together" in page


def test_where_no_number_is_enough_it_says_why() -> None:
    stages = ["lead", "mql", "customer"]
    plan = bc.plan(customers=5, confidence=0.999, stages=stages, rates=[{"converted": 0, "entered": 5}] * 2)
    assert plan.probability is None
    found = plan.unreachable
    assert found is not None
    assert found.entrants == 100_000_000
    # As in the core's test, by SciPy.
    assert found.probability == pytest.approx(0.9894675238333, abs=1e-9)
    assert "even 100,000,000 leads reach 5 customers with 98.9 % instead of 99.9 %" in found.limited_by
    assert found.limited_by.partition(",")[0] in repr(plan).replace("\n  ", " ")
    page = plan.to_html().replace("&nbsp;", " ").replace("&gt;", ">")
    assert found.limited_by in page
    assert "the best that can be reached" in page
    easy = bc.plan(customers=5, confidence=0.8, stages=stages, rates=[{"converted": 0, "entered": 5}] * 2)
    assert easy.unreachable is None


def test_what_is_in_flight_is_the_best_where_new_leads_come_too_late() -> None:
    lag = {"pmf": [0] * 10 + [1]}
    rates = [{"converted": 60, "entered": 300}, {"converted": 20, "entered": 60}]
    goal = {"customers": 5, "confidence": 0.8, "start": "2026-01-01", "by": "2026-01-12"}
    request: dict[str, Any] = {"goal": goal, "funnel": ["lead", "mql", "customer"], "rates": rates, "lags": [lag, lag]}
    for open_leads, planned, enough in [(10, 0, False), (30, 0, True)]:
        plan = bc.answer(request | {"pipeline": [{"stage": "mql", "age_days": 3, "count": open_leads}]})["plan"]
        # scipy.stats.betabinom.sf(4, n, 20.5, 40.5)
        expected = {10: 0.2336615888047726, 30: 0.9704816385927896}[open_leads]
        assert plan["probability"] == pytest.approx(expected, abs=1e-9)
        assert plan["planned"] == planned
        assert (plan["unreachable"] is None) == enough
        assert plan["stages"][0]["needed"] == (0 if enough else None)
        if not enough:
            assert plan["unreachable"]["probability"] == pytest.approx(expected, abs=1e-9)
            assert plan["unreachable"]["limited_by"].startswith("no number of new leads helps")
