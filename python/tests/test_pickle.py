"""Histories, rates and plans survive a pickle and a copy: equal, and as useful as before."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import backcast as bc
from given import read, typed

PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


@pytest.fixture(scope="module")
def history() -> bc.History:
    return bc.read_leads(
        bc.sample_crm(),
        stages=bc.SAMPLE_STAGES,
        id="lead_id",
        lost="lost_on",
        amount="deal_value",
        currency="EUR",
        segment=["channel", "persona"],
        as_of="2025-12-31",
    )


def again(thing: Any) -> list[Any]:
    pickled = [pickle.loads(pickle.dumps(thing, protocol)) for protocol in PROTOCOLS]
    return [*pickled, copy.copy(thing), copy.deepcopy(thing)]


def test_history(history: bc.History) -> None:
    for other in again(history):
        assert other == history
        assert (other.counts(), other.notes, other.as_of, other.stages) == (
            history.counts(),
            history.notes,
            history.as_of,
            history.stages,
        )
        assert other.rates().to_dict() == history.rates().to_dict()
        assert repr(other) == repr(history)


@pytest.mark.parametrize("horizon_days", [None, 60])
def test_rates(history: bc.History, horizon_days: int | None) -> None:
    rates = history.rates(horizon_days=horizon_days)
    for other in again(rates):
        assert other == rates
        assert other.to_dict() == rates.to_dict()
        assert (other.warnings, other.posteriors()) == (rates.warnings, rates.posteriors())
        options: dict[str, Any] = {"revenue": "1_000_000 EUR", "confidence": 0.8}
        assert bc.plan(rates=other, **options) == bc.plan(rates=rates, **options)


def test_plan(history: bc.History) -> None:
    plan = bc.plan(revenue="1_000_000 EUR", by="2026-12-31", rates=history.rates(), confidence=0.8)
    for other in again(plan):
        assert other == plan
        assert other.to_html() == plan.to_html()


def test_different_rates_differ(history: bc.History) -> None:
    assert history.rates() == history.rates()
    assert history.rates() != history.rates(horizon_days=60)
    assert history.rates() != history
    assert read(typed(("2026-01-01", None))).rates() != history.rates()
    with pytest.raises(TypeError):
        hash(history.rates())


def test_what_is_no_history_is_refused() -> None:
    native: Any = type(read(typed(("2026-01-01", None)))._native)
    with pytest.raises(bc.BackcastError) as caught:
        native("{}")
    assert caught.value.kind == "not_a_history"
