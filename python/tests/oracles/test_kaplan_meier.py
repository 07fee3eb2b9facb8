"""All leads together: Kaplan–Meier, Greenwood's variance and the interval, against lifelines and SciPy."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")

import pandas as pd
from lifelines import KaplanMeierFitter
from scipy.stats import beta
from worlds import World, incidence, rows, world

import backcast as bc

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
HORIZONS = [0, 1, 3, 7, 15, 31, 60, 120, 200]


def check(row: dict[str, Any], fitter: KaplanMeierFitter) -> None:
    """One row of all leads against a fit: estimate, effective leads, interval."""
    horizon = row["horizon_days"]
    expected = float(incidence(fitter, [horizon])[0])
    if row["estimate"] is None:
        assert expected == 0
        return
    assert abs(row["estimate"] - expected) <= 1e-12
    leads = row["effective_leads"]
    if 0 < expected < 1:
        assert leads == pytest.approx(expected * (1 - expected) / greenwood(fitter, horizon), rel=1e-9)
    a, b = row["estimate"] * leads + 0.5, (1 - row["estimate"]) * leads + 0.5
    assert abs(row["low"] - beta.ppf(0.1, a, b)) <= 1e-9
    assert abs(row["high"] - beta.ppf(0.9, a, b)) <= 1e-9


def greenwood(fitter: KaplanMeierFitter, horizon: int) -> float:
    """S² Σ d / (n (n − d)) from the table that lifelines counted."""
    table = fitter.event_table
    table = table[(table.index <= horizon) & (table["observed"] > 0)]
    died, risk = table["observed"].to_numpy(float), table["at_risk"].to_numpy(float)
    survival = 1 - float(incidence(fitter, [horizon])[0])
    return float(survival**2 * np.sum(died / (risk * (risk - died))))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("delayed", [False, True])
def test_random_worlds(seed: int, delayed: bool) -> None:
    drawn = world(seed, leads=[40, 200, 600, 3_000][seed % 4], rate=[0.02, 0.3, 0.9][seed % 3], delayed=delayed)
    history, fitter = drawn.read(), drawn.fitted()
    assert rows(history.rates())[None]["entered"] == drawn.known.sum()
    for horizon in (None, *HORIZONS):
        check(rows(history.rates(horizon_days=horizon))[None], fitter)


def test_ties_of_events_and_censorings_count_events_first() -> None:
    zeros = np.zeros(40, "int64")
    entered = np.full(40, 20_000)
    late = np.arange(40) % 4 == 0
    drawn = World(
        entered=np.where(late, 20_000 + 25, entered),
        converts_after=np.where(np.arange(40) % 3 == 0, 5, np.iinfo("int64").max),
        lost_after=np.full(40, np.iinfo("int64").max),
        seen_from=zeros,
        segment=zeros,
        as_of=20_030,
    )
    for horizon in (4, 5, 6, 30):
        check(rows(drawn.read().rates(horizon_days=horizon))[None], drawn.fitted())


def test_observation_from_one_day_on() -> None:
    drawn = world(5, leads=2_000, delayed=True)
    start = 20_100
    late = World(
        entered=drawn.entered // 2 * 2,
        converts_after=drawn.converts_after,
        lost_after=drawn.lost_after,
        seen_from=np.maximum(start - drawn.entered // 2 * 2, 0),
        segment=drawn.segment,
        as_of=drawn.as_of,
    )
    history = late.read(observed_from=str(np.datetime64(start, "D")))
    assert history.counts()["reasons"] == {"before_observed_from": int((~late.known).sum())}
    for horizon in HORIZONS:
        check(rows(history.rates(horizon_days=horizon))[None], late.fitted())


def sample() -> pd.DataFrame:
    """Give the sample CRM's clean leads: known once, dated in order, nothing later than the export."""
    leads = bc.sample_crm().drop_duplicates("lead_id", keep=False)
    columns = [*bc.SAMPLE_STAGES.values(), "lost_on"]
    dates = pd.DataFrame({name: pd.to_datetime(leads[name], errors="coerce") for name in columns})
    readable = (dates.notna() | (leads[columns] == "")).all(axis=1)
    ordered = dates["lead_on"].notna() & ~(dates > pd.Timestamp("2025-12-31")).any(axis=1)
    for before, after in pairwise(columns[:4]):
        ordered &= dates[after].isna() | (dates[before] <= dates[after])
    clean: pd.DataFrame = dates[readable & ordered]
    return clean


@pytest.mark.parametrize(
    "step", [("lead_on", "mql_on"), ("mql_on", "sql_on"), ("sql_on", "customer_on"), ("lead_on", "customer_on")]
)
def test_the_sample(step: tuple[str, str]) -> None:
    dates, (start, end) = sample(), step
    assert len(dates) > 19_000
    history = bc.read_leads(dates, stages=bc.SAMPLE_STAGES, lost="lost_on", as_of="2025-12-31")
    assert history.counts()["used"] == history.counts()["read"]
    assert history.counts()["repaired"] == 0
    entered = dates[dates[start].notna()]
    ended = entered[end].fillna(pd.Timestamp("2025-12-31"))
    fitter = KaplanMeierFitter().fit((ended - entered[start]).dt.days, entered[end].notna())
    names = {column: name for name, column in bc.SAMPLE_STAGES.items()}
    for horizon in (None, 30, 180, 500):
        table = history.rates(horizon_days=horizon).to_dict()
        at = table["step"].index(f"{names[start]}->{names[end]}")
        check({name: column[at] for name, column in table.items()}, fitter)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the Olist files are not at {DATA}")
@pytest.mark.parametrize(
    ("as_of", "lag", "percent"), [("2018-01-31", 30, 9.14), ("2018-02-28", 58, 10.82), ("2018-04-30", 119, 13.68)]
)
def test_olist(as_of: str, lag: int, percent: float) -> None:
    leads = pd.read_csv(DATA / "olist_marketing_qualified_leads.csv", usecols=["mql_id", "first_contact_date"])
    deals = pd.read_csv(DATA / "olist_closed_deals.csv", usecols=["mql_id", "won_date"])
    leads = leads.merge(deals, how="left", on="mql_id")
    leads["lead"] = pd.to_datetime(leads["first_contact_date"], format="%d-%m-%Y")
    leads["customer"] = pd.to_datetime(leads["won_date"]).dt.normalize()
    end = pd.Timestamp(as_of)
    leads = leads[(leads["lead"] >= "2018-01-01") & (leads["lead"] <= end)]
    won = leads["customer"] <= end
    fitter = KaplanMeierFitter().fit((leads["customer"].where(won, end) - leads["lead"]).dt.days.clip(lower=0), won)
    sql = f"""
        select first_contact_date as lead, won_date as customer
        from read_csv('{DATA / "olist_marketing_qualified_leads.csv"}', all_varchar = true)
        left join read_csv('{DATA / "olist_closed_deals.csv"}', all_varchar = true) using (mql_id)
        where strptime(first_contact_date, '%d-%m-%Y') >= date '2018-01-01'"""
    history = bc.read_leads(sql, stages=["lead", "customer"], as_of=as_of)
    row = rows(history.rates(horizon_days=lag))[None]
    assert (row["horizon_days"], row["entered"], row["converted"]) == (lag, len(leads), won.sum())
    assert round(100 * row["estimate"], 2) == percent
    check(row, fitter)
