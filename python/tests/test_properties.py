"""Properties: nothing depends on the order of rows or on how a table is split; estimates stay within reason."""

from __future__ import annotations

import struct
from datetime import date, timedelta
from functools import reduce
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

import backcast as bc
from given import read, refusal, typed

WAY = ["lead", "mql", "customer"]
FIRST = date(2026, 1, 1)
OPTIONS: dict[str, Any] = {
    "stages": WAY,
    "lost": "lost",
    "segment": "channel",
    "amount": "amount",
    "observed_from": "crm",
}


@st.composite
def leads(draw: st.DrawFn) -> tuple[Any, ...]:
    """One row: id, channel, three stages, loss, amount, start of observation; dirty now and then."""
    start = draw(st.integers(-5, 120))
    steps = [draw(st.none() | st.integers(-3, 60)) for _ in range(3)]
    at = [None if step is None else FIRST + timedelta(start + step) for step in [0, *steps]]
    crm = draw(st.none() | st.integers(0, 90).map(lambda days: FIRST + timedelta(days)))
    amount = draw(st.none() | st.sampled_from(["100", "250.50", "-1", "x", "1e3"]))
    return (
        draw(st.sampled_from(["a", "b", "c", None])),
        draw(st.sampled_from(["email", "fair", None])),
        *at,
        amount,
        crm,
    )


def table(rows: list[tuple[Any, ...]]) -> pa.Table:
    names = ["id", "channel", *WAY, "lost", "amount", "crm"]
    types = [pa.string(), pa.string(), *[pa.date32()] * 4, pa.string(), pa.date32()]
    return pa.table({name: pa.array([row[at] for row in rows], types[at]) for at, name in enumerate(names)})


def history_of(rows: list[tuple[Any, ...]], **options: Any) -> bc.History:
    return read(table(rows), **(OPTIONS | {"as_of": "2026-04-30"} | options))


def bits(history: bc.History) -> Any:
    """Give the table of rates and the posteriors, floats by their bits."""
    if not history.counts()["used"]:
        return None
    rates = history.rates()

    def cell(value: Any) -> Any:
        return struct.pack("<d", value) if isinstance(value, float) else value

    columns = {name: [cell(value) for value in column] for name, column in rates.to_dict().items()}
    return (
        columns,
        [part and {key: cell(value) for key, value in part.items()} for part in rates.posteriors()],
        rates.warnings,
    )


@hypothesis_given(
    st.lists(leads(), min_size=1, max_size=25), st.randoms(use_true_random=False), st.sampled_from([None, "id"])
)
def test_the_order_of_rows_does_not_matter(rows: list[tuple[Any, ...]], random: Any, key: str | None) -> None:
    shuffled = random.sample(rows, len(rows))
    ours, theirs = history_of(rows, id=key), history_of(shuffled, id=key)
    assert ours.counts() == theirs.counts()
    assert ours == theirs
    assert bits(ours) == bits(theirs)


@pytest.mark.parametrize("order", [1, -1])
def test_repaired_rows_of_one_id_are_counted_alike_in_any_order(order: int) -> None:
    skipped = ("a", "x", FIRST, None, FIRST, None, None, None)
    clean = ("a", "x", FIRST, FIRST, FIRST, None, None, None)
    counts = history_of([skipped, clean][::order], id="id").counts()
    assert counts["repairs"] == {"skipped_stage": 1, "merged": 1}
    # The clean record is the lead, whichever came first; the other is repaired and merged into it.
    assert counts["repaired"] == 1


