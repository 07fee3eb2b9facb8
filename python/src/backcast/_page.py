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
from backcast import _stages as stages
from backcast._sections import sections

if TYPE_CHECKING:
    from backcast._rates import Rates

_LONGEST_NAME = 300
"""Pixels; a longer name of a stage is cut, and shown whole where the pointer rests on it."""

_SIDE_BY_SIDE = 5
"""So many columns stand side by side on a phone."""

_STYLE = """
:root{--ink:#1c2430;--soft:#5d6b7c;--line:#dfe5ec;--paper:#fff;--wash:#f5f7fa;--mark:#2457c5;--mark-soft:#cfdcf7;--bar:#7d9fe6}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf4;--soft:#9fadbe;--line:#2d3846;--paper:#141a22;--wash:#1b232e;
--mark:#7fa6ff;--mark-soft:#2b3f6b;--bar:#4a6fc0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:64rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem;letter-spacing:-.01em}
h2{font-size:1.1rem;margin:2.6rem 0 .8rem}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
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
.scroll th:first-child,.scroll td:first-child{position:static}
.flip table,.flip tbody{display:flex}.flip tbody,.flip tbody tr{flex:1}
.flip th,.flip td{display:block;height:1.8rem;padding:.35rem .2rem;font-size:.74rem}
.flip th{text-align:left!important}.flip th,.flip td{white-space:nowrap!important}
.flip td{text-align:right!important}.flip td:first-child{font-weight:600}}
@media print{@page{margin:14mm}body{font-size:12px}main{padding:0;max-width:none}.scroll{overflow:visible}
ol{padding-left:2.4rem}th,td{padding:.25rem .3rem;font-size:10px;white-space:normal!important}
.scroll th:first-child,.scroll td:first-child{position:static}
.fact b{font-size:1.15rem}:root{--ink:#1c2430;--soft:#5d6b7c;--line:#dfe5ec;--paper:#fff;--wash:#f5f7fa;--mark:#2457c5;
--mark-soft:#cfdcf7;--bar:#7d9fe6}}
"""


def page(plan: dict[str, Any], rates: Rates | None) -> str:
    """Set a plan, and the rates behind it where they come from a history, as an HTML document."""
    title = stages.title(plan)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>Backward plan: {html.escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        f'<h1>{_headline(plan)}</h1><p class="lead">{show.prose(_subtitle(plan))}</p>',
        *(f"<p>{show.prose(line)}</p>" for line in stages.said(plan, "plain_division", "pace")),
        _facts(plan),
        "<h2>The funnel</h2>",
        f'<div class="scroll">{_funnel(plan)}</div>',
        f'<p class="note">{html.escape(_caption(plan))}</p>',
        "<h2>Stage by stage</h2>",
        _scroll(stages.table(plan)),
        *(f'<p class="note">{show.prose(line)}</p>' for line in stages.reading(plan)),
        *(f'<p class="warn">{show.prose(line)}</p>' for line in plan["warnings"]),
    ]
    for section in sections(plan):
        parts.append(f"<h2>{html.escape(section.title)}</h2>")
        parts += [_block(block) for block in section.blocks]
    if rates is not None:
        parts.append("<h2>What history supports</h2>")
        parts.append(f'<p class="note">{html.escape(rates.records())}</p>')
        parts += [_scroll(block) for block in show.rates_blocks(rates) if isinstance(block, show.Table)]
    parts.append("<h2>How the numbers come about</h2><ol>")
    parts += [f"<li>{show.prose(line)}</li>" for line in plan["explain"]]
    made = f"Made with backcast {_native.__version__}. Every number can be followed by hand."
    parts.append(f"</ol><footer>{made}</footer></main></body></html>")
    return "\n".join(parts)


def _headline(plan: dict[str, Any]) -> str:
    day = f"by {plan['by']}"
    return html.escape(stages.title(plan)).replace(day, f'<span class="day">{day}</span>')


def _subtitle(plan: dict[str, Any]) -> str:
    return stages.unreachable(plan) if plan["unreachable"] else stages.headline(plan)


