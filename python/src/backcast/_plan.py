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

from backcast import _native
from backcast import _sections as sections
from backcast import _show as show
from backcast._chart import Chart
from backcast._frames import Holds, Kind, frame
from backcast._history import History
from backcast._page import page
from backcast._rates import Rates

_HOLDS: dict[str, Holds] = {
    "exact": "number",
    "whole": "whole",
    "needed": "whole",
    "rate": "number",
    "on_time": "number",
}
_PIPELINE: dict[str, Holds] = {
    "age_days": "whole",
    "count": "whole",
    "chance": "number",
    "customers": "number",
    "low": "number",
    "high": "number",
    "revenue": "number",
    "beyond_history": "flag",
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

    @property
    def unreachable(self) -> dict[str, Any] | None:
        """Why no number of newcomers to the first stage is enough for the confidence; None where one is.

        `entrants`, the most that were tried; `probability` of the goal with them, the best that can be reached;
        `limited_by`, what stands in the way, in a sentence.
        """
        found: dict[str, Any] | None = copy.deepcopy(self._plan["unreachable"])
        return found

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

    def pipeline(self, kind: Kind = "pandas") -> Any:
        """Give what open leads are worth by the deadline as a data frame, a row per stage and age.

        `chance` is that of each to be won in time, from 0 to 1; `customers` are expected, with their 80 % interval;
        `revenue` is expected, in units of the currency. A row with `beyond_history` is older than any lead that moved
        on from its stage: it counts as nothing. No rows without `pipeline`.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=5, rates=[{"rate": "10 %"}], stages=["lead", "customer"],
        ...                pipeline=[{"stage": "lead", "age_days": 9, "count": 30}])
        >>> plan.pipeline()[["count", "chance", "customers"]].values.tolist()
        [[30.0, 0.1, 3.0]]
        """
        rows = [] if self._plan["pipeline"] is None else self._plan["pipeline"]["rows"]
        columns: dict[str, list[Any]] = {
            name: [row[name] for row in rows] for name in ("stage", "age_days", "count", "chance")
        }
        columns["customers"] = [row["customers"]["expected"] for row in rows]
        columns |= {end: [row["customers"][end] for row in rows] for end in ("low", "high")}
        columns |= {name: [row[name] for row in rows] for name in ("revenue", "beyond_history")}
        return frame(columns, _PIPELINE, kind)

    def sensitivity(self, kind: Kind = "pandas") -> Any:
        """Give which single change helps most as a data frame, a row per change.

        `needed` leads after it; `gain`, the expected revenue (customers without a deal size) that it adds to the
        planned number; `probability` of the goal with it; `goal_seek`, how far this alone (a rate, the mean deal, a
        factor on delays, leads) would have to go for plain division's number of leads to meet the goal.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
        >>> plan.sensitivity()[["what", "needed"]].values.tolist()
        [['rate', 1858], ['leads', 2789]]

        Raises
        ------
        BackcastError
            `missing_key` for a plan with `detail=False`.
        """
        holds: dict[str, Holds] = {"needed": "whole", "gain": "number", "probability": "number", "goal_seek": "number"}
        return self._detail("sensitivity", ["what", "step", "change", *holds], holds, kind)

    def uncertainty(self, kind: Kind = "pandas") -> Any:
        """Give what makes the outcome uncertain as a data frame: `source`, and the `share` of the variance it causes.

        A share, from 0 to 1, is what would go away with perfect knowledge of the source. Sources act together, so the
        shares need not sum to 1.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=50, rates=[{"converted": 20, "entered": 1000}], stages=["lead", "customer"])
        >>> bool(plan.uncertainty()["share"].between(0, 1).all())
        True

        Raises
        ------
        BackcastError
            `missing_key` for a plan with `detail=False`.
        """
        return self._detail("uncertainty", ["source", "share"], {"share": "number"}, kind)

    def distribution(self, kind: Kind = "pandas") -> Any:
        """Give the distribution of revenue (of customers without a deal size) as a data frame.

        `at` is an amount, `probability` that of at most so much.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
        >>> bool(plan.distribution()["probability"].is_monotonic_increasing)
        True

        Raises
        ------
        BackcastError
            `missing_key` for a plan with `detail=False`.
        """
        return self._detail("distribution", ["at", "probability"], {"at": "number", "probability": "number"}, kind)

    def chart(self) -> Chart:
        """Draw the distribution with the target and the 80 % interval, as SVG: shown in a notebook, and a string.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
        >>> plan.chart().startswith("<svg ")
        True

        Raises
        ------
        BackcastError
            `missing_key` for a plan with `detail=False`, or in which no number could be planned.
        """
        drawn = sections.chart(self._plan)
        if drawn is None:
            raise _native.refuse("missing_key", "distribution", "a plan with `detail=True` and a number of leads")
        return drawn

    def _detail(self, key: str, names: Sequence[str], holds: Mapping[str, Holds], kind: Kind) -> Any:
        rows = self._plan[key]
        if rows is None and self._plan["planned"] is not None:
            raise _native.refuse("missing_key", key, "a plan with `detail=True`")
        return frame({name: [row[name] for row in rows or []] for name in names}, holds, kind)

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
        return show.as_text(sections.blocks(self._plan))

    def _repr_html_(self) -> str:
        return show.as_html(sections.blocks(self._plan))


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
    pipeline: History | Sequence[Mapping[str, Any]] | None = None,
    detail: bool = True,
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
        The mean revenue of a won deal, `{"mean", "cv", "family", "deals"}` (how deals differ, and from how many the
        mean was learned) or `{"amounts"}`. None: from the history's won deals.
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
        "today", "lags", "deal_size"}`; `Rates.channels` gives them from a history. `saturation` is
        `{"half_at": leads}` or `{"ceiling": leads}`. Without `rates` the plan has those of the cheapest mix.
    budget
        Money, such as `"50000 EUR"`, for which the best mix is sought.
    shared_shock
        The share (0 to 1) of the variance of the channels' rates that they have in common. None: 0.5.
    pipeline
        What is in flight, and counts toward the goal beside the leads that are planned: a history, whose open leads are
        taken as of its last day, or a list of `{"stage", "age_days", "count", "amount"}` as of `start`; `age_days` are
        days since the stage was entered, `amount` that of each, where known.
    detail
        Whether to compute what takes longer: `uncertainty()`, `distribution()`, `sensitivity()`, `chart()`.

    Raises
    ------
    BackcastError
        Why there is no plan, with `kind`, `given` and `allowed`.
    """
    measure = {"revenue": revenue, "customers": customers, "growth": growth}
    period = {"start": start, "by": by, "confidence": confidence}
    request: dict[str, Any] = {"goal": {key: value for key, value in (measure | period).items() if value is not None}}
    size = deal_size if deal_size is None or isinstance(deal_size, Mapping) else {"mean": deal_size}
    optional: dict[str, Any] = {"deal_size": size, "rounding": rounding, "currency": currency}
    optional |= {"schedule": schedule, "owners": owners, "sources": sources}
    optional |= {"channels": channels, "budget": budget, "shared_shock": shared_shock}
    if isinstance(pipeline, History):
        optional |= {"pipeline": pipeline.pipeline(), "pipeline_as_of": pipeline.as_of}
    elif pipeline is not None:
        optional["pipeline"] = list(pipeline)
    for key, value in (optional | {"detail": detail or None}).items():
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
