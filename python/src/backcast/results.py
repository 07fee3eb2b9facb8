"""What a plan is made of: a class per part, with the units of what it holds.

Written by `scripts/results.py` from the schema of the core's types; changes belong there.

>>> import backcast as bc
>>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
>>> plan.stages[0].needed, plan.data.stages == plan.stages
(2789, True)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from backcast._record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanData(Record):
    """What must be true for a goal; serialises to the answer's `plan`.

    Attributes
    ----------
    target : str
        The target in words, such as `500,000 USD` or `50 customers`.
    rounding : str
        The rounding of `whole`: `ceil`, `end`, `nearest` or `exact`.
    customers_needed : int
        Won deals that the target takes: target ÷ mean deal, rounded up.
    leads_stated : bool
        Whether that number was stated: what becomes of so many leads, instead of how many it takes.
    stages : tuple[StagePlan, ...]
        One per stage, first to last.
    deadline_used : bool
        Whether delays and the deadline entered.
    departments : Departments
        Who owns which number, and what one newcomer is worth.
    notices : tuple[Statement, ...]
        What to know before trusting it, most of it about the estimates behind it.
    warnings : tuple[str, ...]
        The sentences of `notices`.
    statements : tuple[Statement, ...]
        The arithmetic, fact by fact: each with its topic, its numbers and a sentence.
    explain : tuple[str, ...]
        The sentences of `statements`: every number can be followed by hand.
    by : date | None
        The last day, as `YYYY-MM-DD`.
    channels : ChannelPlan | None
        The cheapest mix of channels; `None` where no channels were given.
    confidence : float | None
        How sure the goal is to be met with the planned number; from 0 to 1.
    currency : str | None
        The ISO 4217 code of a goal in money, and of the deal size.
    customers : Projection | None
        The customers that follow from that number and from what is open.
    deal_cv : float | None
        The standard deviation of a deal ÷ its mean; 0: all alike.
    deal_size : float | None
        The mean size of a deal in units of the currency.
    distribution : tuple[Point, ...] | None
        The distribution of revenue (of customers without a deal size) for a chart; asked for by `detail`.
    division : PlainDivision | None
        What plain division's number of leads would reach; `None` where division has no answer.
    headline : str | None
        How many, by when, how many a month, how many times today's pace, how sure: in a sentence. `None` where no
        number could be planned.
    pace : PlanPace | None
        The plan beside the pace of history; `None` where no pace is known.
    pipeline : Credit | None
        What open leads are worth by the deadline; `None` where none were given.
    planned : int | None
        How many enter the first stage as planned: the number that was stated, else `needed` with a confidence, else
        `whole` (up, where it is not rounded); 0 where none of them can be won in time, `None` where no number is
        enough.
    probability : float | None
        P(goal met) if exactly the planned number enters the first stage; `None` where no number could be planned.
    probability_error : float | None
        How far that probability may be off, by the method that computed it.
    revenue : Projection | None
        The revenue that follows, in units of the currency; `None` without a deal size.
    schedule : Schedule | None
        The numbers over weeks, months and quarters; `None` without both days, or where no number could be planned.
    sensitivity : tuple[Change, ...] | None
        Which single change helps most; asked for by `detail`.
    start : date | None
        The first day, as `YYYY-MM-DD`.
    target_amount : float | None
        The target of a goal in money, in units of the currency; `None` for a goal in customers, which is
        `customers_needed`.
    uncertainty : tuple[Doubt, ...] | None
        What makes the outcome uncertain; asked for by `detail`.
    unreachable : Unreachable | None
        Why no number of newcomers to the first stage meets the goal with the confidence, and the best that can be
        reached; `None` where one does, and without a confidence.
    """

    target: str
    rounding: str
    customers_needed: int
    leads_stated: bool
    stages: tuple[StagePlan, ...]
    deadline_used: bool
    departments: Departments
    notices: tuple[Statement, ...]
    warnings: tuple[str, ...]
    statements: tuple[Statement, ...]
    explain: tuple[str, ...]
    by: date | None
    channels: ChannelPlan | None
    confidence: float | None
    currency: str | None
    customers: Projection | None
    deal_cv: float | None
    deal_size: float | None
    distribution: tuple[Point, ...] | None
    division: PlainDivision | None
    headline: str | None
    pace: PlanPace | None
    pipeline: Credit | None
    planned: int | None
    probability: float | None
    probability_error: float | None
    revenue: Projection | None
    schedule: Schedule | None
    sensitivity: tuple[Change, ...] | None
    start: date | None
    target_amount: float | None
    uncertainty: tuple[Doubt, ...] | None
    unreachable: Unreachable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPlan(Record):
    """The choice between channels.

    Leads are whole; money is in units of the currency.

    Attributes
    ----------
    channels : tuple[ChannelRow, ...]
        One per channel, in the order given.
    frontier : tuple[FrontierPoint, ...]
        What the cheapest mix costs at several confidences; `cost` is `None` where none reaches it.
    indistinguishable : tuple[Alike, ...]
        Channels whose return per money cannot be told apart.
    shared_shock : float
        The share of the variance of all rates that the channels have in common.
    best_for_budget : Mix | None
        The mix with the highest probability within the budget, where one was given.
    best_reachable : Mix | None
        All that the channels can bring, where that does not meet the goal with the confidence.
    cheapest : Mix | None
        The cheapest mix that meets the goal with the confidence; `None` without a confidence, or where none does.
    cheapest_in_expectation : Mix | None
        The cheapest mix that meets the goal on average; `None` where none does.
    limited_by : str | None
        Why the confidence cannot be reached, in a sentence; `None` where it can.
    stated : Mix | None
        The mix that was asked for by stating leads per channel.
    today : Mix | None
        Today's mix, where it was given.
    """

    channels: tuple[ChannelRow, ...]
    frontier: tuple[FrontierPoint, ...]
    indistinguishable: tuple[Alike, ...]
    shared_shock: float
    best_for_budget: Mix | None
    best_reachable: Mix | None
    cheapest: Mix | None
    cheapest_in_expectation: Mix | None
    limited_by: str | None
    stated: Mix | None
    today: Mix | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection(Record):
    """What follows from the planned number: customers, or revenue in units of the goal's currency.

    Attributes
    ----------
    expected : float
        The mean.
    low : float
        The smallest number or amount with cumulative probability of at least 0.1.
    high : float
        The smallest number or amount with cumulative probability of at least 0.9.
    """

    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Departments(Record):
    """Sub-goals that add up to the plan.

    Attributes
    ----------
    goals : tuple[StageGoal, ...]
        One per stage, first to last, with the department that owns it.
    sources : tuple[SourceGoal, ...]
        One per source, in the order of the alphabet; empty where none are told apart.
    """

    goals: tuple[StageGoal, ...]
    sources: tuple[SourceGoal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point(Record):
    """A point of a cumulative distribution.

    Attributes
    ----------
    at : float
        Revenue in units of the currency, or customers.
    probability : float
        The probability of at most that.
    """

    at: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainDivision(Record):
    """Plain division's number of leads, and what it is worth: the sum on the back of an envelope, looked at with
    the same eyes as the plan.

    Attributes
    ----------
    leads : int
        Target ÷ mean deal ÷ the rates: the first stage's `whole`, rounded up.
    probability : float
        P(goal met) if so many enter the first stage, with what is in flight, by the deadline.
    leads_on_average : int | None
        Leads that meet the goal on average once what is in flight and the deadline are taken into account; `None`
        where nobody new can be won in time.
    probability_without_deadline : float | None
        The same if newcomers had all the time they need; `None` without a deadline.
    """

    leads: int
    probability: float
    leads_on_average: int | None
    probability_without_deadline: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Record):
    """A fact with its numbers, and the sentence that says it.

    Attributes
    ----------
    topic : Literal[…]
        What it is about.
    numbers : Mapping[str, float]
        Its numbers by name: counts, shares from 0 to 1, units of the currency.
    sentence : str
        The same in a sentence.
    about : str | None
        The stage, the step or the channel that it is about; `None` where it is about the whole plan.
    """

    topic: Literal[
        "headline",
        "target",
        "history",
        "deal_size",
        "rounding",
        "division",
        "plain_division",
        "in_flight",
        "needed",
        "unreachable",
        "probability",
        "flow",
        "deadline",
        "schedule",
        "last_useful_day",
        "too_late",
        "departments",
        "sources",
        "worth",
        "pace",
        "mix",
        "channels_alike",
        "channels",
    ]
    numbers: Mapping[str, float]
    sentence: str
    about: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPace(Record):
    """The plan's newcomers a month beside those of history.

    Attributes
    ----------
    of_history : float
        How many entered the first stage a month (of 30.44 days) of late.
    days : int
        The days of history that this was counted over.
    planned : float | None
        How many are planned to enter a month; `None` without both days, or where no number could be planned.
    probability : float | None
        P(goal met) at the pace of history, from the first day to the deadline; `None` without both days.
    times : float | None
        Planned ÷ of history.
    """

    of_history: float
    days: int
    planned: float | None
    probability: float | None
    times: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit(Record):
    """What open leads are worth by the deadline, none of them counted among the planned.

    Attributes
    ----------
    open : int
        How many are open.
    customers : Projection
        Customers that follow from them.
    probability : float
        P(goal) if nobody enters anew.
    rows : tuple[OpenCredit, ...]
        By stage and age, as given.
    revenue : Projection | None
        Revenue that follows from them; `None` without a deal size.
    """

    open: int
    customers: Projection
    probability: float
    rows: tuple[OpenCredit, ...]
    revenue: Projection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Record):
    """The plan over time.

    Numbers are rounded once, at the cell (ISO week within a month) of each stage and source, by largest remainder
    over the stage's fixed number; weeks, months and quarters are sums of cells.

    Attributes
    ----------
    arrival : str
        How planned leads enter the first stage, in words.
    days : int
        The days from start to deadline.
    days_without_entries : int
        The days among them on which no lead enters the first stage.
    fiscal_year_start : int
        The month in which a fiscal year starts, 1 to 12.
    last_useful_share : float
        The share that a last useful day leaves, above 0, at most 1.
    stages : tuple[StageTiming, ...]
        One per stage, first to last.
    sources : tuple[str, ...]
        The sources that `sources` of a part counts, in this order; empty where none are told apart.
    cells : tuple[SchedulePart, ...]
        The cells, first to last: each week, cut where a month ends; named by both, such as `2026-W40 2026-10`.
    weeks : tuple[SchedulePart, ...]
        ISO weeks, Monday first: `2026-W40`.
    months : tuple[SchedulePart, ...]
        Calendar months: `2026-10`.
    quarters : tuple[SchedulePart, ...]
        Quarters: `2026-Q4`, or `FY2027-Q1` in a fiscal year, named by the calendar year that it ends in.
    wins_after_last_useful_day : float | None
        The won deals expected from planned leads after the first stage's last useful day: what later stages still
        bring.
    """

    arrival: str
    days: int
    days_without_entries: int
    fiscal_year_start: int
    last_useful_share: float
    stages: tuple[StageTiming, ...]
    sources: tuple[str, ...]
    cells: tuple[SchedulePart, ...]
    weeks: tuple[SchedulePart, ...]
    months: tuple[SchedulePart, ...]
    quarters: tuple[SchedulePart, ...]
    wins_after_last_useful_day: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Record):
    """One change, all else as it is, and what it does to the plan.

    Attributes
    ----------
    what : Literal["rate", "delay", "deal_size", "leads"]
        What changes.
    factor : float
        The factor on it: 1.1 for a tenth more, 0.9 for a tenth shorter; at most what makes a rate 100 %.
    change : str
        The change in words: `a tenth more`, `a tenth shorter`.
    gain : float
        Expected revenue (customers without a deal size) of the planned number after the change, minus that before.
    probability : float
        P(goal) for the planned number after the change.
    goal_seek : float | None
        For plain division's number of leads (of what the target takes beside the mean of what is in flight): the rate,
        mean deal or factor on delays that by itself would meet the goal with the confidence; for `leads` their number.
        `None` where none does, or without a confidence.
    needed : int | None
        Leads needed after the change; `None` without a confidence.
    step : str | None
        The step, for a rate: `lead->mql`.
    """

    what: Literal["rate", "delay", "deal_size", "leads"]
    factor: float
    change: str
    gain: float
    probability: float
    goal_seek: float | None
    needed: int | None
    step: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan(Record):
    """How many must enter one stage.

    Attributes
    ----------
    stage : str
        The stage's name.
    chance_kept : float | None
        The chance that this stage's `needed` is kept if the stage before delivers exactly its own `needed`, evenly
        until the deadline; `None` for the first stage, and without a confidence.
    exact : float | None
        The unrounded expected-value chain; `None` above a step in which nothing has converted.
    expected : float | None
        How many are expected to enter this stage by the deadline: `expected_new` and `expected_open` together.
    expected_new : float | None
        Those of them that follow from the planned newcomers to the first stage; times `rate_by_deadline` it is that of
        the next stage. `None` where no number could be planned.
    expected_open : float | None
        Those of them that follow from what is in flight; 0 for what has entered before.
    needed : int | None
        The smallest number newly entering this stage that meets the goal with the confidence; `None` without a
        confidence, and where no number is enough.
    on_time : float | None
        The share of those newly entering this stage and won at all who are won by the deadline; `None` without one.
    rate : float | None
        The rate to the next stage: as stated, or the posterior's mean; `None` for the last stage.
    rate_by_deadline : float | None
        The share of `expected_new` that is expected to enter the next stage by the deadline: the rate, and as much
        less as time is short. `None` for the last stage.
    whole : int | float | None
        The same under the rounding.
    """

    stage: str
    chance_kept: float | None
    exact: float | None
    expected: float | None
    expected_new: float | None
    expected_open: float | None
    needed: int | None
    on_time: float | None
    rate: float | None
    rate_by_deadline: float | None
    whole: int | float | None

    @property
    def checkpoint(self) -> int | None:
        """The same as `needed`."""
        return self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt(Record):
    """One source of uncertainty.

    Attributes
    ----------
    source : str
        What is uncertain, in words.
    share : float
        The share of the variance that would go away with perfect knowledge of it, from 0 to 1. Sources act together,
        so the shares need not sum to 1.
    """

    source: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable(Record):
    """The best that can be reached where no number of newcomers to the first stage meets the goal with the
    confidence.

    Attributes
    ----------
    entrants : int
        The most newcomers that were tried: 100 million, or 100 times what division by the mean rates gives, whichever
        is more; 0 where newcomers bring nothing, because none of them can be won in time.
    probability : float
        P(goal met) with that many, and with what is in flight.
    limited_by : str
        What stands in the way, in a sentence.
    """

    entrants: int
    probability: float
    limited_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix(Record):
    """Leads per channel.

    Attributes
    ----------
    leads : tuple[ChannelLeads, ...]
        One per channel, in the order given.
    total : int
        The sum of the leads.
    cost : float
        What they cost.
    probability : float
        P(goal met), with what is in flight.
    probability_error : float
        How far that probability may be off.
    expected : float
        The revenue (for a goal in customers: the customers) expected, with what is in flight.
    """

    leads: tuple[ChannelLeads, ...]
    total: int
    cost: float
    probability: float
    probability_error: float
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow(Record):
    """What a channel is worth, at the cheapest mix (without one, at the best that can be reached or on average).

    Attributes
    ----------
    channel : str
        The channel.
    won : float
        The share of its leads that are expected to be won in time.
    value_per_lead : float
        What a lead brings: revenue (for a goal in customers: customers) expected.
    next_lead : float
        What one more lead costs.
    cost_per_customer : float | None
        Cost ÷ expected customers (CAC); of the first leads where the mix has none; `None` where nobody is won in time.
    cost_per_percent : float | None
        What one more percent of probability costs through this channel alone; `None` where it brings none.
    """

    channel: str
    won: float
    value_per_lead: float
    next_lead: float
    cost_per_customer: float | None
    cost_per_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierPoint(Record):
    """A point of the frontier.

    Attributes
    ----------
    confidence : float
        The confidence.
    cost : float | None
        The cost of the cheapest mix that reaches it.
    """

    confidence: float
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike(Record):
    """Channels that cannot be told apart.

    Attributes
    ----------
    channels : tuple[str, ...]
        Their names, the one that seems best first.
    better : tuple[float, ...]
        P(the first brings more per money), for each of the others.
    sentence : str
        The same in a sentence.
    """

    channels: tuple[str, ...]
    better: tuple[float, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageGoal(Record):
    """The goal of the department that owns a stage.

    Attributes
    ----------
    department : str
        Who answers for it.
    stage : str
        The stage that must be entered.
    weeks : tuple[int, ...]
        The total over `schedule.weeks`; empty without a schedule.
    months : tuple[int, ...]
        The total over `schedule.months`.
    quarters : tuple[int, ...]
        The total over `schedule.quarters`.
    total : int | None
        How many must enter it; `None` where no number can be planned.
    worth : float | None
        The revenue expected of one newcomer: the mean rates downstream × the share won in time × the mean deal. `None`
        without a deal size.
    """

    department: str
    stage: str
    weeks: tuple[int, ...]
    months: tuple[int, ...]
    quarters: tuple[int, ...]
    total: int | None
    worth: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceGoal(Record):
    """What one source must bring.

    Attributes
    ----------
    source : str
        A channel or a department.
    share : float
        Its share of revenue, from 0 to 1.
    entries : tuple[int | None, ...]
        How many of it must enter each stage, first to last; over time in the schedule.
    revenue : float | None
        The same in units of the currency; `None` without a deal size.
    """

    source: str
    share: float
    entries: tuple[int | None, ...]
    revenue: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCredit(Record):
    """What the open leads of one stage and age are worth.

    Attributes
    ----------
    stage : str
        The stage they are in.
    age_days : int
        Whole days since they entered it.
    count : int
        How many.
    chance : float
        The chance of each to be won by the deadline, from 0 to 1.
    customers : Projection
        Customers that follow from them, with their 80 % interval.
    beyond_history : bool
        Older than any lead that ever moved on from this stage: worth nothing, whatever the stage says.
    revenue : float | None
        Expected revenue, in units of the currency; `None` without a deal size or amount.
    """

    stage: str
    age_days: int
    count: int
    chance: float
    customers: Projection
    beyond_history: bool
    revenue: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePart(Record):
    """A run of days with what enters each stage in it.

    Attributes
    ----------
    name : str
        Such as `2026-W40`, `2026-10`, `2026-Q4`.
    start : date
        Its first day within the plan's period.
    by : date
        Its last day within the plan's period.
    entries : tuple[int, ...]
        How many enter each stage, first to last.
    sources : tuple[tuple[int, ...], ...]
        The same for each source; they sum to `entries`.
    expected_wins : float
        The won deals expected in it, from planned leads.
    expected_new : tuple[float, ...]
        How many of the planned leads are expected to enter each stage in it, first to last: the flow, which
        multiplies.
    expected_open : tuple[float, ...]
        How many of what is in flight are expected to enter each stage in it (before its first day: in the first part).
    """

    name: str
    start: date
    by: date
    entries: tuple[int, ...]
    sources: tuple[tuple[int, ...], ...]
    expected_wins: float
    expected_new: tuple[float, ...]
    expected_open: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTiming(Record):
    """What the deadline means for one stage.

    Attributes
    ----------
    stage : str
        The stage's name.
    total : int
        The number that is spread over time.
    last_useful_day : date | None
        The last day on which a newcomer that is won at all has at least the chosen chance to be won by the deadline;
        `None` without delays, or where even the first day is too late.
    too_late : float | None
        Of those that are planned to enter this stage and are won at all, the share won after the deadline; `None`
        without delays.
    """

    stage: str
    total: int
    last_useful_day: date | None
    too_late: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLeads(Record):
    """The leads of one channel in a mix.

    Attributes
    ----------
    channel : str
        The channel.
    leads : int
        How many leads.
    cost : float
        What they cost.
    """

    channel: str
    leads: int
    cost: float
