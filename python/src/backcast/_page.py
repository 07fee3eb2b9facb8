"""The plan as one self-contained page: no script, no network, prints well.

>>> import backcast as bc
>>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
>>> plan.to_html().startswith("<!doctype html>")
True
"""

from __future__ import annotations

import html
import math
import unicodedata
from typing import TYPE_CHECKING, Any

from backcast import _native
from backcast import _show as show
from backcast._sections import sections

if TYPE_CHECKING:
    from backcast._rates import Rates

_LONGEST_NAME = 300
"""Pixels; a longer name of a stage is cut, and shown whole where the pointer rests on it."""

_STYLE = """
:root{--ink:#1c2430;--soft:#5d6b7c;--line:#dfe5ec;--paper:#fff;--wash:#f5f7fa;--mark:#2457c5;--mark-soft:#cfdcf7}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf4;--soft:#9fadbe;--line:#2d3846;--paper:#141a22;--wash:#1b232e;
--mark:#7fa6ff;--mark-soft:#2b3f6b}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:64rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem;letter-spacing:-.01em}
h2{font-size:1.1rem;margin:2.6rem 0 .8rem}
p{margin:.35rem 0}
.lead{font-size:1.1rem;color:var(--soft)}
.warn{border-left:3px solid var(--mark);background:var(--wash);padding:.5rem .9rem;margin:.5rem 0}
.facts{display:flex;flex-wrap:wrap;gap:.8rem;margin:1.6rem 0 0}
.fact{flex:1 1 9.5rem;background:var(--wash);border:1px solid var(--line);border-radius:.6rem;padding:.8rem 1rem}
.fact b{display:block;white-space:nowrap;font-size:1.45rem;font-variant-numeric:tabular-nums}
.fact span{color:var(--soft);font-size:.88rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
.scroll{margin-bottom:1.4rem}
.scroll th:first-child,.scroll td:first-child{position:sticky;left:0;background:var(--paper)}
.day{white-space:nowrap}
.note{color:var(--soft);font-size:.94rem}
th,td{padding:.4rem .55rem;font-size:.94rem;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600;font-size:.88rem;white-space:normal!important;vertical-align:bottom}
svg{width:100%;height:auto;display:block}
svg.funnel text{fill:var(--ink);font:15px system-ui,sans-serif}
svg.funnel{max-width:46rem}
svg.funnel .soft{fill:var(--soft);font-size:13px}
ol{padding-left:2.2rem;margin:0}
li{margin:.35rem 0}
footer{margin-top:3rem;color:var(--soft);font-size:.88rem}
@media (max-width:40rem){svg text,svg .soft,svg.funnel .soft,svg.funnel text{font-size:18px}
main{padding:1.6rem 1.1rem 3rem}.fact b{font-size:1.25rem}}
h2,h3,thead{break-after:avoid}tr,svg,.fact,.warn,li{break-inside:avoid}
@media (max-width:40rem){th,td{padding:.35rem .25rem;font-size:.8rem}
.scroll th:first-child,.scroll td:first-child{position:static}}
@media print{@page{margin:14mm}body{font-size:12px}main{padding:0;max-width:none}.scroll{overflow:visible}
ol{padding-left:2.4rem}th,td{padding:.25rem .3rem;font-size:10px;white-space:normal!important}
.scroll th:first-child,.scroll td:first-child{position:static}
.fact b{font-size:1.15rem}:root{--ink:#1c2430;--soft:#5d6b7c;--line:#dfe5ec;--paper:#fff;--wash:#f5f7fa;--mark:#2457c5;
--mark-soft:#cfdcf7}}
"""


