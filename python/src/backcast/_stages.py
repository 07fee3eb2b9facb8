"""The first part of what a plan shows: the goal, the answer in a sentence, and the table of its stages.

>>> import backcast as bc
>>> from backcast import _stages as stages
>>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8).to_dict()
>>> stages.title(plan), stages.headline(plan)
('50 customers', '2,789 leads reach 50 customers with a probability of 80.1 %.')
>>> stages.said(plan, "plain_division")
['Plain division: 2,500 leads meet the goal with 51.9 %.']
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backcast import _show as show


def blocks(plan: dict[str, Any]) -> list[show.Block]:
    """Describe the goal, the answer, and stage by stage what follows and what is needed."""
    first = show.Lines([headline(plan), *said(plan, "plain_division", "pace")])
    last = show.Lines([*outcome(plan), *plan["warnings"]])
    return [show.Title(title(plan)), first, table(plan), show.Lines(reading(plan)), last]


def title(plan: dict[str, Any]) -> str:
    """Name the goal, and whether the number of leads was stated."""
    until = f" by {plan['by']}" if plan["by"] else ""
    stated = ", with the stated number of leads" if plan["leads_stated"] else ""
    return f"{plan['target']}{until}{stated}"


def headline(plan: dict[str, Any]) -> str:
    """Give the plan's own headline; without one, why no number of leads is enough."""
    if plan["headline"]:
        return str(plan["headline"])
    return unreachable(plan) if plan["unreachable"] else "No number of leads can be planned: see `explain()`."


def said(plan: dict[str, Any], *topics: str, about: str | None = None) -> list[str]:
    """Give what the plan says on these topics about a stage (None: about the whole), as sentences that stand alone."""
    found = (s["sentence"] for s in plan["statements"] if s["topic"] in topics and s["about"] == about)
    return [f"{sentence[0].upper()}{sentence[1:]}." for sentence in found]


def table(plan: dict[str, Any]) -> show.Table:
    """Set beside each other what is expected of each stage, what it must deliver, and plain division."""
    columns: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
        ("stage", lambda stage: stage["stage"]),
        ("converts to next", lambda stage: show.rate(stage["rate"])),
    ]
    if plan["deadline_used"]:
        columns.append(("in time", lambda stage: show.rate(stage["rate_by_deadline"])))
    if plan["pipeline"]:
        columns.append(("expected: new", lambda stage: show.mean(stage["expected_new"])))
        columns.append(("in flight", lambda stage: show.mean(stage["expected_open"])))
        columns.append(("in all", lambda stage: show.mean(stage["expected"])))
    else:
        columns.append(("expected", lambda stage: show.mean(stage["expected"])))
    if plan["confidence"] is not None:
        needed = f"needed for {show.percent(plan['confidence'])}"
        columns.append((needed, lambda stage: show.count(stage["needed"])))
    if _kept(plan):
        columns.append(("kept with", lambda stage: show.rate(stage["chance_kept"])))
    columns.append(("plain division", lambda stage: show.decimal(stage["whole"])))
    rows = [[cell(stage) for _, cell in columns] for stage in plan["stages"]]
    return show.Table([header for header, _ in columns], rows)


def reading(plan: dict[str, Any]) -> list[str]:
    """Say how to read the table, and where the customers come from."""
    line = "“Expected” is what follows from the plan"
    if plan["confidence"] is not None:
        beside = " beside what is in flight" if plan["pipeline"] else ""
        line += (
            f"; “needed” is the checkpoint: what the stage must deliver{beside} so that the goal is met with "
            f"{show.percent(plan['confidence'])}"
        )
    if _kept(plan):
        line += "; “kept with” is the chance that it does if the stage before delivers exactly its own checkpoint"
    return [f"{line}.", *said(plan, "flow", about=plan["stages"][-1]["stage"])]


def _kept(plan: dict[str, Any]) -> bool:
    return any(stage["chance_kept"] is not None for stage in plan["stages"])


def outcome(plan: dict[str, Any]) -> list[str]:
    """Say what revenue follows, and why the confidence cannot be reached where it cannot."""
    if plan["planned"] is None or plan["probability"] is None:
        return []
    limits = [unreachable(plan)] if plan["unreachable"] else []
    revenue, unit = plan["revenue"], plan["currency"]
    if revenue is None:
        return limits
    low, high = show.money(revenue["low"], None), show.money(revenue["high"], unit)
    return [*limits, f"Revenue to expect: {show.money(revenue['expected'], unit)}; 80 % interval {low} to {high}."]


def unreachable(plan: dict[str, Any]) -> str:
    """Say why no number of leads is enough."""
    return f"The goal cannot be met with {show.percent(plan['confidence'])}: {plan['unreachable']['limited_by']}."
