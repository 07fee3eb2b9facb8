"""Requests as the oracles ask them: a target, rates, deals, open leads."""

from __future__ import annotations

from typing import Any

import numpy as np

Rate = dict[str, Any]
FUNNEL = ["lead", "mql", "sql", "customer"]
TWO: list[Rate] = [{"mean": 0.3, "ess": 200}, {"mean": 0.4, "ess": 60}]
THREE: list[Rate] = [{"mean": 0.3, "ess": 200}, {"mean": 0.4, "ess": 100}, {"mean": 0.3, "ess": 60}]
DAYS = {"start": "2026-10-01", "by": "2026-10-30"}
LAGS = [{"pmf": [0.1] * 10}, {"pmf": [0, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1]}, {"pmf": [0.05] * 20}]
HEAVY = float(np.sqrt(np.expm1(1.5**2)))


def asked(target: str, rates: list[Rate], deals: Rate | None, confidence: float | None = 0.8) -> dict[str, Any]:
    goal: dict[str, Any] = {"revenue": f"{target} EUR"} if deals else {"customers": int(target)}
    if confidence is not None:
        goal["confidence"] = confidence
    request = {"goal": goal, "funnel": [*FUNNEL[: len(rates)], "customer"], "rates": rates}
    return request | ({"deal_size": deals} if deals else {})


def row(stage: str, count: int, age: int = 5, **amount: Any) -> dict[str, Any]:
    return {"stage": stage, "age_days": age, "count": count} | amount


def with_pipeline(request: dict[str, Any], *rows: dict[str, Any], in_time: bool = False) -> dict[str, Any]:
    request = request | {"pipeline": list(rows)}
    if in_time:
        request |= {"goal": request["goal"] | DAYS, "lags": LAGS[: len(request["rates"])]}
    return request


OPEN = [row("lead", 40, 3), row("mql", 20, 2), row("sql", 9, 4), row("sql", 6, 12), row("mql", 3, 30)]
