"""Read what happened to leads, as far as it was known on a day.

>>> import backcast as bc
>>> sql = "select date '2026-01-05' as lead, date '2026-01-20' as customer union all select date '2026-01-06', null"
>>> history = bc.read_leads(sql, stages=["lead", "customer"], as_of="2026-03-31")
>>> history.counts()["used"]
2
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence, Set
from datetime import date
from operator import index
from typing import Any, Literal

from backcast import _native
from backcast import _show as show
from backcast._backtest import Backtest
from backcast._frames import Kind, frame
from backcast._rates import Rates
from backcast._refusals import kind
from backcast._source import Source, open_table

_LONGEST = 100_000
"""More days than any record spans."""


class History:
    """What happened to the leads of a table: the counts that estimation reads, and what became of the rows."""

    __slots__ = ("_kind", "_native")

    def __init__(self, native: _native.History, kind: str | None) -> None:
        self._native = native
        self._kind = kind

    def counts(self) -> dict[str, Any]:
        """Count the rows: `read` = `used` + `refused`, `repaired` of the used; `repairs` by rule, `reasons` by reason.

        Returns
        -------
        dict
            Also `later_ignored`: used rows of which a fact dated after `as_of` was ignored; and with an amount column
            `amounts` of the won deals: `won` = `used` + `missing` + `negative` + `unreadable`.
        """
        return self._native.counts()

    @property
    def as_of(self) -> date:
        """The last day whose records are complete, included."""
        return date.fromisoformat(self._native.as_of())

    @property
    def stages(self) -> list[str]:
        """Stage names, first to last."""
        return self._native.stages()

    @property
    def notes(self) -> list[str]:
        """Things to know about the table, in sentences."""
        return self._native.notes()

    @property
    def warnings(self) -> list[str]:
        """Why what is learned from the table may be wrong, in sentences; every plan over it repeats them."""
        return self._native.warnings()

    def pipeline(self) -> list[dict[str, Any]]:
        """Give the open leads as of `as_of`, as `plan(pipeline=…)` takes them: `stage`, `age_days`, `count`, `amount`.

        `age_days` are days since they entered the stage. All segments are together. Where the table has an amount for
        an open lead, leads of the same amount are a row with it; the others are worth what deals are worth.

        >>> import backcast as bc
        >>> sql = "select date '2026-01-05' as lead, null::date as customer"
        >>> bc.read_leads(sql, stages=["lead", "customer"], as_of="2026-01-31").pipeline()
        [{'stage': 'lead', 'age_days': 26, 'count': 1}]
        """
        names = ("stage", "age_days", "count", "amount")
        rows = [dict(zip(names, row, strict=True)) for row in self._native.pipeline()]
        return [{name: value for name, value in row.items() if value is not None} for row in rows]

    def refused(self, at_most: int = 1_000, kind: Kind | None = None) -> Any:
        """Give the first refused rows as a data frame, so that they can be mended where they come from.

        Parameters
        ----------
        at_most
            So many rows.
        kind
            `pandas`, `polars` or `pyarrow`. None: the kind that was read, pandas for files and SQL.

        Returns
        -------
        data frame
            `row` (its number in the table, from 1), `column` (for which it is refused), `value` (what stands there, or
            the line of the file and what is wrong with it), `reason` (as in `counts()["reasons"]`).

        Raises
        ------
        BackcastError
            `no_records` for a merged history, which keeps counts alone.

        Examples
        --------
        >>> import backcast as bc
        >>> sql = "select '2026-01-05' as lead, 'soon' as customer union all select '2026-01-06', ''"
        >>> bc.read_leads(sql, stages=["lead", "customer"], as_of="2026-01-31").refused()["value"].tolist()
        ['soon']
        """
        columns = self._native.refused(_whole("at_most", at_most))
        given: Kind = self._kind if self._kind in {"pandas", "polars", "pyarrow"} else "pandas"  # type: ignore[assignment]
        return frame(columns, {"row": "whole"}, kind or given)

    def merge(self, other: History) -> History:
        """Add another history with the same stages, segments and `as_of`; the order does not matter, to the bit."""
        return History(self._native.merge(other._native), self._kind)

    def rates(
        self, *, horizon_days: int | None = None, half_life_quarters: float | None = None, outliers: str = "keep"
    ) -> Rates:
        """Estimate conversion per step and segment, with open leads taken as open; and the size of deals.

        Parameters
        ----------
        horizon_days
            Days after entering a stage within which a conversion counts. None: per step, the last lag with enough
            leads at risk.
        half_life_quarters
            So many quarters ago a lead counts half; `effective_leads` is then Kish's. None: all alike. It does not cure
            drift: where rates fall, it predicts them less too high, but still too high.
        outliers
            What becomes of deals whose amount is out of line with the others: `keep` uses them as recorded and names
            them, `winsorise` counts them as the nearest amount in line, `trim` leaves them out.

        Raises
        ------
        BackcastError
            `no_leads` if no row is usable; `not_positive` for a half-life that is not above 0; `unknown_outliers`.
        """
        if horizon_days is not None:
            horizon_days = _whole("horizon_days", horizon_days)
        return Rates(_native.Rates(self._native, horizon_days, half_life_quarters, outliers), self._kind)

    def backtest(
        self,
        *,
        every: Literal["month", "quarter"] = "month",
        horizon_days: int | None = None,
        origins: int | None = None,
        progress: bool = False,
    ) -> Backtest:
        """Test on this history what a plan would have predicted in the past, beside the rules of thumb people use.

        For each past origin the records are read again as they stood on that day; what was learned from them predicts
        how many of the leads that entered in the following month or quarter are customers within `horizon_days`.

        Parameters
        ----------
        every
            The length of the cohorts, `month` or `quarter`; an origin is the day before each.
        horizon_days
            Days after entering the first stage within which a customer counts. None: the days within which nine in ten
            customers of the whole history are won.
        origins
            Only the latest so many origins. None: all.
        progress
            Whether to show on standard error how many origins are done.

        Raises
        ------
        BackcastError
            `too_short` if no cohort can be tested, `not_identified` if a step has no conversion, `no_records` for a
            merged history, which keeps counts alone.
        """
        horizon_days = None if horizon_days is None else _whole("horizon_days", horizon_days)
        origins = None if origins is None else _whole("origins", origins)
        tell = _tell if progress else None
        tested = self._native.backtest(every, horizon_days, origins, tell)
        if progress:
            print(file=sys.stderr)
        return Backtest(tested, self._kind)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, History) and self._native == other._native

    __hash__ = None  # type: ignore[assignment]

    def _blocks(self) -> list[show.Block]:
        return show.history_blocks(self)

    def __repr__(self) -> str:
        return show.as_text(self._blocks())

    def _repr_html_(self) -> str:
        return show.as_html(self._blocks())


def read_leads(
    source: Source,
    *,
    stages: Sequence[str] | Mapping[str, str],
    id: str | None = None,
    lost: str | None = None,
    amount: str | None = None,
    currency: str | None = None,
    segment: str | Sequence[str] = (),
    as_of: str | date | None = None,
    observed_from: str | date | None = None,
    date_order: str | None = None,
    decimal_mark: str | None = None,
    encoding: str | None = None,
    time_zone: str = "UTC",
    keying_delay_days: int = 0,
    max_disorder_days: int = 2,
) -> History:
    """Read a table of leads: one row per record, one column per stage with the day it was entered.

    Parameters
    ----------
    source
        A path (CSV, Parquet, Excel; with `*` several files of one shape, `-` for standard input), a data frame that
        speaks Arrow, a DuckDB relation, or SQL that starts with `select`, `with`, `from` or `pivot`, run by an embedded
        DuckDB.
    stages
        Column names, first stage first, or a dict from stage to column.
    id
        Column with the lead's id; records of the same id are merged. None: no duplicates are looked for.
    lost, amount
        Columns with the day of the loss, and with the amount of the won deal.
    currency
        Column with the currency, or its ISO 4217 code.
    segment
        Column or columns that split leads; a blank value is the segment `(blank)`.
    as_of
        The last day whose records are complete. None: the last day in any stage or lost column on which entries are
        as dense as usual; stray later ones are set aside, and the notes name them.
    observed_from
        Day (or column with the day) from which leads were under observation: leads older than the CRM.
    date_order
        `dmy`, `mdy` or `ymd` for columns of text. None: decided per column from all its values. Years of two digits are
        read as 1969 to 2068.
    decimal_mark
        `.` or `,` for amounts as text. None: decided from all values of the column.
    encoding
        Of a CSV, such as `cp1250`. None: UTF-8, UTF-16 where the file begins so, else Windows-1252, and a note says so.
    time_zone
        In which zone a timestamp with an offset falls on a day.
    keying_delay_days
        Records are keyed so many days late: nothing of the last days is used.
    max_disorder_days
        An end up to so many days before its start is repaired to the same day; by more the row is refused.

    Raises
    ------
    BackcastError
        A `ValueError` with `kind`, `given` and `allowed`, such as `missing_column` or `ambiguous_dates`.
    """
    if isinstance(stages, str):
        raise _native.refuse("stage_count", "1", 'a list of 2 to 12 columns, such as `["lead", "customer"]`')
    for column in stages.values() if isinstance(stages, Mapping) else stages:
        if not isinstance(column, str):
            raise kind("stages", column, "names of columns, which are texts, first stage first")
    if isinstance(stages, Set):
        raise _native.refuse("unordered_stages", type(stages).__name__)
    keying_delay_days = _whole("keying_delay_days", keying_delay_days)
    max_disorder_days = _whole("max_disorder_days", max_disorder_days)
    table = open_table(source, encoding)
    named = dict(stages) if isinstance(stages, Mapping) else {name: name for name in stages}
    if not isinstance(stages, Mapping) and len(named) != len(stages):
        raise _native.refuse("same_stage", next(name for name in stages if list(stages).count(name) > 1))
    segments = [segment] if isinstance(segment, str) else list(segment)
    currency_column = currency if currency in table.columns else None
    observed_column = observed_from if isinstance(observed_from, str) and observed_from in table.columns else None
    columns = [*named.values(), *segments, id, lost, amount, currency_column, observed_column]
    wanted = list(dict.fromkeys(column for column in columns if column is not None))
    once = [column for column in (*named.values(), lost) if column is not None]
    for column in once:
        if once.count(column) > 1:
            raise _native.refuse("same_column", column)
    for column in wanted:
        if column not in table.columns:
            raise _missing(column, table.columns)
        if table.columns.count(column) > 1:
            raise _native.refuse("same_column", column, "a table whose columns all have different names")
    taken = table.take(wanted)
    options = {
        "stages": list(named.items()),
        "id": id,
        "lost": lost,
        "amount": amount,
        "currency_column": currency_column,
        "currency": None if currency_column else currency,
        "segment": segments,
        "as_of": _day(as_of),
        "observed_from_column": observed_column,
        "observed_from": None if observed_column else _day(observed_from),
        "date_order": date_order,
        "decimal_mark": decimal_mark,
        "time_zone": time_zone,
        "keying_delay_days": keying_delay_days,
        "max_disorder_days": max_disorder_days,
        "misfits": taken.misfits,
        "notes": taken.notes,
    }
    return History(_native.read(taken.data, options), table.kind)


def _tell(done: int, every: int) -> None:
    print(f"\rorigin {done + 1} of {every}", end="", file=sys.stderr, flush=True)


def _whole(name: str, number: Any) -> int:
    """Take a whole number, those of NumPy too."""
    try:
        whole = index(number)
    except TypeError:
        whole = -1
    if not 0 <= whole <= _LONGEST:
        raise _native.refuse("not_a_whole_number", str(number), f"`{name}` from 0 to {_LONGEST:,}")
    return whole


def _day(day: Any) -> str | None:
    """Take a day as text, as a date or time, or as one of NumPy."""
    if day is None or isinstance(day, str):
        return day
    if isinstance(day, date):
        return day.isoformat()[:10]
    text = str(day)
    if type(day).__name__ != "datetime64" or text == "NaT":
        raise _native.refuse("not_a_day", text)
    return text[:10]


def _missing(column: str, found: Sequence[str]) -> _native.BackcastError:
    from difflib import get_close_matches

    near = get_close_matches(column, found, n=1)
    listed = ", ".join(f"`{name}`" for name in found[:30]) + (", …" if len(found) > 30 else "")
    hint = f" (did you mean `{near[0]}`?)" if near else ""
    return _native.refuse("missing_column", column, f"one of {listed}{hint}")
