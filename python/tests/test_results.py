"""Typed results: as the schema says, complete, frozen, comparable, saved and loaded."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import backcast as bc
from backcast import _attributes, results
from given import PROJECT, refusal

CHANNELS = [
    {"channel": "search", "cost_per_lead": "40", "capacity": 2000, "rates": [{"rate": "10 %"}], "today": 50},
    {"channel": "fair", "cost_per_lead": "90", "rates": [{"rate": "20 %"}]},
]


def planned(**more: Any) -> bc.Plan:
    asked: dict[str, Any] = {
        **{"customers": 50, "confidence": 0.8, "start": "2027-01-01", "by": "2027-03-31"},
        **{"rates": [{"converted": 20, "entered": 1000}], "stages": ["lead", "customer"]},
    }
    return bc.plan(**asked | more)


LOOSE: Any = bc
"""The package without its types: what a notebook may do."""


def loosely(**more: Any) -> Any:
    return planned(**more)


PLANS: dict[str, Any] = {
    "plain": lambda: planned(confidence=None, start=None, by=None, detail=False),
    "sure": planned,
    "in flight": lambda: planned(pipeline=[{"stage": "lead", "age_days": 9, "count": 30}]),
    "delays": lambda: planned(
        lags=[{"median_days": 20, "p90_days": 60}], revenue="50000 EUR", customers=None, deal_size=9
    ),
    "channels": lambda: planned(channels=CHANNELS, budget="90000 EUR"),
    "unreachable": lambda: planned(customers=10**9, confidence=0.99, detail=False),
}


@pytest.fixture(params=PLANS)
def plan(request: pytest.FixtureRequest) -> bc.Plan:
    made: bc.Plan = PLANS[request.param]()
    return made


def test_the_classes_are_those_of_the_schema() -> None:
    made = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, results as r; s = json.loads(r.SCHEMA.read_text()); print(r.written(s), r.attributes(s))",
        ],
        cwd=PROJECT / "python" / "scripts",
        capture_output=True,
        check=True,
        timeout=60,
    )
    squeezed = "".join(made.stdout.decode().split())
    kept = [Path(str(module.__file__)).read_text(encoding="utf-8") for module in (results, _attributes)]
    # The formatter breaks lines and sets commas.
    assert "".join("".join(kept).split()).replace(",)", ")") == squeezed.replace(",)", ")"), (
        "run `python python/scripts/results.py`"
    )


def test_nothing_is_lost(plan: bc.Plan) -> None:
    assert plan.data.to_dict() == plan.to_dict()
    assert results.PlanData.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan.data
    assert bc.Plan.from_dict(plan.to_dict()) == plan
    again = [pickle.loads(pickle.dumps(plan)), copy.copy(plan), copy.deepcopy(plan)]
    assert {plan, *again} == {plan}
    assert pickle.loads(pickle.dumps(plan.data)) == plan.data


def test_attributes() -> None:
    plan = planned(revenue="500000 USD", customers=None, deal_size="10000")
    assert plan.planned == plan.stages[0].needed == plan.stage("lead").checkpoint == 3081
    assert plan.revenue is not None
    assert plan.revenue.low <= plan.revenue.expected <= plan.revenue.high
    assert (plan.start, plan.by) == (date(2027, 1, 1), date(2027, 3, 31))
    schedule = plan.data.schedule
    assert schedule is not None
    assert schedule.months[0].start == date(2027, 1, 1)
    assert {"planned", "stages", "revenue", "probability", "warnings", "stage", "to_frame"} <= set(dir(plan))
    assert {"needed", "exact", "whole", "rate", "on_time"} <= set(dir(plan.stages[0]))
    with pytest.raises(AttributeError):
        plan.stages[0].needed = 1  # type: ignore[misc]


def test_each_attribute_is_documented() -> None:
    for name in results.PlanData.__annotations__:
        said = getattr(bc.Plan, name).__doc__
        assert said, name
        assert said.strip(), name
    assert "from 0 to 1" in (results.PlanData.__doc__ or "")
    assert "needed : int | None" in (results.StagePlan.__doc__ or "")


def test_saved_plans_are_loaded(plan: bc.Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan.save(path)
    loaded = bc.Plan.load(path)
    assert loaded == plan
    assert repr(loaded) == repr(plan)
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert (saved["format"], saved["version"], saved["plan"]) == ("backcast-plan", 1, plan.to_dict())


def test_what_is_no_saved_plan_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    with refusal("source_not_found", f"there is no file `{path}`"):
        bc.Plan.load(path)
    document = planned().to_dict()
    for kind, saved in {
        "damaged": {"format": "backcast-plan", "version": 1, "plan": document | {"planned": "many"}},
        "unknown_version": {"format": "backcast-plan", "version": 2, "plan": document},
        "unknown_format": {"plan": document},
    }.items():
        path.write_text(json.dumps(saved), encoding="utf-8")
        with pytest.raises(bc.BackcastError) as caught:
            bc.Plan.load(path)
        assert caught.value.kind == kind
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    with pytest.raises(bc.BackcastError) as caught:
        bc.Plan.load(path)
    assert caught.value.kind == "damaged"
    for key in ("stages", "target", "departments"):
        with pytest.raises(bc.BackcastError, match="damaged"):
            bc.Plan.from_dict({name: value for name, value in document.items() if name != key})


def test_frames_come_as_the_records_came(tmp_path: Path) -> None:
    import pandas as pd
    import polars as pl

    rows = {"lead": ["2026-01-05"] * 40, "won": ["2026-01-20"] * 10 + [None] * 30}
    for made in (pl.DataFrame, pd.DataFrame):
        history = bc.read_leads(made(rows), stages=["lead", "won"], as_of="2026-06-30")
        plan = bc.plan(customers=5, history=history, by="2026-12-31", confidence=0.8)
        tables = [plan.to_frame(), plan.schedule(), plan.departments(), plan.pipeline(), plan.distribution()]
        assert [type(table) for table in tables] == [made] * 5
        start = plan.schedule()["start"][0]
        assert start == (date(2026, 7, 1) if made is pl.DataFrame else pd.Timestamp("2026-07-01"))


def test_open_leads_of_a_history_count() -> None:
    table = {"lead": ["2026-01-05"] * 40, "won": ["2026-01-20"] * 10 + [None] * 30}
    import pandas as pd

    history = bc.read_leads(pd.DataFrame(table), stages=["lead", "won"], as_of="2026-06-30")
    plan = bc.plan("5000 EUR", history=history, deal_size=1000)
    assert plan == bc.plan(revenue="5000 EUR", rates=history.rates(), pipeline=history, deal_size=1000)
    assert plan.data.pipeline is not None
    assert bc.plan("5000 EUR", history=history, pipeline=[], deal_size=1000).data.pipeline is None


@pytest.mark.parametrize(
    ("asked", "message", "allowed"),
    [
        (lambda h: LOOSE.plan(customers=10), "`rates` is missing", "`history=…`"),
        (lambda h: LOOSE.plan(customers=10, rates=h), "`rates` cannot be a `History`", "`history=…`"),
        (
            lambda h: LOOSE.plan(customers=10, rates=h.rates().to_frame()),
            "`rates` cannot be a `DataFrame`",
            "`history.rates()`",
        ),
        (
            lambda h: LOOSE.plan(customers=10, rates=[0.1], stages=["a", "b"]),
            "`rates` cannot be a `float`",
            '`{"rate": "2 %"}`',
        ),
        (lambda h: LOOSE.plan(customers=10, history=h.rates()), "`history` cannot be a `Rates`", "`read_leads`"),
        (lambda h: LOOSE.plan(growth="10%", history=h), "`growth` cannot be a `str`", '"percent"'),
        (lambda h: LOOSE.plan(10, history=h), "`goal` cannot be a `int`", "`customers=50`"),
        (
            lambda h: LOOSE.plan("5 EUR", revenue="5 EUR", history=h),
            "a goal has exactly one measure, not `goal` and `revenue`",
            "`revenue`",
        ),
        (lambda h: loosely().schedule("months"), "`by` cannot be `months`", "did you mean `month`?"),
        (lambda h: loosely().to_frame("arrow"), "`kind` cannot be `arrow`", "`pyarrow`"),
        (lambda h: h.rates().to_frame("arrow"), "`kind` cannot be `arrow`", "`pyarrow`"),
        (lambda h: loosely(stages=[0, 1]), "`stages` cannot be a `int`", "a list of names"),
        (lambda h: loosely(stages="lead"), "`stages` cannot be a `str`", "a list of names"),
        (lambda h: LOOSE.read_leads("select 1 as a", stages=[0, 1]), "`stages` cannot be a `int`", "names of columns"),
    ],
)
def test_wrong_arguments_are_refused_by_name(asked: Any, message: str, allowed: str) -> None:
    sql = "select date '2026-01-05' as lead, date '2026-01-20' as won"
    history = bc.read_leads(sql, stages=["lead", "won"], as_of="2026-06-30")
    with pytest.raises(bc.BackcastError) as caught:
        asked(history)
    assert caught.value.message == message
    assert allowed in caught.value.allowed
