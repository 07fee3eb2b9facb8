"""The table of rates: its columns and types in every kind of frame, its segments, its horizon."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import backcast as bc
from backcast._frames import Kind
from given import read, refusal, rows_of, typed

WAY = ["lead", "mql", "customer"]
CONTRACT = [
    *("segment", "step", "entered", "converted", "lost", "open", "naive", "estimate", "low", "high"),
    *("horizon_days", "levelled_off", "method"),
]
WHOLE = {"entered", "converted", "lost", "open", "horizon_days"}
REAL = {"naive", "estimate", "low", "high"}


def rows() -> list[tuple[str | None, ...]]:
    """Ninety leads of two channels and a blank one: some converted, some lost, some open."""
    made: list[tuple[str | None, ...]] = []
    for n in range(90):
        start = f"2026-{1 + n % 6:02}-{1 + n % 28:02}"
        mql = f"2026-07-{1 + n % 28:02}" if n % 3 == 0 else None
        won = "2026-08-15" if n % 9 == 0 else None
        lost = "2026-09-01" if n % 5 == 1 else None
        made.append((start, mql, won, lost))
    return made


@pytest.fixture(scope="module")
def history() -> bc.History:
    table = typed(*rows(), names=[*WAY, "lost"])
    channels = [["email", "fair", None][n % 3 if n % 2 else 0] for n in range(90)]
    table = table.append_column("channel", pa.array(channels)).append_column("persona", pa.array(["a", "b"] * 45))
    return read(table, stages=WAY, lost="lost", segment=["channel", "persona"])


def kinds(frame: Any) -> dict[str, str]:
    if isinstance(frame, pa.Table):
        return {field.name: str(field.type) for field in frame.schema}
    dtypes = frame.dtypes if isinstance(frame, pd.DataFrame) else frame.schema
    return {name: str(kind) for name, kind in dict(dtypes).items()}


@pytest.mark.parametrize(
    ("kind", "made", "whole", "real", "flag", "word"),
    [
        ("pandas", pd.DataFrame, {"int64"}, {"float64"}, {"bool", "boolean", "object"}, {"str", "object"}),
        ("polars", pl.DataFrame, {"Int64"}, {"Float64"}, {"Boolean"}, {"String"}),
        ("pyarrow", pa.Table, {"int64"}, {"double"}, {"bool"}, {"string", "large_string"}),
    ],
)
def test_columns_and_types(  # noqa: PLR0917
    history: bc.History, kind: Kind, made: type, whole: set[str], real: set[str], flag: set[str], word: set[str]
) -> None:
    frame = history.rates().to_frame(kind)
    assert isinstance(frame, made)
    found = kinds(frame)
    assert set(CONTRACT) <= set(found)
    assert list(found)[:4] == ["segment", "channel", "persona", "step"]
    assert {found[name] for name in WHOLE} <= whole
    assert {found[name] for name in REAL} <= real
    assert found["levelled_off"] in flag
    assert {found[name] for name in ("segment", "channel", "persona", "step", "method")} <= word


def test_columns_keep_their_types_without_any_conversion() -> None:
    rates = read(typed(("2026-01-01", None), ("2026-01-02", None))).rates()
    kinds_of_real: dict[Kind, str] = {"pandas": "float64", "polars": "Float64", "pyarrow": "double"}
    for kind, real in kinds_of_real.items():
        assert kinds(rates.to_frame(kind))["estimate"] == real


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_what_is_not_known_is_null_in_every_kind_of_frame(kind: Kind) -> None:
    """Without a curve nobody knows whether it has levelled off: that is not the same as no."""
    frame = read(typed(("2026-01-01", None))).rates().to_frame(kind)
    (row,) = frame.to_dict("records") if isinstance(frame, pd.DataFrame) else pl.DataFrame(frame).to_dicts()
    assert all(pd.isna(row[name]) for name in ("segment", "estimate", "levelled_off"))


def test_the_frame_is_of_the_kind_that_was_read() -> None:
    table = typed(("2026-01-01", "2026-02-01"))
    assert isinstance(read(table).rates().to_frame(), pa.Table)
    assert isinstance(read(table.to_pandas()).rates().to_frame(), pd.DataFrame)
    assert isinstance(read(pl.DataFrame(table)).rates().to_frame(), pl.DataFrame)
    assert isinstance(read(pl.DataFrame(table).lazy()).rates().to_frame(), pl.DataFrame)
    assert isinstance(read("select date '2026-01-01' as lead, null::date as customer").rates().to_frame(), pd.DataFrame)
    merged = read(pl.DataFrame(table)).merge(read(pl.DataFrame(table)))
    assert isinstance(merged.rates().to_frame(), pl.DataFrame)


def test_an_unknown_kind_of_frame_is_refused(history: bc.History) -> None:
    with pytest.raises(ValueError, match="excel"):
        history.rates().to_frame("excel")  # type: ignore[arg-type]


def test_a_row_per_step_and_the_whole_way_per_segment(history: bc.History) -> None:
    found = rows_of(history.rates())
    steps = ["lead->mql", "mql->customer", "lead->customer"]
    segments = [None, *dict.fromkeys(row["segment"] for row in found if row["segment"])]
    assert [(row["segment"], row["step"]) for row in found] == [
        (segment, step) for segment in segments for step in steps
    ]
    assert segments[1:] == sorted(segments[1:])
    for row in found:
        assert row["entered"] == row["converted"] + row["lost"] + row["open"]
        assert row["naive"] == (row["converted"] / row["entered"] if row["entered"] else None)
        joined = None if row["segment"] is None else f"{row['channel']} / {row['persona']}"
        assert row["segment"] == joined


def test_one_step_is_the_whole_way() -> None:
    assert read(typed(("2026-01-01", "2026-02-01"))).rates().to_dict()["step"] == ["lead->customer"]


@pytest.mark.parametrize("days", [0, 5, 14, 30])
def test_horizon_days_is_what_is_asked_for(days: int) -> None:
    lags = [0, 3, 5, 14, 14, 30, 31, 90]
    table = typed(
        *[("2025-06-01", str(pd.Timestamp("2025-06-01") + pd.Timedelta(days=lag))[:10]) for lag in lags],
        *[("2025-06-01", None)] * 92,
    )
    (row,) = rows_of(read(table).rates(horizon_days=days))
    assert row["horizon_days"] == days
    assert row["estimate"] == pytest.approx(sum(lag <= days for lag in lags) / 100, abs=1e-15)
    assert row["converted"] == 8


def test_a_horizon_beyond_the_records_is_cut_to_them() -> None:
    table = typed(("2026-12-01", "2026-12-10"), *[("2026-12-01", None)] * 40)
    (row,) = rows_of(read(table).rates(horizon_days=10_000))
    assert row["horizon_days"] == 30


@pytest.mark.parametrize("days", [-1, 2**32, 1.5, "30"])
def test_impossible_horizons_are_refused_in_the_users_words(days: Any) -> None:
    with pytest.raises((bc.BackcastError, TypeError), match="horizon"):
        read(typed(("2026-01-01", "2026-02-01"))).rates(horizon_days=days)


@pytest.mark.parametrize(
    ("leads", "lags"), [(20, range(3, 33, 3)), (25, range(5, 55, 5)), (40, range(3, 63, 3)), (100, range(1, 81))]
)
def test_few_leads_that_have_all_had_a_year_end_where_division_ends(leads: int, lags: range) -> None:
    """All were seen for at least 300 days: nothing is censored, so the estimate is converted ÷ entered."""
    won = [str(pd.Timestamp("2026-01-01") + pd.Timedelta(days=lag))[:10] for lag in lags]
    table = typed(*[("2026-01-01", day) for day in won], *[("2026-01-01", None)] * (leads - len(won)))
    (row,) = rows_of(read(table).rates())
    assert row["estimate"] == pytest.approx(row["naive"], rel=1e-12)


def test_losses_are_not_censored() -> None:
    """Half are won, half lost, early: the share that ever converts is one half, not all."""
    table = typed(
        *[("2025-01-01", "2025-03-01", None)] * 50,
        *[("2025-01-01", None, "2025-01-15")] * 50,
        names=["lead", "customer", "lost"],
    )
    (row,) = rows_of(read(table, lost="lost").rates())
    assert (row["converted"], row["lost"], row["open"]) == (50, 50, 0)
    assert row["estimate"] == pytest.approx(0.5, abs=1e-15)


def test_open_leads_are_not_failures() -> None:
    """A hundred old leads convert by half at day 30; a hundred of yesterday can't have yet."""
    old = [("2026-01-01", "2026-01-31")] * 50 + [("2026-01-01", None)] * 50
    (row,) = rows_of(read(typed(*old, *[("2026-12-30", None)] * 100)).rates())
    assert (row["naive"], row["estimate"]) == (0.25, 0.5)


