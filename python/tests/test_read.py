"""Reading: every kind of source gives the same history; rows are used, repaired or refused, and counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import backcast as bc
from given import days, outcome, read, refusal, text, typed

LEADS = [
    ("2026-01-05", "2026-01-20", "email", "1200.50"),
    ("2026-01-06", None, "email", None),
    ("2026-01-07", "2026-01-07", None, "800"),
    ("2026-02-01", None, 'fair, booth "B"', None),
    ("2026-02-03", "2026-03-01", " ", "950.25"),
]
OPTIONS: dict[str, Any] = {"segment": "channel", "amount": "value", "currency": "EUR", "as_of": "2026-06-30"}


def arrow() -> pa.Table:
    """Give the five leads with typed days and amounts as numbers."""
    first, won, channel, value = zip(*LEADS, strict=True)
    amounts = pa.array([None if each is None else float(each) for each in value], pa.float64())
    return pa.table({"lead": days(first), "customer": days(won), "channel": pa.array(channel), "value": amounts})


def csv(folder: Path) -> Path:
    path = folder / "leads.csv"
    arrow().to_pandas().to_csv(path, index=False)
    return path


def parquet(folder: Path) -> Path:
    path = folder / "leads.parquet"
    pq.write_table(arrow(), path)
    return path


def relation(_: Path) -> duckdb.DuckDBPyRelation:
    return duckdb.connect().from_arrow(arrow())


SOURCES: dict[str, Callable[[Path], Any]] = {
    "csv": csv,
    "csv as text": lambda folder: str(csv(folder)),
    "parquet": parquet,
    "parquet as text": lambda folder: str(parquet(folder)),
    "pandas": lambda _: arrow().to_pandas(),
    "pandas, dates as timestamps": lambda _: (
        arrow().to_pandas().astype({"lead": "datetime64[ns]", "customer": "datetime64[us]"})
    ),
    "pandas, Arrow types": lambda _: arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "pandas, categories": lambda _: arrow().to_pandas().astype({"channel": "category"}),
    "pandas, text": lambda folder: pd.read_csv(csv(folder), dtype=str),
    "polars": lambda _: pl.from_arrow(arrow()),
    "polars, lazy": lambda _: pl.DataFrame(arrow()).lazy(),
    "polars, timestamps": lambda _: pl.DataFrame(arrow()).with_columns(
        pl.col("lead", "customer").cast(pl.Datetime("ms"))
    ),
    "pyarrow": lambda _: arrow(),
    "pyarrow, chunks": lambda _: pa.concat_tables([arrow().slice(0, 2), arrow().slice(2, 1), arrow().slice(3)]),
    "pyarrow, stream": lambda _: arrow().to_reader(max_chunksize=2),
    "DuckDB relation": relation,
    "SQL": lambda folder: f"select * from '{parquet(folder)}'",
    "SQL, close": lambda folder: f"select*from '{parquet(folder)}'",
    "SQL, with": lambda folder: f"\n  WITH l as (from read_csv('{csv(folder)}')) select * from l",
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_gives_the_same_history(source: str, tmp_path: Path) -> None:
    history = read(SOURCES[source](tmp_path), **OPTIONS)
    assert history == read(arrow(), **OPTIONS)
    assert history.counts() | {"read": 5, "used": 5, "refused": 0, "repaired": 0} == history.counts()
    assert outcome(history, "lead->customer") == (5, 3, 0, 2)
    assert outcome(history, "lead->customer", "(blank)") == (2, 2, 0, 0)
    assert bc.plan(revenue="9838 EUR", rates=history.rates()).to_dict()["deal_size"] == pytest.approx(2950.75 / 3)


def address(column: pa.ChunkedArray) -> int:
    chunk = column.chunk(0)
    buffer = chunk.buffers()[1]
    return int(buffer.address + 4 * chunk.offset)


def test_typed_days_are_read_in_place() -> None:
    table = arrow()
    for kind in (table, table.slice(2), pl.DataFrame(table)):
        history = read(kind, **OPTIONS)
        there = kind.to_arrow() if isinstance(kind, pl.DataFrame) else kind
        assert history._native.addresses() == {name: address(there[name]) for name in ("lead", "customer")}
    assert read(table.to_reader(), **OPTIONS)._native.addresses()["lead"] == address(table["lead"])
    assert read(csv_text(table), **OPTIONS)._native.addresses() == {}


def csv_text(table: pa.Table) -> pa.Table:
    return table.set_column(0, "lead", table["lead"].cast(pa.string())).set_column(
        1, "customer", table["customer"].cast(pa.string())
    )


@pytest.mark.parametrize("start", [0, 1, 3, 7, 8, 9, 63])
@pytest.mark.parametrize("length", [0, 1, 5, 17])
def test_slices_keep_their_nulls(start: int, length: int) -> None:
    won = [None if n % 3 == 0 else f"2026-03-{1 + n % 28:02}" for n in range(100)]
    part = typed(*[("2026-02-01", day) for day in won]).slice(start, length)
    history = read(part)
    assert history.counts()["used"] == length
    if length:
        expected = sum(day is not None for day in won[start : start + length])
        assert outcome(history, "lead->customer") == (length, expected, 0, length - expected)


def test_chunks_of_different_columns_need_not_agree() -> None:
    whole = arrow()
    first = pa.chunked_array([whole["lead"].chunk(0).slice(0, 1), whole["lead"].chunk(0).slice(1)])
    assert read(whole.set_column(0, "lead", first), **OPTIONS) == read(whole, **OPTIONS)


@pytest.mark.parametrize(
    ("stages", "columns"),
    [
        (["lead", "customer"], ["lead", "customer"]),
        ({"first touch": "lead", "won": "customer"}, ["first touch", "won"]),
    ],
)
def test_stages_are_columns_or_names_for_columns(stages: Any, columns: list[str]) -> None:
    history = read(arrow(), stages=stages)
    assert history.stages == columns
    assert history.rates().to_dict()["step"] == ["->".join(columns)]


def test_several_dimensions_are_joined() -> None:
    table = arrow().append_column("persona", pa.array(["a", "b", None, "a", "a"]))
    rates = read(table, segment=["channel", "persona"]).rates().to_frame("pandas")
    assert sorted(rates["segment"].dropna()) == [
        "(blank) / (blank)",
        "(blank) / a",
        "email / a",
        "email / b",
        'fair, booth "B" / a',
    ]
    assert rates.loc[rates["segment"] == "email / b", ["channel", "persona"]].to_numpy().tolist() == [["email", "b"]]


def test_ten_thousand_channels() -> None:
    table = typed(*[("2026-01-01", "2026-02-01" if n % 4 == 0 else None) for n in range(20_000)])
    table = table.append_column("channel", pa.array([f"c{n % 10_000}" for n in range(20_000)]))
    rates = read(table, segment="channel").rates().to_frame("pyarrow")
    assert rates.num_rows == 10_001
    assert pa.compute.sum(rates["entered"]).as_py() == 40_000


@pytest.mark.parametrize("blank", [None, "", " ", "\t\n "])
def test_blank_channels_are_a_segment_of_their_own(blank: str | None) -> None:
    table = text(
        ("2026-01-01", None, blank), ("2026-01-01", "2026-01-02", " email "), names=["lead", "customer", "channel"]
    )
    assert outcome(read(table, segment="channel"), "lead->customer", "(blank)") == (1, 0, 0, 1)
    assert outcome(read(table, segment="channel"), "lead->customer", "email") == (1, 1, 0, 0)


def test_unsupported_sources_are_named() -> None:
    with refusal("unknown_source", "a int cannot be read as a table"):
        read(5)
    with refusal("unknown_source", "a list cannot be read as a table"):
        read([{"lead": "2026-01-01"}])


def test_sql_that_fails_says_why() -> None:
    with pytest.raises(bc.BackcastError) as caught:
        read("select * from nowhere")
    assert caught.value.kind == "source_failed"
    assert "nowhere" in caught.value.message


@pytest.mark.parametrize("name", ["selected leads.csv", "without_duplicates.csv", "select.csv", "with.parquet"])
def test_a_path_that_begins_like_sql_is_a_path(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = parquet(tmp_path) if name.endswith("parquet") else csv(tmp_path)
    made.rename(tmp_path / name)
    assert read(name, **OPTIONS) == read(arrow(), **OPTIONS)


def test_missing_columns_get_a_hint() -> None:
    with refusal(
        "missing_column",
        "there is no column `custmer`",
        "one of `lead`, `customer`, `channel`, `value` (did you mean `customer`?)",
    ):
        read(arrow(), stages=["lead", "custmer"])
    for option in ("id", "lost", "amount", "segment"):
        with refusal("missing_column", "there is no column `chanel`", "did you mean `channel`?"):
            read(arrow(), **{option: "chanel"})


def test_columns_named_twice() -> None:
    with refusal("same_stage", "the stage `lead` is named twice"):
        read(arrow(), stages=["lead", "lead"])
    with refusal("same_column", "the column `lead` is used twice"):
        read(arrow(), stages={"lead": "lead", "customer": "lead"})
    with refusal("same_column", "the column `customer` is used twice"):
        read(arrow(), lost="customer")


def test_too_few_or_many_stages() -> None:
    with refusal("stage_count", "a funnel cannot have 1 stages"):
        read(arrow(), stages=["lead"])
    wide = typed(["2026-01-01"] * 13, names=[f"s{n}" for n in range(13)])
    with refusal("stage_count", "a funnel cannot have 13 stages"):
        read(wide, stages=wide.column_names)
    assert read(wide, stages=wide.column_names[:12]).counts()["used"] == 1


def test_one_name_for_all_stages_is_refused() -> None:
    with pytest.raises((bc.BackcastError, TypeError), match=r"stages|list"):
        read(arrow(), stages="lead,customer")


def test_frames_with_odd_column_names() -> None:
    table = arrow().rename_columns(["Lead date", 'won "on"', "été", "value"])
    history = bc.read_leads(table, stages=["Lead date", 'won "on"'], segment="été", as_of="2026-06-30")
    assert history.counts()["used"] == 5
    relation = duckdb.connect().from_arrow(table)
    assert bc.read_leads(relation, stages=["Lead date", 'won "on"'], segment="été", as_of="2026-06-30") == history


def test_a_frame_with_a_column_twice_is_refused() -> None:
    frame = pd.DataFrame([["2026-01-01", "2026-01-02", "2026-01-03"]], columns=["lead", "customer", "customer"])
    with pytest.raises(bc.BackcastError, match="customer"):
        read(frame)


@pytest.mark.parametrize(
    ("option", "value"),
    [("keying_delay_days", -1), ("max_disorder_days", -1), ("keying_delay_days", 1.5), ("date_order", 5)],
)
def test_impossible_options_are_refused_in_the_users_words(option: str, value: Any) -> None:
    with pytest.raises((bc.BackcastError, TypeError), match=option):
        read(arrow(), **{option: value})


def test_unknown_choices() -> None:
    with refusal("unknown_date_order", "`DMY` is not a date order", "`dmy`, `mdy`, `ymd`"):
        read(arrow(), date_order="DMY")
    with refusal("unknown_time_zone", "`Mars/Olympus` is not a time zone", "Europe/Berlin"):
        read(arrow(), time_zone="Mars/Olympus")
    with refusal("not_a_day", "`yesterday` is not a day", "2026-12-31"):
        read(arrow(), as_of="yesterday")
    with refusal("not_a_day", "`2026-02-30` is not a day"):
        read(arrow(), as_of="2026-02-30")
