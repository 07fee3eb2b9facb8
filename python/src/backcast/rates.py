"""What history supports: conversion per step and segment, with its interval and its method.

>>> import backcast as bc
>>> history = bc.read_leads(bc.sample_crm(), stages=bc.SAMPLE_STAGES, id="lead_id", as_of="2025-12-31")
>>> history.rates().to_frame()["step"].tolist()
['lead->mql', 'mql->sql', 'sql->customer', 'lead->customer']
"""

from __future__ import annotations

from collections.abc import Mapping
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
        given: Kind = self._kind if self._kind in {"pandas", "polars", "pyarrow"} else "pandas"  # type: ignore[assignment]
        return frame(self._native.columns(), _HOLDS, kind or given)

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

    def __repr__(self) -> str:
        return show.as_text(show.rates_blocks(self))

    def _repr_html_(self) -> str:
        return show.as_html(show.rates_blocks(self))


def _channel(name: str, cost: Any, known: Mapping[str, list[tuple[float, float] | None]]) -> dict[str, Any]:
    if name not in known:
        raise _native.refuse("missing_key", name, f"one of the segments {', '.join(f'`{other}`' for other in known)}")
    rates = []
    for pair in known[name]:
        if pair is None:
            raise _native.refuse("not_identified", f"of {name}")
        rates.append({"mean": pair[0], "ess": pair[1]})
    more = dict(cost) if isinstance(cost, Mapping) else {"cost_per_lead": cost}
    return {"channel": name, "rates": rates, **more}
