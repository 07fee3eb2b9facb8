"""What a plan shows beside its stages: what is in flight, when and by whom, what is uncertain, and what would help.

>>> import backcast as bc
>>> from backcast._sections import sections
>>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
>>> [section.title for section in sections(plan.to_dict())]
['What to expect', 'By whom', 'What makes it uncertain', 'Which change helps most']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backcast import _show as show
from backcast._chart import Chart, draw

_FEW = 12
"""So many rows are shown one by one; more are added up."""
_MONTHS = 18
"""A longer plan is shown by quarters."""

_SMALL = 0.001


@dataclass(frozen=True)
class Section:
    """A part of what a plan shows."""

    title: str
    blocks: Sequence[show.Block]


def sections(plan: dict[str, Any]) -> list[Section]:
    """Give the sections for which the plan has something to show."""
    drawn = chart(plan)
    every = [
        Section("What to expect", [show.Drawing(drawn.inline())]) if drawn else None,
        _in_flight(plan) if plan["pipeline"] else None,
        _channels(plan) if plan["channels"] else None,
        _timing(plan),
        _doubts(plan) if plan["uncertainty"] else None,
        _changes(plan) if plan["sensitivity"] else None,
    ]
    return [section for section in every if section is not None]


def blocks(plan: dict[str, Any]) -> list[show.Block]:
    """Describe a plan: its stages, then each section under its title."""
    found = show.plan_blocks(plan)
    for section in sections(plan):
        if any(not isinstance(block, show.Drawing) for block in section.blocks):
            found.append(show.Title(section.title))
        found += section.blocks
    return found


def chart(plan: dict[str, Any]) -> Chart | None:
    """Draw the distribution; None for a plan without one."""
    if not plan["distribution"]:
        return None
    in_money = plan["revenue"] is not None
    found, unit = (plan["revenue"], plan["currency"]) if in_money else (plan["customers"], plan["stages"][-1]["stage"])
    number, _, goal_unit = plan["target"].partition(" ")
    # A goal in customers has no place on an axis of money.
    target = float(number.replace(",", "")) if goal_unit == unit else None
    points = [(point["at"], point["probability"]) for point in plan["distribution"]]
    return draw(points, low=found["low"], high=found["high"], target=target, probability=plan["probability"], unit=unit)


def _in_flight(plan: dict[str, Any]) -> Section:
    credit, unit = plan["pipeline"], plan["currency"]
    rows = credit["rows"]
    by_age = len(rows) <= _FEW
    table = _open_by_age(rows, unit) if by_age else _open_by_stage(plan, rows, unit)
    by = f" by {plan['by']}" if plan["by"] else ""
    customers = credit["customers"]
    worth = (
        f"{show.count(credit['open'])} open leads are worth {show.decimal(customers['expected'])} "
        f"“{plan['stages'][-1]['stage']}”{by} (80 % interval {show.count(customers['low'])} to "
        f"{show.count(customers['high'])})"
    )
    if credit["revenue"] is not None:
        low, high = (show.money(credit["revenue"][end], None) for end in ("low", "high"))
        worth += f", {show.money(credit['revenue']['expected'], unit)} ({low} to {high})"
    lines = [
        f"{worth}.",
        f"Without anyone new the goal is met with a probability of {_roughly(credit['probability'])}.",
    ]
    beyond = sum(row["count"] for row in rows if row["beyond_history"])
    if beyond:
        lines.append(
            f"{show.count(beyond)} are older than any lead that ever moved on from their stage: counted as nothing."
        )
    return Section("In flight", [table, show.Lines(lines)])


def _roughly(chance: float) -> str:
    """Write a chance for a sentence in which more than three digits would say nothing."""
    if 0 < chance < _SMALL:
        return f"less than {show.percent(_SMALL)}"
    return f"more than {show.percent(1 - _SMALL)}" if 1 - _SMALL < chance < 1 else show.percent(chance)


def _open_by_age(rows: Sequence[dict[str, Any]], unit: str | None) -> show.Table:
    headers = ["open in", "days in stage", "leads", "chance of each", "customers", "80 % interval", "revenue"]
    cells = [
        [
            row["stage"],
            show.count(row["age_days"]),
            show.count(row["count"]),
            show.rate(row["chance"]),
            show.decimal(row["customers"]["expected"]),
            f"{show.count(row['customers']['low'])} to {show.count(row['customers']['high'])}",
            show.money(row["revenue"], unit),
        ]
        for row in rows
    ]
    return show.Table(headers, cells)


def _open_by_stage(plan: dict[str, Any], rows: Sequence[dict[str, Any]], unit: str | None) -> show.Table:
    cells = []
    for stage in plan["stages"]:
        here = [row for row in rows if row["stage"] == stage["stage"]]
        leads = sum(row["count"] for row in here)
        if leads == 0:
            continue
        customers = sum(row["customers"]["expected"] for row in here)
        known = [row["revenue"] for row in here if row["revenue"] is not None]
        ages = (
            f"{show.count(min(row['age_days'] for row in here))} to {show.count(max(row['age_days'] for row in here))}"
        )
        beyond = sum(row["count"] for row in here if row["beyond_history"])
        numbers = [show.count(leads), show.count(beyond), show.rate(customers / leads), show.decimal(customers)]
        cells.append([stage["stage"], ages, *numbers, show.money(sum(known) if known else None, unit)])
    headers = ["open in", "days in stage", "leads", "too old", "chance of each", "customers", "revenue"]
    return show.Table(headers, cells)


def _timing(plan: dict[str, Any]) -> Section | None:
    goals, schedule = plan["departments"]["goals"], plan["schedule"]
    if plan["planned"] is None:
        return None
    if schedule is None:
        return Section("By whom", [_owners(goals, plan["currency"], [])])
    parts, name = schedule["months"], "month"
    if len(parts) > _MONTHS:
        parts, name = schedule["quarters"], "quarter"
    cells = [[part["name"], *map(show.count, part["entries"]), show.decimal(part["expected_wins"])] for part in parts]
    wins = sum(part["expected_wins"] for part in parts)
    cells.append(["all", *(show.count(stage["total"]) for stage in schedule["stages"]), show.decimal(wins)])
    headers = [name, *(stage["stage"] for stage in schedule["stages"]), "wins expected of them"]
    lines = []
    if any(stage["last_useful_day"] for stage in schedule["stages"]):
        share = show.percent(schedule["last_useful_share"])
        lines.append(f"After the last useful day fewer than {share} of those that are won at all are won in time.")
    rescued = schedule["wins_after_last_useful_day"]
    if rescued:
        first = schedule["stages"][0]
        day = first["last_useful_day"]
        lines.append(
            f"After {day} new “{first['stage']}” come too late; "
            f"later stages then still bring {show.decimal(rescued)} wins."
        )
    owners = _owners(goals, plan["currency"], schedule["stages"])
    return Section("When, and by whom", [show.Table(headers, cells), owners, show.Lines(lines)])


def _owners(goals: Sequence[dict[str, Any]], unit: str | None, timings: Sequence[dict[str, Any]]) -> show.Table:
    """Set who answers for which number; with `timings` until when it is of use."""
    headers = ["department", "answers for", "in all"]
    cells = [[goal["department"], goal["stage"], show.count(goal["total"])] for goal in goals]
    if any(goal["worth"] is not None for goal in goals):
        headers.append("one is worth")
        for row, goal in zip(cells, goals, strict=True):
            row.append(show.money(goal["worth"], unit))
    if any(timing["last_useful_day"] for timing in timings):
        headers += ["last useful day", "won too late"]
        for row, timing in zip(cells, timings, strict=True):
            row += [timing["last_useful_day"] or show.NONE, show.rate(timing["too_late"])]
    return show.Table(headers, cells, frozenset({0, 1}))


def _doubts(plan: dict[str, Any]) -> Section:
    found = sorted((doubt for doubt in plan["uncertainty"] if doubt["share"] > 0), key=lambda doubt: -doubt["share"])
    bars = show.Bars([(_words(doubt["source"]), doubt["share"]) for doubt in found])
    explained = (
        "How much of the variance would go away with perfect knowledge of each; "
        "they act together, so the shares may sum to less or more than the whole."
    )
    return Section("What makes it uncertain", [bars, show.Lines([explained])])


def _channels(plan: dict[str, Any]) -> Section:
    found, unit = plan["channels"], plan["currency"]
    sure = "" if plan["confidence"] is None else f" for {show.percent(plan['confidence'])}"
    titles = {
        "cheapest": f"cheapest{sure}",
        "cheapest_in_expectation": "cheapest on average",
        "today": "today",
        "best_for_budget": "for the budget",
        "best_reachable": "all there is",
    }
    mixes = {title: found[name] for name, title in titles.items() if found[name]}
    cells = [
        [
            channel["channel"],
            *(show.count(mix["leads"][at]["leads"]) for mix in mixes.values()),
            show.money(channel["cost_per_customer"], unit),
        ]
        for at, channel in enumerate(found["channels"])
    ]
    cells += [
        ["all", *(show.count(mix["total"]) for mix in mixes.values()), ""],
        ["cost", *(show.money(mix["cost"], unit) for mix in mixes.values()), ""],
        ["goal met with", *(show.rate(mix["probability"]) for mix in mixes.values()), ""],
    ]
    blocks: list[show.Block] = [show.Table(["channel", *mixes, "per customer"], cells)]
    frontier = [[show.percent(row["confidence"]), show.money(row["cost"], unit)] for row in found["frontier"] or []]
    if frontier:
        blocks.append(show.Table(["goal met with", "costs at least"], frontier))
    lines = [line.removeprefix("channels: ") for line in plan["explain"] if line.startswith("channels: ")]
    # What the tables show, and how stages follow from the mix, stands among all explanations.
    said = ("the cheapest mix", "today's mix", "the best mix", "all that can be had", "the stages' numbers")
    lines = [line[0].upper() + line[1:] + "." for line in lines if not line.startswith(said)]
    return Section("Which channels", [*blocks, show.Lines(lines)])


def _changes(plan: dict[str, Any]) -> Section:
    first, unit, sure = plan["stages"][0], plan["currency"], plan["confidence"] is not None
    found = sorted(plan["sensitivity"], key=lambda change: -change["probability"])
    in_money = plan["revenue"] is not None
    headers = ["change", "probability", "expected revenue" if in_money else "expected customers"]
    headers += [f"“{first['stage']}” needed", "alone it takes"] if sure else []
    cells = []
    for change in found:
        gain = show.money(change["gain"], unit) if in_money else show.decimal(change["gain"])
        row = [_change(change), show.rate(change["probability"]), f"+{gain}" if change["gain"] >= 0 else gain]
        if sure:
            # More leads change what is planned, not what is needed.
            needed = None if change["what"] == "leads" else change["needed"]
            row += [show.count(needed), _sought(change, unit)]
        cells.append(row)
    lines = [
        f"Beside a plan of {show.count(plan['planned'])} “{first['stage']}”, "
        f"met with {show.percent(plan['probability'])}."
    ]
    if sure:
        beside = " beside what is in flight" if plan["pipeline"] else ""
        lines.append(
            f"Alone it takes: how far this one, with plain division's number of leads{beside}, would have to go "
            f"for the goal to be met with {show.percent(plan['confidence'])}."
        )
    return Section("Which change helps most", [show.Table(headers, cells), show.Lines(lines)])


def _change(change: dict[str, Any]) -> str:
    subjects = {"delay": "delays", "deal_size": "deals", "leads": "leads"}
    subject = subjects.get(change["what"]) or _words(change["step"])
    return f"{subject}: {change['change']}"


def _sought(change: dict[str, Any], unit: str | None) -> str:
    value = change["goal_seek"]
    if value is None:
        return show.NONE
    if change["what"] == "rate":
        return show.rate(value)
    if change["what"] == "delay":
        return f"{show.rate(value)} of them"
    return show.money(value, unit) if change["what"] == "deal_size" else show.count(value)


def _words(step: str) -> str:
    return step.replace("->", " → ")
