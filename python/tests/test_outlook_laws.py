"""Laws of the outlook: more target, confidence or haste never needs fewer; more in flight never needs more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

import backcast as bc

Asked = dict[str, Any]
FUNNEL = ["lead", "mql", "customer"]
START = date(2026, 10, 1)
LAGS = [{"pmf": [0.1] * 10}, {"pmf": [0.0, 0.0, *[0.05] * 20]}]

rates = st.tuples(st.floats(0.05, 0.6), st.floats(60, 2000)).map(lambda pair: {"mean": pair[0], "ess": pair[1]})
deals = st.sampled_from(
    [
        {"mean": "1000", "cv": 0.5, "family": "gamma"},
        {"mean": "1000", "cv": 1.2},
        {"amounts": ["500", "1000", "2500"]},
        {"mean": "1000", "cv": 0},
        {"mean": "1000", "cv": 0.6, "deals": 40},
    ]
)
rows = st.lists(
    st.tuples(st.sampled_from(FUNNEL[:2]), st.integers(0, 25), st.integers(0, 15)).map(
        lambda row: {"stage": row[0], "age_days": row[1], "count": row[2]}
    ),
    max_size=2,
)


@st.composite
def requests(draw: st.DrawFn) -> Asked:
    goal: Asked = {
        "revenue": f"{draw(st.integers(1, 40)) * 500} EUR",
        "confidence": draw(st.integers(5, 95)) / 100,
        "start": START.isoformat(),
    }
    asked = {"goal": goal, "funnel": FUNNEL, "rates": [draw(rates), draw(rates)], "deal_size": draw(deals)}
    asked["pipeline"] = draw(rows)
    if draw(st.booleans()):
        goal["by"] = (START + timedelta(draw(st.integers(12, 80)))).isoformat()
        asked["lags"] = LAGS
    return asked


def changed(asked: Asked, **goal: Any) -> Asked:
    return asked | {"goal": asked["goal"] | goal}


def plan(asked: Asked) -> Asked:
    found: Asked = bc.answer(asked)["plan"]
    return found


def needed(asked: Asked) -> list[int]:
    return [stage["needed"] for stage in plan(asked)["stages"]]


def assert_no_fewer(more: list[int], fewer: list[int]) -> None:
    assert all(a >= b for a, b in zip(more, fewer, strict=True)), (more, fewer)


few = settings(max_examples=20, deadline=None)


@few
@hypothesis_given(requests(), st.integers(1, 20))
def test_a_larger_target_needs_no_fewer(asked: Asked, extra: int) -> None:
    target = int(asked["goal"]["revenue"].split()[0])
    assert_no_fewer(needed(changed(asked, revenue=f"{target + 500 * extra} EUR")), needed(asked))


@few
@hypothesis_given(requests(), st.floats(0.001, 0.04))
def test_more_confidence_needs_no_fewer(asked: Asked, extra: float) -> None:
    assert_no_fewer(needed(changed(asked, confidence=asked["goal"]["confidence"] + extra)), needed(asked))


@few
@hypothesis_given(requests(), st.integers(1, 10), st.integers(0, 25))
def test_more_in_flight_needs_no_more(asked: Asked, count: int, age: int) -> None:
    more = asked | {"pipeline": [*asked["pipeline"], {"stage": "mql", "age_days": age, "count": count}]}
    assert_no_fewer(needed(asked), needed(more))


@few
@hypothesis_given(requests(), st.integers(1, 30))
def test_a_later_deadline_needs_no_more(asked: Asked, days: int) -> None:
    assume("by" in asked["goal"])
    later = (date.fromisoformat(asked["goal"]["by"]) + timedelta(days)).isoformat()
    assert_no_fewer(needed(asked), needed(changed(asked, by=later)))


@few
@hypothesis_given(requests())
def test_needed_meets_the_confidence_and_later_stages_need_no_more(asked: Asked) -> None:
    found = plan(asked)
    confidence, error = asked["goal"]["confidence"], found["probability_error"]
    each = [stage["needed"] for stage in found["stages"]]
    assert found["probability"] >= confidence
    assert 0 <= error <= 1e-4
    assert each == sorted(each, reverse=True)
    # Nobody is needed exactly where what is open is enough.
    alone = found["pipeline"]["probability"] if found["pipeline"] else 0
    if abs(alone - confidence) > 1e-6:
        assert (each[0] == 0) == (alone >= confidence)


@few
@hypothesis_given(requests(), st.sampled_from(["0.1", "3", "1000"]))
def test_the_unit_of_money_does_not_matter(asked: Asked, factor: str) -> None:
    def times(amount: str) -> str:
        return f"{float(amount) * float(factor):.2f}"

    size = dict(asked["deal_size"])
    if "mean" in size:
        size["mean"] = times(size["mean"])
    else:
        size["amounts"] = [times(amount) for amount in size["amounts"]]
    target = times(asked["goal"]["revenue"].split()[0])
    scaled = changed(asked, revenue=f"{target} EUR") | {"deal_size": size}
    ours, theirs = plan(asked), plan(scaled)
    assert [stage["needed"] for stage in ours["stages"]] == [stage["needed"] for stage in theirs["stages"]]
    assert ours["probability"] == pytest.approx(theirs["probability"], abs=1e-9)
    for key in ("expected", "low", "high"):
        expected = ours["revenue"][key] * float(factor)
        assert theirs["revenue"][key] == pytest.approx(expected, rel=1e-6, abs=1e-9)


@few
@hypothesis_given(requests())
def test_ranges_are_in_order_and_parts_of_the_pipeline_add_up(asked: Asked) -> None:
    found = plan(asked)
    for range_ in (found["customers"], found["revenue"]):
        assert 0 <= range_["low"] <= range_["high"]
    credit = found["pipeline"]
    if credit:
        assert sum(row["customers"]["expected"] for row in credit["rows"]) == pytest.approx(
            credit["customers"]["expected"], rel=1e-9, abs=1e-9
        )
        assert sum(row["revenue"] for row in credit["rows"]) == pytest.approx(
            credit["revenue"]["expected"], rel=1e-9, abs=1e-9
        )
        assert credit["customers"]["expected"] <= found["customers"]["expected"] + 1e-9
