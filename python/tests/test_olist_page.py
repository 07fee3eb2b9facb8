"""The figures of docs/olist.md: from the library, and without it by pandas; lifelines is among the oracles."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pytest

import backcast as bc
from given import OLIST, PROJECT

pytestmark = pytest.mark.skipif(
    not OLIST.is_dir(), reason=f"the Olist files are not at {OLIST}; they may not be copied into the project"
)
PAGE = re.sub(r"\s+", " ", (PROJECT / "docs" / "olist.md").read_text(encoding="utf-8"))
STAGES = {"lead": "entered", "customer": "won"}
KNOWN, HORIZON = "2018-11-14", 90
AS_OF = [("2018-01-31", 30), ("2018-02-28", 58), ("2018-04-30", 119)]
ORIGINS = ["2017-12-31", "2018-01-31", "2018-02-28", "2018-03-31", "2018-04-30"]
WORDS = {"backcast": "backcast", "all_history": "all history", "last_two_quarters": "last two quarters"}


@cache
def leads() -> pd.DataFrame:
    """Leads with their win, by pandas alone; one win two days before its lead counts on the same day."""
    qualified = pd.read_csv(OLIST / "olist_marketing_qualified_leads.csv")
    closed = pd.read_csv(OLIST / "olist_closed_deals.csv")
    both = qualified.merge(closed, on="mql_id", how="left")
    entered = pd.to_datetime(both["first_contact_date"], format="%d-%m-%Y")
    won = pd.to_datetime(both["won_date"]).dt.normalize()
    return pd.DataFrame(
        {"id": both["mql_id"], "entered": entered, "won": won.where(won.isna() | (won >= entered), entered)}
    )


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(entered=frame["entered"].dt.date, won=frame["won"].dt.date)


@cache
def backtest(observed_from: str | None = None) -> bc.Backtest:
    history = bc.read_leads(typed(leads()), stages=STAGES, id="id", as_of=KNOWN, observed_from=observed_from)
    return history.backtest(horizon_days=HORIZON)


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def per_cent(share: float) -> str:
    return f"{100 * share:.2f} %"


def won_within(frame: pd.DataFrame, days: int) -> int:
    return int(((frame["won"] - frame["entered"]).dt.days <= days).sum())


@pytest.mark.parametrize(("as_of", "lag"), AS_OF)
def test_the_table_of_estimates(as_of: str, lag: int) -> None:
    since = leads().loc[lambda frame: frame["entered"].between(pd.Timestamp("2018-01-01"), pd.Timestamp(as_of))]
    won = int((since["won"] <= as_of).sum())
    found = bc.read_leads(typed(since), stages=STAGES, id="id", as_of=as_of).rates(horizon_days=lag).to_frame().iloc[0]
    interval = f"{100 * found['low']:.2f} to {per_cent(found['high'])}"
    counts = (as_of, f"{len(since):,}", str(won), per_cent(won / len(since)), f"{lag} days")
    truth = (per_cent(won_within(since, lag) / len(since)), per_cent(since["won"].notna().mean()))
    estimate = per_cent(found["estimate"])
    assert row(*counts, estimate, interval, estimate, *truth) in PAGE


def test_what_a_plan_uses_is_wider() -> None:
    since = leads().loc[lambda frame: frame["entered"].between(pd.Timestamp("2018-01-01"), pd.Timestamp("2018-04-30"))]
    rates = bc.read_leads(typed(since), stages=STAGES, id="id", as_of="2018-04-30").rates()
    found = rates.to_frame().iloc[0]
    assert f"is {100 * found['next_low']:.2f} to {per_cent(found['next_high'])}" in PAGE
    assert f"> {rates.warnings[-1]}" in PAGE
    early = since[since["entered"] <= "2018-01-31"]
    warnings = bc.read_leads(typed(early), stages=STAGES, id="id", as_of="2018-01-31").rates().warnings
    assert f"> {warnings[0]}" in PAGE


def rules(origin: str) -> dict[str, tuple[int, int]]:
    """Leads and wins within the horizon that each rule of thumb divides, by pandas alone."""
    day = pd.Timestamp(origin)
    known = leads().loc[lambda frame: frame["entered"] <= day]
    known = known.assign(won=known["won"].where(known["won"] <= day))
    ends = known["entered"] + pd.offsets.MonthEnd(0)
    half_a_year_ago = day + pd.Timedelta(days=1) - pd.DateOffset(months=6)
    seen = {
        "all_history": known,
        "last_two_quarters": known[known["entered"] >= half_a_year_ago],
        "matured": known[(day - ends).dt.days >= HORIZON],
    }
    return {name: (len(frame), won_within(frame, HORIZON)) for name, frame in seen.items()}


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_table_of_cohorts(origin: str) -> None:
    first = pd.Timestamp(origin) + pd.Timedelta(days=1)
    cohort = leads().loc[lambda frame: frame["entered"].between(first, first + pd.offsets.MonthEnd(0))]
    actual = won_within(cohort, HORIZON)
    found = backtest().to_frame().set_index(["origin", "method"]).loc[origin]
    own = found.loc["backcast"]
    assert (own["entered"], own["actual"]) == (len(cohort), actual)
    thumb = {name: len(cohort) * won / seen for name, (seen, won) in rules(origin).items()}
    assert found["expected"].drop("backcast").to_dict() == pytest.approx(thumb, rel=1e-12)
    cells = [origin, f"{len(cohort):,}", str(actual)]
    interval = f"{own['low_80']} to {own['high_80']}"
    assert row(*cells, f"{own['expected']:.1f}", interval, *(f"{mean:.1f}" for mean in thumb.values())) in PAGE
    seen = backtest("2017-12-05").to_frame().set_index(["origin", "method"]).loc[origin].loc["backcast"]
    interval = f"{seen['low_80']} to {seen['high_80']}"
    assert row(*cells, f"{seen['expected']:.1f}", interval, "yes" if seen["in_80"] else "no") in PAGE


def test_the_table_of_scores() -> None:
    as_they_are, observed = (test.summary().set_index("method") for test in (backtest(), backtest("2017-12-05")))

    def cells(score: Any) -> tuple[str, ...]:
        return f"{score['bias']:.2f}", f"{100 * score['coverage_80']:.1f} %", f"{score['crps']:.1f}"

    for method in as_they_are.index:
        named = WORDS.get(method, method)
        assert row(named, *cells(as_they_are.loc[method]), *cells(observed.loc[method])) in PAGE
    frame = backtest().to_frame()
    sums = frame.groupby("method")[["expected", "actual"]].sum()
    assert as_they_are["bias"].to_dict() == pytest.approx((sums["expected"] / sums["actual"]).to_dict())
    assert as_they_are["crps"].to_dict() == pytest.approx(frame.groupby("method")["crps"].mean().to_dict())


def test_what_changed() -> None:
    def by(month: str, days: int) -> float:
        frame = leads().loc[lambda frame: frame["entered"].dt.strftime("%Y-%m") == month]
        return won_within(frame, days) / len(frame)

    january, april = "2018-01", "2018-04"
    assert f"within 30 days {per_cent(by(april, 30))}, January's {per_cent(by(january, 30))}" in PAGE
    assert f"within 119 days {100 * by(april, 119):.2f} and {per_cent(by(january, 119))}" in PAGE
    assert (
        f"{per_cent(by('2017-12', 999))} ended as customers, of those of January {per_cent(by(january, 999))}" in PAGE
    )


def test_what_the_library_says() -> None:
    assert any(
        "6 monthly cohorts left out (2017-07 to 2017-12)" in note and f"> {note}" in PAGE for note in backtest().notes
    )
    assert any("prove little" in note and f"> {note}" in PAGE for note in backtest("2017-12-05").notes)
    missing = [line for line in backtest().warnings["2018-01-31"] if "observed_from" in line]
    assert len(missing) == 1
    assert f"> {missing[0]}" in PAGE
    assert not any("observed_from" in line for line in backtest().warnings["2017-12-31"])
    assert date(2017, 12, 5) == leads()["won"].min().date()
