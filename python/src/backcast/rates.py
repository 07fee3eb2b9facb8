"""What history supports: conversion per step and segment, with its interval and its method.

>>> import backcast as bc
>>> history = bc.read_leads(bc.sample_crm(), stages=bc.SAMPLE_STAGES, id="lead_id", as_of="2025-12-31")
>>> history.rates().to_frame()["step"].tolist()
['lead->mql', 'mql->sql', 'sql->customer', 'lead->customer']
"""

from __future__ import annotations

from typing import Any

from backcast import _native, show
from backcast.frames import Holds, Kind, frame

_NUMBERS = (
    *("naive", "estimate", "low", "high", "effective_leads"),
    *("own", "shrinkage", "next", "next_low", "next_high"),
)
_WHOLE = ("entered", "converted", "lost", "open", "horizon_days")
_HOLDS: dict[str, Holds] = {
    **dict.fromkeys(_NUMBERS, "number"),
    **dict.fromkeys(_WHOLE, "whole"),
    "levelled_off": "flag",
}
_DEALS: dict[str, Holds] = {
    **dict.fromkeys(("mean", "low", "high", "median", "cv", "own", "shrinkage", "corrected"), "number"),
    "deals": "whole",
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
        return self._native.columns()

    def to_frame(self, kind: Kind | None = None) -> Any:
        """Give the table as a data frame: a row per segment and step, then the whole way.

        Parameters
        ----------
        kind
            `pandas`, `polars` or `pyarrow`. None: the kind that was read, pandas for files and SQL.

        Returns
        -------
        data frame
            `segment` (null: all leads together), a column per dimension, `step`, `entered` = `converted` + `lost` +
            `open`, `naive` (converted ÷ entered), `estimate` within `horizon_days` with its 80 % interval `low` to
            `high`, `levelled_off`, `effective_leads`; for a segment its `own` estimate and the `shrinkage` towards the
            others; for all leads together the rate to expect in the `next` quarter with its 80 % interval `next_low` to
            `next_high`; `method`. Rates are fractions from 0 to 1.
        """
        return frame(self._native.columns(), _HOLDS, kind or self._given())

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
        return frame(self._native.deal_sizes(), _DEALS, kind or self._given())

    @property
    def deal_notes(self) -> list[str]:
        """What to know of the deal sizes, in sentences: outliers, amounts of 0, too few, large ones that close late."""
        return self._native.deal_notes()

    def _given(self) -> Kind:
        return self._kind if self._kind in {"pandas", "polars", "pyarrow"} else "pandas"  # type: ignore[return-value]

    def posteriors(self) -> list[dict[str, float] | None]:
        """Give per step `{"mean", "ess"}`, as a request's `rates` take it; None where nothing has converted."""
        return [pair and {"mean": pair[0], "ess": pair[1]} for pair in self._native.posteriors()]

    def __repr__(self) -> str:
        return show.as_text(show.rates_blocks(self))

    def _repr_html_(self) -> str:
        return show.as_html(show.rates_blocks(self))