def page(plan: dict[str, Any], rates: Rates | None) -> str:
    """Set a plan, and the rates behind it where they come from a history, as an HTML document."""
    title = show.plan_title(plan)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>Backward plan: {html.escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        f'<h1>{_headline(plan)}</h1><p class="lead">{_prose(_subtitle(plan))}</p>',
        _facts(plan),
        "<h2>The funnel</h2>",
        f'<div class="scroll">{_funnel(plan)}</div>',
        f'<p class="note">{html.escape(_caption(plan))}</p>',
        "<h2>What must enter each stage</h2>",
        *(_scroll(block) for block in show.plan_blocks(plan) if isinstance(block, show.Table)),
        *(f'<p class="warn">{html.escape(line)}</p>' for line in plan["warnings"]),
    ]
    for section in sections(plan):
        parts.append(f"<h2>{html.escape(section.title)}</h2>")
        parts += [_block(block) for block in section.blocks]
    if rates is not None:
        parts.append("<h2>What history supports</h2>")
        parts.append(f'<p class="note">{html.escape(rates.records())}</p>')
        parts += [_scroll(block) for block in show.rates_blocks(rates) if isinstance(block, show.Table)]
    parts.append("<h2>How the numbers come about</h2><ol>")
    parts += [f"<li>{html.escape(line)}</li>" for line in plan["explain"]]
    made = f"Made with backcast {_native.__version__}. Every number can be followed by hand."
    parts.append(f"</ol><footer>{made}</footer></main></body></html>")
    return "\n".join(parts)


def _headline(plan: dict[str, Any]) -> str:
    by = f' <span class="day">by {html.escape(plan["by"])}</span>' if plan["by"] else ""
    return f"{html.escape(plan['target'])}{by}"


def _prose(text: str) -> str:
    """Escape a sentence; no line begins with a percent sign."""
    return html.escape(text).replace(" %", "&nbsp;%")


def _subtitle(plan: dict[str, Any]) -> str:
    if plan["confidence"] is None:
        plain = "Plain division: what is needed if everything turns out exactly average."
        return plain if plan["probability"] is None else f"{plain} {show.headline(plan)}"
    return show.unreachable(plan) if plan["unreachable"] else show.headline(plan)


def _facts(plan: dict[str, Any]) -> str:
    first, last = plan["stages"][0], plan["stages"][-1]
    goal = f"“{last['stage']}” make up the goal"
    if plan["deal_size"] is not None:
        goal += f", at {show.money(plan['deal_size'], plan['currency'])} each"
    if plan["pipeline"]:
        goal += f"; {show.count(plan['pipeline']['customers']['expected'])} are expected of what is in flight"
    best = plan["unreachable"]
    met = "probability of meeting the goal"
    facts = [
        (show.count(plan["planned"]), f"must enter “{first['stage']}”"),
        (show.percent(best["probability"]), f"{met}: the best that can be reached")
        if best
        else (show.percent(plan["probability"]), met),
        (show.count(plan["customers_needed"]), goal),
    ]
    if plan["revenue"] is not None:
        revenue, unit = plan["revenue"], plan["currency"]
        span = (
            f"expected revenue; 80 % interval {show.money(revenue['low'], None)} to {show.money(revenue['high'], unit)}"
        )
        facts.append((show.money(revenue["expected"], unit), span))
    cards = (f'<div class="fact"><b>{html.escape(big)}</b><span>{_prose(small)}</span></div>' for big, small in facts)
    return f'<div class="facts">{"".join(cards)}</div>'


def _scroll(table: show.Table) -> str:
    return f'<div class="scroll">{show.table_html(table)}</div>'


def _block(block: show.Block) -> str:
    if isinstance(block, show.Lines):
        return "".join(f'<p class="note">{_prose(line)}</p>' for line in block.lines)
    if isinstance(block, show.Title):
        return f"<h3>{html.escape(block.text)}</h3>"
    return f'<div class="scroll">{show.block_html(block)}</div>'


def _width(text: str) -> float:
    """Bound the width of a text at 15 px from above: no font of the page is wider."""
    return sum(_width_of(sign) for sign in text)


