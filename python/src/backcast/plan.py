"""Plan backward from a target.

>>> import backcast as bc
>>> plan = bc.plan(revenue="500000 USD", rates=[{"converted": 20, "entered": 1000}], deal_size="10000", confidence=0.8,
...                stages=["lead", "customer"])
>>> plan.stage("lead")["needed"]
3081
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from backcast import _native, show
from backcast.frames import Holds, Kind, frame
from backcast.page import page
from backcast.rates import Rates

_HOLDS: dict[str, Holds] = {
    "exact": "number",
    "whole": "whole",
    "needed": "whole",
    "rate": "number",
    "on_time": "number",
}


class Plan:
    """What must be true for a goal: how many must enter each stage, with what probability, and why."""

    __slots__ = ("_plan", "_rates")

    def __init__(self, plan: dict[str, Any], rates: Rates | None = None) -> None:
        self._plan = plan
        self._rates = rates

    def to_dict(self) -> dict[str, Any]:
        """Give the answer's `plan` as a dict of its own."""
        return copy.deepcopy(self._plan)

    @property
    def probability(self) -> float | None:
        """The probability that the goal is met if exactly the planned number enters the first stage."""
        probability: float | None = self._plan["probability"]
        return probability

    def stage(self, name: str) -> dict[str, Any]:
        """Give `exact`, `whole`, `needed`, `rate` and `on_time` of a stage.

        Raises
        ------
        BackcastError
            `unknown_stage`.
        """
        for stage in self._plan["stages"]:
            if stage["stage"] == name:
                return dict(stage)
        names = ", ".join(f"`{stage['stage']}`" for stage in self._plan["stages"])
        raise _native.refuse("unknown_stage", name, f"one of {names}")

    def to_frame(self, kind: Kind = "pandas") -> Any:
        """Give the stages as a data frame (`pandas`, `polars` or `pyarrow`)."""
        columns = {name: [stage[name] for stage in self._plan["stages"]] for name in ["stage", *_HOLDS]}
        whole: Holds = "number" if self._plan["rounding"] == "exact" else "whole"
        return frame(columns, {**_HOLDS, "whole": whole}, kind)

    def explain(self) -> str:
        """Give the arithmetic, line by line."""
        return "\n".join(self._plan["explain"])

    def to_html(self, path: str | Path | None = None) -> str:
        """Give the plan as one self-contained page, and write it to `path` where one is named."""
        html = page(self._plan, self._rates)
        if path is not None:
            Path(path).write_text(html, encoding="utf-8")
        return html

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and self._plan == other._plan

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return show.as_text(show.plan_blocks(self._plan))

    def _repr_html_(self) -> str:
        return show.as_html(show.plan_blocks(self._plan))


def plan(
    *,
    revenue: str | None = None,
    customers: int | None = None,
    growth: Mapping[str, Any] | None = None,
    start: str | date | None = None,
    by: str | date | None = None,
    rates: Rates | Sequence[Mapping[str, Any]],
    deal_size: str | float | Mapping[str, Any] | None = None,
    confidence: float | str | None = None,
    rounding: str | None = None,
    stages: Sequence[str] | None = None,
    currency: str | None = None,
) -> Plan:
    """Plan backward from a goal, over rates from a history or stated ones.

    Parameters
    ----------
    revenue, customers, growth
        The measure, exactly one: `"1_000_000 EUR"`, a whole number, or
        `{"baseline": "1_000_000 EUR", "percent": "10"}`.
    start, by
        First and last day, both included.
    rates
        What `History.rates()` gives, or a list of `{"rate"}`, `{"converted", "entered"}` or `{"mean", "ess"}`, one per
        step (then name the `stages`).
    deal_size
        The mean revenue of a won deal, or the request's `deal_size`. None: the mean of the history's won deals.
    confidence
        The probability with which the goal is to be met. None: the expected-value plan alone.
    rounding
        `ceil` (default), `end`, `nearest` or `exact`.
    stages
        Stage names for a list of rates.
    currency
        The currency of `deal_size` for a goal in customers.

    Raises
    ------
    BackcastError
        Why there is no plan, with `kind`, `given` and `allowed`.
    """
    measure = {"revenue": revenue, "customers": customers, "growth": growth}
    period = {"start": start, "by": by, "confidence": confidence}
    request: dict[str, Any] = {"goal": {key: value for key, value in (measure | period).items() if value is not None}}
    size = deal_size if deal_size is None or isinstance(deal_size, Mapping) else {"mean": deal_size}
    for key, value in {"deal_size": size, "rounding": rounding, "currency": currency}.items():
        if value is not None:
            request[key] = value
    if isinstance(rates, Rates):
        if stages is not None:
            raise _native.refuse(
                "rate_forms", "stages beside rates that bring their own", "`stages` with a list of rates"
            )
        answered = rates._native.answer(request)
        return Plan(_or_raise(answered), rates)
    return Plan(_or_raise(_native.answer(request | {"funnel": list(stages or []), "rates": list(rates)})))


def _or_raise(answered: dict[str, Any]) -> dict[str, Any]:
    if "error" in answered:
        raise _native.refused(answered["error"])
    found: dict[str, Any] = answered["plan"]
    return found
