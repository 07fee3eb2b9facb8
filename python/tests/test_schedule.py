"""By when and by whom, from Python: frames of the schedule and of the departments' goals, sums, and refusals."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal, get_args

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

import backcast as bc
from backcast._frames import Kind
from backcast._plan import Division
from given import read, refusal, typed

WAY = ["lead", "mql", "sql", "customer"]
RATES: list[dict[str, Any]] = [{"rate": "20 %"}, {"converted": 40, "entered": 100}, {"rate": "1/4"}]
AUTUMN: dict[str, Any] = {"start": "2026-10-01", "by": "2026-12-31"}
DIVISIONS: tuple[Division, ...] = get_args(Division)


def planned(**options: Any) -> bc.Plan:
    """Plan 50 customers in the last quarter of 2026."""
    given: dict[str, Any] = {"customers": 50, "rates": RATES, "stages": WAY}
    return bc.plan(**(given | AUTUMN | options))


@pytest.mark.parametrize(("by", "rows"), [("week", 14), ("month", 3), ("quarter", 1)])
def test_a_schedule_sums_to_the_plan(by: Division, rows: int) -> None:
    plan = planned()
    frame = plan.schedule(by)
    assert list(frame.columns) == [by, "start", "by", *WAY, "expected_wins"]
    assert len(frame) == rows
    for stage in WAY:
        assert frame[stage].sum() == plan.stage(stage).whole
    assert frame["start"].iloc[0] == pd.Timestamp(AUTUMN["start"])
    assert frame["by"].iloc[-1] == pd.Timestamp(AUTUMN["by"])
    # Without delays every win is in time: the leads' mean, which rounding up at each stage lifts above 50.
    posterior = 40.5 / 101
    assert frame["expected_wins"].sum() == pytest.approx((plan.stage("lead").whole or 0) * 0.2 * posterior * 0.25)


def test_divisions_agree() -> None:
    plan = planned(schedule={"arrival": {"ramp": {"from": 1, "to": 4}}, "fiscal_year_start": 12})
    months, quarters = plan.schedule("month"), plan.schedule("quarter")
    assert quarters["quarter"].tolist() == ["FY2026-Q4", "FY2027-Q1"]
    assert quarters["lead"].tolist() == [months["lead"][:2].sum(), months["lead"][2]]
    ends = [pd.Timestamp(day) for day in plan.schedule("week")["by"]]
    assert all(end.day_name() == "Sunday" for end in ends[:-1])


@hypothesis_given(start=st.dates(date(1990, 1, 1), date(2060, 12, 31)), days=st.integers(1, 800))
def test_weeks_are_those_of_the_standard_library(start: date, days: int) -> None:
    last = start + timedelta(days - 1)
    weeks = planned(start=start, by=last).schedule("week")
    every = [(start + timedelta(n)).isocalendar() for n in range(days)]
    expected = list(dict.fromkeys(f"{day.year:04d}-W{day.week:02d}" for day in every))
    assert weeks["week"].tolist() == expected
    assert weeks["lead"].sum() == planned().stage("lead").whole


def test_delays_of_a_history_are_used() -> None:
    table = typed(
        *[
            ("2025-01-01", "2025-01-21" if n % 4 == 0 else None, "2025-02-20" if n % 8 == 0 else None)
            for n in range(400)
        ],
        names=["lead", "mql", "customer"],
    )
    rates = read(table, stages=["lead", "mql", "customer"]).rates()
    plan = bc.plan(customers=10, rates=rates, start="2027-01-01", by="2027-03-31", confidence=0.8)
    assert plan.to_dict()["deadline_used"]
    timing = {stage["stage"]: stage for stage in plan.to_dict()["schedule"]["stages"]}
    # 20 days and then 30, always: a lead has until fifty days before the end, an MQL until thirty.
    assert timing["lead"]["last_useful_day"] == str(date(2027, 3, 31) - timedelta(50))
    assert timing["mql"]["last_useful_day"] == str(date(2027, 3, 31) - timedelta(30))
    assert timing["lead"]["too_late"] == pytest.approx(50 / 90)
    assert plan.schedule("week", "pandas")["mql"].iloc[0] == 0
    assert "last useful day: " in plan.explain()


def test_departments_add_up() -> None:
    plan = planned(
        revenue="500000 EUR",
        customers=None,
        deal_size="10000",
        owners={"sql": "inside sales"},
        sources={"web": "60 %", "fair": 0.15, "partner": "1/4"},
    )
    goals = plan.departments()
    assert list(goals.columns) == ["department", "stage", "total", "worth"]
    assert goals["department"].tolist() == ["marketing", "marketing", "inside sales", "sales"]
    assert goals["worth"].tolist()[2:] == [2500, 10000]
    by_source: dict[str, int] = {}
    for by in DIVISIONS:
        parts = plan.departments(by)
        assert list(parts.columns) == ["department", "stage", "source", by, "start", "by", "entries"]
        sums = parts.groupby("stage", sort=False)["entries"].sum()
        assert sums.to_dict() == dict(zip(goals["stage"], goals["total"], strict=True))
        found = parts[parts["stage"] == "lead"].groupby("source")["entries"].sum().to_dict()
        by_source = by_source or found
        assert found == by_source
    assert by_source["web"] > by_source["partner"] > by_source["fair"]
    money = {source["source"]: source["revenue"] for source in plan.to_dict()["departments"]["sources"]}
    assert money == {"fair": 75000, "partner": 125000, "web": 300000}


def test_without_sources_each_row_is_the_whole() -> None:
    parts = planned().departments("month")
    assert parts["source"].isna().all()
    assert parts["entries"].sum() == sum(planned().stage(stage).whole or 0 for stage in WAY)
    assert planned().departments()["worth"].isna().all()


@pytest.mark.parametrize(("kind", "made"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)])
def test_every_kind_of_frame(kind: Kind, made: type[Any]) -> None:
    assert isinstance(planned().schedule("month", kind), made)
    assert isinstance(planned().departments(kind=kind), made)
    assert isinstance(planned().departments("week", kind), made)


def test_days_may_be_dates_and_weekends_off() -> None:
    off = {"holidays": [date(2026, 10, 1), pd.Timestamp("2026-10-02")], "weekends": True}
    weeks = planned(schedule=off).schedule("week")
    assert weeks["lead"].iloc[0] == 0
    assert planned(schedule=off).to_dict()["schedule"]["days_without_entries"] == 2 + 26


def test_a_stage_may_be_called_like_a_column() -> None:
    frame = planned(stages=["start", "by", "week", "won"]).schedule()
    assert list(frame.columns) == [
        "week",
        "start",
        "by",
        "start (stage)",
        "by (stage)",
        "week (stage)",
        "won",
        "expected_wins",
    ]


def test_refusals() -> None:
    by: Literal["week"] = "week"
    with refusal("schedule_period", "a schedule needs `start` and `by`", "`goal.start` and `goal.by`"):
        planned(start=None, by=None).schedule(by)
    with refusal("schedule_period", "a schedule needs `start` and `by`"):
        planned(start=None, by=None).departments(by)
    with refusal("no_open_day", "no lead can enter from 2026-10-03 to 2026-10-04: every day is a day without entries"):
        planned(start="2026-10-03", by="2026-10-04", schedule={"weekends": True})
    with refusal("shares_sum", "the shares sum to 0.9"):
        planned(sources={"web": 0.6, "fair": 0.3})
    with refusal("unknown_stage", "`won` is not a stage of this funnel", "one of `lead`"):
        planned(owners={"won": "sales"})
