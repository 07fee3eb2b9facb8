"""The parts of a plan as its attributes; their classes, which take a while, are made when asked for.

Written by `scripts/results.py` from the schema of the core's types; changes belong there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from backcast.results import PlainDivision, PlanData, PlanPace, Projection, StagePlan, Statement, Unreachable


class PlanAttributes:
    """The parts of a plan, each as an attribute."""

    __slots__ = ()

    @property
    def data(self) -> PlanData:
        """All parts, typed."""
        raise NotImplementedError

    @property
    def target(self) -> str:
        """The target in words, such as `500,000 USD` or `50 customers`."""
        return self.data.target

    @property
    def rounding(self) -> str:
        """The rounding of `whole`: `ceil`, `end`, `nearest` or `exact`."""
        return self.data.rounding

    @property
    def customers_needed(self) -> int:
        """Won deals that the target takes: target ÷ mean deal, rounded up."""
        return self.data.customers_needed

    @property
    def leads_stated(self) -> bool:
        """Whether that number was stated: what becomes of so many leads, instead of how many it takes."""
        return self.data.leads_stated

    @property
    def stages(self) -> tuple[StagePlan, ...]:
        """One per stage, first to last."""
        return self.data.stages

    @property
    def deadline_used(self) -> bool:
        """Whether delays and the deadline entered."""
        return self.data.deadline_used

    @property
    def notices(self) -> tuple[Statement, ...]:
        """What to know before trusting it, most of it about the estimates behind it."""
        return self.data.notices

    @property
    def warnings(self) -> tuple[str, ...]:
        """The sentences of `notices`."""
        return self.data.warnings

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The arithmetic, fact by fact: each with its topic, its numbers and a sentence."""
        return self.data.statements

    @property
    def by(self) -> date | None:
        """The last day, as `YYYY-MM-DD`."""
        return self.data.by

    @property
    def confidence(self) -> float | None:
        """How sure the goal is to be met with the planned number; from 0 to 1."""
        return self.data.confidence

    @property
    def currency(self) -> str | None:
        """The ISO 4217 code of a goal in money, and of the deal size."""
        return self.data.currency

    @property
    def customers(self) -> Projection | None:
        """The customers that follow from that number and from what is open."""
        return self.data.customers

    @property
    def deal_cv(self) -> float | None:
        """The standard deviation of a deal ÷ its mean; 0: all alike."""
        return self.data.deal_cv

    @property
    def deal_size(self) -> float | None:
        """The mean size of a deal in units of the currency."""
        return self.data.deal_size

    @property
    def division(self) -> PlainDivision | None:
        """What plain division's number of leads would reach; `None` where division has no answer."""
        return self.data.division

    @property
    def headline(self) -> str | None:
        """How many, by when, how many a month, how many times today's pace, how sure: in a sentence.

        `None` where no number could be planned.
        """
        return self.data.headline

    @property
    def pace(self) -> PlanPace | None:
        """The plan beside the pace of history; `None` where no pace is known."""
        return self.data.pace

    @property
    def planned(self) -> int | None:
        """How many enter the first stage as planned: the number that was stated, else `needed` with a confidence,
        else `whole` (up, where it is not rounded); 0 where none of them can be won in time, `None` where no number is
        enough.
        """
        return self.data.planned

    @property
    def probability(self) -> float | None:
        """P(goal met) if exactly the planned number enters the first stage; `None` where no number could be planned."""
        return self.data.probability

    @property
    def probability_error(self) -> float | None:
        """How far that probability may be off, by the method that computed it."""
        return self.data.probability_error

    @property
    def revenue(self) -> Projection | None:
        """The revenue that follows, in units of the currency; `None` without a deal size."""
        return self.data.revenue

    @property
    def start(self) -> date | None:
        """The first day, as `YYYY-MM-DD`."""
        return self.data.start

    @property
    def target_amount(self) -> float | None:
        """The target of a goal in money, in units of the currency; `None` for a goal in customers, which is
        `customers_needed`.
        """
        return self.data.target_amount

    @property
    def unreachable(self) -> Unreachable | None:
        """Why no number of newcomers to the first stage meets the goal with the confidence, and the best that can be
        reached; `None` where one does, and without a confidence.
        """
        return self.data.unreachable
