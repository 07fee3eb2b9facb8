"""Leads that were in the funnel before the records began: delayed entry, against lifelines and the reference lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")

from lifelines import KaplanMeierFitter
from methods import Step, hazards, multinomial_variance
from worlds import NEVER, World, incidence, rows

LISTS: dict[str, Any] = json.loads((Path(__file__).parent / "reference.json").read_text(encoding="utf-8"))[
    "delayed_entry"
]
AS_OF = 20_500


def listed(entry_from_day_zero: bool = False) -> World:
    """Give the reference lists as records: exit is the lag of an event, the age of one that is open."""
    entry, out = np.array(LISTS["entry"]), np.array(LISTS["exit"])
    event = np.array(LISTS["event"], bool)
    zeros = np.zeros(len(entry), "int64")
    return World(
        entered=np.where(event, AS_OF - 300, AS_OF - out),
        converts_after=np.where(event, out, NEVER),
        lost_after=np.full(len(entry), NEVER),
        seen_from=zeros if entry_from_day_zero else entry,
        segment=zeros,
        as_of=AS_OF,
    )


def test_the_lists_have_no_tie_of_entry_and_exit() -> None:
    """Where they tie, lifelines and the definition differ (lifelines issues 497, 1604): nothing is compared there."""
    assert not set(LISTS["entry"]) & set(LISTS["exit"])
    assert (np.array(LISTS["entry"]) < np.array(LISTS["exit"])).all()


def test_the_reference_values() -> None:
    """Survival at 10, 20 and 40 days, as lifelines computed it once with `entry=`."""
    history = listed().read(segment=[])
    for day, survival in zip((10, 20, 40), LISTS["expected"], strict=True):
        row = rows(history.rates(horizon_days=day))[None]
        assert row["horizon_days"] == day
        assert 1 - row["estimate"] == pytest.approx(survival, abs=1e-12)


def test_lifelines_on_every_day() -> None:
    history = listed().read(segment=[])
    assert history.counts()["used"] == 300
    fitter = KaplanMeierFitter().fit(LISTS["exit"], LISTS["event"], entry=LISTS["entry"])
    leads = Step(
        np.array(LISTS["exit"]), np.array(LISTS["event"], bool), np.array(LISTS["entry"]), np.full(300, 20_000)
    )
    for day in range(0, 100, 3):
        row = rows(history.rates(horizon_days=day))[None]
        expected = float(incidence(fitter, [day])[0])
        if expected == 0:
            assert row["estimate"] is None
            continue
        assert row["estimate"] == pytest.approx(expected, abs=1e-12)
        at_risk, shares = hazards(leads, day)
        variance = multinomial_variance(at_risk, shares, lambda shares: 1 - np.prod(1 - shares))
        effective = min(expected * (1 - expected) / variance, 300)
        assert row["effective_leads"] == pytest.approx(effective, rel=1e-9)


def test_counting_from_day_zero_is_too_low() -> None:
    """Why `observed_from` matters: those who converted before could not be seen, so the plain curve is below."""
    seen, unseen = (rows(listed(zero).read(segment=[]).rates(horizon_days=40))[None] for zero in (False, True))
    assert unseen["estimate"] < seen["estimate"] - 0.02


def test_one_day_from_which_all_is_known() -> None:
    """`observed_from` as a day is the column whose every value is that day."""
    drawn = listed()
    day = AS_OF - 310
    same = World(
        drawn.entered, drawn.converts_after, drawn.lost_after, np.maximum(day - drawn.entered, 0), drawn.segment, AS_OF
    )
    by_day = same.read(segment=[], observed_from=str(np.datetime64(day, "D")))
    assert by_day.rates().to_dict() == same.read(segment=[]).rates().to_dict()