def _facts(plan: dict[str, Any]) -> str:
    first = plan["stages"][0]
    goal = "won deals make up the goal"
    if plan["deal_size"] is not None:
        goal += f", at {show.money(plan['deal_size'], plan['currency'])} each"
    if plan["pipeline"]:
        goal += f"; {show.count(plan['pipeline']['customers']['expected'])} are expected of what is in flight"
    best = plan["unreachable"]
    met = "probability of meeting the goal"
    facts = [
        (show.count(plan["planned"]), f"{'enter' if plan['leads_stated'] else 'must enter'} “{first['stage']}”"),
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
    cards = (
        f'<div class="fact"><b>{html.escape(big)}</b><span>{show.prose(small)}</span></div>' for big, small in facts
    )
    return f'<div class="facts">{"".join(cards)}</div>'


def _scroll(table: show.Table) -> str:
    # On a phone few wide rows stand side by side as columns.
    flip = " flip" if len(table.rows) <= _SIDE_BY_SIDE < len(table.headers) else ""
    return f'<div class="scroll{flip}">{show.table_html(table)}</div>'


def _block(block: show.Block) -> str:
    if isinstance(block, show.Lines):
        return "".join(f'<p class="note">{show.prose(line)}</p>' for line in block.lines)
    if isinstance(block, show.Title):
        return f"<h3>{html.escape(block.text)}</h3>"
    return _scroll(block) if isinstance(block, show.Table) else f'<div class="scroll">{show.block_html(block)}</div>'


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


def _caption(plan: dict[str, Any]) -> str:
    if plan["planned"] is None:
        return "No number of leads can be planned."
    text = "Each bar is what is expected of new leads, and times the rate below it is the next bar"
    if plan["pipeline"]:
        text += "; the lighter part is expected of what is in flight"
    if plan["confidence"] is not None:
        text += "; the line is the checkpoint, what the stage must deliver"
    return f"{text}."


def _funnel(plan: dict[str, Any]) -> str:
    """Draw a bar per stage: what is expected of new leads, then of what is in flight; the checkpoint is a line."""
    found = plan["stages"]
    longest = max(max(stage["expected"] or 0, stage["needed"] or 0) for stage in found) or 1
    row, width = 64, 640
    names = [_cut(stage["stage"], _LONGEST_NAME) for stage in found]
    numbers = [_numbers(stage) for stage in found]
    left = max(170, *(math.ceil(_width(name)) + 32 for name in names))
    right = max(130, *(math.ceil(_width(number)) + 24 for number in numbers))
    room = width - left - right
    parts = [
        f'<svg class="funnel" viewBox="0 0 {width} {row * len(found)}" role="img" '
        'aria-label="Funnel: expected numbers, with checkpoints">'
    ]
    for index, (stage, name, number) in enumerate(zip(found, names, numbers, strict=True)):
        top = index * row
        whole = "" if name == stage["stage"] else f"<title>{html.escape(stage['stage'])}</title>"
        parts.append(f'<text x="{left - 16}" y="{top + 27}" text-anchor="end">{whole}{html.escape(name)}</text>')
        at = float(left)
        for key, colour in (("expected_new", "bar"), ("expected_open", "mark-soft")):
            if not stage[key]:
                continue
            # What is there is seen, however little it is beside the first.
            length = max(room * stage[key] / longest, 2)
            parts.append(f'<rect x="{at:.1f}" y="{top + 6}" width="{length:.1f}" height="32" fill="var(--{colour})"/>')
            at += length
        if stage["needed"] is not None:
            x = left + room * stage["needed"] / longest
            at = max(at, x)
            parts.append(
                f'<rect x="{x - 1.5:.1f}" y="{top + 2}" width="3" height="40" fill="var(--ink)">'
                f"<title>checkpoint: {show.count(stage['needed'])} needed</title></rect>"
            )
        parts.append(f'<text x="{at + 12:.1f}" y="{top + 27}">{number}</text>')
        if stage["rate_by_deadline"] is not None:
            rate = show.percent(stage["rate_by_deadline"])
            parts.append(f'<text class="soft" x="{left + 14}" y="{top + 57}">↓ {rate}</text>')
    return "".join([*parts, "</svg>"])


def _numbers(stage: dict[str, Any]) -> str:
    """Write what is expected of new leads, of which checkpoint it falls short, and what is in flight beside it."""
    new, open_, needed = stage["expected_new"], stage["expected_open"], stage["needed"]
    text = show.mean(new)
    if new is not None and (needed or 0) > new:
        text += f" of {show.count(needed)}"
    return f"{text} + {show.mean(open_)}" if open_ else text
