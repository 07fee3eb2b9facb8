"""The front door: every form of the contract's request, refusals word for word, golden vectors to the bit."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import backcast as bc
from given import PROJECT

VECTORS = PROJECT / "crates" / "backcast" / "tests" / "vectors"
FILES = sorted(VECTORS.glob("*.json"))
LARGEST = 9_007_199_254_740_991


def request(**changes: Any) -> dict[str, Any]:
    base = {
        "goal": {"revenue": "500000 USD", "confidence": 0.8},
        "funnel": ["lead", "customer"],
        "rates": [{"converted": 20, "entered": 1000}],
        "deal_size": {"mean": "10000", "cv": 0},
    }
    return base | changes


def plan(**changes: Any) -> dict[str, Any]:
    answered = bc.answer(request(**changes))
    assert "plan" in answered, answered
    found: dict[str, Any] = answered["plan"]
    return found


def error(**changes: Any) -> dict[str, Any]:
    answered = bc.answer(request(**changes))
    assert list(answered) == ["error"]
    assert set(answered["error"]) >= {"kind", "message", "given", "allowed"}
    found: dict[str, Any] = answered["error"]
    return found


def needed(found: Mapping[str, Any]) -> list[int | None]:
    return [stage["needed"] for stage in found["stages"]]


def bits(value: Any) -> Any:
    """Numbers by their bits (a whole number and the equal double are one JSON number), all else as it is."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return struct.pack("<d", value).hex()
    if isinstance(value, list):
        return [bits(item) for item in value]
    return {key: bits(item) for key, item in value.items()}


def vectors() -> list[Any]:
    found = [(file.stem, each) for file in FILES for each in json.loads(file.read_text(encoding="utf-8"))]
    return [pytest.param(each, id=f"{stem}: {each['name']}") for stem, each in found]


def test_vectors_exist() -> None:
    assert FILES, f"no golden vectors in {VECTORS}"
    assert all(json.loads(file.read_text(encoding="utf-8")) for file in FILES)


@pytest.mark.parametrize("vector", vectors())
def test_vector(vector: dict[str, Any]) -> None:
    assert bits(bc.answer(vector["request"])) == bits(vector["answer"])


def test_the_contracts_example() -> None:
    found = plan()
    assert needed(found) == [3081, 50]
    assert found["stages"][0] | {"exact": 2500.0, "whole": 2500} == found["stages"][0]
    assert 0.8 <= found["probability"] < 0.801
    assert found["deadline_used"] is False
    assert set(found["revenue"]) == {"expected", "low", "high"}
    assert all(isinstance(line, str) for line in found["explain"])


@pytest.mark.parametrize(
    ("goal", "customers"),
    [
        ({"revenue": "500000 USD"}, 50),
        ({"revenue": "500_000 USD"}, 50),
        ({"revenue": "500 000.00 USD"}, 50),
        ({"customers": 50}, 50),
        ({"customers": "50"}, 50),
        ({"customers": Decimal(50)}, 50),
        ({"customers": np.int64(50)}, 50),
        ({"customers": np.uint8(50)}, 50),
        ({"customers": 50.0}, 50),
        ({"growth": {"baseline": "1000000 USD", "percent": "10"}}, 110),
        ({"growth": {"baseline": "1000000 USD", "percent": 10}}, 110),
        ({"growth": {"baseline": "1000000 USD", "percent": Decimal("10")}}, 110),
        ({"growth": {"baseline": "1000000 USD", "percent": np.float64(10)}}, 110),
        ({"growth": {"baseline": "1000000 USD", "percent": "10 %"}}, 110),
    ],
)
def test_goal_forms(goal: dict[str, Any], customers: int) -> None:
    assert plan(goal=goal)["stages"][-1]["whole"] == customers


@pytest.mark.parametrize(
    ("rate", "leads"),
    [
        ({"rate": "0.02"}, 2789),
        ({"rate": "2%"}, 2789),
        ({"rate": "2 %"}, 2789),
        ({"rate": 0.02}, 2789),
        ({"rate": Decimal("0.02")}, 2789),
        ({"rate": Decimal("2E-2")}, 2789),
        ({"rate": np.float64(0.02)}, 2789),
        ({"rate": "1 of 50"}, 2789),
        ({"converted": 20, "entered": 1000}, 3081),
        ({"converted": np.int32(20), "entered": np.int64(1000)}, 3081),
        ({"converted": "20", "entered": Decimal(1000)}, 3081),
        ({"mean": 20.5 / 1001, "ess": 1001}, 3081),
        ({"mean": np.float64(20.5 / 1001), "ess": np.float64(1001)}, 3081),
    ],
)
def test_rate_forms(rate: dict[str, Any], leads: int) -> None:
    assert needed(plan(goal={"customers": 50, "confidence": 0.8}, rates=[rate])) == [leads, 50]