def test_posteriors_are_what_a_request_takes(history: bc.History) -> None:
    posteriors = history.rates().posteriors()
    assert len(posteriors) == 2
    answered = bc.answer({"goal": {"customers": 5, "confidence": 0.8}, "funnel": WAY, "rates": posteriors})
    planned = bc.plan(customers=5, confidence=0.8, rates=history.rates())
    assert [stage["needed"] for stage in answered["plan"]["stages"]] == [planned.stage(name).needed for name in WAY]


def test_what_is_printed(history: bc.History) -> None:
    rates = history.rates()
    assert "lead → customer" in repr(rates)
    assert "<table" in rates._repr_html_()
    assert "<script" not in rates._repr_html_()
    assert "read" in repr(history)
    assert "<table" in history._repr_html_()


def with_deals(*amounts: int | None, channels: list[str] | None = None) -> bc.History:
    table = typed(*[("2026-01-01", "2026-02-01")] * len(amounts))
    table = table.append_column("amount", pa.array(amounts, pa.int64()))
    table = table.append_column("channel", pa.array(channels or ["a"] * len(amounts)))
    return read(table, amount="amount", currency="EUR", segment="channel" if channels else ())


DEALS = (900, 1_500, 2_100, 3_000, 800, 1_200, 1_700, 2_600)


