"""Days: their order in text, time zones, and the day up to which records are known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from given import days, outcome, read, refusal, text, typed

BERLIN = "Europe/Berlin"


def lag_days(history: Any) -> int:
    """Find the lag of a history with one conversion: the shortest horizon within which it counts."""
    return next(days for days in range(1000) if history.rates(horizon_days=days).to_dict()["estimate"][0])


@pytest.mark.parametrize(
    ("first", "won", "lag"),
    [
        ("2026-01-05", "2026-01-20", 15),
        ("20260105", "20260120", 15),
        ("2026/01/05", "2026/1/20", 15),
        ("05.01.2026", "20.01.2026", 15),
        ("13-01-2026", "14-01-2026", 1),
        ("1/13/2026", "1/20/2026", 7),
        ("1/13/2026 3:05 PM", "1/20/2026 11:59 AM", 7),
        ("5 Jan 2026", "20 January 2026", 15),
        ("Jan 5, 2026", "Jan 20, 2026", 15),
        ("2026-01-05 23:59:59", "2026-01-20T00:00:01", 15),
        ("2026-01-05T10:00:00.123456Z", "2026-01-20 10:00:00+00:00", 15),
        ("2025-12-31", "2026-02-28", 59),
        ("2024-02-28", "2024-02-29", 1),
    ],
)
def test_days_as_exports_write_them(first: str, won: str, lag: int) -> None:
    order = {"date_order": "dmy"} if first[2:3] == "." else {}
    history = read(text((first, won)), **order)
    assert history.counts()["used"] == 1
    assert lag_days(history) == lag


@pytest.mark.parametrize(("deciding", "lag"), [("13/01/2026", 59), ("01/13/2026", 28)])
def test_one_value_decides_for_its_column(deciding: str, lag: int) -> None:
    history = read(text((deciding, None), ("01/02/2026", "2026-04-01" if lag == 59 else "2026-01-30")))
    assert history.counts()["used"] == 2
    assert lag_days(history) == lag


def test_each_column_is_decided_by_itself() -> None:
    history = read(text(("13/01/2026", "01/31/2026"), ("01/02/2026", "03/02/2026")))
    assert history.counts()["used"] == 2


@pytest.mark.parametrize(("order", "lag"), [("dmy", 28), ("mdy", 31)])
def test_ambiguous_days_are_refused_until_the_order_is_named(order: str, lag: int) -> None:
    table = text(("01/02/2026", "01/03/2026" if order == "dmy" else "02/02/2026"))
    allowed = "`date_order` as one of `dmy`, `mdy`, `ymd`, because `01/02/2026` may be either"
    with refusal("ambiguous_dates", "the dates in `lead` may be day-first or month-first", allowed):
        read(table)
    assert lag_days(read(table, date_order=order)) == lag


def test_mixed_orders_are_refused() -> None:
    with refusal(
        "mixed_dates", "the dates in `lead`: `13/01/2026` is day-first, `01/13/2026` month-first contradict each other"
    ):
        read(text(("13/01/2026", None), ("01/13/2026", None)))
    history = read(text(("13/01/2026", None), ("01/13/2026", None)), date_order="dmy")
    assert history.counts()["reasons"] == {"unreadable_date": 1}


def test_mixed_formats_of_one_order_are_one_column() -> None:
    history = read(text(("2026-01-13", None), ("13.01.2026", None), ("13 Jan 2026", None), ("13/01/2026 10:00", None)))
    assert history.counts() | {"used": 4, "repaired": 0} == history.counts()


@pytest.mark.parametrize("bad", ["n.b.", "31/02/2026", "2026-13-01", "soon", "1/2/6", "2026-01-05 25:00"])
def test_unreadable_days_refuse_the_row(bad: str) -> None:
    for column in ("lead", "customer", "lost"):
        row = ["2026-01-01", "", ""]
        row[["lead", "customer", "lost"].index(column)] = bad
        table = text(("2026-01-02", "2026-01-03", ""), row, names=["lead", "customer", "lost"])
        history = read(table, lost="lost")
        assert history.counts() | {"read": 2, "used": 1, "refused": 1} == history.counts()
        assert history.counts()["reasons"] == {"unreadable_date": 1}


@pytest.mark.parametrize(
    "column",
    [
        pa.array([20260105]),
        pa.array([1.5]),
        pa.array([True]),
        pa.array([timedelta(1)], pa.duration("s")),
        pa.array([[1]]),
    ],
    ids=lambda column: str(column.type),
)
def test_columns_that_hold_no_days(column: pa.Array) -> None:
    table = pa.table({"lead": column, "customer": days([None])})
    with pytest.raises(ValueError, match=r"the column `lead` holds .* values; allowed: a column of dates"):
        read(table)
    with refusal("not_a_date_column", "the column `lead` holds Int64 values", "a column of dates, timestamps or text"):
        read(pa.table({"lead": pa.array([45000]), "customer": days([None])}))


def test_amounts_that_are_none() -> None:
    table = typed(("2026-01-01", None)).append_column("won", pa.array([True]))
    with refusal("not_an_amount_column", "the column `won` holds Boolean values", "a column of numbers or text"):
        read(table, amount="won")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_naive_timestamps_count_by_their_date(unit: str) -> None:
    moments = [datetime(2026, 1, 5, 23, 59, 59), datetime(1969, 12, 31, 23, 59, 59)]
    won = [datetime(2026, 1, 6, 0, 0, 0), datetime(1970, 1, 1, 0, 0, 0)]
    table = pa.table({"lead": pa.array(moments, pa.timestamp(unit)), "customer": pa.array(won, pa.timestamp(unit))})
    for zone in ("UTC", BERLIN, "America/Los_Angeles"):
        history = read(table, time_zone=zone)
        assert history.counts()["repaired"] == 0
        assert lag_days(history) == 1
        assert history == read(typed(("2026-01-05", "2026-01-06"), ("1969-12-31", "1970-01-01")), time_zone=zone)


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2026-01-05T23:30:00+00:00", "UTC", "2026-01-05"),
        ("2026-01-05T23:30:00+00:00", BERLIN, "2026-01-06"),
        ("2026-07-05T22:30:00+00:00", BERLIN, "2026-07-06"),
        ("2026-01-05T22:30:00+00:00", BERLIN, "2026-01-05"),
        ("2026-01-06T04:30:00+00:00", "America/New_York", "2026-01-05"),
        ("2026-01-06T01:00:00+05:30", "UTC", "2026-01-05"),
    ],
)
def test_aware_timestamps_fall_on_a_day_of_the_zone(moment: str, zone: str, expected: str) -> None:
    stamp = datetime.fromisoformat(moment)
    sources = [
        pa.table({"lead": pa.array([stamp.astimezone(UTC)], pa.timestamp("us", "UTC")), "customer": days([None])}),
        pa.table({"lead": pa.array([stamp], pa.timestamp("ns", "America/Lima")), "customer": days([None])}),
        pd.DataFrame({"lead": pd.to_datetime([moment]).tz_convert("Asia/Tokyo"), "customer": [pd.NaT]}),
        pl.DataFrame({"lead": [stamp.astimezone(UTC)], "customer": [None]}),
        text((moment, "")),
        f"select timestamptz '{moment}' as lead, null::date as customer",
    ]
    for source in sources:
        assert read(source, time_zone=zone, as_of=None).as_of == date.fromisoformat(expected)


def test_as_of_is_the_latest_day_unless_it_is_named() -> None:
    table = typed(
        ("2026-01-01", "2026-02-01", None), ("2026-01-02", None, "2026-05-01"), names=["lead", "customer", "lost"]
    )
    assert read(table, as_of=None).as_of == date(2026, 2, 1)
    history = read(table, as_of=None, lost="lost")
    assert history.as_of == date(2026, 5, 1)
    assert any("as of 2026-05-01, the latest day in the table" in note for note in history.notes)
    assert "2026-05-01" in repr(history)
    for named in ("2026-06-30", date(2026, 6, 30), datetime(2026, 6, 30, 12), pd.Timestamp("2026-06-30")):
        named_history = read(table, as_of=named)
        assert named_history.as_of == date(2026, 6, 30)
        assert not any("latest day" in note for note in named_history.notes)


def test_what_is_dated_later_is_not_known() -> None:
    table = typed(
        ("2026-01-01", "2026-02-01", None),
        ("2026-01-02", "2026-03-01", None),
        ("2026-01-03", None, "2026-03-02"),
        ("2026-02-16", None, None),
        names=["lead", "customer", "lost"],
    )
    history = read(table, as_of="2026-02-15", lost="lost")
    assert (
        history.counts() | {"read": 4, "used": 3, "refused": 1, "repaired": 0, "later_ignored": 2} == history.counts()
    )
    assert history.counts()["reasons"] == {"after_as_of": 1}
    assert outcome(history, "lead->customer") == (3, 1, 0, 2)
    assert outcome(read(table, as_of="2026-03-01", lost="lost"), "lead->customer") == (4, 2, 0, 2)
    assert outcome(read(table, as_of="2026-03-02", lost="lost"), "lead->customer") == (4, 2, 1, 1)


def test_as_of_before_the_first_record() -> None:
    history = read(typed(("2026-01-05", None), ("2026-01-06", None)), as_of="2026-01-04")
    assert history.counts() | {"read": 2, "used": 0, "refused": 2} == history.counts()
    assert history.counts()["reasons"] == {"after_as_of": 2}
    with refusal(
        "no_leads", "no lead is known as of 2026-01-04", "at least one lead that entered on or before that day"
    ):
        history.rates()


def test_late_keying_moves_as_of_back() -> None:
    table = typed(("2026-01-01", "2026-02-01"), ("2026-01-10", "2026-02-20"), ("2026-02-25", None))
    history = read(table, as_of="2026-02-28", keying_delay_days=14)
    assert history.as_of == date(2026, 2, 14)
    assert "records are keyed 14 days late: nothing after 2026-02-14 is used" in history.notes
    assert history.counts()["reasons"] == {"after_as_of": 1}
    assert outcome(history, "lead->customer") == (2, 1, 0, 1)
    assert outcome(read(table, as_of="2026-02-14"), "lead->customer") == (2, 1, 0, 1)
    assert read(table, as_of=None, keying_delay_days=5).as_of == date(2026, 2, 20)


def test_observed_from_as_a_day_and_as_a_column() -> None:
    table = typed(
        ("2026-01-01", "2026-01-20", "2026-02-01"),
        ("2026-01-02", "2026-03-01", "2026-02-01"),
        ("2026-01-03", None, "2026-02-01"),
        ("2026-02-10", "2026-03-10", "2026-02-01"),
        names=["lead", "customer", "crm"],
    )
    as_day = read(table, observed_from="2026-02-01")
    assert as_day == read(table, observed_from=date(2026, 2, 1))
    as_column = read(table, observed_from="crm")
    for history in (as_day, as_column):
        assert history.counts() | {"read": 4, "used": 3, "refused": 1} == history.counts()
        assert history.counts()["reasons"] == {"before_observed_from": 1}
        assert outcome(history, "lead->customer") == (3, 2, 0, 1)
    assert as_day.rates().to_dict() == as_column.rates().to_dict()
    assert any("observed_from" in note for note in read(table).notes)
    assert not any("observed_from" in note for note in as_day.notes)


def test_observed_from_by_row_may_be_blank() -> None:
    table = typed(
        ("2026-01-01", "2026-01-20", None),
        ("2026-01-01", "2026-01-20", "2026-02-01"),
        names=["lead", "customer", "crm"],
    )
    assert read(table, observed_from="crm").counts()["reasons"] == {"before_observed_from": 1}


def test_leads_observed_only_after_as_of_are_not_at_risk() -> None:
    seen = [("2026-01-01", "2026-02-01" if n < 5 else None, None) for n in range(10)]
    unseen = [("2026-01-01", None, "2027-06-01")] * 4
    names = ["lead", "customer", "crm"]
    with_unseen = read(typed(*seen, *unseen, names=names), observed_from="crm")
    alone = read(typed(*seen, names=names), observed_from="crm")
    assert with_unseen.counts()["refused"] == 4
    assert with_unseen.rates().to_dict() == alone.rates().to_dict()