@pytest.mark.parametrize(
    "size", [{"mean": "10000"}, {"mean": 10_000}, {"mean": Decimal("10000.00")}, {"amounts": [10_000] * 3}]
)
def test_deal_size_forms(size: dict[str, Any]) -> None:
    assert needed(plan(deal_size=size)) == [3081, 50]


def test_absent_spread_is_said() -> None:
    assert any("no spread (`cv`) was given" in line for line in plan(deal_size={"mean": "10000"})["explain"])
    assert not any("no spread" in line for line in plan()["explain"])


@pytest.mark.parametrize("confidence", [0.8, "0.8", "80 %", Decimal("0.8"), np.float64(0.8)])
def test_confidence_forms(confidence: Any) -> None:
    assert needed(plan(goal={"revenue": "500000 USD", "confidence": confidence})) == [3081, 50]


@pytest.mark.parametrize("by", ["2026-12-31", date(2026, 12, 31), np.datetime64("2026-12-31")])
def test_day_forms(by: Any) -> None:
    found = plan(goal={"customers": 50, "start": date(2026, 10, 1), "by": by})
    assert (found["start"], found["by"], found["deadline_used"]) == ("2026-10-01", "2026-12-31", False)
    assert any("deadline" in line for line in found["explain"])


def test_customers_need_no_deal_size() -> None:
    answered = request(goal={"customers": 50})
    del answered["deal_size"]
    found = bc.answer(answered)["plan"]
    assert found["revenue"] is None
    assert needed(found) == [None, None]


@pytest.mark.parametrize(
    ("rounding", "whole"),
    [("ceil", [34, 10, 4]), ("end", [34, 10, 4]), ("nearest", [33, 10, 4]), ("exact", [100 / 3, 10.0, 4.0])],
)
def test_roundings(rounding: str, whole: list[float]) -> None:
    found = plan(
        goal={"customers": 4},
        funnel=["lead", "sql", "customer"],
        rates=[{"rate": "0.3"}, {"rate": "0.4"}],
        rounding=rounding,
    )
    assert [stage["whole"] for stage in found["stages"]] == whole


