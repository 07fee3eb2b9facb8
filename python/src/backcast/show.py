"""How results read: numbers formatted for people, tables as aligned text and as HTML, from the same blocks.

>>> from backcast import show
>>> show.count(1250000), show.percent(0.12345), show.money(9034.5, "EUR")
('1,250,000', '12.3 %', '9,035 EUR')
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backcast.history import History
    from backcast.rates import Rates

NONE = "–"
_ROWS = 40


@dataclass(frozen=True)
class Table:
    """A table; the columns in `left` hold words, all others numbers."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: frozenset[int] = frozenset({0})


@dataclass(frozen=True)
class Title:
    """A headline."""

    text: str


@dataclass(frozen=True)
class Lines:
    """Sentences, one each."""

    lines: Sequence[str]


Block = Table | Title | Lines


def count(value: float | None) -> str:
    """Write a whole number with its thousands grouped."""
    return NONE if value is None else f"{value:,.0f}"


def decimal(value: float | None) -> str:
    """Write a number with two decimals, or none if it is whole."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def percent(value: float | None) -> str:
    """Write a fraction as a percentage with three significant digits."""
    if value is None:
        return NONE
    number = value * 100
    places = 1 if number == 0 or abs(number) >= 10 else 2 if abs(number) >= 1 else 3
    text = f"{number:.{places}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def money(value: float | None, currency: str | None) -> str:
    """Write an amount in whole units of its currency."""
    return NONE if value is None else f"{value:,.0f} {currency or ''}".rstrip()


def history_blocks(history: History) -> list[Block]:
    """Describe what became of the rows."""
    counts = history.counts()
    read = [["read", count(counts["read"])], ["used", count(counts["used"])]]
    read += [[f"  repaired: {rule.replace('_', ' ')}", count(number)] for rule, number in counts["repairs"].items()]
    read += [["refused", count(counts["refused"])]]
    read += [[f"  because: {reason.replace('_', ' ')}", count(number)] for reason, number in counts["reasons"].items()]
    title = f"{' → '.join(history.stages)}, as of {history.as_of}"
    return [Title(title), Table(["rows", ""], read), Lines(history.notes)]


def rates_blocks(rates: Rates) -> list[Block]:
    """Describe the estimates."""
    columns = rates.to_dict()
    segmented = any(columns["segment"])
    rows = []
    for index, step in enumerate(columns["step"]):
        low, high = columns["low"][index], columns["high"][index]
        segment = columns["segment"][index] or "all leads"
        rows.append(
            [
                *([segment] if segmented else []),
                step.replace("->", " → "),
                count(columns["entered"][index]),
                count(columns["converted"][index]),
                count(columns["open"][index]),
                percent(columns["naive"][index]),
                percent(columns["estimate"][index]),
                f"{percent(low)[:-2]} to {percent(high)}",
                f"{columns['horizon_days'][index]:,} days",
            ]
        )
    more = len(rows) - _ROWS
    numbers = ["entered", "converted", "open", "so far", "will convert", "80 % interval", "within"]
    headers = [*(["segment"] if segmented else []), "step", *numbers]
    left = frozenset({0, 1} if segmented else {0})
    notes = list(rates.warnings)
    if more > 0:
        notes.append(f"and {count(more)} more rows: `to_frame()` has all")
    return [Title("What history supports"), Table(headers, rows[:_ROWS], left), Lines(notes)]


def plan_blocks(plan: dict[str, Any]) -> list[Block]:
    """Describe a plan."""
    sure = plan["confidence"]
    headers = ["stage", "converts to next", "expected value"]
    rows = []
    for stage in plan["stages"]:
        row = [stage["stage"], percent(stage["rate"]), decimal(stage["whole"])]
        rows.append([*row, count(stage["needed"])] if sure is not None else row)
    if sure is not None:
        headers.append(f"needed for {percent(sure)}")
    return [Title(plan_title(plan)), Table(headers, rows), Lines([*outcome(plan), *plan["warnings"]])]


def plan_title(plan: dict[str, Any]) -> str:
    """Name the goal."""
    until = f" by {plan['by']}" if plan["by"] else ""
    return f"{plan['target']}{until}"


def outcome(plan: dict[str, Any]) -> list[str]:
    """Say how sure the goal is and what revenue follows."""
    first = plan["stages"][0]
    planned = first["needed"] if plan["confidence"] is not None else first["whole"]
    if planned is None or plan["probability"] is None:
        return ["No number of leads can be planned: see `explain()`."]
    met = f"With {count(planned)} {first['stage']} the goal is met with a probability of {percent(plan['probability'])}."
    revenue = plan["revenue"]
    if revenue is None:
        return [met]
    unit = plan["currency"]
    low, high = money(revenue["low"], None), money(revenue["high"], unit)
    return [met, f"Revenue to expect: {money(revenue['expected'], unit)}; 80 % interval {low} to {high}."]


def as_text(blocks: Sequence[Block]) -> str:
    """Set blocks as plain text."""
    parts = []
    for block in blocks:
        if isinstance(block, Title):
            parts.append(block.text)
        elif isinstance(block, Lines):
            wrapped = (textwrap.fill(line, 110, subsequent_indent="  ") for line in block.lines)
            parts.append("\n".join(wrapped))
        else:
            parts.append(_table_text(block))
    return "\n\n".join(part for part in parts if part)


def _table_text(table: Table) -> str:
    lines = [list(table.headers), *map(list, table.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.headers))]

    def aligned(line: Sequence[str]) -> str:
        cells = (
            cell.ljust(width) if column in table.left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    rule = "  ".join("─" * width for width in widths)
    return "\n".join([aligned(table.headers), rule, *map(aligned, table.rows)])


def as_html(blocks: Sequence[Block]) -> str:
    """Set blocks as an HTML fragment without script or style sheet, for notebooks."""
    parts = ['<div style="font-family:system-ui,sans-serif;font-size:13px;max-width:60em">']
    for block in blocks:
        if isinstance(block, Title):
            parts.append(f'<p style="font-size:15px;font-weight:600;margin:.4em 0">{html.escape(block.text)}</p>')
        elif isinstance(block, Lines):
            parts += [f'<p style="margin:.3em 0">{html.escape(line)}</p>' for line in block.lines]
        else:
            parts.append(table_html(block))
    return "".join([*parts, "</div>"])


def table_html(table: Table) -> str:
    """Set a table as HTML, numbers to the right."""

    def cell(tag: str, column: int, text: str) -> str:
        side = "left" if column in table.left else "right"
        indent = "padding-left:1.6em;" if text.startswith("  ") else ""
        style = f"text-align:{side};white-space:nowrap;{indent}"
        return f'<{tag} style="{style}">{html.escape(text.strip())}</{tag}>'

    def row(tag: str, cells: Sequence[str]) -> str:
        return "<tr>" + "".join(cell(tag, column, text) for column, text in enumerate(cells)) + "</tr>"

    body = "".join(row("td", cells) for cells in table.rows)
    return f"<table><thead>{row('th', table.headers)}</thead><tbody>{body}</tbody></table>"
