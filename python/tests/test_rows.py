"""Rows: repaired by a named rule or refused with a reason, never lost: read = used + refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

import backcast as bc
from given import outcome, read, refusal, text, typed

WAY = ["lead", "mql", "customer"]


def path(*rows: Sequence[str | None], **options: Any) -> bc.History:
    """Read lead, mql, customer and the day of the loss."""
    return read(typed(*rows, names=[*WAY, "lost"]), stages=WAY, lost="lost", **options)


def repairs(history: bc.History) -> dict[str, int]:
    counts = history.counts()
    assert counts["read"] == counts["used"] + counts["refused"]
    assert counts["refused"] == sum(counts["reasons"].values())
    assert max(counts["repairs"].values(), default=0) <= counts["repaired"] <= counts["used"]
    found: dict[str, int] = counts["repairs"]
    return found


def test_one_lead() -> None:
    history = read(typed(("2026-01-01", None)))
    assert outcome(history, "lead->customer") == (1, 0, 0, 1)
    (row,) = history.rates().to_frame("polars").to_dicts()
    assert (row["naive"], row["estimate"], row["low"], row["high"], row["method"]) == (0.0, None, 0.0, 1.0, "none")
    why = "lead->customer: no rate can be estimated, because none of its leads has converted yet"
    assert why in history.rates().warnings
    with refusal(
        "not_identified", "the step `lead->customer` has no rate: none of its leads has converted yet", "a stated rate"
    ):
        bc.plan(customers=1, rates=history.rates())


def test_no_leads() -> None:
    empty = typed(("2026-01-01", None)).slice(0, 0)
    with refusal("no_leads", "no lead is known as of any day: the table has no dates", "at least one lead"):
        read(empty, as_of=None)
    history = read(empty)
    assert history.counts() | {"read": 0, "used": 0, "refused": 0, "repaired": 0} == history.counts()
    with refusal("no_leads", "no lead is known as of 2026-12-31"):
        history.rates()


def test_a_row_without_any_day() -> None:
    history = path(("2026-01-01", None, None, None), (None, None, None, None), (None, None, None, "2026-02-01"))
    assert history.counts()["reasons"] == {"no_stage": 2}
    assert outcome(history, "lead->mql") == (1, 0, 0, 1)


@pytest.mark.parametrize(
    ("won", "most", "refused"),
    [("2026-01-09", 2, 0), ("2026-01-08", 2, 0), ("2026-01-07", 2, 1), ("2026-01-07", 3, 0), ("2026-01-09", 0, 1)],
)
def test_won_before_the_first_day(won: str, most: int, refused: int) -> None:
    history = read(typed(("2026-01-10", won)), max_disorder_days=most)
    assert history.counts() | {"read": 1, "used": 1 - refused, "refused": refused} == history.counts()
    assert repairs(history) == ({} if refused else {"clamped": 1})
    assert history.counts()["reasons"] == ({"stage_order": 1} if refused else {})
    if not refused:
        assert outcome(history, "lead->customer") == (1, 1, 0, 0)
        assert history.rates(horizon_days=0).to_dict()["estimate"] == [1.0]


def test_a_lead_that_moves_back() -> None:
    history = path(("2026-01-10", "2026-02-10", "2026-02-01", None), ("2026-03-10", "2026-02-10", None, None))
    assert history.counts()["reasons"] == {"stage_order": 2}


def test_a_skipped_stage_was_entered_on_the_day_of_the_next() -> None:
    history = path(
        ("2026-01-10", None, "2026-02-01", None), (None, "2026-01-15", None, None), (None, None, "2026-02-01", None)
    )
    assert repairs(history) == {"skipped_stage": 3}
    assert outcome(history, "lead->mql") == (3, 3, 0, 0)
    assert outcome(history, "mql->customer") == (3, 2, 0, 1)
    assert outcome(history, "lead->customer") == (3, 2, 0, 1)
    same = path(
        ("2026-01-10", "2026-02-01", "2026-02-01", None),
        ("2026-01-15", "2026-01-15", None, None),
        ("2026-02-01",) * 3 + (None,),
    )
    # The days that were filled in count leads, but say nothing of delays.
    for column in ("entered", "converted", "lost", "open"):
        assert history.rates().to_dict()[column] == same.rates().to_dict()[column]


def test_a_loss_belongs_to_the_last_stage_entered() -> None:
    history = path(
        ("2026-01-01", None, None, "2026-02-01"),
        ("2026-01-01", "2026-01-10", None, "2026-02-01"),
        ("2026-01-01", "2026-01-10", None, "2026-01-10"),
        ("2026-01-01", "2026-01-10", "2026-02-02", "2026-03-01"),
        ("2026-01-01", None, None, None),
    )
    assert repairs(history) == {}
    assert outcome(history, "lead->mql") == (5, 3, 1, 1)
    assert outcome(history, "mql->customer") == (3, 1, 2, 0)
    assert outcome(history, "lead->customer") == (5, 1, 3, 1)


@pytest.mark.parametrize(
    ("lost", "rules", "reasons", "way"),
    [
        ("2026-01-28", {"clamped": 1}, {}, (1, 0, 1, 0)),
        ("2026-01-27", {"reopened": 1}, {}, (1, 0, 0, 1)),
        ("2026-01-09", {"reopened": 1}, {}, (1, 0, 0, 1)),
    ],
)
def test_a_loss_before_a_later_stage(
    lost: str, rules: dict[str, int], reasons: dict[str, int], way: tuple[int, ...]
) -> None:
    history = path(("2026-01-09", "2026-01-30", None, lost))
    assert repairs(history) == rules
    assert history.counts()["reasons"] == reasons
    assert outcome(history, "lead->customer") == way


def test_a_loss_before_the_first_day() -> None:
    assert path(("2026-01-10", None, None, "2026-01-07")).counts()["reasons"] == {"stage_order": 1}
    assert repairs(path(("2026-01-10", None, None, "2026-01-08"))) == {"clamped": 1}


def records(*rows: Sequence[str | None], **options: Any) -> bc.History:
    """Read id, lead, customer, lost."""
    table = text(*rows, names=["id", "lead", "customer", "lost"])
    return read(table, **({"id": "id", "lost": "lost", "date_order": "ymd"} | options))


def test_duplicates_are_merged_and_counted() -> None:
    history = records(
        ("a", "2026-01-01", "", ""),
        ("a", "2026-01-01", "", ""),
        (" a ", "2026-01-05", "2026-02-01", ""),
        ("b", "2026-01-01", "", ""),
    )
    assert history.counts() | {"read": 4, "used": 4, "repaired": 2} == history.counts()
    assert repairs(history) == {"merged": 2}
    assert outcome(history, "lead->customer") == (2, 1, 0, 1)


def test_without_ids_no_duplicate_is_looked_for() -> None:
    rows = [("a", "2026-01-01", "", "")] * 3
    history = records(*rows, id=None)
    assert outcome(history, "lead->customer") == (3, 0, 0, 3)
    assert "no id column was named, so no duplicates were looked for" in history.notes
    assert not any("duplicates" in note for note in records(*rows).notes)
    assert outcome(records(*[("", "2026-01-01", "", "")] * 3), "lead->customer") == (3, 0, 0, 3)


@pytest.mark.parametrize(("days_after", "leads"), [(179, 1), (180, 1), (181, 2), (400, 2)])
def test_reentry_after_a_loss(days_after: int, leads: int) -> None:
    again = (date(2025, 3, 1) + timedelta(days_after)).isoformat()
    history = records(("a", "2025-01-01", "", "2025-03-01"), ("a", again, "", ""))
    assert repairs(history) == ({} if leads == 2 else {"merged": 1})
    # One lead: the loss before the later entry is erased. Two: one lost, one open.
    assert outcome(history, "lead->customer") == ((2, 0, 1, 1) if leads == 2 else (1, 0, 0, 1))


def test_an_open_lead_is_never_a_reentry() -> None:
    assert outcome(records(("a", "2024-01-01", "", ""), ("a", "2026-01-01", "", "")), "lead->customer") == (1, 0, 0, 1)


def test_first_entry_wins_and_the_last_loss_counts() -> None:
    history = records(("a", "2026-01-10", "", "2026-04-01"), ("a", "2026-01-05", "", "2026-03-01"))
    assert outcome(history, "lead->customer") == (1, 0, 1, 0)
    won = records(("a", "2026-01-10", "2026-03-01", ""), ("a", "2026-01-05", "2026-02-01", ""))
    assert won.rates(horizon_days=27).to_dict()["estimate"] == [1.0]
    assert won.rates(horizon_days=26).to_dict()["estimate"] == [None]


def deals(*amounts: Any, **options: Any) -> bc.History:
    table = typed(*[("2026-01-01", "2026-02-01")] * len(amounts))
    kind = pa.string() if any(isinstance(each, str) for each in amounts) else pa.float64()
    return read(table.append_column("amount", pa.array(amounts, kind)), amount="amount", **options)


def deal_size(history: bc.History, currency: str = "EUR") -> float | None:
    size: float | None = bc.plan(revenue=f"1000 {currency}", rates=history.rates()).to_dict()["deal_size"]
    return size


@pytest.mark.parametrize(
    ("amounts", "mean", "rules"),
    [
        ((100.0, 200.0), 150, {}),
        ((100.0, None), 100, {}),
        ((100.0, float("nan")), 100, {}),
        ((100.0, -50.0), 100, {"negative_amount": 1}),
        ((100.0, float("inf")), 100, {"unreadable_amount": 1}),
        ((100.0, 0.0), 50, {}),
        (("100", " "), 100, {}),
        (("1_000.50", "1 000"), 1000.25, {}),
        (("100", "about 5"), 100, {"unreadable_amount": 1}),
        (("100", "1,250.00"), 675, {}),
        (("100.5", "1.000"), 100.5, {"unreadable_amount": 1}),
        (("100", "-1"), 100, {"negative_amount": 1}),
    ],
)
def test_amounts(amounts: tuple[Any, ...], mean: float, rules: dict[str, int]) -> None:
    history = deals(*amounts)
    assert repairs(history) == rules
    assert history.counts()["used"] == 2
    assert outcome(history, "lead->customer") == (2, 2, 0, 0)
    assert deal_size(history) == mean


def test_no_amount_at_all() -> None:
    with refusal("deal_size_missing", "a goal in money needs the size of a deal"):
        deal_size(deals(None, None))
    assert bc.plan(revenue="1000 EUR", rates=deals(None).rates(), deal_size="10").stage("customer").whole == 100


def test_currencies() -> None:
    table = typed(*[("2026-01-01", "2026-02-01")] * 2).append_column("amount", pa.array([100, 300]))
    for codes in (["EUR", "EUR"], ["EUR", None], [" EUR", "EUR "]):
        history = read(table.append_column("code", pa.array(codes)), amount="amount", currency="code")
        assert deal_size(history) == 200
        with refusal(
            "mixed_currency", "two currencies in one calculation: `EUR and USD`", "one currency for the whole goal"
        ):
            deal_size(history, "USD")
    with refusal("mixed_currency", "two currencies in one calculation: `EUR and USD`"):
        read(table.append_column("code", pa.array(["USD", "EUR"])), amount="amount", currency="code")
    for wrong in ("eur", "EURO", "XYZ"):
        with refusal("unknown_currency", f"`{wrong}` is not a currency", "ISO 4217"):
            read(table, amount="amount", currency=wrong)
    assert deal_size(read(table, amount="amount", currency="JPY"), "JPY") == 200


cells = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", "n/a", "2026-02-30", "9999-12-31", "0001-01-01", "20260101", "2026-01-05 10:00:00+02:00"]
    ),
    st.dates(date(2025, 12, 1), date(2027, 2, 1)).map(date.isoformat),
    st.text(max_size=6),
)
rows = st.lists(
    st.tuples(*[st.sampled_from(["", "a", "b", "c"])] * 2, *[cells] * 4, st.text(max_size=5)), min_size=1, max_size=12
)


@hypothesis_given(rows, st.integers(0, 400), st.integers(0, 5), st.sampled_from([None, "2026-03-01", "crm"]))
def test_read_is_used_plus_refused(
    table: list[tuple[Any, ...]], delay: int, disorder: int, observed: str | None
) -> None:
    names = ["id", "channel", *WAY, "lost", "amount"]
    source = text(*table, names=names)
    if observed == "crm":
        source = source.append_column("crm", source["mql"])
    history = read(
        source, stages=WAY, id="id", segment="channel", lost="lost", amount="amount", date_order="ymd",
        keying_delay_days=delay, max_disorder_days=disorder, observed_from=observed,
    )  # fmt: skip
    repairs(history)
    counts = history.counts()
    assert counts["read"] == len(table)
    if counts["used"]:
        for step in history.rates().to_frame("polars").to_dicts():
            assert step["entered"] == step["converted"] + step["lost"] + step["open"] <= counts["used"]
            assert 0 <= step["low"] <= step["high"] <= 1
            assert step["estimate"] is None or 0 <= step["estimate"] <= 1
