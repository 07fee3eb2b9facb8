"""`backcast` on the shell: rates, plans and backtests from a table, or an answer to a request.

>>> from backcast._shell import main
>>> main(["rates", "nowhere.csv", "--stages", "lead,customer"])
2
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from backcast import _native
from backcast import _show as show
from backcast._answer import answer
from backcast._ask import plan
from backcast._backtest import Backtest
from backcast._history import History, read_leads
from backcast._plan import Plan
from backcast._rates import Rates

DONE, UNUSABLE = 0, 2
_WIDE = 140


class _OneLine(argparse.ArgumentParser):
    """Says in one line what is wrong with the command line."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see `{self.prog} --help`", file=sys.stderr)
        raise SystemExit(UNUSABLE)


def _parser() -> argparse.ArgumentParser:
    parser = _OneLine(prog="backcast", description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"backcast {_native.__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    rates = commands.add_parser(
        "rates", help="what history supports: conversion per step and segment", allow_abbrev=False
    )
    _reading(rates, required=True)
    rates.add_argument("--horizon-days", type=int, help="days after entering a stage within which a conversion counts")
    _learning(rates)
    testing = commands.add_parser(
        "backtest", help="what a plan would have predicted in the past, and what came", allow_abbrev=False
    )
    _reading(testing, required=True)
    testing.add_argument("--every", default="month", help="length of the cohorts: month (default) or quarter")
    testing.add_argument("--horizon-days", type=int, help="days after entering within which a customer counts")
    testing.add_argument("--origins", type=int, metavar="N", help="only the latest N origins")
    testing.add_argument("--progress", action="store_true", help="show on standard error how many origins are done")
    planning = commands.add_parser("plan", help="what must be true for a goal", allow_abbrev=False)
    planning.add_argument(
        "--request", metavar="FILE", help="a request as JSON, `-` for standard input; prints the answer"
    )
    _reading(planning, required=False)
    _learning(planning)
    goal = planning.add_argument_group("goal")
    goal.add_argument("--revenue", metavar="MONEY", help='such as "1000000 EUR"')
    goal.add_argument("--customers", metavar="N", help="a number of customers")
    goal.add_argument("--growth-percent", metavar="P", help="growth over --baseline")
    goal.add_argument("--baseline", metavar="MONEY", help='such as "1000000 EUR"')
    goal.add_argument("--start", metavar="DAY", help="first day")
    goal.add_argument("--by", metavar="DAY", help="last day")
    goal.add_argument("--confidence", metavar="C", help="probability with which the goal is to be met, such as 0.8")
    goal.add_argument("--deal-size", metavar="AMOUNT", help="mean revenue of a won deal; else from --amount")
    goal.add_argument(
        "--deal-cv", metavar="CV", help="how deals of --deal-size differ: standard deviation ÷ mean, such as 0.8"
    )
    goal.add_argument(
        "--pipeline",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="count what the table's own open leads are worth (the default)",
    )
    goal.add_argument(
        "--leads",
        dest="stated",
        metavar="N",
        help="what becomes of so many leads, instead of how many it takes",
    )
    goal.add_argument("--rounding", help="ceil (default), end, nearest or exact")
    goal.add_argument(
        "--owners", metavar="STAGE=OWNER,…", help="who answers for which stage: lead=marketing,customer=sales"
    )
    planning.add_argument("--html", metavar="FILE", help="write the plan as a page")
    return parser


def _learning(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--half-life-quarters",
        type=float,
        metavar="Q",
        help="so many quarters ago a lead counts half (default: all alike)",
    )


def _reading(parser: argparse.ArgumentParser, *, required: bool) -> None:
    reading = parser.add_argument_group("reading")
    reading.add_argument(
        "leads", nargs=None if required else "?", help="CSV, Parquet, or SQL that starts with select or with"
    )
    reading.add_argument(
        "--stages",
        help="columns with the day each stage was entered, first stage first: a,b,c; or with names: lead=a,customer=b",
    )
    reading.add_argument("--id", help="column with the lead's id")
    reading.add_argument("--lost", help="column with the day of the loss")
    reading.add_argument("--amount", help="column with the amount of the won deal")
    reading.add_argument("--currency", help="ISO 4217 code, or the column with it")
    reading.add_argument("--segment", help="columns that split leads: a or a,b")
    reading.add_argument("--as-of", metavar="DAY", help="last day whose records are complete")
    reading.add_argument(
        "--observed-from", metavar="DAY", help="day (or column) from which leads were under observation"
    )
    reading.add_argument("--date-order", help="dmy, mdy or ymd")
    reading.add_argument("--time-zone", default="UTC", help="zone in which timestamps with an offset fall on a day")
    reading.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0: done, 2: the input can't be used."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show an arrow still gets the numbers.
            stream.reconfigure(errors="replace")
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else UNUSABLE
    try:
        run = {"rates": _rates, "backtest": _backtest, "plan": _plan}[options.command]
        code = _request(options.request) if getattr(options, "request", None) else run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read has read enough, such as `head`: that is no fault, and Python must not say so when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except _native.BackcastError as error:
        print(f"backcast: {' '.join(str(error).split())}", file=sys.stderr)
        return UNUSABLE
    except OSError as error:
        print(f"backcast: `{error.filename}` cannot be written: {error.strerror}", file=sys.stderr)
        return UNUSABLE


