"""What may be asked of a history, and what it says by itself: recency, ranks, delays, breaks."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import backcast as bc
from backcast._shell import main
from given import read, rows_of, typed

AS_OF = date(2026, 12, 31)


def months(rates: list[float], leads: int, lag: int = 20, seed: int = 1) -> pa.Table:
    """Leads of so many months that end with 2026: each month's converts at its rate, after `lag` days."""
    dice = random.Random(seed)
    rows: list[tuple[str | None, ...]] = []
    for back, rate in enumerate(reversed(rates)):
        first = date(2026 - back // 12, 12 - back % 12, 1)
        for _ in range(leads):
            day = first + timedelta(days=dice.randrange(28))
            won = day + timedelta(days=lag)
            rows.append((str(day), str(won) if dice.random() < rate and won <= AS_OF else None))
    return typed(*rows)


def test_old_quarters_fade() -> None:
    history = read(months([0.3] * 12 + [0.1] * 12, 300))
    (plain,), (recent,) = rows_of(history.rates()), rows_of(history.rates(half_life_quarters=1))
    assert (plain["method"], recent["method"]) == ("kaplan-meier", "recency-weighted")
    assert 0.19 < plain["estimate"] < 0.21
    assert 0.10 < recent["estimate"] < 0.13
    assert recent["effective_leads"] < plain["effective_leads"]
    assert recent["next"] < plain["next"]
    (never,) = rows_of(history.rates(half_life_quarters=1e9))
    assert never["estimate"] == pytest.approx(plain["estimate"], abs=0.003)


def test_segments_fade_too() -> None:
    table = months([0.3] * 12 + [0.1] * 12, 300)
    table = table.append_column("channel", pa.array(["a", "b", "c"] * (table.num_rows // 3)))
    history = read(table, segment="channel")
    plain, recent = rows_of(history.rates()), rows_of(history.rates(half_life_quarters=1))
    for before, after in zip(plain[1:], recent[1:], strict=True):
        assert after["method"] == "pooled-recency-weighted"
        assert after["own"] < before["own"] - 0.05
        assert after["effective_leads"] < before["effective_leads"]


@pytest.mark.parametrize("half_life", [0, -1, float("nan"), float("inf")])
def test_impossible_half_lives_are_refused(half_life: float) -> None:
    with pytest.raises(bc.BackcastError, match="not above 0") as caught:
        read(months([0.3], 20)).rates(half_life_quarters=half_life)
    assert "half_life_quarters" in caught.value.allowed


def test_the_shell_knows_the_half_life(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "leads.csv"
    months([0.3] * 6, 60).to_pandas().to_csv(file, index=False)
    reading = [str(file), "--stages", "lead,customer", "--as-of", "2026-12-31"]
    assert main(["rates", *reading, "--half-life-quarters", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rates"][0]["method"] == "recency-weighted"
    assert main(["plan", *reading, "--half-life-quarters", "2", "--customers", "5"]) == 0
    assert "recency-weighted" not in capsys.readouterr().err
    assert main(["rates", *reading, "--half-life-quarters", "0"]) == 2
    assert "not above 0" in capsys.readouterr().err


def test_a_break_is_named_with_its_month_and_sizes() -> None:
    rates = read(months([0.2] * 15 + [0.12] * 15, 400)).rates()
    (line,) = [line for line in rates.warnings if "the rate has changed" in line]
    assert any(f"before {day}" in line for day in ("2025-09-01", "2025-10-01", "2025-11-01")), line
    assert not any("the rate has" in line for line in read(months([0.2] * 30, 400)).rates().warnings)


def test_a_steady_fall_is_named_with_its_direction() -> None:
    rates = read(months([0.24 - 0.004 * month for month in range(36)], 400)).rates()
    assert any("the rate has been falling from" in line and "2024-" in line for line in rates.warnings)


def segments(counts: dict[str, tuple[int, int]]) -> bc.History:
    rows = [
        ("2026-01-01", "2026-01-20" if lead < won else None, name)
        for name, (won, leads) in counts.items()
        for lead in range(leads)
    ]
    table = typed(*[row[:2] for row in rows]).append_column("channel", pa.array([row[2] for row in rows]))
    return read(table, segment="channel")


def test_segments_that_cannot_be_told_apart_share_a_group() -> None:
    rates = segments({"a": (60, 300), "b": (55, 300), "c": (9, 300), "d": (2, 10)}).rates()
    ranks = rates.ranking(kind="pandas")
    group = dict(zip(ranks["segment"], ranks["group"], strict=True))
    assert group["a"] == group["b"] == 1
    assert group["c"] > 1
    assert ranks["estimate"].is_monotonic_decreasing
    assert pd.isna(ranks["best_is_better"].iloc[0])
    assert pd.isna(ranks["better_than_next"].iloc[-1])
    assert (ranks["better_than_next"].iloc[:-1] >= 0.5 - 0.1).all()
    assert rates.not_ranked is not None
    assert "`b`" in rates.not_ranked
    assert "not enough data to rank" in repr(rates)


def test_clear_ranks_need_no_words() -> None:
    rates = segments({"a": (150, 300), "b": (60, 300), "c": (9, 300)}).rates()
    assert rates.not_ranked is None
    assert rates.ranking("lead->customer", kind="pandas")["group"].tolist() == [1, 2, 3]
    assert isinstance(rates.ranking(), pa.Table)
    with pytest.raises(bc.BackcastError, match="not a step"):
        rates.ranking("lead->mql")
    assert read(typed(("2026-01-01", "2026-02-01"))).rates().ranking().num_rows == 0


def test_delays_are_in_reach() -> None:
    rows = [("2026-01-01", f"2026-01-{2 + n % 5:02}", f"2026-02-{1 + n % 3:02}" if n % 2 else None) for n in range(120)]
    rates = read(typed(*rows, names=["lead", "mql", "customer"]), stages=["lead", "mql", "customer"]).rates()
    lags = rates.lags(kind="pandas")
    assert list(lags) == ["step", "days", "pmf", "cdf"]
    table = {row["step"]: row for row in rows_of(rates)}
    for step, curve in lags.groupby("step", sort=False):
        assert curve["pmf"].sum() == pytest.approx(1, abs=1e-12)
        assert (curve["cdf"] - curve["pmf"].cumsum()).abs().max() < 1e-12
        if step != "lead->customer":
            assert table[step]["median_days"] == curve.loc[curve["cdf"] >= 0.5 - 1e-12, "days"].min()
            assert table[step]["p90_days"] == curve.loc[curve["cdf"] >= 0.9 - 1e-12, "days"].min()
    first, second, whole = (curve for _, curve in lags.groupby("step", sort=False))
    mean = [float((curve["days"] * curve["pmf"]).sum()) for curve in (first, second, whole)]
    assert mean[0] + mean[1] == pytest.approx(mean[2], rel=1e-12)
    assert rates.lags(kind="polars").height == len(lags)


def test_few_leads_hear_what_was_left_out() -> None:
    """Forty leads a fortnight apart: half of the conversions take longer than thirty of them have been watched."""
    rows: list[tuple[str | None, ...]] = []
    for n in range(40):
        day = date(2025, 6, 1) + timedelta(days=14 * n)
        won = day + timedelta(days=150 if n % 4 == 1 else 60)
        rows.append((str(day), str(won) if n % 2 and won <= AS_OF else None))
    rates = read(typed(*rows)).rates()
    (row,) = rows_of(rates)
    late = sum(1 for n, (_, won) in enumerate(rows) if won and n % 4 == 1)
    assert row["horizon_days"] == 60
    told = f"{late} of {row['converted']} conversions took longer than 60 days, after which fewer than 30 leads"
    assert any(told in line for line in rates.warnings)
    asked = read(typed(*rows)).rates(horizon_days=200)
    assert not any("took longer" in line for line in asked.warnings)
    assert rows_of(asked)[0]["estimate"] > row["estimate"]


def two_steps(dependent: bool) -> bc.History:
    """Leads that are slow in both steps, or in each by chance; observation ends before the slow ones are through."""
    dice = random.Random(3)
    rows: list[tuple[Any, ...]] = []
    for _ in range(6_000):
        start = date(2026, 1, 1) + timedelta(days=dice.randrange(364))
        slow = dice.random() < 0.5
        also = slow if dependent else dice.random() < 0.5
        mql = start + timedelta(days=90 if slow else 5)
        won = mql + timedelta(days=90 if also else 5)
        rows.append((
            str(start),
            str(mql) if mql <= AS_OF else None,
            str(won) if won <= AS_OF and dice.random() < (0.2 if also else 0.6) else None,
        ))  # fmt: skip
    stages = ["lead", "mql", "customer"]
    return read(typed(*rows, names=stages), stages=stages)


def test_steps_that_do_not_add_up_to_the_whole_way_are_told() -> None:
    said = "the steps one by one come to"
    assert any(said in line for line in two_steps(dependent=True).rates().warnings)
    assert not any(said in line for line in two_steps(dependent=False).rates().warnings)
