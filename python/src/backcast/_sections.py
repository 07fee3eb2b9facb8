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
from backcast import _stages as stages
from backcast._chart import Chart, draw

_FEW = 12
"""So many rows are shown one by one; more are added up."""
_MONTHS = 18
"""A longer plan is shown by quarters."""
_FINE = 100
"""Expected numbers below it have a decimal."""


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
    found = stages.blocks(plan)
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
    # A goal in customers has no place on an axis of money.
    target = plan["target_amount"] if in_money else plan["customers_needed"]
    points = [(point["at"], point["probability"]) for point in plan["distribution"]]
    return draw(points, low=found["low"], high=found["high"], target=target, probability=plan["probability"], unit=unit)


def _in_flight(plan: dict[str, Any]) -> Section:
    credit, unit = plan["pipeline"], plan["currency"]
    groups = [[row] for row in credit["rows"]]
    if len(groups) > _FEW:
        by_stage = ([row for row in credit["rows"] if row["stage"] == stage["stage"]] for stage in plan["stages"])
        groups = [rows for rows in by_stage if rows]
    cells = [_open(rows, rows[0]["stage"]) for rows in groups]
    if len(groups) > 1:
        cells.append(_open(credit["rows"], "all", credit["customers"]))
    headers = ["open in", "days in stage", "leads", "too old", "chance of each"]
    headers += ["customers", "80 % interval", _in_units("revenue", unit)]
    lines = stages.said(plan, "in_flight")
    if any(row["beyond_history"] for row in credit["rows"]):
        lines.append("Too old: older than any lead that ever moved on from the stage; they count as nothing.")
    return Section("In flight", [show.Table(headers, cells), show.Lines(lines)])


def _open(rows: Sequence[dict[str, Any]], name: str, customers: dict[str, float] | None = None) -> list[str]:
    """Add up open leads in one row; the interval of several rows together is not that of their sum."""
    leads = sum(row["count"] for row in rows)
    ages = sorted({row["age_days"] for row in rows})
    expected = sum(row["customers"]["expected"] for row in rows)
    interval = rows[0]["customers"] if len(rows) == 1 else customers
    known = [row["revenue"] for row in rows if row["revenue"] is not None]
    return [
        name,
        " to ".join(dict.fromkeys(show.count(age) for age in (ages[0], ages[-1]))),
        show.count(leads),
        show.count(sum(row["count"] for row in rows if row["beyond_history"])),
        show.rate(expected / leads if leads else None),
        show.decimal(expected),
        f"{show.count(interval['low'])} to {show.count(interval['high'])}" if interval else show.NONE,
        show.money(sum(known) if known else None, None),
    ]


def _in_units(header: str, unit: str | None) -> str:
    return f"{header}, {unit}" if unit else header


def _timing(plan: dict[str, Any]) -> Section | None:
    goals, schedule = plan["departments"]["goals"], plan["schedule"]
    if plan["planned"] is None:
        return None
    if schedule is None:
        return Section("By whom", [_owners(goals, plan["currency"], [])])
    parts, name = schedule["months"], "month"
    if len(parts) > _MONTHS:
        parts, name = schedule["quarters"], "quarter"
    cells = [[part["name"], *map(show.count, part["entries"])] for part in parts]
    cells.append(["all", *(show.count(stage["total"]) for stage in schedule["stages"])])
    found: list[show.Block] = [
        show.Title(f"To deliver, {name} by {name}"),
        show.Table([name, *(stage["stage"] for stage in schedule["stages"])], cells),
        show.Title(f"To expect, {name} by {name}"),
        _expected(plan, parts, name),
        _owners(goals, plan["currency"], schedule["stages"]),
        show.Lines(stages.said(plan, "last_useful_day")),
    ]
    return Section("When, and by whom", found)


def _expected(plan: dict[str, Any], parts: Sequence[dict[str, Any]], name: str) -> show.Table:
    """Set what is expected of the last two stages in each part: of new leads, of what is in flight, in all."""
    headers, columns = [name], [[part["name"] for part in parts] + ["all"]]
    for at, stage in list(enumerate(plan["stages"]))[1:][-2:]:
        news = [part["expected_new"][at] for part in parts]
        # Nothing is in flight: the parts count none of it.
        opens = [part["expected_open"][at] if part["expected_open"] else 0.0 for part in parts]
        both = [new + open_ for new, open_ in zip(news, opens, strict=True)]
        places = 0 if max(both, default=0) >= _FINE else 1
        shown = {f"{stage['stage']}: new": news, "in flight": opens, "in all": both}
        for header, numbers in shown.items() if plan["pipeline"] else [(stage["stage"], news)]:
            headers.append(header)
            columns.append([f"{number:,.{places}f}" for number in (*numbers, sum(numbers))])
    return show.Table(headers, list(zip(*columns, strict=True)))


def _owners(goals: Sequence[dict[str, Any]], unit: str | None, timings: Sequence[dict[str, Any]]) -> show.Table:
    """Set who answers for which number; with `timings` until when it is of use."""
    headers = ["department", "answers for", "in all"]
    cells = [[goal["department"], goal["stage"], show.count(goal["total"])] for goal in goals]
    if any(goal["worth"] is not None for goal in goals):
        headers.append(_in_units("one is worth", unit))
        for row, goal in zip(cells, goals, strict=True):
            row.append(show.money(goal["worth"], None))
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
        "stated": "as stated",
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
    lines = stages.said(plan, "unreachable", "channels_alike", "channels")
    return Section("Which channels", [*blocks, show.Lines(lines)])


def _changes(plan: dict[str, Any]) -> Section:
    first, unit, sure = plan["stages"][0], plan["currency"], plan["confidence"] is not None
    found = sorted(plan["sensitivity"], key=lambda change: -change["probability"])
    in_money = plan["revenue"] is not None
    headers = ["change", "probability", _in_units("expected revenue", unit) if in_money else "expected customers"]
    headers += [f"“{first['stage']}” needed", "alone it takes"] if sure else []
    cells = []
    for change in found:
        gain = show.money(change["gain"], None) if in_money else show.decimal(change["gain"])
        row = [_change(change), show.rate(change["probability"]), f"+{gain}" if change["gain"] >= 0 else gain]
        if sure:
            # More leads change what is planned, not what is needed.
            needed = None if change["what"] == "leads" else change["needed"]
            row += [show.count(needed), _sought(change, unit)]
        cells.append(row)
    lines = stages.said(plan, "probability")
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
