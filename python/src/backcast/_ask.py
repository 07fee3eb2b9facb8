"""Ask for a plan: what is known and wanted, in the words of Python.

>>> import backcast as bc
>>> rates = [{"converted": 20, "entered": 1000}]
>>> plan = bc.plan("500000 USD", rates=rates, deal_size="10000", confidence=0.8, stages=["lead", "customer"])
>>> plan.stage("lead").needed
3081
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from backcast import _native
from backcast import _show as show
from backcast._history import History
from backcast._plan import Plan
from backcast._rates import Rates
from backcast._refusals import kind


def plan(
    goal: str | None = None,
    *,
    revenue: str | None = None,
    customers: int | None = None,
    growth: Mapping[str, Any] | None = None,
    start: str | date | None = None,
    by: str | date | None = None,
    history: History | None = None,
    rates: Rates | Sequence[Mapping[str, Any]] | None = None,
    lags: Sequence[Mapping[str, Any]] | None = None,
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
    leads: int | Mapping[str, int] | None = None,
    pace: Mapping[str, float] | None = None,
    detail: bool = True,
) -> Plan:
    """Plan backward from a goal, over rates from a history or stated ones.

    Parameters
    ----------
    goal
        Money, such as `"1_000_000 EUR"`: the same as `revenue`.
    revenue, customers, growth
        The measure, exactly one: `"1_000_000 EUR"`, a whole number, or
        `{"baseline": "1_000_000 EUR", "percent": "10"}`.
    start, by
        First and last day, both included.
    history
        What `read_leads` gave: its rates are learned, and its open leads count toward the goal; `pipeline=[]` leaves
        them out.
    rates
        What `History.rates()` gives, or a list of `{"rate"}`, `{"converted", "entered"}` or `{"mean", "ess"}`, one per
        step (then name the `stages`).
    lags
        Delays for a list of rates, `{"pmf"}` or `{"median_days", "p90_days"}`, one per step.
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
        days since the stage was entered, `amount` that of each, where known. `[]`: nothing, also where a history has
        open leads.
    leads
        The forward question: what becomes of so many leads, instead of how many it takes; by channel where there are
        `channels`: `{"search": 800, "fair": 100}`.
    pace
        How many leads come in today, `{"entered": 1200, "days": 90}`, for the plan to be set beside. Rates from a
        history know it.
    detail
        Whether to compute what takes longer: `uncertainty()`, `distribution()`, `sensitivity()`, `chart()`.

    Raises
    ------
    BackcastError
        Why there is no plan, with `kind`, `given` and `allowed`.

    Examples
    --------
    >>> import backcast as bc
    >>> print(bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], leads=2500).headline)
    2,500 leads reach 50 customers with a probability of 51.9 %.
    """
    if goal is not None:
        if not isinstance(goal, str):
            raise kind("goal", goal, 'money, such as `"1_000_000 EUR"`; or `customers=50`, or `growth={…}`')
        if revenue is not None:
            raise _native.refuse("goal_forms", "`goal` and `revenue`")
        revenue = goal
    _checked(customers, growth, history, rates, stages)
    if isinstance(leads, bool):
        raise kind("leads", leads, "a whole number, such as `2500`, or one per channel")
    if history is not None:
        rates = history.rates() if rates is None else rates
        pipeline = history if pipeline is None else pipeline
    if rates is None and channels is None:
        raise _native.refuse("missing_key", "rates", "`history=…` from `read_leads`, or `rates=…`")
    measure = {"revenue": revenue, "customers": customers, "growth": growth}
    period = {"start": start, "by": by, "confidence": confidence}
    request: dict[str, Any] = {"goal": {key: value for key, value in (measure | period).items() if value is not None}}
    size = deal_size if deal_size is None or isinstance(deal_size, Mapping) else {"mean": deal_size}
    optional: dict[str, Any] = {"deal_size": size, "rounding": rounding, "currency": currency}
    optional |= {"schedule": schedule, "owners": owners, "sources": sources}
    optional |= {"channels": channels, "budget": budget, "shared_shock": shared_shock}
    optional |= {"leads": leads, "pace": pace, "lags": lags, "detail": detail or None} | _in_flight(pipeline)
    request |= {key: value for key, value in optional.items() if value is not None}
    if isinstance(rates, Rates):
        if stages is not None:
            raise _native.refuse(
                "rate_forms", "stages beside rates that bring their own", "`stages` with a list of rates"
            )
        found = _or_raise(rates._native.answer(request))
        if pipeline is None:
            _say_what_is_left_out(found, rates)
        return Plan(found, rates, rates._kind)
    return Plan(_or_raise(_native.answer(request | {"funnel": list(stages or []), "rates": list(rates or [])})))


def _in_flight(pipeline: History | Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    if isinstance(pipeline, History):
        return {"pipeline": pipeline.pipeline(), "pipeline_as_of": pipeline.as_of}
    return {"pipeline": list(pipeline) if pipeline else None}


def _say_what_is_left_out(found: dict[str, Any], rates: Rates) -> None:
    """Add a notice where the rates come from a history whose open leads nobody asked to count."""
    steps = len(rates.stages) - 1
    number = sum(row["open"] for row in rates._native.rows()[:steps] if row["name"] is None)
    if number:
        said = f"{show.count(number)} open leads of the history are not counted; `pipeline=history` counts them"
        notice = {"topic": "in_flight", "about": None, "numbers": {"open": float(number)}, "sentence": said}
        found["notices"].append(notice)
        found["warnings"].append(said)


def _checked(customers: Any, growth: Any, history: Any, rates: Any, stages: Any) -> None:
    """Refuse arguments of a type with which the core could only say that a document is malformed."""
    if isinstance(customers, bool):
        raise kind("customers", customers, "a whole number, such as `50`")
    if growth is not None and not isinstance(growth, Mapping):
        raise kind("growth", growth, '`{"baseline": "1000000 EUR", "percent": "10"}`')
    if history is not None and not isinstance(history, History):
        raise kind("history", history, "what `read_leads` gave")
    known = "`history.rates()`, or a list of rates, one per step"
    if isinstance(rates, History):
        raise kind("rates", rates, f"{known}; a history itself goes into `history=…`")
    if rates is not None and not isinstance(rates, Rates):
        if not isinstance(rates, list | tuple):
            raise kind("rates", rates, known)
        for rate in rates:
            if not isinstance(rate, Mapping):
                raise kind("rates", rate, 'a list of `{"rate": "2 %"}`, `{"converted": 20, "entered": 1000}`, …')
    if stages is not None:
        names = [stages] if isinstance(stages, str) or not hasattr(stages, "__iter__") else list(stages)
        if isinstance(stages, str) or not all(isinstance(name, str) for name in names):
            raise kind(
                "stages",
                stages if isinstance(stages, str) else names[0],
                'a list of names, such as `["lead", "customer"]`',
            )


def _or_raise(answered: dict[str, Any]) -> dict[str, Any]:
    if "error" in answered:
        raise _native.refused(answered["error"])
    found: dict[str, Any] = answered["plan"]
    return found
