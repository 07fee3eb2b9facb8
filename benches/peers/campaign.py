"""Simulated campaigns: a request and its answer as the library wrote them, draws of rates and sums of deals."""

import json
import time
from pathlib import Path

import numpy as np

CHUNK = 100_000
# From targets of so many deals on their sum is drawn as a normal: doubt about the rates is then so much wider that
# these draws cannot tell the two apart.
MANY = 1_000


class Campaign:
    """What was asked, and what was answered."""

    def __init__(self, file):
        asked = json.loads(Path(file).read_text())
        self.request, self.plan = asked["request"], asked["answer"]["plan"]
        goal, deal = self.request["goal"], self.request.get("deal_size")
        self.revenue = float(goal["revenue"].split()[0]) if "revenue" in goal else None
        self.customers, self.confidence = goal.get("customers"), goal.get("confidence")
        self.mean, self.cv = (float(deal["mean"]), float(deal["cv"])) if deal else (None, None)

    def at_least(self, leads, draws, seed):
        """P(target) from so many leads, over so many draws."""
        dice = np.random.default_rng(seed)
        hits = 0
        for _ in range(draws // CHUNK):
            wins = dice.binomial(leads, rates(dice, self.request["rates"], CHUNK))
            if self.revenue is None:
                hits += (wins >= self.customers).sum()
            else:
                hits += (self.deals(dice, wins) >= self.revenue).sum()
        return hits / draws

    def deals(self, dice, wins):
        """Draw the sum of so many log-normal deals, one per draw."""
        if self.revenue / self.mean >= MANY:
            return self.mean * (wins + self.cv * np.sqrt(wins) * dice.standard_normal(len(wins)))
        shape = np.sqrt(np.log1p(self.cv * self.cv))
        amounts = dice.lognormal(np.log(self.mean) - shape * shape / 2, shape, wins.sum())
        ends = np.concatenate([[0], np.cumsum(amounts)])[np.cumsum(wins)]
        return np.diff(ends, prepend=0.0)


def rates(dice, steps, draws):
    """Draw the product of the steps' rates."""
    product = np.ones(draws)
    for step in steps:
        if "mean" in step:
            product *= dice.beta(step["mean"] * step["ess"], (1 - step["mean"]) * step["ess"], draws)
        else:
            product *= dice.beta(step["converted"] + 0.5, step["entered"] - step["converted"] + 0.5, draws)
    return product


def fastest(job, runs):
    """Time the fastest run, and return what all runs found; each is told its number."""
    best, found = float("inf"), []
    for run in range(runs):
        start = time.perf_counter()
        found.append(job(run))
        best = min(best, time.perf_counter() - start)
    return best, found


def report(name, seconds, value, error):
    """Print one line for the table."""
    print(f"{name}\t{seconds}\t{value}\t{error}")


def standard_error(share, draws):
    """Give the standard error of a simulated probability."""
    return (share * (1 - share) / draws) ** 0.5