@hypothesis_given(st.lists(leads(), min_size=4, max_size=25), st.data())
def test_parts_merge_to_the_whole_in_any_order(rows: list[tuple[Any, ...]], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(1, len(rows) - 1), min_size=3, max_size=3, unique=True)))
    rows = data.draw(st.permutations(rows))
    parts = [history_of(rows[start:end]) for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    whole = history_of(rows)
    order = data.draw(st.permutations(range(4)))
    a, b, c, d = (parts[n] for n in order)
    for merged in (reduce(bc.History.merge, [a, b, c, d]), a.merge(b).merge(c.merge(d)), a.merge(b.merge(c.merge(d)))):
        assert merged == whole
        assert bits(merged) == bits(whole)
        assert merged.counts() == whole.counts()


def test_a_part_without_rows_adds_nothing() -> None:
    rows = [("a", "x", FIRST, None, None, None, None, None)]
    for options in ({}, {"id": "id"}):
        whole, nothing = history_of(rows, **options), history_of([], **options)
        assert whole.merge(nothing) == nothing.merge(whole) == whole


def test_merging_is_commutative_when_the_parts_were_read_differently() -> None:
    rows = typed(("2026-01-01", "2026-02-01"), ("2026-01-02", None))
    one, other = read(rows, as_of="2026-02-01"), read(rows, as_of=None, observed_from="2025-01-01")
    assert one.merge(other) == other.merge(one)


def test_merging_leaves_both_as_they_were() -> None:
    one, other = (read(typed(("2026-01-01", won))) for won in ("2026-02-01", None))
    one.merge(other)
    assert (one.counts()["read"], other.counts()["read"]) == (1, 1)
    assert one != other
    assert one == read(typed(("2026-01-01", "2026-02-01")))


def test_different_histories_cannot_be_merged() -> None:
    rows = typed(("2026-01-01", "2026-02-01"))
    here = read(rows)
    with refusal(
        "different_as_of",
        "tallies of different days cannot be merged: 2026-12-31 and 2026-12-30",
        "tallies with the same `as_of`",
    ):
        here.merge(read(rows, as_of="2026-12-30"))
    with refusal(
        "different_funnel", "tallies of different shape cannot be merged: lead, customer by  and lead, won by "
    ):
        here.merge(read(rows, stages={"lead": "lead", "won": "customer"}))
    channels = rows.append_column("channel", pa.array(["x"]))
    with pytest.raises(bc.BackcastError, match="tallies with the same stages and segment dimensions"):
        here.merge(read(channels, segment="channel"))
    amounts = rows.append_column("amount", pa.array([1]))
    euros, dollars = (read(amounts, amount="amount", currency=code) for code in ("EUR", "USD"))
    with refusal("mixed_currency", "two currencies in one calculation: `EUR and USD`"):
        euros.merge(dollars)


@settings(max_examples=200)
@hypothesis_given(st.lists(leads(), min_size=1, max_size=60), st.none() | st.integers(0, 200))
def test_estimates_stay_within_reason(rows: list[tuple[Any, ...]], horizon: int | None) -> None:
    history = history_of(rows)
    if not history.counts()["used"]:
        return
    columns = history.rates(horizon_days=horizon).to_dict()
    for row in (dict(zip(columns, each, strict=True)) for each in zip(*columns.values(), strict=True)):
        assert row["entered"] == row["converted"] + row["lost"] + row["open"]
        assert row["naive"] == (row["converted"] / row["entered"] if row["entered"] else None)
        assert 0 <= row["low"] <= row["high"] <= 1
        assert row["effective_leads"] >= 0
        assert row["horizon_days"] >= 0
        assert horizon is None or row["horizon_days"] <= horizon
        if row["estimate"] is None:
            assert (row["low"], row["high"], row["method"], row["effective_leads"]) == (0, 1, "none", 0)
        else:
            assert 0 <= row["estimate"] <= 1
            # Half a lead is added on either side: only at the very ends may the interval leave the estimate out.
            assert row["low"] <= max(row["estimate"], 0.5) and row["high"] >= min(row["estimate"], 0.5)  # noqa: PT018
            assert row["method"] in ({"kaplan-meier"} if row["segment"] is None else {"shared-lag", "pooled"})


@hypothesis_given(st.lists(leads(), min_size=1, max_size=40))
def test_segments_add_up_to_all_leads(rows: list[tuple[Any, ...]]) -> None:
    history = history_of(rows)
    if not history.counts()["used"]:
        return
    frame = history.rates().to_frame("pandas")
    parts = frame[frame["segment"].notna()].groupby("step")[["entered", "converted", "lost", "open"]].sum()
    whole = frame[frame["segment"].isna()].set_index("step")[["entered", "converted", "lost", "open"]]
    assert parts.sort_index().to_dict() == whole.sort_index().to_dict()


@hypothesis_given(st.integers(1, 400), st.data())
def test_mature_leads_are_simply_divided(entered: int, data: st.DataObject) -> None:
    converted = data.draw(st.integers(1, entered))
    rows = [("2024-01-01", "2024-01-10" if n < converted else None) for n in range(entered)]
    (row,) = read(typed(*rows)).rates().to_frame("polars").to_dicts()
    assert row["estimate"] == pytest.approx(converted / entered, abs=1e-14)
    assert row["effective_leads"] == pytest.approx(entered, rel=1e-9)
