"""Random requests over every regime of the outlook, each by its number: the same number asks the same."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

Asked = dict[str, Any]
Dice = np.random.Generator
START = date(2026, 10, 1)
CONFIDENCES = [0.05, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.8, 0.8, 0.9, 0.95, 0.99, 0.999]
KINDS = ["customers", "alike", "lattice", "no unit", "far apart", "gamma", "log-normal", "doubt", "free"]


def pick(dice: Dice, values: list[Any]) -> Any:
    return values[int(dice.integers(len(values)))]


def rate(dice: Dice, high: float) -> Asked:
    """Give a stated, learned or estimated rate, from nearly unknown to nearly sure."""
    form = dice.random()
    mean = float(np.round(np.exp(dice.uniform(np.log(0.02), np.log(high))), 4))
    if form < 0.25:
        return {"rate": str(mean)}
    if form < 0.65:
        entered = int(pick(dice, [5, 12, 40, 150, 600, 2000, 6000]))
        return {"converted": round(entered * mean), "entered": entered}
    if dice.random() < 0.15:
        weight = pick(dice, [0.02, 0.3, 1e6, 1e7])
    else:
        weight = float(np.round(np.exp(dice.uniform(np.log(2), np.log(5_000))), 2))
    return {"mean": min(mean, 0.97), "ess": weight}


def amount(dice: Dice, kind: str) -> str:
    if kind == "unit":
        return str(500 * int(dice.integers(1, 40)))
    return f"{np.exp(dice.uniform(np.log(50), np.log(40_000))):.2f}"


def deal_size(dice: Dice, kind: str) -> Asked | None:
    mean = pick(dice, ["1000", "10000", "777.77"])
    if kind == "customers":
        return None if dice.random() < 0.7 else {"mean": "1000", "cv": 0.5}
    if kind == "alike":
        return {"mean": mean} | ({"cv": 0} if dice.random() < 0.5 else {})
    if kind in {"gamma", "log-normal", "doubt"}:
        size: Asked = {"mean": mean, "cv": pick(dice, [0.1, 0.4, 0.8, 1.0, 1.5])}
        if kind == "gamma" or (kind == "doubt" and dice.random() < 0.5):
            size["family"] = "gamma"
        if kind == "doubt":
            size["deals"] = pick(dice, [3, 8, 30, 200])
        return size
    if kind == "far apart":
        return {"amounts": [pick(dice, ["29", "100", "49.99"]), pick(dice, ["12000", "60000", "1000000"])]}
    if kind == "no unit":
        return {"amounts": [amount(dice, "any") for _ in range(int(dice.integers(2, 4)))]}
    listed = [amount(dice, "unit") for _ in range(int(dice.integers(2, 7)))]
    return {"amounts": listed + (["0"] * int(dice.integers(1, 3)) if kind == "free" else [])}


def mean_of(size: Asked | None) -> float:
    if size is None:
        return 1.0
    return float(size["mean"]) if "mean" in size else float(np.mean([float(x) for x in size["amounts"]]))


def lag(dice: Dice) -> Asked:
    if dice.random() < 0.5:
        median = float(np.round(dice.uniform(1, 30), 1))
        return {"median_days": median, "p90_days": round(median * float(dice.uniform(1.3, 5)), 1)}
    days = int(dice.integers(1, 25))
    weights = dice.random(days)
    weights[: int(dice.integers(0, days))] = 0
    weights[-1] += 0.1
    pmf = np.round(weights / weights.sum(), 6)
    pmf[-1] += 1 - pmf.sum()
    return {"pmf": [float(p) for p in np.round(pmf, 6)]}


def pipeline(dice: Dice, stages: list[str], kind: str, worth: float, target: float) -> list[Asked]:
    rows = int(pick(dice, [0, 0, 1, 2, 3, 5, 10, 40, 200]))
    money = pick(dice, ["none", "none", "all", "some"]) if kind != "customers" else "none"
    how = pick(dice, ["unit", "any", "like", "huge"])
    found = []
    for _ in range(rows):
        one: Asked = {
            "stage": pick(dice, stages[:-1]),
            "age_days": int(pick(dice, [0, 1, 3, 10, 30, 100])),
            "count": int(pick(dice, [0, 1, 1, 2, 5, 20] if rows < 40 else [1, 1, 2, 5])),
        }
        if money == "all" or (money == "some" and dice.random() < 0.5):
            one["amount"] = {
                "unit": lambda: amount(dice, "unit"),
                "any": lambda: amount(dice, "any"),
                "like": lambda: f"{worth * dice.uniform(0.3, 3):.2f}",
                "huge": lambda: f"{target * dice.uniform(0.1, 1.2):.2f}",
            }[how]()
            if dice.random() < 0.05:
                one["amount"] = "0"
        found.append(one)
    return found


def request(number: int, *, channels: bool = False) -> Asked:
    """Give the request of a number."""
    dice = np.random.default_rng([number, 11])
    kind = pick(dice, KINDS)
    steps = int(pick(dice, [1, 1, 2, 2, 3, 3, 4, 5, 7, 11]))
    stages = [f"s{at}" for at in range(steps + 1)]
    size = deal_size(dice, kind)
    worth = mean_of(size)
    high = 0.6 if steps <= 3 else 0.95
    wins = pick(dice, [0.4, 1, 2, 5, 8, 20, 60, 200] + ([2_000] if kind in {"customers", "alike", "gamma"} else []))
    goal: Asked = {"confidence": pick(dice, CONFIDENCES)}
    target = max(1.0, wins * worth)
    if kind == "customers":
        goal["customers"] = max(1, int(wins))
    else:
        target = round(target * float(dice.uniform(0.8, 1.2)), 2 if dice.random() < 0.5 else 0)
        goal["revenue"] = f"{target:.2f} EUR"
    if dice.random() < 0.03:
        del goal["confidence"]
    asked: Asked = {"goal": goal, "funnel": stages, "rates": [rate(dice, high) for _ in range(steps)]}
    if size is not None:
        asked["deal_size"] = size
    rows = pipeline(dice, stages, kind, worth, target)
    if rows:
        asked["pipeline"] = rows
    if rows or dice.random() < 0.5:
        goal["start"] = START.isoformat()
    if "start" in goal and dice.random() < 0.5:
        goal["by"] = (START + timedelta(int(dice.integers(20, 400)))).isoformat()
        asked["lags"] = [lag(dice) for _ in range(steps)]
    if channels:
        through(dice, asked, kind, high)
    return asked


def through(dice: Dice, asked: Asked, kind: str, high: float) -> None:
    """Add channels to a request."""
    asked["channels"] = [
        {
            "channel": f"c{at}",
            "cost_per_lead": float(np.round(dice.uniform(5, 80), 2)),
            "rates": [rate(dice, high) for _ in asked["rates"]],
        }
        for at in range(int(dice.integers(1, 6)))
    ]
    asked["shared_shock"] = pick(dice, ["0", "0", "0", "0.5", "1"])
    for one in asked["channels"]:
        if dice.random() < 0.2:
            one["capacity"] = int(dice.integers(1, 3_000))
        if dice.random() < 0.2:
            one["saturation"] = {pick(dice, ["half_at", "ceiling"]): int(dice.integers(50, 5_000))}
        if kind != "customers" and dice.random() < 0.15:
            one["deal_size"] = deal_size(dice, kind)
    if dice.random() < 0.4:
        del asked["rates"]


def regime(asked: Asked) -> str:
    """Name what is special about a request, for grouping."""
    size = asked.get("deal_size")
    if "customers" in asked["goal"]:
        kind = "customers"
    elif size is None:
        kind = "none"
    elif "amounts" in size:
        kind = "amounts" + (" with 0" if "0" in size["amounts"] else "")
    else:
        kind = size.get("family", "log-normal") if float(size.get("cv", 0)) > 0 else "alike"
        kind += " with doubt" if "deals" in size else ""
    rows = asked.get("pipeline", [])
    known = any("amount" in row for row in rows) and kind != "customers"
    parts = [kind, "known amounts" if known else "open leads" if rows else "nothing open"]
    parts += [f"{len(asked['channels'])} channels"] if "channels" in asked else []
    return ", ".join(parts)