def _read(options: argparse.Namespace) -> History:
    if not options.leads or not options.stages:
        raise _native.refuse(
            "missing_key", "LEADS.csv and --stages" if not options.leads else "--stages", "a table and its stages"
        )
    return read_leads(
        options.leads,
        stages=_stages(options.stages),
        id=options.id,
        lost=options.lost,
        amount=options.amount,
        currency=options.currency,
        segment=_names(options.segment) if options.segment else (),
        as_of=options.as_of,
        observed_from=options.observed_from,
        date_order=options.date_order,
        time_zone=options.time_zone,
    )


def _names(listed: str) -> list[str]:
    """Take apart `a,b` or `a, b`."""
    return [name.strip() for name in listed.split(",")]


def _stages(listed: str) -> list[str] | dict[str, str]:
    """Take apart `a,b`, or `lead=a,customer=b`."""
    return _pairs("--stages", listed) if "=" in listed else _names(listed)


def _pairs(option: str, listed: str) -> dict[str, str]:
    """Take apart `a=x,b=y`."""
    pairs = [name.partition("=") for name in _names(listed)]
    for name, equals, _ in pairs:
        if not equals:
            raise _native.refuse("missing_key", f"{option} {name}=…", "`a=x,b=y`, each with its name; or none of them")
    named = {name.strip(): value.strip() for name, _, value in pairs}
    if len(named) < len(pairs):
        names = [name.strip() for name, _, _ in pairs]
        raise _native.refuse("same_stage", next(name for name in names if names.count(name) > 1))
    return named


def _rates(options: argparse.Namespace) -> int:
    history = _read(options)
    rates = history.rates(horizon_days=options.horizon_days, half_life_quarters=options.half_life_quarters)
    if options.json:
        columns = rates.to_dict()
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        print(json.dumps({"counts": history.counts(), "rates": rows, "warnings": rates.warnings}, ensure_ascii=False))
    else:
        _show(rates, history)
    return DONE


def _backtest(options: argparse.Namespace) -> int:
    history = _read(options)
    tested = history.backtest(
        every=options.every,
        horizon_days=options.horizon_days,
        origins=options.origins,
        progress=options.progress,
    )
    if options.json:
        print(json.dumps({"counts": history.counts(), "backtest": tested.to_dict()}, ensure_ascii=False))
    else:
        _show(tested, history)
    return DONE


def _plan(options: argparse.Namespace) -> int:
    growth = {"baseline": options.baseline, "percent": options.growth_percent}
    named = [value for value in growth.values() if value is not None]
    if len(named) == 1:
        missing = "--baseline" if options.baseline is None else "--growth-percent"
        raise _native.refuse("missing_key", missing, '`--growth-percent 10 --baseline "1000000 EUR"`, both together')
    if options.deal_cv is not None and options.deal_size is None:
        raise _native.refuse("missing_key", "--deal-size", "`--deal-size 10000 --deal-cv 0.8`, both together")
    size = {"mean": options.deal_size, "cv": options.deal_cv}
    history = _read(options)
    rates = history.rates(half_life_quarters=options.half_life_quarters)
    made = plan(
        revenue=options.revenue,
        customers=options.customers,
        growth=growth if named else None,
        start=options.start,
        by=options.by,
        rates=rates,
        deal_size=options.deal_size if options.deal_cv is None else size,
        pipeline=history if options.pipeline else [],
        leads=options.stated,
        confidence=options.confidence,
        rounding=options.rounding,
        owners=_pairs("--owners", options.owners) if options.owners else None,
    )
    if options.html:
        made.to_html(options.html)
    if options.json:
        print(json.dumps({"plan": made.to_dict()}, ensure_ascii=False))
    else:
        # The answer first; then what it rests on.
        _show(made, rates, history)
    return DONE


def _show(*things: Plan | Rates | History | Backtest) -> None:
    """Print results, no wider than the terminal; what is not one is taken as wide."""
    columns = shutil.get_terminal_size((_WIDE, 24)).columns if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDE
    print(*(show.as_text(thing._blocks(), columns) for thing in things), sep="\n\n\n")


def _request(file: str) -> int:
    try:
        given = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        answered = answer(json.loads(given.decode("utf-8-sig")))
    except OSError:
        answered = _refused("source_not_found", file, "a file with a request, or `-`")
    except UnicodeDecodeError:
        answered = _refused("not_utf8", file)
    except (json.JSONDecodeError, RecursionError) as error:
        answered = _refused("malformed_request", str(error))
    print(json.dumps(answered, ensure_ascii=False))
    return UNUSABLE if "error" in answered else DONE


def _refused(kind: str, given: str, allowed: str | None = None) -> dict[str, Any]:
    error = _native.refuse(kind, given, allowed)
    return {"error": {key: getattr(error, key) for key in ("kind", "message", "given", "allowed", "at")}}


if __name__ == "__main__":
    sys.exit(main())
