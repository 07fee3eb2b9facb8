"""How results read: numbers formatted for people, tables as aligned text and as HTML, from the same blocks.

>>> from backcast import _show as show
>>> show.count(1250000), show.percent(0.8), show.rate(0.12345), show.rate(0.00366), show.money(9034.6, "EUR")
('1,250,000', '80 %', '12.3 %', '0.37 %', '9,035 EUR')
"""

from __future__ import annotations

import html
import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backcast._history import History
    from backcast._rates import Rates

NONE = "–"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ROWS = 40
_FINEST = 12
_MANY = 100
_HEADER_LINES = 4
_LONGEST_BAR = 30
_WIDTH = 120


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


@dataclass(frozen=True)
class Bars:
    """Shares of a whole, from 0 to 1, each with its name; they may overlap."""

    shares: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Drawing:
    """An SVG; plain text has none."""

    svg: str


Block = Table | Title | Lines | Bars | Drawing


def count(value: float | None) -> str:
    """Write a whole number with its thousands grouped."""
    return NONE if value is None else f"{value:,.0f}"


def decimal(value: float | None) -> str:
    """Write a number with two decimals, or none if it is whole."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def mean(value: float | None) -> str:
    """Write a mean number of people: with one decimal where it is small."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if value >= _MANY or value == round(value) else f"{value:,.1f}"


def rate(value: float | None) -> str:
    """Write a fraction as a percentage with one decimal, or two digits below 1 %: equally long in a column.

    What is not certain never reads as 100 %, what is not impossible never as 0 %, whatever decimals that takes.
    """
    if value is None:
        return NONE
    number = value * 100
    places = 1 if abs(number) >= 0.95 or number == 0 else 1 - math.floor(math.log10(abs(number)))
    for finer in range(places, _FINEST + 1):
        text = f"{number:.{finer}f}"
        if not 0 < value < 1 or float(text) not in {0.0, 100.0}:
            return f"{text} %"
    return f"less than {10**-_FINEST:.{_FINEST}f} %" if value < 0.5 else f"more than {100 - 10**-_FINEST:.{_FINEST}f} %"


def percent(value: float | None) -> str:
    """Write a fraction as a percentage for a sentence: as `rate`, without zeros at the end."""
    text = rate(value).removesuffix(" %")
    return text if value is None else f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


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
    """Describe the estimates: all leads step by step, each segment over the whole way."""
    columns = rates.to_dict()
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    whole_way = rows[-1]["step"]
    together = [row for row in rows if row["segment"] is None]
    apart = sorted(
        (row for row in rows if row["segment"] and row["step"] == whole_way), key=lambda row: -row["entered"]
    )
    numbers = ["entered", "converted", "lost", "open", "so far", "will convert", "80 % interval", "within"]
    timed = ["half within", "nine in ten within"]
    steps = Table(
        ["all leads", *numbers, *timed],
        [
            [_arrow(row["step"]), *_rate_cells(row), *(_days(row[key]) for key in ("median_days", "p90_days"))]
            for row in together
        ],
    )
    blocks: list[Block] = [Title("What history supports"), steps]
    notes = list(rates.warnings)
    if apart:
        shown = apart[:_ROWS]
        blocks.append(Table([_arrow(whole_way), *numbers], [[row["segment"], *_rate_cells(row)] for row in shown]))
        notes += [rates.not_ranked] if rates.not_ranked else []
        left_out = f" and {count(len(apart) - _ROWS)} more segments" if len(apart) > _ROWS else ""
        notes.append(f"`to_frame()` has each segment step by step{left_out}.")
    return [*blocks, *_deal_blocks(rates), Lines([*notes, *rates.deal_notes])]


def _deal_blocks(rates: Rates) -> list[Block]:
    """Describe the size of a deal: all together, then the segments with most deals."""
    columns = rates._deals()
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    together = [row for row in rows if row["segment"] is None]
    apart = sorted((row for row in rows if row["segment"] is not None), key=lambda row: -row["deals"])
    headers = ["size of a deal", "won deals", "mean", "80 % interval", "median", "differ by", "shape"]
    cells = [[row["segment"] or "all leads", *_deal_cells(row)] for row in [*together, *apart[:_ROWS]]]
    return [Table(headers, cells, frozenset({0, 6}))] if rows else []


