"""Every single lead drawn: figures and their standard errors, kept in `figures.json` (`make oracle-figures`).

The draws of all cases take minutes and never change while the requests and the planned numbers stay, so the tests read
the figures. A figure belongs to its request and to its number of leads: `test_pipeline.py` refuses others.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from asking import HEAVY, OPEN, THREE, TWO, asked, row, with_pipeline
from outcomes import Deals, World, posterior

import backcast as bc

Numbers = np.ndarray[Any, Any]
FILE = Path(__file__).with_name("figures.json")
SEED = 20261001


def delays(dice: np.random.Generator, pmf: list[float], many: int) -> Numbers:
    cdf = np.cumsum(pmf)
    return np.searchsorted(cdf / cdf[-1], dice.random(many), side="right")


def onward(
    request: dict[str, Any],
    dice: np.random.Generator,
    rates: list[Numbers],
    stage: int,
    leads: tuple[Numbers, Numbers],
) -> tuple[Numbers, Numbers]:
    """Tell which leads of a stage, each of a draw and so many days under way, are ever won, and after how many days."""
    draw, days = leads
    for step in range(stage, len(rates)):
        moves = dice.random(len(draw)) < rates[step][draw]
        draw, days = draw[moves], days[moves]
        days = days + delays(dice, request["lags"][step]["pmf"], len(draw))
    return draw, days


def open_leads(
    request: dict[str, Any], dice: np.random.Generator, rates: list[Numbers], line: dict[str, Any]
) -> Numbers:
    """Count how many of a row are won in time in each draw: leads that moved on before their age are drawn anew."""
    stage, count, age = request["funnel"].index(line["stage"]), line["count"], line["age_days"]
    if "lags" not in request:
        return in_the_end(dice, rates[stage:], count)
    fresh = np.repeat(np.arange(len(rates[stage]), dtype=np.int32), count)
    draws, lags = [], []
    while len(fresh):
        draw = fresh[dice.random(len(fresh)) < rates[stage][fresh]]
        lag = delays(dice, request["lags"][stage]["pmf"], len(draw))
        late = lag > age
        draws.append(draw[late])
        lags.append(lag[late] - age)
        fresh = draw[~late]
    draw, days = onward(request, dice, rates, stage + 1, (np.concatenate(draws), np.concatenate(lags)))
    left = (date.fromisoformat(request["goal"]["by"]) - date.fromisoformat(request["goal"]["start"])).days
    return np.bincount(draw[days <= left], minlength=len(rates[stage]))


def in_the_end(dice: np.random.Generator, rates: list[Numbers], entrants: int) -> Numbers:
    won: Numbers = np.full(len(rates[0]), entrants)
    for rate in rates:
        won = dice.binomial(won, rate)
    return won


def newcomers(request: dict[str, Any], dice: np.random.Generator, rates: list[Numbers], entrants: int) -> Numbers:
    won = in_the_end(dice, rates, entrants)
    if "lags" not in request:
        return won
    length = (date.fromisoformat(request["goal"]["by"]) - date.fromisoformat(request["goal"]["start"])).days + 1
    # Whether a lead is won and how long it takes do not depend on each other: only of those won is the way drawn.
    draw = np.repeat(np.arange(len(won)), won)
    taken = sum(delays(dice, lag["pmf"], len(draw)) for lag in request["lags"])
    return np.bincount(draw[dice.integers(0, length, len(draw)) + taken < length], minlength=len(won))


def sums(dice: np.random.Generator, deals: Deals, counts: Numbers) -> Numbers:
    if deals.law == "alike":
        return counts * deals.mean
    factor = 1.0
    if deals.doubt:
        factor = np.exp(np.sqrt(deals.doubt) * dice.standard_normal(len(counts)) - deals.doubt / 2)
    if deals.law == "gamma":
        shape = 1 / deals.cv**2
        return np.asarray(factor * dice.standard_gamma(counts * shape) * (deals.mean / shape))
    sigma = np.sqrt(np.log1p(deals.cv**2))
    each = np.exp(sigma * dice.standard_normal(counts.sum()) - sigma**2 / 2) * deals.mean
    upto = np.concatenate([[0.0], np.cumsum(each)])[np.concatenate([[0], np.cumsum(counts)])]
    return np.asarray(factor * np.diff(upto))


def simulated(request: dict[str, Any], entrants: int, draws: int, seed: int) -> tuple[Numbers, Numbers]:
    """Draw customers and revenue (customers without deals)."""
    dice = np.random.default_rng(seed)
    customers, revenue = [], []
    leads = sum(line["count"] for line in request.get("pipeline", [])) if "lags" in request else 8
    block = max(1000, min(draws, 1_000_000, int(8e6 / max(1, leads))))
    for _ in range(-(-draws // block)):
        rates = [
            np.full(block, p) if isinstance(p, float) else dice.beta(*p, block)
            for p in map(posterior, request["rates"])
        ]
        modelled = newcomers(request, dice, rates, entrants)
        all_won, known = modelled.copy(), np.zeros(block)
        for line in request.get("pipeline", []):
            won = open_leads(request, dice, rates, line) if line["count"] else np.zeros(block, dtype=int)
            all_won += won
            if "amount" in line:
                known += won * float(line["amount"])
            else:
                modelled += won
        customers.append(all_won)
        revenue.append(
            sums(dice, Deals.of(request["deal_size"]), modelled) + known if "deal_size" in request else all_won
        )
    return np.concatenate(customers), np.concatenate(revenue)


LOG_NORMAL = {"mean": "1000", "cv": HEAVY}
CASES = {
    "tiny rates, heavy tails": (asked("3000", [{"mean": 1e-6, "ess": 3e6}], LOG_NORMAL, 0.5), 10_000_000),
    "3 leads, heavy tails": (asked("1000", [{"rate": "0.4"}], LOG_NORMAL, None), 10_000_000),
    "nothing learned yet": (asked("3000", [{"converted": 0, "entered": 60}], LOG_NORMAL, 0.3), 10_000_000),
    "a million leads": (
        asked("20000000", [{"mean": 0.02, "ess": 20000}], {"mean": "1000", "cv": HEAVY, "family": "gamma"}),
        1_000_000,
    ),
    "many heavy tails": (asked("60000", TWO, LOG_NORMAL, 0.7), 300_000),
    "one huge open deal": (
        with_pipeline(asked("60000", TWO, LOG_NORMAL, 0.5), row("mql", 1, amount="45000"), row("mql", 20)),
        300_000,
    ),
    "no open leads": (
        with_pipeline(asked("9000", TWO, LOG_NORMAL, 0.5), row("mql", 0), row("lead", 0, amount="7")),
        10_000_000,
    ),
    "the target is in flight": (
        with_pipeline(asked("9000", TWO, LOG_NORMAL, 0.8), row("mql", 60), row("lead", 60, amount="1500")),
        10_000_000,
    ),
    "stages and ages before a deadline": (
        with_pipeline(asked("9000", THREE, {"mean": "1000", "cv": 0.8}, 0.4), *OPEN, in_time=True),
        10_000_000,
    ),
    "customers before a deadline": (with_pipeline(asked("14", THREE, None, 0.8), *OPEN, in_time=True), 10_000_000),
    "doubt about the mean beside known amounts": (
        with_pipeline(
            asked("9000", TWO, LOG_NORMAL | {"deals": 30}, 0.6), row("mql", 5, amount="1700"), row("lead", 30)
        ),
        10_000_000,
    ),
}


def figure(name: str, entrants: int) -> dict[str, Any]:
    """Draw one case: the share that meets the goal, means, and between which amounts the 10 % and 90 % points lie."""
    request, draws = CASES[name]
    target = World(request).target * (1 - 1e-12)
    customers, revenue = simulated(request, entrants, draws, SEED)
    drawn = {"request": request, "entrants": entrants, "seed": SEED, "draws": len(revenue)}
    drawn["met"] = float((revenue >= target).mean())
    drawn["customers"] = spread(customers)
    drawn["revenue"] = spread(revenue) if "deal_size" in request else None
    if any(line["count"] for line in request.get("pipeline", [])):
        _, alone = simulated(request, 0, draws // 10, seed=7)
        drawn["alone"] = {"draws": len(alone), "met": float((alone >= target).mean())}
    return drawn


def spread(seen: Numbers) -> dict[str, Any]:
    """Give the mean and its error, and between which amounts a quantile lies (four standard errors of its share)."""
    error = float(seen.std() / np.sqrt(len(seen)))
    margin = 4 * np.sqrt(0.09 / len(seen)) + 2e-5
    said: dict[str, Any] = {"mean": float(seen.mean()), "error": error}
    for key, share in [("low", 0.1), ("high", 0.9)]:
        places = [int(np.ceil((share - margin) * len(seen))) - 1, int((share + margin) * len(seen))]
        said[key] = [float(amount) for amount in np.partition(seen, places)[places]]
    return said


def main(names: list[str]) -> None:
    """Draw the named cases anew, all without a name."""
    kept = json.loads(FILE.read_text()) if FILE.exists() else {}
    for name in names or CASES:
        began = time.perf_counter()
        kept[name] = figure(name, bc.answer(CASES[name][0])["plan"]["planned"])
        print(f"{time.perf_counter() - began:7.1f} s  {name}", flush=True)
    FILE.write_text(json.dumps({name: kept[name] for name in CASES}, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