def test_deal_sizes_in_every_kind_of_frame() -> None:
    rates = with_deals(*DEALS, channels=["a", "a", "a", "a", "b", "b", "b", "c"]).rates()
    words = {"segment", "channel", "currency", "family", "method"}
    kinds_of_real: dict[Kind, str] = {"pandas": "float64", "polars": "Float64", "pyarrow": "double"}
    for kind, real in kinds_of_real.items():
        found = kinds(rates.deal_sizes(kind))
        assert list(found)[:4] == ["segment", "channel", "deals", "mean"]
        assert {kind for name, kind in found.items() if name not in {*words, "deals"}} == {real}
    frame = rates.deal_sizes("pandas")
    assert frame["deals"].tolist() == [8, 4, 3, 1]
    assert frame["family"].iloc[0] == "log-normal"
    assert frame["own"].tolist()[1:] == [1875, pytest.approx(3_700 / 3), 2_600]
    assert "size of a deal" in repr(rates)
    assert "EUR" in rates._repr_html_()


def test_a_slip_is_named_and_treated_as_asked() -> None:
    history = with_deals(*DEALS, 150_000)
    kept, trimmed = history.rates(), history.rates(outliers="trim")
    assert "1 of 9 won deals is out of line: 150,000 EUR" in kept.deal_notes[0]
    assert kept.deal_notes[0] in " ".join(repr(kept).split())
    assert trimmed.deal_sizes("pandas")["deals"].tolist() == [8]
    assert (
        trimmed.deal_sizes("pandas")["mean"].tolist()
        == with_deals(*DEALS).rates().deal_sizes("pandas")["mean"].tolist()
    )
    winsorised = history.rates(outliers="winsorise").deal_sizes("pandas")["mean"].iloc[0]
    assert trimmed.deal_sizes("pandas")["mean"].iloc[0] < winsorised < kept.deal_sizes("pandas")["mean"].iloc[0]
    with refusal("unknown_outliers", "`drop` is no way to treat outliers", "winsorise"):
        history.rates(outliers="drop")