def _deal_cells(row: dict[str, Any]) -> list[str]:
    unit, low = row["currency"], row["low"]
    interval = NONE if low is None else f"{money(low, None)} to {money(row['high'], unit)}"
    amounts = [money(row["mean"], unit), interval, money(row["median"], unit)]
    return [count(row["deals"]), *amounts, rate(row["cv"]), row["family"]]


def _arrow(step: str) -> str:
    return step.replace("->", " → ")


def _rate_cells(row: dict[str, Any]) -> list[str]:
    interval = f"{rate(row['low']).removesuffix(' %')} to {rate(row['high'])}"
    counts = [count(row["entered"]), count(row["converted"]), count(row["lost"]), count(row["open"])]
    known = [rate(row["naive"]), rate(row["estimate"]), interval if row["estimate"] is not None else NONE]
    return [*counts, *known, _days(row["horizon_days"])]


def _days(number: int | None) -> str:
    return NONE if number is None else f"{number:,} {'day' if number == 1 else 'days'}"


def backtest_blocks(test: dict[str, Any]) -> list[Block]:
    """Describe a backtest: a row per method, and a row per cohort for the library's own predictions."""
    headers = ["method", "cohorts", "predicted ÷ actual", *("50 % holds", "80 % holds", "true share", "95 % holds")]
    methods = [
        [
            score["method"].replace("_", " "),
            count(score["cohorts"]),
            NONE if score["bias"] is None else f"{score['bias']:.2f}",
            *_coverage_cells(score["coverage"]),
            rate(score["promises"]["observed"]),
            f"{score['crps']:,.1f}",
        ]
        for score in test["summary"]
    ]
    cohorts = [
        [
            f"{cohort['from']} to {cohort['until']}",
            *(count(cohort[key]) for key in ("entered", "actual")),
            f"{own['expected']:,.1f}",
            *(f"{count(interval['low'])} to {count(interval['high'])}" for interval in own["intervals"][1:]),
        ]
        for cohort in test["cohorts"]
        for own in cohort["predictions"][:1]
    ]
    shown = cohorts[-_ROWS:]
    notes = list(test["notes"])
    if len(shown) < len(cohorts):
        notes.append(f"`to_frame()` has {count(len(cohorts) - len(shown))} earlier cohorts.")
    days, every = count(test["horizon_days"]), test["every"]
    return [
        Title(f"Backtest by {every}: customers within {days} days, known up to {test['as_of']}"),
        Table([*headers, "80 % plans kept", "CRPS"], methods),
        Table(["cohort", "entered", "won", "predicted", "80 % interval", "95 % interval"], shown),
        Lines(notes),
    ]


def _coverage_cells(coverage: Sequence[dict[str, Any]]) -> list[str]:
    half, most, nearly_all = coverage
    fits = f"{rate(most['low']).removesuffix(' %')} to {rate(most['high'])}"
    return [rate(half["observed"]), rate(most["observed"]), fits, rate(nearly_all["observed"])]


def day(text: str) -> str:
    """Write an ISO day as people say it."""
    found = date.fromisoformat(text)
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


def as_text(blocks: Sequence[Block], width: int = _WIDTH) -> str:
    """Set blocks as plain text that is no wider than `width`, where single words allow it."""
    parts = []
    for block in blocks:
        if isinstance(block, Title):
            parts.append(textwrap.fill(block.text, width))
        elif isinstance(block, Lines):
            wrapped = (textwrap.fill(line, min(width, 110), subsequent_indent="  ") for line in block.lines)
            parts.append("\n".join(wrapped))
        elif isinstance(block, Bars):
            parts.append(_table_text(Table(["", "share", ""], _bar_rows(block), frozenset({0, 2})), width))
        elif isinstance(block, Table):
            parts.append(_table_text(block, width))
    return "\n\n".join(part for part in parts if part)


def _bar_rows(bars: Bars) -> list[list[str]]:
    return [[name, rate(share), "█" * max(1, round(share * _LONGEST_BAR))] for name, share in bars.shares]