def test_learned_zero_leaves_room_for_doubt() -> None:
    found = plan(goal={"customers": 1, "confidence": 0.8}, rates=[{"converted": 0, "entered": 60}])
    assert found["stages"][0] | {"exact": None, "whole": None} == found["stages"][0]
    assert found["stages"][0]["needed"] > 60


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"rates": [{"rate": 5}]}, "ambiguous_rate", "a rate of `5`: 5 or 5 %?"),
        ({"rates": [{"rate": np.int64(5)}]}, "ambiguous_rate", "a rate of `5`: 5 or 5 %?"),
        ({"rates": [{"rate": "0 %"}]}, "zero_rate", "with a stated rate of `0 %` the goal can never be reached"),
        ({"rates": [{"rate": "120 %"}]}, "rate_out_of_range", "a rate of `120 %` is impossible"),
        ({"rates": [{"rate": -0.1}]}, "rate_out_of_range", "a rate of `-0.1` is impossible"),
        ({"rates": [{"rate": float("nan")}]}, "not_a_rate", "`nan` is not a rate"),
        ({"rates": [{"rate": np.float64("nan")}]}, "not_a_rate", "`nan` is not a rate"),
        ({"rates": [{"rate": Decimal("NaN")}]}, "not_a_rate", "`NaN` is not a rate"),
        ({"rates": [{"rate": float("inf")}]}, "not_a_rate", "`inf` is not a rate"),
        ({"rates": [{"converted": 3, "entered": 2}]}, "more_than_entered", "3 of 2: more converted than entered"),
        ({"rates": [{"converted": 0, "entered": 0}]}, "zero_entered", "a rate cannot be learned from 0 leads"),
        ({"rates": [{"converted": 1.5, "entered": 2}]}, "not_a_whole_number", "`1.5` is not a whole number"),
        ({"rates": [{"mean": 1, "ess": 5}]}, "mean_out_of_range", "an estimated rate of `1` leaves no room for doubt"),
        ({"rates": [{"mean": 0.5, "ess": 0}]}, "not_positive", "`0` is not above 0"),
        ({"rates": [{"mean": 0.5, "ess": float("inf")}]}, "not_a_number", "`inf` is not a number"),
        ({"rates": [{"rate": 0.5, "mean": 0.5}]}, "rate_forms", "a step has exactly one rate, not `rate` and `mean`"),
        ({"rates": [{}]}, "rate_forms", "a step has exactly one rate, not none"),
        ({"rates": []}, "rate_count", "0 rates for 1 step"),
        ({"funnel": ["lead"]}, "stage_count", "a funnel cannot have 1 stages"),
        ({"funnel": [str(n) for n in range(13)]}, "stage_count", "a funnel cannot have 13 stages"),
        ({"funnel": ["lead", "lead"]}, "same_stage", "the stage `lead` is named twice"),
        ({"funnel": ["lead", " "]}, "empty_stage", "a stage has no name"),
        ({"goal": {"customers": 0}}, "goal_not_positive", "a target of `0` needs no plan"),
        ({"goal": {"customers": -3}}, "goal_not_positive", "a target of `-3` needs no plan"),
        ({"goal": {"customers": LARGEST + 1}}, "out_of_range", f"`{LARGEST + 1}` is too large"),
        ({"goal": {"customers": True}}, "malformed_request", None),
        ({"goal": {"revenue": "0 USD"}}, "goal_not_positive", "a target of `0 USD` needs no plan"),
        ({"goal": {"revenue": "-5 USD"}}, "goal_not_positive", "a target of `-5 USD` needs no plan"),
        ({"goal": {"revenue": "1e30 USD"}}, "out_of_range", "`1e30 USD` is too large"),
        ({"goal": {"revenue": "500000"}}, "no_currency", "`500000` has no currency"),
        ({"goal": {"revenue": 500000}}, "no_currency", "`500000` has no currency"),
        ({"goal": {"revenue": "1.000 EUR"}}, "too_many_decimals", "`1.000 EUR` has more decimals than its currency"),
        ({"goal": {"revenue": "5 XYZ"}}, "unknown_currency", "`XYZ` is not a currency"),
        (
            {"goal": {"revenue": "5 USD", "customers": 1}},
            "goal_forms",
            "a goal has exactly one measure, not `revenue` and `customers`",
        ),
        ({"goal": {}}, "goal_forms", "a goal has exactly one measure, not none"),
        ({"goal": {"customers": 5, "confidence": 1}}, "confidence_out_of_range", "a confidence of `1` cannot be met"),
        ({"goal": {"customers": 5, "confidence": float("nan")}}, None, ""),
        ({"goal": {"customers": 5, "by": "31.12.2026"}}, "not_a_day", "`31.12.2026` is not a day"),
        ({"goal": {"customers": 5, "by": "2026-02-30"}}, "not_a_day", "`2026-02-30` is not a day"),
        ({"goal": {"customers": 5, "start": "2027-01-01", "by": "2026-12-31"}}, "deadline_before_start", None),
        ({"deal_size": {"mean": 0}}, "not_positive", "`0` is not above 0"),
        (
            {"deal_size": {"mean": "10.000"}},
            "ambiguous_amount",
            "`10.000`: does the point separate thousands or decimals?",
        ),
        ({"deal_size": {}}, "deal_forms", "a deal size has exactly one form, not none"),
        ({"deal_size": None}, "deal_size_missing", "a goal in money needs the size of a deal"),
        ({"rounding": "up"}, "unknown_rounding", "`up` is not a rounding"),
        ({"gaol": 1}, "unknown_key", "`gaol` is not a key of this object"),
    ],
)
def test_refusals(changes: dict[str, Any], kind: str | None, message: str | None) -> None:
    found = error(**changes)
    assert kind is None or found["kind"] == kind
    assert not message or found["message"] == message
    assert found["allowed"]


def test_whole_numbers_beyond_doubles_are_read_as_doubles() -> None:
    assert error(goal={"customers": 2**53 + 1})["kind"] == "out_of_range"
    assert error(goal={"customers": 10**300})["kind"] == "out_of_range"
    assert error(goal={"customers": 10**400})["kind"] in {"out_of_range", "not_a_whole_number"}


@pytest.mark.parametrize(
    "value", [10**5000, [[]], object(), b"5", {1: 2}, None, {"x": {}}, 5 + 0j], ids=lambda value: type(value).__name__
)
def test_nothing_is_raised(value: Any) -> None:
    assert "error" in bc.answer(request(goal={"customers": value}))
    assert "error" in bc.answer(value)


def test_a_list_in_itself_does_not_end_the_interpreter() -> None:
    script = "import backcast as bc; a = []; a.append(a); print(list(bc.answer({'goal': a})))"
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (made.returncode, made.stdout) == (0, "['error']\n"), made.stderr


def test_any_mapping_is_a_request() -> None:
    assert needed(bc.answer(MappingProxyType(request()))["plan"]) == [3081, 50]


def test_a_time_of_day_is_a_day_too() -> None:
    assert plan(goal={"customers": 5, "by": datetime(2026, 12, 31)})["by"] == "2026-12-31"


def test_the_request_is_not_changed() -> None:
    asked = request()
    before = json.dumps(asked)
    bc.answer(asked)
    assert json.dumps(asked) == before
