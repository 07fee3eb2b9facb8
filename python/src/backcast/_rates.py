"""What history supports: conversion per step and segment, with its interval and its method.

>>> import backcast as bc
>>> history = bc.read_leads(bc.sample_crm(), stages=bc.SAMPLE_STAGES, id="lead_id", as_of="2025-12-31")
>>> history.rates().to_frame()["step"].tolist()
['lead->mql', 'mql->sql', 'sql->customer', 'lead->customer']
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backcast import _native
from backcast import _show as show
from backcast._frames import Holds, Kind, frame, kind_of

_HOLDS: dict[str, Holds] = {
    "step": "text",
    **dict.fromkeys(("entered", "converted", "lost", "open"), "whole"),
    **dict.fromkeys(("naive", "estimate", "low", "high"), "number"),
    **{"horizon_days": "whole", "levelled_off": "flag"},
    **dict.fromkeys(("ultimate", "ultimate_low", "ultimate_high", "extrapolated"), "number"),
    **{"tail": "text", "median_days": "whole", "p90_days": "whole"},
    **dict.fromkeys(("effective_leads", "own", "shrinkage", "next", "next_low", "next_high"), "number"),
    "method": "text",
}
"""The columns after the segment, in their order."""
_DEALS: dict[str, Holds] = {
    "deals": "whole",
    **dict.fromkeys(("mean", "low", "high", "median", "cv", "own", "shrinkage", "corrected"), "number"),
    **dict.fromkeys(("currency", "family", "method"), "text"),
}
_LAGS: dict[str, Holds] = {"days": "whole", "pmf": "number", "cdf": "number"}
_RANKS: dict[str, Holds] = {
    "group": "whole",
    **dict.fromkeys(("estimate", "low", "high", "better_than_next", "best_is_better"), "number"),
}


class Rates:
    """Estimated conversion rates; hand them to `plan`."""

    __slots__ = ("_kind", "_native")

    def __init__(self, native: _native.Rates, kind: str | None) -> None:
        self._native = native
        self._kind = kind

    @property
    def stages(self) -> list[str]:
        """Stage names, first to last."""
        return self._native.stages()

    @property
    def warnings(self) -> list[str]:
        """What to know of the estimates, in sentences."""
        return self._native.warnings()

    def to_dict(self) -> dict[str, list[Any]]:
        """Give the table column by column."""
        return self._columns(self._native.rows(), _HOLDS)

    def to_frame(self, kind: Kind | None = None) -> Any:
        """Give the table as a data frame: a row per segment and step, then the whole way.

        Parameters
        ----------
        kind
            `pandas`, `polars` or `pyarrow`. None: the kind that was read, pandas for files and SQL.

        Returns
        -------
        data frame
            `segment` (null: all leads together), a column per dimension (`segment_` before its name where that is the
            name of another column), `step`, `entered` = `converted` + `lost` +
            `open`, `naive` (converted ÷ entered), `estimate` within `horizon_days` with its 80 % interval `low` to
            `high`, `levelled_off`, `effective_leads`, `method`. For all leads together: the share that ever converts,
            `ultimate`, with its 80 % interval `ultimate_low` to `ultimate_high` (null where it is not identified), the
            share of it that is `extrapolated` by the fitted `tail`; `median_days` and `p90_days`, within which half and
            90 % of those that convert within the horizon have done so; the rate to expect in the `next` quarter with
            its 80 % interval `next_low` to `next_high`. For a segment: its `own` estimate and the `shrinkage` towards
            the others. Rates are fractions from 0 to 1.
        """
        return self._frame(self.to_dict(), _HOLDS, kind)

    def lags(self, *, in_the_end: bool = False, kind: Kind | None = None) -> Any:
        """Give the delays as a data frame: a row per step and day, then the whole way, its steps added up.

        Parameters
        ----------
        in_the_end
            With what the fitted tail adds beyond the longest lag that can be read, of steps whose `ultimate` is known;
            else within each step's horizon.
        kind
            As in `to_frame`.

        Returns
        -------
        data frame
            `step`, `days`, `pmf` (share of those that convert who do so after exactly so many days), `cdf` (within so
            many days).
        """
        columns: dict[str, list[Any]] = {name: [] for name in ("step", *_LAGS)}
        for step, pmf, cdf in self._native.lags(in_the_end):
            columns["step"] += [step] * len(pmf)
            columns["days"] += range(len(pmf))
            columns["pmf"] += pmf
            columns["cdf"] += cdf
        return self._frame(columns, _LAGS, kind)

    def ranking(self, step: str | None = None, *, kind: Kind | None = None) -> Any:
        """Give the segments of a step by their estimates, the highest first, and how sure that order is.

        Parameters
        ----------
        step
            Such as `lead->mql`. None: the whole way.
        kind
            As in `to_frame`.

        Returns
        -------
        data frame
            `segment`; `group` (segments of one group cannot be told from its first: that is better with a probability
            below 90 %); `estimate` with its 80 % interval `low` to `high`; `better_than_next`, the probability that the
            rate is higher than that of the segment which follows; `best_is_better`, that the first one's is higher.

        Raises
        ------
        BackcastError
            `unknown_step`.
        """
        return self._frame(self._columns(self._native.ranking(step), _RANKS, dimensions=False), _RANKS, kind)

    @property
    def not_ranked(self) -> str | None:
        """A sentence if the best segment of the whole way cannot be told from others, else None."""
        return self._native.not_ranked()

    def deal_sizes(self, kind: Kind | None = None) -> Any:
        """Give the size of a won deal as a data frame: a row for all deals, then one per segment.

        Parameters
        ----------
        kind
            As in `to_frame`.

        Returns
        -------
        data frame
            `segment` (null: all deals together), a column per dimension, `deals` (won, with a known amount), the `mean`
            to expect of a deal with its 80 % interval `low` to `high` (null below 5 deals), `median`, `cv` (standard
            deviation ÷ mean between deals); for a segment the mean of its `own` deals and its `shrinkage` towards the
            others; for all deals the `corrected` mean where large deals close later (each weighted for those still
            open); `currency`, `family` (`alike`, `log-normal`, `gamma`, `empirical`), `method`. Empty where no amount
            is known.

        Examples
        --------
        >>> import backcast as bc
        >>> history = bc.read_leads(bc.sample_crm(), stages=bc.SAMPLE_STAGES, amount="deal_value", as_of="2025-12-31")
        >>> history.rates().deal_sizes()["family"].tolist()
        ['empirical']
        """
        return self._frame(self._deals(), _DEALS, kind)

    @property
    def deal_notes(self) -> list[str]:
        """What to know of the deal sizes, in sentences: outliers, amounts of 0, too few, large ones that close late."""
        return self._native.deal_notes()

    def records(self) -> str:
        """Say what the rates rest on: the last day that is known, and how many rows were read and used."""
        counts = self._native.__getnewargs__()[0].counts()
        refused = f"{show.count(counts['refused'])} refused" if counts["refused"] else "none refused"
        rows = f"{show.count(counts['read'])} rows read, {show.count(counts['used'])} used, {refused}"
        as_of = self._native.as_of()
        return f"Known up to {show.day(as_of)}: {rows}." if as_of else f"{rows}."

    def _deals(self) -> dict[str, list[Any]]:
        return self._columns(self._native.deal_sizes(), _DEALS)

    def _columns(
        self, rows: list[dict[str, Any]], names: Iterable[str], *, dimensions: bool = True
    ) -> dict[str, list[Any]]:
        """Turn rows into columns: the segment, its values by dimension, then those that are named."""
        columns: dict[str, list[Any]] = {"segment": [row["name"] for row in rows]}
        for at, name in enumerate(self._native.dimension_columns() if dimensions else []):
            columns[name] = [row["segment"] and row["segment"][at] for row in rows]
        return columns | {name: [row[name] for row in rows] for name in names}

    def _frame(self, columns: dict[str, list[Any]], holds: dict[str, Holds], kind: Kind | None) -> Any:
        return frame(columns, holds, kind_of(kind, self._kind))

    def posteriors(self) -> list[dict[str, float] | None]:
        """Give per step `{"mean", "ess"}`, as a request's `rates` take it; None where nothing has converted."""
        return [pair and {"mean": pair[0], "ess": pair[1]} for pair in self._native.posteriors()]

    def channels(self, costs: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Give segments as the `channels` of a plan, each with its pooled rates.

        Parameters
        ----------
        costs
            By segment what a lead costs, or `{"cost_per_lead", "capacity", "saturation", "today", …}`.

        Raises
        ------
        BackcastError
            `missing_key` for a name that is no segment, `not_identified` for a step of which nothing is known.
        """
        known = dict(self._native.segment_posteriors())
        return [_channel(name, cost, known) for name, cost in costs.items()]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rates) and self._native == other._native

    __hash__ = None  # type: ignore[assignment]

    def _blocks(self) -> list[show.Block]:
        return show.rates_blocks(self)

    def __repr__(self) -> str:
        return show.as_text(self._blocks())

    def _repr_html_(self) -> str:
        return show.as_html(self._blocks())


def _channel(name: str, cost: Any, known: Mapping[str, list[tuple[float, float] | None]]) -> dict[str, Any]:
    if name not in known:
        raise _native.refuse("missing_key", name, f"one of the segments {', '.join(f'`{other}`' for other in known)}")
    rates = []
    for pair in known[name]:
        if pair is None:
            raise _native.refuse("not_identified", f"of `{name}` has no rate: nothing is known of it")
        rates.append({"mean": pair[0], "ess": pair[1]})
    more = dict(cost) if isinstance(cost, Mapping) else {"cost_per_lead": cost}
    return {"channel": name, "rates": rates, **more}
