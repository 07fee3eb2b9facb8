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
from typing import Any, Literal

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


Division = Literal["week", "month", "quarter"]
"""What a plan is divided into."""


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

    def schedule(self, by: Division = "week", kind: Kind = "pandas") -> Any:
        """Give how many must enter each stage when, as a data frame with a row per week, month or quarter.

        Weeks are ISO weeks, Monday first. All divisions sum to the plan's numbers. `start` and `by` are a row's first
        and last day; then comes a column per stage, and the won deals that are expected.

        Raises
        ------
        BackcastError
            `schedule_period` for a plan without both days.
        """
        parts = self._parts(by)
        columns: dict[str, list[Any]] = {
            by: [part["name"] for part in parts],
            "start": [part["start"] for part in parts],
            "by": [part["by"] for part in parts],
        }
        holds: dict[str, Holds] = {"expected_wins": "number"}
        taken = {*columns, *holds}
        for at, stage in enumerate(self._plan["stages"]):
            name = f"{stage['stage']} (stage)" if stage["stage"] in taken else stage["stage"]
            columns[name] = [part["entries"][at] for part in parts]
            holds[name] = "whole"
        columns["expected_wins"] = [part["expected_wins"] for part in parts]
        return frame(columns, holds, kind)

    def departments(self, by: Division | None = None, kind: Kind = "pandas") -> Any:
        """Give each department's goals as a data frame, a row per stage, or per stage and week, month or quarter.

        Without `by`: `department`, `stage`, `total` and `worth`, the revenue that is expected of one newcomer. With it:
        `department`, `stage`, `source` (missing where none are told apart), the week, month or quarter, its first and
        last day, and `entries`, which sum to the plan.

        Raises
        ------
        BackcastError
            `schedule_period` with `by` for a plan without both days.
        """
        goals = self._plan["departments"]["goals"]
        if by is None:
            totals = {name: [goal[name] for goal in goals] for name in ("department", "stage", "total", "worth")}
            return frame(totals, {"total": "whole", "worth": "number"}, kind)
        parts = self._parts(by)
        sources = self._plan["schedule"]["sources"]
        rows = [
            (goal["department"], goal["stage"], source, part["name"], part["start"], part["by"], entries[at])
            for at, goal in enumerate(goals)
            for part in parts
            for source, entries in (
                zip(sources, part["sources"], strict=True) if sources else [(None, part["entries"])]
            )
        ]
        names = ("department", "stage", "source", by, "start", "by", "entries")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        return frame(columns, {"entries": "whole"}, kind)

    def _parts(self, by: Division) -> list[dict[str, Any]]:
        schedule = self._plan["schedule"]
        if schedule is None:
            raise _native.refuse("schedule_period", "`start` and `by`")
        parts: list[dict[str, Any]] = schedule[f"{by}s"]
        return parts

    def channels(self, kind: Kind = "pandas") -> Any:
        """Give the choice between channels as a data frame, a row per channel.

        `cheapest`, `cheapest_in_expectation`, `today`, `best_for_budget` and `best_reachable` hold whole leads, missing
        where there is no such mix; then come what a lead is worth and what it costs.

        Raises
        ------
        BackcastError
            `no_channels` for a plan without channels.
        """
        found = self._plan["channels"]
        if found is None:
            raise _native.refuse("no_channels", "this data frame")
        rows = found["channels"]
        columns: dict[str, list[Any]] = {"channel": [row["channel"] for row in rows]}
        holds: dict[str, Holds] = {}
        for name in ("cheapest", "cheapest_in_expectation", "today", "best_for_budget", "best_reachable"):
            mix = found[name]
            columns[name] = [part["leads"] for part in mix["leads"]] if mix else [None] * len(rows)
            holds[name] = "whole"
        for name in ("won", "value_per_lead", "next_lead", "cost_per_customer", "cost_per_percent"):
            columns[name] = [row[name] for row in rows]
            holds[name] = "number"
        return frame(columns, holds, kind)

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
    rates: Rates | Sequence[Mapping[str, Any]] | None = None,
    deal_size: str | float | Mapping[str, Any] | None = None,
    confidence: float | str | None = None,
    rounding: str | None = None,
    stages: Sequence[str] | None = None,
    currency: str | None = None,
    schedule: Mapping[str, Any] | None = None,
    owners: Mapping[str, str] | None = None,
    sources: Mapping[str, float | str] | None = None,
    channels: Sequence[Mapping[str, Any]] | None = None,
    budget: str | None = None,
    shared_shock: float | str | None = None,
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
    schedule
        How the plan is spread from `start` to `by`: `{"arrival", "holidays", "weekends", "fiscal_year_start",
        "last_useful_share", "weekly_cap"}`, each of them optional. `arrival` is `flat` (default), `solved` (as early as
        `weekly_cap` allows), or one of `{"ramp": {"from", "to"}}`, `{"seasonal": twelve weights}`, `{"campaigns":
        [{"day", "share"} or {"from", "to", "share"}]}`. `weekends=True`: no entries on Saturdays and Sundays.
    owners
        Department by stage. None: marketing owns the first half of the stages, rounded up, sales the rest.
    sources
        The share of revenue that each source (a channel, a department) must bring; they sum to 1.
    channels
        Channels to choose from, each `{"channel", "rates", "cost_per_lead"}` and optionally `{"capacity", "saturation",
        "today", "lags", "deal_size"}`; `Rates.channels` gives them from a history. `saturation` is `{"half_at": leads}` or
        `{"ceiling": leads}`. Without `rates` the plan's own rates are those of the cheapest mix.
    budget
        Money, such as `"50000 EUR"`, for which the best mix is sought.
    shared_shock
        The share (0 to 1) of the variance of the channels' rates that they have in common. None: 0.5.

    Raises
    ------
    BackcastError
        Why there is no plan, with `kind`, `given` and `allowed`.
    """
    measure = {"revenue": revenue, "customers": customers, "growth": growth}
    period = {"start": start, "by": by, "confidence": confidence}
    request: dict[str, Any] = {"goal": {key: value for key, value in (measure | period).items() if value is not None}}
    size = deal_size if deal_size is None or isinstance(deal_size, Mapping) else {"mean": deal_size}
    optional = {"deal_size": size, "rounding": rounding, "currency": currency}
    optional |= {"schedule": schedule, "owners": owners, "sources": sources}
    optional |= {"channels": channels, "budget": budget, "shared_shock": shared_shock}
    for key, value in optional.items():
        if value is not None:
            request[key] = value
    if isinstance(rates, Rates):
        if stages is not None:
            raise _native.refuse(
                "rate_forms", "stages beside rates that bring their own", "`stages` with a list of rates"
            )
        answered = rates._native.answer(request)
        return Plan(_or_raise(answered), rates)
    return Plan(_or_raise(_native.answer(request | {"funnel": list(stages or []), "rates": list(rates or [])})))


def _or_raise(answered: dict[str, Any]) -> dict[str, Any]:
    if "error" in answered:
        raise _native.refused(answered["error"])
    found: dict[str, Any] = answered["plan"]
    return found