def _width_of(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF" or sign in "mwMW@%…—":
        return 15.0
    return 11.0 if sign.isupper() else 9.0


def _cut(text: str, width: float) -> str:
    """Shorten a text to a width at 15 px, with an ellipsis where something is left out."""
    if _width(text) <= width:
        return text
    kept, room = "", width - _width("…")
    for sign in text:
        room -= _width_of(sign)
        if room < 0:
            break
        kept += sign
    return f"{kept.rstrip()}…"


def flow(plan: dict[str, Any]) -> list[float | None]:
    """Give how many of the planned newcomers are expected in each stage: each is the one before times its rate."""
    stages = plan["stages"]
    if stages[0].get("expected") is not None:
        return [stage["expected"] for stage in stages]
    numbers: list[float | None] = [plan["planned"]]
    for stage in stages[:-1]:
        before = numbers[-1]
        numbers.append(None if before is None or stage["rate"] is None else before * stage["rate"])
    return numbers


def _caption(plan: dict[str, Any]) -> str:
    if plan["planned"] is None:
        return "No number of leads can be planned."
    text = "Bars: how many of the new ones are expected in each stage in the end; each is the one above times its rate."
    if plan["confidence"] is not None:
        text += " Line: the checkpoint, the number that is needed there."
    if plan["customers"] is not None and plan["by"]:
        new = plan["customers"]["expected"] - (plan["pipeline"]["customers"]["expected"] if plan["pipeline"] else 0.0)
        last = plan["stages"][-1]["stage"]
        text += f" By {show.day(plan['by'])} {show.decimal(new)} new “{last}” are expected of them"
        text += (
            f", and {show.decimal(plan['pipeline']['customers']['expected'])} of what is in flight."
            if plan["pipeline"]
            else "."
        )
    return text


def _funnel(plan: dict[str, Any]) -> str:
    """Draw a bar per stage, as long as its expected number, with the rate between and the checkpoint as a line."""
    numbers = flow(plan)
    marks = [stage["needed"] for stage in plan["stages"]]
    longest = max([number or 0 for number in (*numbers, *marks)]) or 1
    row, width = 64, 640
    names = [_cut(stage["stage"], _LONGEST_NAME) for stage in plan["stages"]]
    left = max(170, *(math.ceil(_width(name)) + 32 for name in names))
    right = max(130, *(math.ceil(_width(_few(number))) + 24 for number in numbers))
    parts = [
        f'<svg class="funnel" viewBox="0 0 {width} {row * len(numbers)}" role="img" '
        'aria-label="Funnel: expected numbers, with checkpoints">'
    ]
    for index, (stage, name, number) in enumerate(zip(plan["stages"], names, numbers, strict=True)):
        top, room = index * row, width - left - right
        length = max(room * (number or 0) / longest, 4 if number else 0)
        whole = "" if name == stage["stage"] else f"<title>{html.escape(stage['stage'])}</title>"
        parts.append(f'<text x="{left - 16}" y="{top + 27}" text-anchor="end">{whole}{html.escape(name)}</text>')
        parts.append(
            f'<rect x="{left}" y="{top + 6}" width="{length:.1f}" height="32" rx="3" fill="var(--mark-soft)"/>'
        )
        at = left + length
        if marks[index] is not None:
            x = left + room * marks[index] / longest
            at = max(at, x)
            parts.append(
                f'<rect x="{x - 1.5:.1f}" y="{top + 2}" width="3" height="40" fill="var(--mark)">'
                f"<title>checkpoint: {show.count(marks[index])} needed</title></rect>"
            )
        parts.append(f'<text x="{at + 12:.1f}" y="{top + 27}">{_few(number)}</text>')
        if stage["rate"] is not None:
            parts.append(f'<text class="soft" x="{left + 14}" y="{top + 57}">↓ {show.percent(stage["rate"])}</text>')
    return "".join([*parts, "</svg>"])


def _few(number: float | None) -> str:
    """Write an expected number: with one decimal where it is small."""
    return (
        show.NONE
        if number is None
        else f"{number:,.0f}"
        if number >= 100 or number == round(number)
        else f"{number:,.1f}"
    )
