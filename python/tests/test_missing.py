"""What is missing is not missing at random: words for nothing, unreadable cells, blank days, amounts, stray days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

import backcast as bc
from given import read, refusal

NOTHING = [
    "NULL",
    "null",
    "N/A",
    "n/a",
    "-",
    "--",
    "\\N",
    "None",
    "#N/A",
    "NaN",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "–",
]
NEVER = ["9999-12-31", "2999-12-31", "1900-01-01", "0001-01-01", "1970-01-01", "1899-12-30", "31.12.9999"]


def leads(won: list[str], **more: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"lead": ["2026-01-05"] * len(won), "customer": won, **more})


def needed(history: bc.History, **goal: Any) -> int:
    made = bc.plan(**({"customers": 50} | goal), rates=history.rates(), confidence=0.8, detail=False).to_dict()
    leads: int = made["stages"][0]["needed"]
    return leads


@pytest.mark.parametrize("word", NOTHING + NEVER)
def test_words_for_nothing_and_days_for_never_are_empty(word: str) -> None:
    history = read(leads(["2026-02-10"] * 100 + [word] * 900), as_of="2026-06-30")
    plain = read(leads(["2026-02-10"] * 100 + [""] * 900), as_of="2026-06-30")
    assert history.counts() | {"read": 1000, "used": 1000, "refused": 0} == history.counts()
    assert needed(history) == needed(plain)
    if word in NEVER:
        assert history.counts()["repairs"] == {"never": 900}
    else:
        said = f"`customer`: 900 cells hold a word for nothing such as `{word}`, read as empty"
        assert said in history.notes


def test_words_for_nothing_are_no_ids_and_no_currencies() -> None:
    table = leads(["2026-02-10"] * 30, id=["NULL"] * 30, amount=["100"] * 30, code=["EUR"] * 20 + ["n/a"] * 10)
    history = read(table, id="id", amount="amount", currency="code")
    assert history.counts() | {"used": 30, "repaired": 0} == history.counts()


def test_typed_days_for_never() -> None:
    days = [date(2026, 2, 10)] * 10 + [date(9999, 12, 31)] * 20 + [date(1900, 1, 1)] * 10
    history = read(pd.DataFrame({"lead": [date(2026, 1, 5)] * 40, "customer": days}), as_of=None)
    assert history.as_of == date(2026, 2, 10)
    assert history.rates().to_dict()["converted"] == [10]


def test_a_column_of_days_that_is_something_else_is_refused() -> None:
    with refusal(
        "unreadable_cells",
        "too many cells cannot be read: in `customer` 900 of 1,000 that are filled, such as `pending`",
        "at most half of its days",
    ):
        read(leads(["2026-02-10"] * 100 + ["pending"] * 900))


def test_cells_that_select_on_the_outcome_are_said_first() -> None:
    history = read(leads(["2026-02-10"] * 100 + ["pending"] * 80 + [""] * 820), as_of="2026-06-30")
    said = (
        "80 of 1,000 rows are refused because of `customer`, where what stands there (such as `pending`) cannot be "
        "used; "
        "of the rows that are used 10.9 % were won so far; if none of the refused was, 10 %, if all were, 18 %"
    )
    assert history.warnings == [said]
    plan = bc.plan(customers=50, rates=history.rates(), confidence=0.8, detail=False)
    assert plan.to_dict()["warnings"][0] == said


def test_first_days_that_cannot_be_read_matter_if_they_select() -> None:
    won = ["2026-02-10"] * 100 + [""] * 900
    at_random = pd.DataFrame({"lead": ["2026-01-05"] * 19 + ["soon"], "customer": [""] * 20})
    at_random = pd.concat([at_random] * 50, ignore_index=True)
    at_random["customer"] = ["2026-02-10" if n // 20 % 10 == 0 else "" for n in range(1000)]
    assert read(at_random).warnings == []
    selected = pd.DataFrame({"lead": ["2026-01-05"] * 900 + ["soon"] * 100, "customer": won[::-1]})
    (said,) = read(selected).warnings
    assert said.startswith("100 of 1,000 rows are refused because of `lead`")


def test_a_blank_first_stage() -> None:
    rng = np.random.default_rng(7)
    size = 4_000
    first = pd.Timestamp("2025-01-06") + pd.to_timedelta(rng.integers(0, 300, size), "D")
    lag = pd.to_timedelta(rng.integers(3, 12, size), "D")
    won = pd.Series(first + lag).where(rng.random(size) < 0.411)
    whole = pd.DataFrame({"lead": pd.Series(first).dt.strftime("%Y-%m-%d"), "customer": won.dt.strftime("%Y-%m-%d")})
    blank = whole.assign(lead=whole["lead"].where(rng.random(size) > 0.3))
    history = read(blank)
    (said,) = history.warnings
    assert said.startswith("`lead` is blank in 1,")
    without = float(said.rsplit("without either ", 1)[1].removesuffix(" %"))
    assert without == pytest.approx(41.1, abs=2)
    # A day that is not known says nothing of the delay.
    medians = [read(table).rates().to_dict()["median_days"][0] for table in (whole, blank)]
    assert medians[0] == medians[1]


def test_skipped_stages_do_not_shorten_delays() -> None:
    rng = np.random.default_rng(11)
    size = 3_000
    lead = pd.Timestamp("2025-01-06") + pd.to_timedelta(rng.integers(0, 200, size), "D")
    sql = pd.Series(lead + pd.to_timedelta(rng.integers(20, 40, size), "D")).where(rng.random(size) < 0.5)
    won = (sql + pd.to_timedelta(rng.integers(10, 30, size), "D")).where(rng.random(size) < 0.5)
    table = pd.DataFrame({"lead": lead, "sql": sql, "customer": won})
    lacking = table.assign(sql=table["sql"].where(table["customer"].isna() | (rng.random(size) > 0.2)))
    rates = [read(each, stages=["lead", "sql", "customer"]).rates().to_dict() for each in (table, lacking)]
    assert rates[0]["converted"] == rates[1]["converted"]
    for step in (0, 1):
        for name in ("median_days", "p90_days"):
            assert abs(rates[0][name][step] - rates[1][name][step]) <= 1, (step, name)
        assert rates[1]["estimate"][step] == pytest.approx(rates[0]["estimate"][step], abs=0.005)


@pytest.mark.parametrize("won", [19, 20, 316])
def test_everybody_converts(won: int) -> None:
    history = read(leads(["2026-05-31"] * won))
    said = [text for text in history.warnings if f"all of {won} that entered" in text and "status" in text]
    assert bool(said) == (won >= 20)
    assert set(said) <= set(history.rates().warnings)


def test_stages_in_the_wrong_order_are_questioned() -> None:
    table = pd.DataFrame({"lead": ["2026-01-05"] * 300, "customer": ["2026-01-04"] * 270 + [""] * 30})
    (said,) = (text for text in read(table).warnings if "order" in text)
    assert said.startswith("in 270 of 300 rows a stage is dated shortly before the one it follows")


def test_a_stray_day_does_not_move_as_of() -> None:
    days = [date(2025, 1, 1) + timedelta(n % 500) for n in range(5_000)]
    won = [day + timedelta(20) if n % 10 == 0 else None for n, day in enumerate(days)]
    plain = read(pd.DataFrame({"lead": days, "customer": won}), as_of=None)
    stray = read(pd.DataFrame({"lead": [*days, date(2062, 3, 1)], "customer": [*won, None]}), as_of=None)
    assert stray.as_of == plain.as_of
    assert needed(stray) == needed(plain)
    (said,) = (note for note in stray.notes if note.startswith("as of"))
    assert "1 of 5,501 entries lie later, up to 2062-03-01, and are set aside" in said


AMOUNTS = {
    "1,234.50": "{:,.2f}",
    "$1,234.50": "${:,.2f}",
    "1234.50 USD": "{:.2f} USD",
    "1.234,50 €": "{:,.2f} €",
    "1 234,50 zł": "{:,.2f} zł",
    "1'234.50": "{:,.2f}",
    "CHF 1’234.50": "CHF {:,.2f}",
    "1_234.50": "{:_.2f}",
}


def amounts_as(form: str, amounts: np.ndarray) -> list[str]:
    texts = [AMOUNTS[form].format(amount) for amount in amounts]
    if form in {"1.234,50 €", "1 234,50 zł"}:
        mark = "." if "€" in form else "\u00a0"
        return [text.replace(",", "#").replace(".", ",").replace("#", mark) for text in texts]
    return [
        text.replace(",", "'" if form == "1'234.50" else "’") if "'" in form or "’" in form else text for text in texts
    ]


@pytest.mark.parametrize("form", AMOUNTS)
def test_amounts_as_people_write_them(form: str) -> None:
    amounts = np.random.default_rng(3).lognormal(7, 1, 400).round(2)
    texts = amounts_as(form, amounts)
    history = read(leads(["2026-02-10"] * 400, amount=texts), amount="amount")
    assert history.counts()["amounts"] == {"won": 400, "used": 400, "missing": 0, "negative": 0, "unreadable": 0}
    assert history.rates().deal_sizes()["mean"][0] == pytest.approx(amounts.mean(), rel=1e-3)


def test_marks_that_contradict_each_other_or_may_be_either() -> None:
    def of(*texts: str, **options: Any) -> bc.History:
        return read(leads(["2026-02-10"] * len(texts), amount=list(texts)), amount="amount", **options)

    with refusal(
        "mixed_amounts",
        "the amounts in `amount`: `12.50` has a decimal point, `12,50` a decimal comma contradict each other",
    ):
        of("12.50", "12,50")
    with refusal(
        "ambiguous_amounts", "the marks in the amounts of `amount` may separate thousands or decimals", "`1.234`"
    ):
        of("1.234", "900", "2.500")
    assert of("1.234", "900", "2.500", decimal_mark=",").rates().deal_sizes()["mean"][0] == pytest.approx(
        1544.67, abs=0.01
    )
    with refusal("unknown_decimal_mark", "`;` is not a decimal mark"):
        of("1", decimal_mark=";")
    with refusal("mixed_currency", "two currencies in one calculation: `€ and $`"):
        of("12 €", "$12")
    with refusal("mixed_currency", "two currencies in one calculation: `USD and EUR`"):
        of("12 €", currency="USD")
    history = of("(1,234.50)", "-5.00 €", "7.25-", "12.00", "")
    assert history.counts()["amounts"] == {"won": 5, "used": 1, "missing": 1, "negative": 3, "unreadable": 0}


def test_too_many_unreadable_amounts_are_refused() -> None:
    texts = ["12k"] * 148 + ["561.00"] * 52
    with refusal(
        "unreadable_cells",
        "too many cells cannot be read: in `amount` 148 of 200 that are filled, such as `12k`",
        "at most 1 % of the amounts",
    ):
        read(leads(["2026-02-10"] * 200, amount=texts), amount="amount")
    few = read(leads(["2026-02-10"] * 200, amount=["12k"] * 6 + ["561.00"] * 194), amount="amount")
    assert any(text.startswith("amounts cannot be read: in `amount` 6 of 200") for text in few.rates().warnings)


def test_amounts_of_open_deals_are_worth_something() -> None:
    rows = 200
    won = ["2026-02-10" if n % 4 == 0 else "" for n in range(rows)]
    texts = ["1000" if n % 4 == 0 else "20000" if n % 4 == 1 else "0" for n in range(rows)]
    history = read(leads(won, amount=texts), amount="amount", as_of="2026-06-30")
    assert history.pipeline() == [
        {"stage": "lead", "age_days": 176, "count": 100},
        {"stage": "lead", "age_days": 176, "count": 50, "amount": 20_000.0},
    ]
    assert history.counts()["amounts"]["won"] == history.counts()["amounts"]["used"] == 50
    rates = history.rates()
    plan = bc.plan(revenue="1000000 EUR", rates=rates, pipeline=history, confidence=0.8, detail=False)
    listed = bc.plan(revenue="1000000 EUR", rates=rates, pipeline=history.pipeline(), confidence=0.8, detail=False)
    assert plan.pipeline().to_dict() == listed.pipeline().to_dict()
    revenue = plan.pipeline()["revenue"].tolist()
    assert revenue[1] / 50 == pytest.approx(revenue[0] / 100 * 20)


def test_segments_that_look_alike_are_kept_apart_and_named() -> None:
    table = leads(["2026-02-10"] * 4, a=["a", "a / b", "Email", "email"], b=["b / c", "c", "x", "x"])
    history = read(table, segment=["a", "b"])
    rates = history.rates()
    assert len(set(rates.to_dict()["segment"])) == 5
    assert len(rates._native.segment_posteriors()) == 4
    assert (
        "segments that differ only in capitals or spaces are kept apart: `Email / x` and `email / x`" in history.notes
    )


def test_stages_in_a_set_have_no_order() -> None:
    with refusal("unordered_stages", "stages in a set have no order", "a list of columns, first stage first"):
        read(leads([""]), stages={"lead", "customer"})


def test_numbers_and_days_of_numpy() -> None:
    table = pd.DataFrame({"lead": pd.to_datetime(["2026-01-05"] * 50), "customer": pd.to_datetime(["2026-01-20"] * 50)})
    history = read(
        table, as_of=np.datetime64("2026-06-30"), keying_delay_days=np.int64(1), max_disorder_days=np.uint8(3)
    )
    assert history.as_of == date(2026, 6, 29)
    ninety: Any = np.int32(90)
    assert history.rates(horizon_days=ninety) == history.rates(horizon_days=90)
    assert read(table, as_of=table["lead"].to_numpy().max()).as_of == date(2026, 1, 5)
    with refusal("not_a_day", "`NaT` is not a day"):
        read(table, as_of=np.datetime64("NaT"))
    with refusal("not_a_whole_number", "`90.5` is not a whole number"):
        history.rates(horizon_days=np.float64(90.5))  # type: ignore[arg-type]


def test_years_of_two_digits() -> None:
    table = pd.DataFrame({"lead": ["20-10-16", "25-10-16", "29-11-16"], "customer": ["01-03-17", "", "11-03-17"]})
    with refusal(
        "ambiguous_dates", "the dates in `lead` may be day-first or month-first", "because `20-10-16` may be either"
    ):
        read(table)
    history = read(table, date_order="dmy")
    assert history.counts()["used"] == 3
    assert history.rates(horizon_days=132).to_dict()["converted"] == [2]
    # The 31st, or 2031? The 26th, or 2026: no day is the 26th of month 31.
    assert read(leads(["31.01.26", "04.13.26"]), date_order="dmy").counts()["reasons"] == {"unreadable_date": 1}
    assert read(leads(["2026-01-31", "04/13/26"])).counts()["used"] == 2
