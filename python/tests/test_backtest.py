"""The backtest in Python: against SciPy's beta-binomial, as data frames, as text, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom, binom

import backcast as bc
from backcast import _show as show
from given import refusal

LEVELS = {"05": 0.05, "10": 0.1, "20": 0.2, "50": 0.5, "80": 0.8, "90": 0.9, "95": 0.95}
HORIZON = 60


@cache
def leads() -> pd.DataFrame:
    """Leads of a year and a half in which every win takes at most 40 days."""
    dice = np.random.default_rng(5)
    entered = np.sort(dice.integers(0, 548, 4_000))
    lags = np.where(dice.random(4_000) < 0.12, dice.integers(0, 41, 4_000), -1)
    first = date(2024, 1, 1)
    day = [first + timedelta(int(number)) for number in entered]
    won = [start + timedelta(int(lag)) if lag >= 0 else None for start, lag in zip(day, lags, strict=True)]
    return pd.DataFrame({"lead": day, "customer": won, "channel": np.where(entered % 2 == 0, "fair", "email")})


def read(frame: Any = None, **options: Any) -> bc.History:
    given = {"stages": ["lead", "customer"], "as_of": "2025-06-30"} | options
    return bc.read_leads(leads() if frame is None else frame, **given)


@cache
def backtest() -> bc.Backtest:
    return read(segment="channel").backtest(horizon_days=HORIZON)


def crps(cdf: Any, actual: int) -> float:
    return float(((cdf - (np.arange(len(cdf)) >= actual)) ** 2).sum())


def check(row: Any, distribution: Any) -> None:
    """Compare every score of a row with those of a SciPy distribution of counts."""
    actual, numbers = row["actual"], np.arange(row["entered"] + 1)
    cdf = distribution.cdf(numbers)
    assert row["expected"] == pytest.approx(distribution.mean(), rel=1e-9)
    assert row["crps"] == pytest.approx(crps(cdf, actual), rel=1e-7)
    assert distribution.cdf(actual - 1) - 1e-8 <= row["pit"] <= distribution.cdf(actual) + 1e-8
    for name, level in LEVELS.items():
        miss = actual - distribution.ppf(level)
        assert row[f"pinball_{name}"] == pytest.approx(max(level * miss, (level - 1) * miss), abs=1e-9)
    for share in (50, 80, 95):
        tail = (1 - share / 100) / 2
        assert [row[f"low_{share}"], row[f"high_{share}"]] == distribution.ppf([tail, 1 - tail]).tolist()
        assert row[f"in_{share}"] == (tail <= row["pit"] <= 1 - tail)
    assert row["promised"] == max(number for number in numbers if distribution.sf(number - 1) >= 0.8)
    assert row["kept"] == (actual >= row["promised"])


def test_every_score_is_that_of_scipy() -> None:
    frame = backtest().to_frame()
    assert len(frame) > 20
    for row in frame.to_dict("records"):
        known = leads()[leads()["lead"] <= date.fromisoformat(row["origin"])]
        assert row["known"] == len(known)
        if row["method"] == "backcast":
            assert row["in_horizon"] == pytest.approx(1, abs=1e-12)
            (posterior,) = read(known, as_of=row["origin"]).rates().posteriors()
            assert posterior is not None
            a, b = (posterior["ess"] * share for share in (posterior["mean"], 1 - posterior["mean"]))
            check(row, betabinom(row["entered"], a, b))
        elif row["method"] == "all_history":
            known_won = sum(won is not None and won <= date.fromisoformat(row["origin"]) for won in known["customer"])
            assert row["known_won"] == known_won
            check(row, binom(row["entered"], known_won / len(known)))


def test_the_summary_is_the_mean_of_the_rows() -> None:
    frame, summary = backtest().to_frame(), backtest().summary().set_index("method")
    assert list(summary.index) == ["backcast", "all_history", "last_two_quarters", "matured"]
    for method, rows in frame.groupby("method"):
        found = summary.loc[method]
        assert found["cohorts"] == len(rows)
        assert found["independent"] == pd.PeriodIndex(rows["from"], freq="Q").nunique()
        assert found["bias"] == pytest.approx(rows["expected"].sum() / rows["actual"].sum())
        for name in ("crps", *(f"pinball_{level}" for level in LEVELS)):
            assert found[name] == pytest.approx(rows[name].mean())
        for share in (50, 80, 95):
            assert found[f"coverage_{share}"] == pytest.approx(rows[f"in_{share}"].mean())
            assert found[f"coverage_{share}_low"] < found[f"coverage_{share}_high"]
        own = frame[(frame["method"] == "backcast") & frame["origin"].isin(rows["origin"])]
        assert found["skill"] == pytest.approx(1 - own["crps"].mean() / rows["crps"].mean())
        chart = backtest().reliability().set_index("method").loc[method]
        assert chart["observed"].tolist() == pytest.approx(
            [(rows["pit"] <= level).mean() for level in chart["nominal"]]
        )


def test_open_leads_are_no_failures_here_either() -> None:
    bias = backtest().summary().set_index("method")["bias"]
    assert bias["last_two_quarters"] < 0.97 * bias["backcast"]
    assert bias["all_history"] < 0.99 * bias["backcast"]


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_frames(kind: Any) -> None:
    for frame in (backtest().to_frame(kind), backtest().summary(kind), backtest().reliability(kind)):
        assert type(frame).__module__.startswith(kind)
        assert frame.shape[0] > 3


def test_text_and_page() -> None:
    said, page = show.as_text(backtest()._blocks(), 140), backtest()._repr_html_().replace("&nbsp;", " ")
    for words in ("Backtest by month: customers within 60 days, known up to 2025-06-30", "80 % holds", "prove little"):
        assert words in said
        assert words in page
    assert backtest().notes[0] in page.replace("&gt;", ">")
    assert set(backtest().warnings) == set(backtest().to_frame()["origin"])
    assert backtest() == read().backtest(horizon_days=HORIZON)
    assert backtest() != read().backtest(horizon_days=HORIZON, origins=3)


def test_what_is_asked_is_done() -> None:
    assert len(read().backtest(horizon_days=HORIZON, origins=3).to_dict()["cohorts"]) == 3
    quarters = read().backtest(every="quarter", horizon_days=HORIZON).to_dict()
    assert all(cohort["from"][5:] in {"01-01", "04-01", "07-01", "10-01"} for cohort in quarters["cohorts"])
    assert read().backtest().horizon_days <= 40
    late = read(keying_delay_days=7).backtest(horizon_days=HORIZON).to_dict()
    for cohort in late["cohorts"]:
        known = date.fromisoformat(cohort["origin"]) - timedelta(7)
        assert cohort["known"] == (leads()["lead"] <= known).sum()


def test_progress_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    read().backtest(horizon_days=HORIZON, origins=2)
    assert capsys.readouterr() == ("", "")
    read().backtest(horizon_days=HORIZON, origins=2, progress=True)
    assert capsys.readouterr() == ("", "\rorigin 1 of 2\rorigin 2 of 2\n")


def test_an_exception_in_the_progress_stops_the_test() -> None:
    def stop(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read()._native.backtest("month", HORIZON, None, stop)


def test_refusals() -> None:
    halves = [read(leads()[part::2].reset_index(drop=True)) for part in (0, 1)]
    with refusal("no_records", "a merged history holds counts, but no longer the records that a backtest reads again"):
        halves[0].merge(halves[1]).backtest()
    with refusal("unknown_every", "`week` is not a length of cohorts", "one of `month`, `quarter`"):
        read().backtest(every="week")  # type: ignore[arg-type]
    with refusal("not_a_whole_number", "`-1` is not a whole number", "`horizon_days` from 0 to 100,000"):
        read().backtest(horizon_days=-1)
    with refusal(
        "too_short",
        "no past cohort can be tested: records from 2024-01-01 to 2025-06-30, customers count within 900 days; "
        "no later cohort is that old",
        "a smaller `horizon_days` needs less",
    ):
        read().backtest(horizon_days=900)
