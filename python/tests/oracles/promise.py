"""What a request promises, worked out anew: P(goal) for stated leads, with a standard error; no code of the library.

Rates are drawn (scrambled Sobol points, several scrambles, so that the error is seen). Given the rates all leads are
binomial: the number of modelled deals and the sum of known amounts are then either summed exactly (the sums are few, or
lie on one lattice of cents) or drawn. What k deals bring comes from a closed form (equal deals, gamma), whole cents
(listed amounts) or convolution extrapolated over three grids (log-normal).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import reduce
from math import gcd
from typing import Any

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import betaincinv, gammaincc, ndtr
from scipy.stats import binom, qmc

Numbers = np.ndarray[Any, Any]
Asked = dict[str, Any]
SCRAMBLES = 16
MOST_DEALS = 60_000
MOST_SUMS = 300


class Unknown(Exception):
    """The request lies outside of what is worked out here."""


@dataclass(frozen=True)
class Known:
    """A probability and its standard error; 0 where it is exact but for rounding."""

    value: float
    error: float


def cents(amount: Any) -> int:
    """Whole cents of an amount in a currency with two decimals."""
    value = Decimal(str(amount)) * 100
    if value != value.to_integral_value():
        raise Unknown(f"parts of a cent: {amount}")
    return int(value)


def share(text: Any) -> float:
    """Read a stated rate."""
    words = str(text).strip()
    return float(Decimal(words.rstrip(" %")) / 100) if words.endswith("%") else float(words)


def shapes(rate: Asked) -> tuple[float, float] | float:
    """Both parameters of the Beta, or the rate itself."""
    if "rate" in rate:
        return share(rate["rate"])
    if "ess" in rate:
        mean, weight = float(rate["mean"]), float(rate["ess"])
        return mean * weight, (1 - mean) * weight
    return rate["converted"] + 0.5, rate["entered"] - rate["converted"] + 0.5


def delay(lag: Asked) -> Numbers:
    """Probability of each whole number of days."""
    if "pmf" in lag:
        pmf = np.array(lag["pmf"], dtype=float)
        return np.asarray(pmf / pmf.sum())
    median, p90 = float(lag["median_days"]), float(lag["p90_days"])
    sigma = np.log(p90 / median) / 1.2815515655446004
    within = ndtr(np.log(np.arange(1, 3654) / median) / sigma)
    within[-1] = 1.0
    return np.diff(within, prepend=0.0)


class Deals:
    """P(k modelled deals bring at least x cents)."""

    def __init__(self, size: Asked | None, in_money: bool) -> None:
        self.cv, self.doubt, self.law = 0.0, 0.0, "alike"
        self.amounts: tuple[int, ...] = ()
        self.mean = 1.0
        self.tables: dict[bytes, Numbers] = {}
        if not in_money or size is None:
            return
        if "amounts" in size:
            self.law = "amounts"
            self.amounts = tuple(cents(x) for x in size["amounts"])
            self.mean = float(np.mean(self.amounts))
            self.cv = float(np.std(self.amounts)) / self.mean if self.mean else 0.0
        else:
            self.mean, self.cv = 100 * float(size["mean"]), float(size.get("cv", 0))
            if self.cv > 0:
                self.law = size.get("family", "log_normal")
        if "deals" in size:
            n, square = int(size["deals"]), float(np.log1p(self.cv**2))
            self.doubt = square / n + square**2 / (2 * (n - 1)) if self.law == "log_normal" else self.cv**2 / n

    def reach(self, most: int, at: Numbers) -> Numbers:
        """P(sum of k deals >= x), a row per k = 0 … most, a column per x; the doubt about the mean averaged out."""
        at = np.asarray(at, dtype=float)
        table = self.tables.get(at.tobytes())
        if table is None or len(table) <= most:
            if sum(kept.size for kept in self.tables.values()) > 20_000_000:
                self.tables.clear()
            table = self.tables[at.tobytes()] = self.averaged(most + most // 4, at)
        return np.asarray(table[: most + 1])

    def averaged(self, most: int, at: Numbers) -> Numbers:
        if self.doubt == 0:
            return self.given_mean(most, at)
        z, weights = np.polynomial.hermite_e.hermegauss(41)
        factors = np.exp(np.sqrt(self.doubt) * z - self.doubt / 2)
        table = self.given_mean(most, (at[:, None] / factors).ravel()).reshape(most + 1, len(at), len(z))
        return np.asarray(table @ (weights / weights.sum()))

    def given_mean(self, most: int, at: Numbers) -> Numbers:
        k = np.arange(most + 1)[:, None]
        if self.law == "alike":
            return (k * self.mean >= at * (1 - 1e-12)).astype(float)
        if self.law == "gamma":
            shape = 1 / self.cv**2
            above = gammaincc(np.maximum(k, 1) * shape, np.maximum(at, 0) * shape / self.mean)
            return np.where(at <= 0, 1.0, np.where(k == 0, 0.0, above))
        if self.law == "amounts":
            return self.listed(most, at)
        rows = np.ones((most + 1, len(at)))
        left = at.copy()
        while (left > 0).any():
            # One grid per octave: amounts far below the top would lie between its first points.
            top = left.max()
            octave = left > top / 2
            levels = [self.convolved(most, left[octave], top, 1 << level) for level in (11, 12, 13)]
            first, second = ((4 * fine - coarse) / 3 for coarse, fine in itertools.pairwise(levels))
            rows[:, octave] = (16 * second - first) / 15
            left = np.where(octave, 0.0, left)
        return rows

    def convolved(self, most: int, at: Numbers, top: float, cells: int) -> Numbers:
        """Log-normal deals rounded to the nearest of so many points up to `top`; longer sums are cut."""
        sigma = np.sqrt(np.log1p(self.cv**2))
        step = top / cells
        edges = (np.arange(cells + 2) - 0.5) * step
        cdf = ndtr((np.log(np.maximum(edges, 1e-300) / self.mean) + sigma**2 / 2) / sigma)
        cdf[0] = 0.0
        one = np.diff(cdf)
        size = next_fast_len(2 * cells + 2, real=True)
        transform, pmf = rfft(one, size), np.zeros(cells + 1)
        pmf[0] = 1.0
        rows = np.ones((most + 1, len(at)))
        for k in range(most + 1):
            middle = np.cumsum(pmf) - pmf / 2
            rows[k] = 1 - np.interp(at / step, np.arange(cells + 1), middle) if k else at <= 0
            if k and rows[k].min() > 1 - 1e-11:
                break
            pmf = irfft(rfft(pmf, size) * transform, size)[: cells + 1]
        return rows

    def listed(self, most: int, at: Numbers) -> Numbers:
        """Count sums of whole cents below the largest x: on the lattice of their common unit, or one by one."""
        prices, counts = np.unique(np.array(self.amounts, dtype=np.int64), return_counts=True)
        shares = counts / counts.sum()
        top = int(np.ceil(at.max() - 1e-6))
        unit = reduce(gcd, [int(p) for p in prices if p], 0) or 1
        rows = np.ones((most + 1, len(at)))
        cells = -(-top // unit)
        if cells > 200_000:
            return self.one_by_one(most, at, prices, shares)
        short, pmf = np.maximum(np.ceil(at / unit - 1e-9), 0).astype(int), np.zeros(max(cells, 1))
        pmf[0] = 1.0
        for k in range(most + 1):
            below = np.concatenate([[0.0], np.cumsum(pmf)])
            rows[k] = 1 - below[np.minimum(short, len(pmf))]
            if below[-1] < 1e-13:
                break
            more = np.zeros_like(pmf)
            for price, chance in zip(prices // unit, shares, strict=True):
                if price < len(pmf):
                    more[price:] += chance * pmf[: len(pmf) - price]
            pmf = more
        return rows

    @staticmethod
    def one_by_one(most: int, at: Numbers, prices: Numbers, shares: Numbers) -> Numbers:
        rows = np.ones((most + 1, len(at)))
        sums: Any = np.zeros(1, dtype=np.int64)
        chance: Any = np.ones(1)
        for k in range(most + 1):
            before = np.concatenate([[0.0], np.cumsum(chance)])
            rows[k] = 1 - before[np.searchsorted(sums, np.ceil(at - 1e-6))]
            every = (sums[:, None] + prices).ravel()
            weight = (chance[:, None] * shares).ravel()
            keep = (every < at.max()) & (weight > 1e-18)
            sums, place = np.unique(every[keep], return_inverse=True)
            chance = np.bincount(place, weight[keep], len(sums))
            if len(sums) > 300_000:
                raise Unknown("too many sums of prices")
            if not len(sums):
                break
        return rows

    def drawn(self, k: Numbers, dice: np.random.Generator) -> Numbers:
        """Draw what k deals bring."""
        factor = np.exp(np.sqrt(self.doubt) * dice.standard_normal(len(k)) - self.doubt / 2) if self.doubt else 1.0
        if self.law == "alike":
            return np.asarray(k * self.mean * factor)
        if self.law == "gamma":
            shape = 1 / self.cv**2
            return np.asarray(dice.gamma(np.maximum(k, 1) * shape) * (k > 0) * self.mean / shape * factor)
        prices, counts = np.unique(np.array(self.amounts, dtype=np.int64), return_counts=True)
        total, rest, left = np.zeros(len(k)), k.copy(), int(counts.sum())
        for price, count in zip(prices, counts, strict=True):
            some = dice.binomial(rest, count / left) if count < left else rest
            total, rest, left = total + some * price, rest - some, left - int(count)
        return np.asarray(total * factor)


@dataclass(frozen=True)
class Cell:
    """Open leads of one row: each won in time with the chance rate·later·reach / (1 - rate·seen)."""

    stage: int
    count: int
    reach: float
    seen: float
    amount: int | None


@dataclass
class Channel:
    """Where newcomers come from: rates of its own, drawn for itself."""

    posteriors: list[tuple[float, float] | float]
    on_time: list[float]
    deals: Deals
    cells: list[Cell] = field(default_factory=list)


class World:
    """A request, ready to be asked what so many newcomers reach."""

    def __init__(self, request: Asked) -> None:
        goal = request["goal"]
        self.in_money = "customers" not in goal
        self.target = self.read_target(goal)
        self.deals = Deals(request.get("deal_size"), self.in_money)
        self.funnel: list[str] = request["funnel"]
        self.days = 0
        if "by" in goal and ("lags" in request or any("lags" in c for c in request.get("channels", []))):
            self.days = (date.fromisoformat(goal["by"]) - date.fromisoformat(goal["start"])).days + 1
        # Without rates of its own a plan has those of its channels, and nobody is open.
        own = request if "rates" in request else {"rates": [{"rate": "1"}] * (len(self.funnel) - 1)}
        self.main = self.channel(own, request.get("lags"))
        self.main.cells = [self.cell(row, request.get("lags")) for row in request.get("pipeline", [])]
        self.ways = [self.main]
        if "channels" in request:
            alone = [self.of_channel(one, request) for one in request["channels"]]
            self.ways = [*alone, self.main]

    @staticmethod
    def read_target(goal: Asked) -> float:
        if "customers" in goal:
            return float(goal["customers"])
        if "revenue" in goal:
            return float(cents(goal["revenue"].split()[0]))
        growth = goal["growth"]
        return float(Decimal(cents(growth["baseline"].split()[0])) * (1 + Decimal(str(growth["percent"])) / 100))

    def channel(self, asked: Asked, lags: Any, deals: Deals | None = None) -> Channel:
        posteriors = [shapes(rate) for rate in asked["rates"]]
        return Channel(posteriors, self.on_time(lags, len(posteriors)), deals or self.deals)

    def of_channel(self, asked: Asked, request: Asked) -> Channel:
        deals = Deals(asked["deal_size"], self.in_money) if "deal_size" in asked else None
        rates = {"rates": asked.get("rates", request.get("rates"))}
        return self.channel(rates, asked.get("lags", request.get("lags")), deals)

    def on_time(self, lags: Any, steps: int) -> list[float]:
        """Share of newcomers to each stage that is won in time, arriving evenly from start to deadline."""
        found = [1.0] * (steps + 1)
        if lags is None or not self.days:
            return found
        rest = np.array([1.0])
        for stage in range(steps - 1, -1, -1):
            rest = np.convolve(delay(lags[stage])[: self.days], rest)[: self.days]
            within = np.cumsum(np.pad(rest, (0, self.days - len(rest))))
            found[stage] = float(within.mean())
        return found

    def cell(self, row: Asked, lags: Any) -> Cell:
        stage, age = self.funnel.index(row["stage"]), int(row["age_days"])
        amount = cents(row["amount"]) if self.in_money and "amount" in row else None
        if lags is None or not self.days:
            return Cell(stage, int(row["count"]), 1.0, 0.0, amount)
        left, moves, later = self.days - 1, delay(lags[stage]), np.array([1.0])
        for lag in lags[stage + 1 :]:
            later = np.convolve(later, delay(lag))[: self.days]
        within = np.cumsum(np.pad(later, (0, max(0, self.days - len(later)))))
        soon = moves[age + 1 : age + 1 + left]
        reach = float(sum(p * within[left - day] for day, p in enumerate(soon, 1)))
        return Cell(stage, int(row["count"]), reach, float(moves[: age + 1].sum()), amount)

    # --- rates --------------------------------------------------------------------------------------------------------

    def unsure(self) -> int:
        return sum(isinstance(p, tuple) for way in self.ways for p in way.posteriors)

    def draw(self, points: Numbers) -> list[list[Numbers]]:
        """Rates of every way at points of the unit cube."""
        column = iter(points.T)
        found = []
        for way in self.ways:
            rates = []
            for p in way.posteriors:
                one = betaincinv(*p, next(column)) if isinstance(p, tuple) else np.full(len(points), p)
                rates.append(np.clip(one, 0.0, 1.0))
            found.append(rates)
        return found

    @staticmethod
    def later(rates: list[Numbers]) -> list[Numbers]:
        found = [np.ones_like(rates[0])]
        for rate in reversed(rates):
            found.append(found[-1] * rate)
        return found[::-1]

    def chances(self, rates: list[list[Numbers]], leads: list[int], stage: int = 0) -> list[tuple[int, Numbers, Any]]:
        """Group leads that are won alike: how many, with what chance, worth what (a law, or cents)."""
        groups: list[tuple[int, Numbers, Any]] = []
        for way, drawn, n in zip(self.ways, rates, leads, strict=True):
            later = self.later(drawn)
            entering = later[stage] * way.on_time[stage] if stage < len(drawn) else later[-1]
            if n:
                groups.append((n, entering, way.deals))
            for cell in way.cells:
                here = drawn[cell.stage]
                chance = later[cell.stage] * cell.reach / np.maximum(1 - here * cell.seen, 1e-300)
                worth = way.deals if cell.amount is None else cell.amount
                if cell.count and cell.reach > 0 and worth != 0:
                    groups.append((cell.count, np.clip(chance, 0.0, 1.0), worth))
        return groups

    # --- the probability ----------------------------------------------------------------------------------------------

    def at_least(self, leads: int | list[int], stage: int = 0, *, seed: int = 1, effort: int = 0) -> Known:
        """P(goal) with these newcomers to a stage (per channel, and then nobody, where there are channels)."""
        volumes = [*leads, 0] if isinstance(leads, list) else [leads]
        dimensions = self.unsure()
        self.work = 1e8 * 3**effort
        before: Known | None = None
        for log in range(5 + effort, 8 + 2 * effort, 2):
            means = []
            for scramble in range(SCRAMBLES if dimensions else 1):
                dice = np.random.default_rng([seed, log, scramble])
                points = qmc.Sobol(max(dimensions, 1), scramble=True, rng=dice).random_base2(log if dimensions else 0)
                points = np.clip(points, 1e-15, 1 - 1e-15)
                groups = self.chances(self.draw(points), volumes, stage)
                given = self.exactly(groups)
                if given is None:
                    return before or self.simulated(volumes, stage, seed, 1 << (17 + 2 * effort))
                means.append(given)
            # 1.3: four of these errors are as rare as Student's t of so few scrambles has it.
            error = 1.3 * float(np.std(means, ddof=1) / np.sqrt(len(means))) if len(means) > 1 else 0.0
            before = Known(float(np.mean(means)), max(error, 1e-9))
            if error <= 2e-5:
                break
        assert before is not None
        return before

    def exactly(self, groups: list[tuple[int, Numbers, Any]]) -> float | None:
        """Mean over all drawn rates; None where the sums of known amounts are too many."""
        laws = {id(worth): worth for _, _, worth in groups if isinstance(worth, Deals)}
        if len(laws) > 1 or (len(groups) == 0 and self.target > 0):
            return 0.0 if not groups else None
        deals = next(iter(laws.values()), self.deals)
        modelled = [(n, chance) for n, chance, worth in groups if isinstance(worth, Deals)]
        known = [(n, chance, worth) for n, chance, worth in groups if not isinstance(worth, Deals)]
        if len(modelled) == 1 and not known and deals.law == "alike" and deals.doubt == 0:
            n, chance = modelled[0]
            return float(binom.sf(np.ceil(self.target / deals.mean * (1 - 1e-13)) - 1, n, chance).mean())
        many = groups[0][1] if groups else np.zeros(1)
        values, parts = np.array([0], dtype=np.int64), np.ones((len(many), 1))
        top = int(np.ceil(self.target))
        for n, chance, worth in known:
            if len(values) * (min(n, top // max(worth, 1)) + 1) > 20 * MOST_SUMS:
                return None
            each = binom.pmf(np.arange(n + 1)[None, :], n, chance[:, None])
            sums = np.minimum(values[:, None] + worth * np.arange(n + 1)[None, :], top)
            values, place = np.unique(sums.ravel(), return_inverse=True)
            if len(values) > MOST_SUMS:
                return None
            more = np.zeros((len(many), len(values)))
            flat = (parts[:, :, None] * each[:, None, :]).reshape(len(many), -1)
            np.add.at(more.T, place, flat.T)
            parts = more
        pmf = self.counted(modelled, parts)
        if pmf is None:
            return None
        table = deals.reach(pmf.shape[1] - 1, self.target - values)
        return float((pmf * table.T).sum())

    def counted(self, modelled: list[tuple[int, Numbers]], parts: Numbers) -> Numbers | None:
        """P(sum of known amounts, k modelled deals), a row per sum, averaged over the rates."""
        nodes = len(parts)
        if not modelled:
            return np.asarray(parts.mean(axis=0)[:, None])
        mean = sum((n * chance for n, chance in modelled), np.zeros(nodes))
        high = float(mean.max())
        most = min(sum(n for n, _ in modelled), int(high + 9 * np.sqrt(high) + 40))
        if most > MOST_DEALS or most * nodes * SCRAMBLES * len(modelled) > self.work:
            return None
        size = next_fast_len(most + 2, real=True)
        z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size) - 1
        sums = np.zeros((parts.shape[1], len(z)), dtype=complex)
        block = max(1, (1 << 21) // len(z))
        for at in range(0, nodes, block):
            cut = slice(at, at + block)
            with np.errstate(divide="ignore", invalid="ignore"):
                log = sum(n * np.log(1 + chance[cut, None] * z) for n, chance in modelled)
            sums += parts[cut].T @ np.nan_to_num(np.exp(log))
        found: Numbers = np.maximum(irfft(sums, size, axis=1), 0.0) / nodes
        return found

    def simulated(self, volumes: list[int], stage: int, seed: int, draws: int) -> Known:
        """Every group drawn; given the other groups, equal deals of newcomers are summed exactly."""
        found, spread, batches = [], [], 8
        for batch in range(batches):
            dice = np.random.default_rng([seed, 77, batch])
            points = qmc.Sobol(max(self.unsure(), 1), scramble=True, rng=dice).random_base2(int(np.log2(draws)) - 3)
            groups = self.chances(self.draw(np.clip(points, 1e-15, 1 - 1e-15)), volumes, stage)
            total = np.zeros(len(points))
            deals: dict[int, tuple[Deals, Numbers]] = {}
            last = self.summed_last(groups)
            for at, (n, chance, worth) in enumerate(groups):
                if at == last:
                    continue
                won = dice.binomial(n, chance)
                if isinstance(worth, Deals):
                    law, before = deals.get(id(worth), (worth, np.zeros(len(points), dtype=np.int64)))
                    deals[id(worth)] = (law, before + won)
                else:
                    total = total + won * float(worth)
            if last is None:
                met = self.met(total, list(deals.values()), dice)
            else:
                n, chance, worth = groups[last]
                _, won = deals.get(id(worth), (worth, np.zeros(len(points), dtype=np.int64)))
                least = np.ceil((self.target - total) / worth.mean * (1 - 1e-13) - 1e-9) - won
                met = binom.sf(least - 1, n, chance)
            found.append(met.mean())
            spread.append(met.var() / len(met))
        between = float(np.std(found, ddof=1) / np.sqrt(batches))
        return Known(float(np.mean(found)), max(min(2 * between, float(np.sqrt(np.mean(spread) / batches))), 1e-7))

    @staticmethod
    def summed_last(groups: list[tuple[int, Numbers, Any]]) -> int | None:
        laws = {id(worth): worth for _, _, worth in groups if isinstance(worth, Deals)}
        if len(laws) != 1 or any(law.law != "alike" or law.doubt for law in laws.values()):
            return None
        return max((at for at, group in enumerate(groups) if isinstance(group[2], Deals)), key=lambda at: groups[at][0])

    def met(self, total: Numbers, deals: list[tuple[Deals, Numbers]], dice: np.random.Generator) -> Numbers:
        doubted = [law for law, _ in deals if law.doubt]
        if len(deals) > 1 and len(doubted) > 0:
            raise Unknown("channels with doubt about their mean deals")
        *others, (law, won) = deals or [(self.deals, np.zeros(len(total), dtype=np.int64))]
        for other, count in others:
            if other.law == "log_normal":
                raise Unknown("several laws, log-normal")
            total = total + other.drawn(count, dice)
        left = self.target - total
        if law.law == "gamma" and not law.doubt:
            shape = 1 / law.cv**2
            above = gammaincc(np.maximum(won, 1) * shape, np.maximum(left, 0) * shape / law.mean)
            met: Numbers = np.where(left <= 1e-6, 1.0, np.where(won == 0, 0.0, above))
            return met
        if law.law != "log_normal":
            enough: Numbers = (law.drawn(won, dice) >= left - 1e-6 * np.maximum(1, self.target * 1e-6)).astype(float)
            return enough
        return self.looked_up(law, won, left)

    def looked_up(self, law: Deals, won: Numbers, left: Numbers) -> Numbers:
        """Log-normal sums from a table in the square root of what is left, by straight lines."""
        most = int(won.max())
        if most > 4_000:
            raise Unknown("many log-normal deals")
        # Points in geometric steps where they are few, even steps above.
        grid = np.unique(
            np.concatenate([np.geomspace(self.target * 1e-4, self.target, 300), np.linspace(0, self.target, 600)[1:]])
        )
        key = (id(law), most)
        if getattr(self, "kept", (None,))[0] != key:
            self.kept = (key, law.reach(most, grid))
        table = self.kept[1]
        found = np.empty(len(won))
        order = np.argsort(won, kind="stable")
        cuts = np.searchsorted(won[order], np.arange(most + 2))
        for k in range(most + 1):
            at = order[cuts[k] : cuts[k + 1]]
            if len(at):
                x = left[at]
                found[at] = np.where(x <= 0, 1.0, np.interp(x, grid, table[k]) if k else 0.0)
        return found
