"""The cheapest mix of many channels as SciPy finds it on the exact probability, kept in `mixes.json`.

SLSQP starts from half of the capacities and from the library's own mix; whatever it finds is a bound for any other way.
"""

from __future__ import annotations

import json
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln
from scipy.stats import norm

import backcast as bc

Numbers = np.ndarray[Any, Any]
FILE = Path(__file__).with_name("mixes.json")
# Channels and seed of each world; each is asked at every confidence.
WORLDS = [(10, 1), (10, 2), (20, 3), (50, 4)]
CONFIDENCES = [0.6, 0.8, 0.95]


class World:
    """Channels with a learned rate, a price and a capacity; customers are beta-binomial, exactly."""

    def __init__(self, channels: int, customers: int, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self.customers = customers
        self.entered = draw.integers(200, 2000, channels)
        self.converted = np.maximum(2, (self.entered * draw.uniform(0.01, 0.06, channels)).astype(int))
        self.cost = np.round(draw.uniform(20, 60, channels), 2)
        self.most = draw.integers(100, 900, channels).astype(float)

    def request(self, confidence: float) -> dict[str, Any]:
        rows = zip(self.converted, self.entered, self.cost, self.most, strict=True)
        channels = [
            {
                "channel": f"c{at}",
                "rates": [{"converted": int(converted), "entered": int(entered)}],
                "cost_per_lead": float(cost),
                "capacity": int(most),
            }
            for at, (converted, entered, cost, most) in enumerate(rows)
        ]
        goal = {"customers": self.customers, "confidence": confidence}
        return {"goal": goal, "funnel": ["lead", "customer"], "channels": channels, "shared_shock": "0"}

    def probability(self, leads: Numbers) -> float:
        k = np.arange(self.customers)[None, :]
        n = np.maximum(leads, 0.0)[:, None]
        a, b = (self.converted + 0.5)[:, None], (self.entered - self.converted + 0.5)[:, None]
        # Between whole numbers of leads k may be the whole number above.
        reached = k < n + 1
        j = np.where(reached, k, 0)
        log = gammaln(n + 1) - gammaln(j + 1) - gammaln(n - j + 1) + betaln(j + a, n - j + b) - betaln(a, b)
        pmf = np.where(reached, np.exp(log), 0.0)
        total = np.zeros(self.customers)
        total[0] = 1.0
        for row in pmf[leads > 1e-9]:
            total = np.convolve(total, row)[: self.customers]
        return float(1 - total.sum())

    def cheapest(self, confidence: float, start: Numbers) -> float:
        """SLSQP in units of the capacities, the constraint on the probit scale."""
        goal = norm.ppf(confidence)
        scale = float(self.cost @ self.most)

        def gap(x: Numbers) -> float:
            return float(norm.ppf(np.clip(self.probability(x * self.most), 1e-9, 1 - 1e-9)) - goal)

        found = minimize(
            lambda x: float(self.cost @ (x * self.most)) / scale,
            start / self.most,
            jac=lambda _: self.cost * self.most / scale,
            bounds=[(0.0, 1.0)] * len(self.most),
            constraints={"type": "ineq", "fun": gap},
            method="SLSQP",
            options={"maxiter": 60, "ftol": 1e-9},
        )
        return float(self.cost @ (found.x * self.most)) if gap(found.x) >= -1e-6 else np.inf


def bound(channels: int, seed: int, confidence: float) -> float:
    """Give the cost of the cheapest mix that SLSQP finds."""
    world = World(channels, customers=4 * channels, seed=seed)
    mix = bc.answer(world.request(confidence))["plan"]["channels"]["cheapest"]
    leads = np.array([row["leads"] for row in mix["leads"]], dtype=float)
    return min(world.cheapest(confidence, start) for start in [world.most / 2, leads])


def main() -> None:
    """Search all anew."""
    kept = {}
    for (channels, seed), confidence in product(WORLDS, CONFIDENCES):
        began = time.perf_counter()
        kept[f"{channels} {seed} {confidence}"] = bound(channels, seed, confidence)
        print(f"{time.perf_counter() - began:7.1f} s  {channels} channels, seed {seed}, at {confidence}", flush=True)
    FILE.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
