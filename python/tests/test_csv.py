"""CSV as it was written: every physical record is counted, whatever the dialect and wherever the first quote comes."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

import backcast as bc
from given import outcome, read, refusal

HEADER = ["id", "lead", "customer", "channel"]
DAYS = ("2026-01-01", "2026-01-05")

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
awkward = st.sampled_from(
    ["#1001", '"', '""', "a,b", "a;b", "a\nb", "a\r\nb", "# comment", "'", "\\", "sep=;", "a\tb", ""]
)
dialects: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    lineterminator=st.sampled_from(["\n", "\r\n"]),
)


def written(rows: list[tuple[str, str]], dialect: dict[str, Any], before: str = "") -> str:
    text = io.StringIO()
    writer = csv.writer(text, **dialect)
    writer.writerow(HEADER)
    writer.writerows((number, *DAYS, channel) for number, channel in rows)
    return before + text.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv")


@settings(max_examples=150)
@hypothesis_given(
    st.lists(st.tuples(st.one_of(awkward, texts), st.one_of(awkward, texts)), max_size=30),
    dialects,
    st.sampled_from(["", "\n", "\ufeff", "\r\n\r\n", "ddd\n"]),
)
def test_read_is_what_an_independent_reader_counts(
    folder: Path, rows: list[tuple[str, str]], dialect: dict[str, object], before: str
) -> None:
    path = folder / "leads.csv"
    text = written(rows, dialect, before.replace("d", str(dialect["delimiter"])))
    path.write_bytes(text.encode())
    records = list(
        csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=str(dialect["delimiter"]))
    )
    records = [record for record in records if any(cell.strip() for cell in record)]
    history = read(path, segment="channel")
    assert history.counts()["read"] == history.counts()["used"] == len(records) - 1 == len(rows)
    wanted = {record[3].strip() or "(blank)" for record in records[1:]}
    if rows:
        assert set(history.rates().to_dict()["segment"]) - {None} == wanted


@pytest.mark.parametrize("plain", [0, 20_000, 30_000])
@pytest.mark.parametrize("late", ["Berlin, Mitte", "Berlin\nMitte", 'the "old" town, east', "#4", "# a, b"])
def test_the_first_quote_may_come_late(tmp_path: Path, plain: int, late: str) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(written([("1", "web")] * plain + [("#2", late)] * 100, {}), newline="")
    history = read(path, segment="channel", id=None)
    assert history.counts()["read"] == history.counts()["used"] == plain + 100
    assert outcome(history, "lead->customer", late) == (100, 100, 0, 0)


def test_rows_that_begin_with_a_hash_are_rows(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = [
        f"{'#' if i % 4 else ''}{1000 + i},2026-01-{i % 28 + 1:02d},{'' if i % 4 else '2026-02-10'}" for i in range(200)
    ]
    path.write_text("id,lead,customer\n" + "\n".join(rows) + "\n")
    history = read(path, id="id")
    assert history.counts()["read"] == 200
    assert history.rates().to_dict()["estimate"] == [0.25]


def test_what_stands_before_the_header(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    for before in ("\n", " \n\n", ",,\n", "sep=;\n", "\ufeff\n"):
        mark = ";" if before.startswith("sep") else ","
        path.write_text(before + "id,lead,customer\n1,2026-01-01,\n".replace(",", mark), encoding="utf-8")
        assert read(path).counts() | {"read": 1, "used": 1} == read(path).counts()


def test_a_header_named_twice_is_refused_where_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("note,lead,customer,lead,note\n,2026-01-01,,2026-02-01,\n")
    with refusal("same_column", "the column `lead` is used twice", "all have different names"):
        read(path)
    path.write_text("note,lead,customer,note\n,2026-01-01,,\n")
    assert read(path).counts()["used"] == 1


def test_rows_that_do_not_fit_are_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    lines = [
        "id,lead,customer,channel",
        '1,2026-01-01,2026-01-05,"two\nlines"',
        "2,2026-01-02",
        "3,2026-01-03,,web,more",
    ]
    lines += ['4,"2026-01-04"x,,web', "5,soon,,web", '6,2026-01-05,"2026-01-06,web', "7,2026-01-07,,web", ",,,", ""]
    path.write_text("\n".join(lines))
    history = read(path, segment="channel")
    assert history.counts() | {"read": 8, "used": 2, "refused": 6} == history.counts()
    assert history.counts()["reasons"] == {"malformed_row": 4, "unreadable_date": 1, "no_stage": 1}
    found = history.refused()
    assert found["row"].tolist() == [2, 3, 4, 5, 6, 8]
    assert found["reason"].tolist() == ["malformed_row"] * 3 + ["unreadable_date", "malformed_row", "no_stage"]
    assert found["value"].tolist()[:5] == [
        "line 4: 2 fields for 4 columns",
        "line 5: 5 fields for 4 columns",
        "line 6: text after a closing quote",
        "soon",
        "line 8: a quote that is never closed",
    ]
    assert history.refused(2).shape == (2, 4)


def test_too_many_rows_that_do_not_fit_refuse_the_file(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("lead,customer\n" + "2026-01-01,\n" * 900 + "2026-01-01\n" * 100)
    with refusal(
        "misfit_rows",
        "too many rows do not fit the header: 100 of 1000, the first on line 902: 1 field for 2 columns",
        "one field per column in each row",
    ):
        read(path)


def test_only_the_header_decides_what_separates(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("lead;customer;note\n2026-01-01;;a, b, c\n2026-01-02;2026-01-03;1,5\n")
    assert outcome(read(path), "lead->customer") == (2, 1, 0, 1)


@pytest.mark.parametrize("start", ["from", "FROM", "pivot", "-- all leads\nselect * from", "/* x */ with t as"])
def test_sql_may_begin_in_several_ways(start: str) -> None:
    sql = {
        "from": "from (select date '2026-01-01' as lead, null::date as customer)",
        "FROM": "FROM (select date '2026-01-01' as lead, null::date as customer) select *",
        "pivot": "pivot (select 1 as id, 'lead' as stage, date '2026-01-01' as day union all "
        "select 1, 'customer', date '2026-01-03') on stage using min(day) group by id",
        "-- all leads\nselect * from": "-- all leads\nselect * from "
        "(select date '2026-01-01' as lead, null::date customer)",
        "/* x */ with t as": "/* x */ with t as (select date '2026-01-01' as lead, null::date as customer) from t",
    }[start]
    assert read(sql).counts()["used"] == 1


def test_a_file_whose_name_begins_like_sql_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("from customers.csv").write_text("lead,customer\n2026-01-01,\n")
    assert read("from customers.csv").counts()["used"] == 1
    with pytest.raises(bc.BackcastError):
        read("from nobody")
