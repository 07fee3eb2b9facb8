"""What follows from a request, worked out anew: no lattice transform, no Gauss rule, no code of the library.

Given the rates, newcomers and open leads are binomial; their probability-generating function, averaged over the rates
on a trapezoidal grid of the logits, gives the joint distribution of the number of modelled deals and the sum of known
amounts. Sums of k deals come from a closed form (gamma), integers (equal deals, price lists) or direct convolution cut
at the target (log-normal, extrapolated over three grids).
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import betaln, expit, gammaincc, log_expit, ndtr, polygamma
from scipy.stats import binom

Numbers = np.ndarray[Any, Any]
Rule = tuple[Numbers, Numbers]


def posterior(rate: dict[str, Any]) -> tuple[float, float] | float:
    """Give both parameters of the Beta, or the rate itself."""
    if "rate" in rate:
        text = str(rate["rate"])
        return float(text.rstrip(" %")) / 100 if text.endswith("%") else float(text)
    if "ess" in rate:
        return rate["mean"] * rate["ess"], (1 - rate["mean"]) * rate["ess"]
    return rate["converted"] + 0.5, rate["entered"] - rate["converted"] + 0.5


def beta_rule(a: float, b: float, ratio: float) -> Rule:
    """Trapezoidal in the logit, where the density is analytic and falls exponentially: exact to rounding."""
    middle, deviation = np.log(a / b), float(np.sqrt(polygamma(1, a) + polygamma(1, b)))
    step = min(0.4, deviation / (1.3 * np.sqrt(1 + ratio * ratio)))
    left, right = (min(9.0 * deviation + 12 / part, 38 / part + 6 * deviation) for part in (a, b))
    logit = middle + np.arange(-np.ceil(left / step), np.ceil(right / step) + 1) * step
    density = np.exp(a * log_expit(logit) + b * log_expit(-logit) - betaln(a, b)) * step
    keep = density > 1e-17 * density.max()
    weights = density[keep] / density[keep].sum()
    return np.asarray(expit(logit[keep])), np.asarray(weights)


def power(x: Numbers, count: int) -> Numbers:
    """(1 + x)^count: by squaring, which is off by about count roundings, and by logarithms where these are too many."""
    if count > 1 << 17:
        return np.asarray(np.exp(count * np.log1p(x)))
    base, result = 1 + x, np.ones_like(x)
    while count:
        if count & 1:
            result *= base
        count >>= 1
        if count:
            base *= base
    return result


TABLES: dict[tuple[Deals, bytes], Numbers] = {}


@dataclass(frozen=True)
class Deals:
    """How much k deals bring: P(sum of k >= x) for all k up to `most` and several x > 0."""

    mean: float
    law: str = "alike"
    cv: float = 0.0
    amounts: tuple[Fraction, ...] = ()
    doubt: float = 0.0
    grid: int = 1 << 11

    @classmethod
    def of(cls, size: dict[str, Any] | None) -> Deals:
        if size is None:
            return cls(1.0)
        if "amounts" in size:
            amounts = tuple(Fraction(str(x)) for x in size["amounts"])
            mean = float(sum(amounts) / len(amounts))
            cv = float(np.std([float(x) for x in amounts])) / mean
            law, deals = "amounts", cls(mean, "amounts", cv, amounts)
        else:
            cv = float(size.get("cv", 0))
            law = "alike" if cv == 0 else size.get("family", "log_normal")
            deals = cls(float(size["mean"]), law, cv)
        if "deals" in size:
            n = int(size["deals"])
            square = np.log1p(cv * cv)
            doubt = square / n + square**2 / (2 * (n - 1)) if law == "log_normal" else cv * cv / n
            deals = replace(deals, doubt=float(doubt))
        return deals

    @property
    def square(self) -> float:
        return self.mean**2 * (1 + self.cv**2)

    def reach(self, most: int, at: Numbers) -> Numbers:
        """P(sum of k deals >= x), a row per k = 0 … most, with the doubt about the mean averaged out."""
        key = (self, at.tobytes())
        table = TABLES.get(key)
        if table is None or len(table) <= most:
            table = TABLES[key] = self.averaged(most + most // 4, at)
        return np.asarray(table[: most + 1])

    def averaged(self, most: int, at: Numbers) -> Numbers:
        if self.doubt == 0:
            return self.given_mean(most, at)
        z = np.linspace(-6.0, 6.0, 161)
        weights = np.exp(-z * z / 2)
        factors = np.exp(np.sqrt(self.doubt) * z - self.doubt / 2)
        scaled = (np.asarray(at)[:, None] / factors).ravel()
        table = self.given_mean(most, scaled).reshape(most + 1, len(at), len(z))
        return np.asarray(table @ (weights / weights.sum()))

    def given_mean(self, most: int, at: Numbers) -> Numbers:
        k = np.arange(most + 1)[:, None]
        at = np.asarray(at, dtype=float)
        if self.law == "alike":
            return (k * self.mean >= at * (1 - 1e-13)).astype(float)
        if self.law == "gamma":
            shape = 1 / self.cv**2
            return np.where(k == 0, at <= 0, gammaincc(np.maximum(k, 1) * shape, np.maximum(at, 0) * shape / self.mean))
        if self.law == "amounts":
            return self.listed(most, at)
        rows = np.empty((most + 1, len(at)))
        while (at > 0).any():
            # One grid per octave: amounts far below the top would lie between its first points.
            top = at.max()
            octave = at > top / 2
            levels = [self.convolved(most, at[octave], top, self.grid << level) for level in range(3)]
            first, second = ((4 * fine - coarse) / 3 for coarse, fine in itertools.pairwise(levels))
            rows[:, octave] = (16 * second - first) / 15
            at = np.where(octave, 0.0, at)
        return rows

    def listed(self, most: int, at: Numbers) -> Numbers:
        sums: dict[Fraction, float] = {Fraction(0): 1.0}
        share = {amount: count / len(self.amounts) for amount, count in Counter(self.amounts).items()}
        rows = np.zeros((most + 1, len(at)))
        top = max(at)
        for k in range(most + 1):
            values = np.array([float(value) for value in sums])
            chance = np.array(list(sums.values()))
            order = np.argsort(values)
            before = np.concatenate([[0.0], np.cumsum(chance[order])])
            rows[k] = 1 - before[np.searchsorted(values[order], at * (1 - 1e-13))]
            more: dict[Fraction, float] = {}
            for value, p in sums.items():
                for amount, q in share.items():
                    if value + amount < top * (1 + 1e-12) and p > 0:
                        more[value + amount] = more.get(value + amount, 0.0) + p * q
            sums = more or {Fraction(0): 0.0}
        return rows

    def convolved(self, most: int, at: Numbers, top: float, cells: int) -> Numbers:
        """Deals rounded to the nearest of so many points up to `top`; longer sums are cut, so nothing wraps around."""
        sigma = np.sqrt(np.log1p(self.cv**2))
        step = top / cells
        edges = (np.arange(cells + 2) - 0.5) * step
        cdf = ndtr((np.log(np.maximum(edges, 1e-300) / self.mean) + sigma**2 / 2) / sigma)
        cdf[0] = 0.0
        one = np.diff(cdf)
        size = next_fast_len(2 * cells + 1, real=True)
        transform = rfft(one, size)
        pmf = np.zeros(cells + 1)
        pmf[0] = 1.0
        rows = np.empty((most + 1, len(at)))
        where = at / step
        for k in range(most + 1):
            # Below x: all of what lies before, half of what lies on it, and a straight line in between.
            middle = np.cumsum(pmf) - pmf / 2
            rows[k] = 1 - np.interp(where, np.arange(cells + 1), middle) if k else at <= 0
            pmf = irfft(rfft(pmf, size) * transform, size)[: cells + 1]
        return rows


@dataclass(frozen=True)
class Cell:
    """Open leads of one stage: P(won in time) = rate·later·reach / (1 - rate·seen)."""

    stage: int
    count: int
    reach: float
    seen: float
    amount: Fraction | None


class World:
    """A request, ready to be asked for the distribution of what follows when `entrants` enter a stage."""

    def __init__(self, request: dict[str, Any]) -> None:
        goal = request["goal"]
        self.in_money = "revenue" in goal
        self.target = float(goal["revenue"].split()[0]) if self.in_money else float(goal["customers"])
        self.posteriors = [posterior(rate) for rate in request["rates"]]
        self.deals = Deals.of(request.get("deal_size"))
        funnel = request["funnel"]
        steps = len(funnel) - 1
        self.share = [1.0] * (steps + 1)
        lags = None
        days = 0
        if "by" in goal and "lags" in request:
            lags = [np.array(lag["pmf"], dtype=float) for lag in request["lags"]]
            days = (date.fromisoformat(goal["by"]) - date.fromisoformat(goal["start"])).days + 1
            rest = np.array([1.0])
            for stage in range(steps - 1, -1, -1):
                rest = np.convolve(lags[stage], rest)
                within = np.array([rest[: left + 1].sum() for left in range(days)])
                self.share[stage] = float(within.mean())
        self.cells = []
        for open_leads in request.get("pipeline", []):
            stage, age = funnel.index(open_leads["stage"]), open_leads["age_days"]
            reach, seen = 1.0, 0.0
            if lags is not None:
                later = np.array([1.0])
                for lag in lags[stage + 1 :]:
                    later = np.convolve(later, lag)
                left = days - 1
                moves = lags[stage]
                reach = sum(
                    moves[age + d] * later[: left - d + 1].sum() for d in range(1, left + 1) if age + d < len(moves)
                )
                seen = float(moves[: age + 1].sum())
            amount = open_leads.get("amount")
            known = None if amount is None else Fraction(str(amount))
            self.cells.append(Cell(stage, open_leads["count"], float(reach), seen, known))

    @cache  # noqa: B019
    def rules(self) -> list[Rule]:
        fixed = [isinstance(p, float) for p in self.posteriors]
        least = {0: 0.0, 1: 12.0, 2: 4.0, 3: 1.0}[fixed.count(False)]
        # What follows at a known rate: steps of the logit must resolve it.
        noise = np.sqrt((1 + self.deals.cv**2) * self.deals.mean / self.target)

        def rule(p: tuple[float, float] | float) -> Rule:
            if isinstance(p, float):
                return np.array([p]), np.array([1.0])
            wide = np.sqrt(p[1] / (p[0] * (p[0] + p[1] + 1))) / noise
            return beta_rule(*p, max(least, 1.2 * float(wide)))

        return [rule(p) for p in self.posteriors]

    @cache  # noqa: B019
    def nodes(self) -> tuple[list[Numbers], Numbers]:
        """Rates per step at all nodes, and their weights."""
        grids = np.meshgrid(*[p for p, _ in self.rules()], indexing="ij")
        weights = np.ones(())
        for _, w in self.rules():
            weights = np.multiply.outer(weights, w)
        keep = weights.ravel() > 1e-14
        return [grid.ravel()[keep] for grid in grids], weights.ravel()[keep]

    @cache  # noqa: B019
    def joint(self, entrants: int, stage: int = 0, *, in_money: bool | None = None) -> tuple[Numbers, Numbers]:
        """Values of the sum of known amounts, and P(that sum, k modelled deals), a row per value."""
        money = self.in_money if in_money is None else in_money
        rates, weights = self.nodes()
        later = [np.ones_like(weights)]
        for rate in reversed(rates):
            later.append(later[-1] * rate)
        later.reverse()  # later[s]: product of the rates from stage s on
        chance = {id(cell): self.chance(cell, rates, later) for cell in self.cells}
        modelled = [cell for cell in self.cells if not money or cell.amount is None]
        known = [cell for cell in self.cells if money and cell.amount is not None]
        entering = np.ones_like(weights) if stage == len(rates) else later[stage] * self.share[stage]
        total = entrants + sum(cell.count for cell in modelled)
        most = self.top(entrants, entering, weights, modelled, chance)
        size = 1 << int(np.ceil(np.log2(min(total, most) + 2)))
        values, parts = np.array([Fraction(0)]), np.ones((len(weights), 1))
        for cell in known:
            values, parts = self.add(values, parts, cell, chance[id(cell)])
        z = np.exp(2j * np.pi * np.arange(size // 2 + 1) / size) - 1
        sums = np.zeros((len(values), size // 2 + 1), dtype=complex)
        # Blocks that stay in the processor's cache.
        block = max(1, (1 << 15) // size)
        for at in range(0, len(weights), block):
            cut = slice(at, at + block)
            each = power(entering[cut, None] * z, entrants)
            for cell in modelled:
                each = each * power(chance[id(cell)][cut, None] * z, cell.count)
            sums += (parts[cut] * weights[cut, None]).T @ each
        pmf = irfft(np.conj(sums), size, axis=1)
        return np.array([float(value) for value in values]), np.maximum(pmf, 0.0)

    @staticmethod
    def chance(cell: Cell, rates: list[Numbers], later: list[Numbers]) -> Numbers:
        rate = rates[cell.stage]
        return np.asarray(later[cell.stage] * cell.reach / np.maximum(1 - rate * cell.seen, 1e-300))

    @staticmethod
    def add(values: Numbers, parts: Numbers, cell: Cell, chance: Numbers) -> tuple[Numbers, Numbers]:
        assert cell.amount is not None
        won = np.arange(cell.count + 1)
        each = binom.pmf(won[None, :], cell.count, chance[:, None])
        sums = [[value + int(k) * cell.amount for k in won] for value in values]
        every = sorted({value for row in sums for value in row})
        place = {value: at for at, value in enumerate(every)}
        more = np.zeros((len(chance), len(every)))
        for at, row in enumerate(sums):
            for k, value in enumerate(row):
                more[:, place[value]] += parts[:, at] * each[:, k]
        return np.array(every), more

    @staticmethod
    def top(entrants: int, entering: Numbers, weights: Numbers, cells: list[Cell], chance: dict[int, Numbers]) -> int:
        """Beyond this number of modelled deals lies less than about 1e-12."""
        mean = entrants * entering + sum((cell.count * chance[id(cell)] for cell in cells), np.zeros_like(entering))
        order = np.argsort(mean)[::-1]
        beyond = np.cumsum(weights[order])
        high = float(mean[order[np.searchsorted(beyond, 1e-12)]])
        return int(high + 8 * np.sqrt(high) + 30)

    def at_least(self, target: Any, entrants: int, stage: int = 0, *, in_money: bool | None = None) -> Any:
        """P(what follows >= target), for one target or several."""
        targets = np.atleast_1d(np.asarray(target, dtype=float))
        money = self.in_money if in_money is None else in_money
        values, pmf = self.joint(entrants, stage, in_money=money)
        deals = self.deals if money else Deals(1.0)
        left = targets[:, None] - values[None, :]
        short = left > 1e-9 * np.maximum(targets[:, None], 1)
        answer = np.where(short, 0.0, pmf.sum(axis=1)[None, :]).sum(axis=1)
        if short.any():
            reach = deals.reach(pmf.shape[1] - 1, left[short])
            each = np.zeros_like(left)
            rows = np.broadcast_to(np.arange(len(values)), left.shape)[short]
            each[short] = np.einsum("kx,xk->x", reach, pmf[rows])
            answer = answer + each.sum(axis=1)
        return answer if np.ndim(target) else float(answer[0])