def test_without_enough_amounts() -> None:
    few = with_deals(1_000, None, 3_000).rates()
    assert few.deal_sizes("pandas")["mean"].tolist() == [2_000]
    assert few.deal_sizes("pandas")["low"].isna().all()
    assert few.deal_notes[0].startswith("only 2 won deals have an amount")
    none = with_deals(None, None).rates()
    assert (len(none.deal_sizes("pandas")), none.deal_notes) == (0, [])
    assert "size of a deal" not in repr(none)


def test_segment_names_are_escaped() -> None:
    table = typed(("2026-01-01", "2026-02-01")).append_column("channel", pa.array(["<script>alert(1)</script>"]))
    assert "<script>" not in read(table, segment="channel").rates()._repr_html_()


def test_left_truncation_is_warned_of() -> None:
    old = [(f"2025-{1 + n % 8:02}-01", "2026-01-15" if n % 4 == 0 else None) for n in range(200)]
    new = [("2026-01-01", f"2026-01-{5 + n % 20:02}" if n % 2 else None) for n in range(200)]
    warnings = read(typed(*old, *new)).rates().warnings
    assert any("none converts before 2026-01-06" in line and "pass `observed_from`" in line for line in warnings)
    assert not any("observed_from" in line for line in read(typed(*new)).rates().warnings)


def test_numbers_are_finite(history: bc.History) -> None:
    for row in rows_of(history.rates()):
        assert all(math.isfinite(value) for value in row.values() if isinstance(value, float))


def result_columns() -> list[str]:
    return list(read(typed(("2026-01-01", None))).rates().to_dict())


@pytest.mark.parametrize("name", [*result_columns(), "channel"])
@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_a_dimension_may_have_any_name(name: str, kind: Kind) -> None:
    table = typed(*[("2026-01-01", "2026-02-01" if n % 4 == 0 else None) for n in range(40)])
    table = table.append_column(name, pa.array(["a", "b"] * 20)).append_column("region", pa.array(["x"] * 40))
    plain = read(table).rates().to_dict()
    rates = read(table, segment=[name, "region"]).rates()
    found = rates.to_dict()
    own = name if name == "channel" else f"segment_{name}"
    assert set(found) == {*plain, own, "region"}
    assert {column: values[:1] for column, values in found.items() if column in plain} == plain
    assert found["segment"] == [None, "a / x", "b / x"]
    assert found[own] == [None, "a", "b"]
    assert set(rates.to_frame(kind).columns if kind != "pyarrow" else rates.to_frame(kind).column_names) == set(found)


def test_dimensions_keep_apart() -> None:
    table = typed(*[("2026-01-01", "2026-02-01")] * 4)
    for name, value in {"open": "o", "segment_open": "s"}.items():
        table = table.append_column(name, pa.array([value] * 4))
    found = read(table, segment=["open", "segment_open"]).rates().to_dict()
    assert (found["segment_segment_open"], found["segment_open"]) == ([None, "o"], [None, "s"])
    assert found["open"] == [0, 0]


def test_conversions_beyond_the_horizon_are_not_denied() -> None:
    table = typed(*[("2026-01-01", "2026-02-10" if n < 3 else None) for n in range(40)])
    rates = read(table).rates(horizon_days=20)
    why = "none of its leads has converted within 20 days; later: 3"
    assert rates.warnings[0] == f"lead->customer: no rate can be estimated, because {why}"
    with refusal("not_identified", f"the step `lead->customer` has no rate: {why}", "`horizon_days`"):
        bc.plan(customers=1, rates=rates)