def _table_text(table: Table, width: int) -> str:
    """Set a table in columns, its headers over as few lines as fit; where none do, row by row with a line per cell."""
    columns = list(zip(table.headers, *table.rows, strict=True))
    for lines in range(1, _HEADER_LINES + 1):
        heads = [_broken(header, lines) for header in table.headers]
        widths = [max(map(len, [*head, *cells])) for head, (_, *cells) in zip(heads, columns, strict=True)]
        if sum(widths) + 2 * (len(widths) - 1) <= width:
            return _columns_text(table, heads, widths)
    return "\n".join(_row_text(table.headers, row, width) for row in table.rows)


def _broken(header: str, lines: int) -> list[str]:
    """Break a header into at most so many lines, as short as can be; a percent sign stays with its number."""
    words = header.replace(" %", "\u00a0%")
    broken = (textwrap.wrap(words, width) for width in range(max(map(len, words.split(" "))), len(words)))
    found = next((parts for parts in broken if len(parts) <= lines), [words])
    return [part.replace("\u00a0", " ") for part in found]


def _columns_text(table: Table, heads: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    def aligned(line: Sequence[str]) -> str:
        cells = (
            cell.ljust(width) if column in table.left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    high = max(map(len, heads))
    lines = zip(*([""] * (high - len(head)) + list(head) for head in heads), strict=True)
    rule = "  ".join("─" * width for width in widths)
    return "\n".join([*map(aligned, lines), rule, *map(aligned, table.rows)])


def _row_text(headers: Sequence[str], row: Sequence[str], width: int) -> str:
    named = [(header, cell) for header, cell in zip(headers[1:], row[1:], strict=True) if cell.strip("█ ")]
    room = min(width, max([len(header) + len(cell) + 4 for header, cell in named], default=0))
    return "\n".join([row[0], *(f"  {header}{cell.rjust(room - 2 - len(header))}" for header, cell in named)])


def as_html(blocks: Sequence[Block]) -> str:
    """Set blocks as an HTML fragment without script or style sheet, for notebooks."""
    parts = ['<div style="font-family:system-ui,sans-serif;font-size:13px;max-width:60em">']
    for block in blocks:
        if isinstance(block, Title):
            parts.append(f'<p style="font-size:15px;font-weight:600;margin:.4em 0">{html.escape(block.text)}</p>')
        elif isinstance(block, Lines):
            parts += [f'<p style="margin:.3em 0">{prose(line)}</p>' for line in block.lines]
        else:
            parts.append(block_html(block))
    return "".join([*parts, "</div>"])


def prose(text: str) -> str:
    """Escape a sentence for HTML; no line begins with a percent sign."""
    return html.escape(text).replace(" %", "&nbsp;%")


def block_html(block: Table | Bars | Drawing) -> str:
    """Set a block that is more than words as HTML."""
    if isinstance(block, Table):
        return table_html(block)
    return block.svg if isinstance(block, Drawing) else _bars_html(block)


def _bars_html(bars: Bars) -> str:
    rows = []
    for name, share in bars.shares:
        bar = f"width:{max(100 * share, 0.5):.1f}%;height:.8em;border-radius:.2em;background:var(--mark,#4a7be0)"
        rows.append(
            f'<tr><td style="text-align:left">{html.escape(name)}</td>'
            f'<td style="text-align:right;white-space:nowrap">{rate(share)}</td>'
            f'<td style="width:45%;min-width:8em"><div style="{bar}"></div></td></tr>'
        )
    return f'<table style="width:100%"><tbody>{"".join(rows)}</tbody></table>'


def table_html(table: Table) -> str:
    """Set a table as HTML, numbers to the right."""

    def cell(tag: str, column: int, text: str) -> str:
        side = "left" if column in table.left else "right"
        indent = "padding-left:1.6em;" if text.startswith("  ") else ""
        style = f"text-align:{side};white-space:nowrap;{indent}"
        # A number stays on the line of its unit.
        shown = html.escape(text.strip())
        shown = re.sub(r"(?<=\d) (?=%|days?\b|[A-Z]{3}\b)", "&nbsp;", shown)
        return f'<{tag} style="{style}">{shown}</{tag}>'

    def row(tag: str, cells: Sequence[str]) -> str:
        return "<tr>" + "".join(cell(tag, column, text) for column, text in enumerate(cells)) + "</tr>"

    body = "".join(row("td", cells) for cells in table.rows)
    return f"<table><thead>{row('th', table.headers)}</thead><tbody>{body}</tbody></table>"
