"""The estimators a second time, in NumPy and SciPy, from their formulas: what the library is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaln, expit, logit
from scipy.stats import beta

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Whole = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Step:
    """The leads of one step: days to conversion or to `as_of`, whether converted, age when first seen, day of entry."""

    duration: Whole
    converted: Flags
    seen_from: Whole
    entered: Whole

    def where(self, kept: Flags) -> Step:
        """Only some leads."""
        return Step(self.duration[kept], self.converted[kept], self.seen_from[kept], self.entered[kept])

    @property
    def quarter(self) -> Whole:
        """A number for the calendar quarter of each entry."""
        return self.entered.astype("datetime64[D]").astype("datetime64[M]").astype(int) // 3


@dataclass(frozen=True)
class Beliefs:
    """Means and variances, one per cell."""

    mean: Numbers
    variance: Numbers

    def quantile(self, p: float) -> Numbers:
        """Quantile of the Beta distribution with these moments."""
        leads = self.mean * (1 - self.mean) / self.variance - 1
        return np.asarray(beta.ppf(p, self.mean * leads, (1 - self.mean) * leads))


# --- the curve --------------------------------------------------------------------------------------------------------


def hazards(step: Step, horizon: int) -> tuple[Numbers, Numbers]:
    """At risk and the share of them that converts, at each lag: lead by lead, no cumulation."""
    lags = np.arange(horizon + 1)
    at_risk = np.array([((step.duration >= lag) & (step.seen_from <= lag)).sum() for lag in lags], float)
    events = np.array([(step.converted & (step.duration == lag)).sum() for lag in lags], float)
    return at_risk, np.divide(events, at_risk, out=np.zeros(horizon + 1), where=at_risk > 0)


def incidence_by_lag(step: Step, horizon: int) -> Numbers:
    """F(0) … F(horizon) by the product limit."""
    return np.asarray(1 - np.cumprod(1 - hazards(step, horizon)[1]))


def multinomial_variance(at_risk: Numbers, shares: Numbers, function: Any) -> float:
    """Variance of a function of hazards by the delta method: gradient by complex steps, multinomial covariance per lag.

    `shares` holds one row per lag and one column per kind of event. Nothing is derived by hand here.
    """
    shares = np.atleast_2d(shares.T).T
    gradient = np.zeros_like(shares)
    for place in np.ndindex(*shares.shape):
        moved = shares.astype(complex)
        moved[place] += 1e-40j
        gradient[place] = function(moved).imag / 1e-40
    total = 0.0
    for n, h, g in zip(at_risk, shares, gradient, strict=True):
        if n > 0:
            total += float(g @ (np.diag(h) - np.outer(h, h)) @ g) / n
    return total


# --- one cell ---------------------------------------------------------------------------------------------------------


def shared_lag(step: Step, lag_cdf: Numbers) -> tuple[float, float]:
    """Maximise D ln p + Σ ln(1 − p G(a)) − Σ ln(1 − p G(b − 1)); p, and the leads it is worth: p(1 − p)·information."""
    horizon = len(lag_cdf) - 1
    within = step.converted & (step.duration <= horizon)
    d = float(within.sum())
    open_at = lag_cdf[np.minimum(step.duration[~within], horizon)]
    seen = step.seen_from[step.seen_from > 0]
    seen_at = lag_cdf[np.minimum(seen - 1, horizon)]
    if d == 0:
        return 0.0, max(float(open_at.sum() - seen_at.sum()), 0.0)

    def slope(p: float) -> float:
        return float(d / p - (open_at / (1 - p * open_at)).sum() + (seen_at / (1 - p * seen_at)).sum())

    top = 1 - 1e-12
    if not (open_at >= 1).any() and slope(top) > 0:
        return 1.0, d + float(open_at.sum() - seen_at.sum())
    p = float(brentq(slope, 1e-12, top, xtol=1e-16, rtol=1e-14))
    information = d / p**2 + ((open_at / (1 - p * open_at)) ** 2).sum() - ((seen_at / (1 - p * seen_at)) ** 2).sum()
    return p, float(p * (1 - p) * information)


# --- many cells -------------------------------------------------------------------------------------------------------


def precision(centre: Numbers, spread: Numbers) -> Numbers:
    """M of a Beta distribution whose logit has this standard deviation."""
    mean = expit(centre)
    return np.asarray(np.maximum(1 / (mean * (1 - mean) * spread**2) - 1, 1e-3))


def ln_likelihood(d: Any, n: Any, mean: Any, weight: Any) -> Any:
    """Beta-binomial without its coefficient, d of n possibly fractional."""
    a, b = mean * weight, (1 - mean) * weight
    return betaln(d + a, n - d + b) - betaln(a, b)


@dataclass(frozen=True)
class Grid:
    """Hyper-parameters: centres (on the logit) × spreads."""

    centres: Numbers
    spreads: Numbers
    scale: float

    @classmethod
    def over(cls, d: Numbers, n: Numbers, scale: float, top: float, spreads: int, *, integral: bool) -> Grid:
        """± 6 standard errors on 41 points; τ from 0.02 to `top` times its scale, evenly in the logarithm.

        With `integral` ten times as many centres, and τ from a thousandth to six times its scale (1e-9 of the prior
        lies above) on 241 points: the trapezoidal rule in both is then exact to far more digits than are compared.
        """
        known = (n > 0).sum()
        mean = (d.sum() + 0.5) / (n.sum() + 1)
        error = np.sqrt(1 / (n.sum() * mean * (1 - mean) + 1) + 0.25 / known)
        centres = logit(mean) + 6 * error * np.linspace(-1, 1, 401 if integral else 41)
        ends = (0.001, 6.0, 241) if integral else (0.02, top, spreads)
        return cls(centres, np.geomspace(ends[0] * scale, ends[1] * scale, ends[2]), scale)

    @property
    def ln_prior(self) -> Numbers:
        """Half-normal τ, times τ because the points are even in ln τ; flat in the centre."""
        return np.asarray(np.log(self.spreads) - self.spreads**2 / (2 * self.scale**2))


def normalised(ln_weights: Numbers) -> Numbers:
    """Weights that sum to 1."""
    weights = np.exp(ln_weights - ln_weights.max())
    return np.asarray(weights / weights.sum())


def beta_moments(a: Any, b: Any) -> tuple[Any, Any]:
    """Mean and variance."""
    return a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))


def pooled(d: Numbers, n: Numbers, offset: Any = 0.0, doubt: Any = 0.0, *, integral: bool = False) -> Beliefs:
    """Posterior of every segment: crowd BB(μ, M) with 0.9, vague BB(μ, 2) with 0.1, hyper-parameters integrated.

    Per point of the grid and segment: responsibility of both components, posterior Beta of each, law of total variance.
    `offset` moves a segment's centre on the logit, `doubt` is the standard deviation of that and adds to the spread.
    """
    offset = np.broadcast_to(np.asarray(offset, float), d.shape)
    grid = Grid.over(d, n, scale=0.5, top=3.2, spreads=25, integral=integral)
    c, t = (x[..., None] for x in np.meshgrid(grid.centres, grid.spreads, indexing="ij"))
    mean, weight = expit(c + offset), precision(c + offset, np.hypot(t, doubt))
    crowd, vague = ln_likelihood(d, n, mean, weight), ln_likelihood(d, n, mean, 2.0)
    each = np.logaddexp(np.log(0.9) + crowd, np.log(0.1) + vague)
    nodes = normalised(each.sum(axis=-1) + grid.ln_prior)[..., None]
    belongs = np.exp(np.log(0.9) + crowd - each)
    first, second = 0.0, 0.0
    for share, leads in ((belongs, weight), (1 - belongs, 2.0)):
        m, v = beta_moments(d + mean * leads, n - d + (1 - mean) * leads)
        first = first + (nodes * share * m).sum(axis=(0, 1))
        second = second + (nodes * share * (v + m**2)).sum(axis=(0, 1))
    return Beliefs(np.asarray(first), np.asarray(second - first**2))


def two_dimensions(d: Numbers, n: Numbers, values: list[Any]) -> tuple[Numbers, Numbers]:
    """Where each cell's centre lies from the common one, on the logit, and the standard deviation of that: backfitting.

    The counts of each value of a dimension are summed and pooled, each around what the other dimension expects of its
    leads; its effect is the distance of its pooled rate from there. Four rounds over the dimensions. By the delta
    method the variance of a logit is that of the rate over (p(1 − p))².
    """
    common = logit(d.sum() / n.sum())
    effects, variances = np.zeros((len(values), len(d))), np.zeros((len(values), len(d)))
    for _ in range(4):
        for turn, of_cell in enumerate(values):
            names, place = np.unique(of_cell, return_inverse=True)
            if len(names) > 1:
                beside = effects.sum(axis=0) - effects[turn]
                columns = (d, n, n * expit(common + beside))
                sums = [np.bincount(place, weights=column).astype(float) for column in columns]
                offset = logit(sums[2] / sums[1]) - common
                margin = pooled(sums[0], sums[1], offset)
                effects[turn] = (logit(margin.mean) - common - offset)[place]
                variances[turn] = (margin.variance / (margin.mean * (1 - margin.mean)) ** 2)[place]
    return effects.sum(axis=0), np.sqrt(variances.sum(axis=0))


def at_each_spread(d: Numbers, n: Numbers, grid: Grid, spreads: Numbers) -> tuple[Numbers, Numbers]:
    """For each τ the log-evidence of a step's quarters, and E p and E p² of the next one; the centre integrated."""
    c, t = np.meshgrid(grid.centres, spreads, indexing="ij")
    mean, weight = expit(c), precision(c, t)
    ln_each = ln_likelihood(d, n, mean[..., None], weight[..., None]).sum(axis=-1)
    top = ln_each.max(axis=0)
    # The step of the centre's grid is the same for every τ and cancels.
    likelihood = np.exp(ln_each - top)
    given_tau = likelihood / likelihood.sum(axis=0)
    second = (given_tau * (mean * (1 - mean) / (weight + 1) + mean**2)).sum(axis=0)
    return top + np.log(likelihood.sum(axis=0)), np.array([(given_tau * mean).sum(axis=0), second])


@dataclass(frozen=True)
class Next:
    """The next quarter of steps that have one τ: their rates, and the posterior of τ on points."""

    rates: Beliefs
    spreads: Numbers
    weights: Numbers

    @property
    def spread(self) -> float:
        return float(self.weights @ self.spreads)


def next_period(steps: list[tuple[Numbers, Numbers]], *, integral: bool = False) -> Next:
    """Predictive moments of each step's rate in a new period, and what is known of τ.

    One τ for all steps; the centre of each integrated on its own grid.
    """
    ln_tau: Numbers = np.zeros(1)
    moments = []
    for d, n in steps:
        grid = Grid.over(d, n, scale=0.35, top=4.0, spreads=31, integral=integral)
        ln_evidence, each = at_each_spread(d, n, grid, grid.spreads)
        ln_tau = ln_tau + ln_evidence
        moments.append(each)
    weights = normalised(ln_tau + grid.ln_prior)
    first, second = np.array(moments).transpose(1, 0, 2) @ weights
    return Next(Beliefs(first, second - first**2), grid.spreads, weights)


def next_whole_way(d: Numbers, n: Numbers, steps: Next, *, integral: bool = False) -> tuple[Beliefs, float]:
    """Predict the whole way's rate in a new period, and E ρτ²; τ as the steps' quarters say, ρ uniform a priori.

    Shocks of variance τ² and correlation ρ on the logits of p₁, p₂ … move ln Π p with variance
    τ² Σᵢⱼ rᵢⱼ (1 − pᵢ)(1 − pⱼ), and the logit of the product 1/(1 − Π p) times as far. The evidence is read
    between the τ of the grid on a line, for 16 ρ; with `integral` from its eight times finer grid, for 200.
    """
    grid = Grid.over(d, n, scale=0.35, top=4.0, spreads=31, integral=integral)
    count, q = 200 if integral else 16, 1 - steps.rates.mean
    lowest = -1 / (len(q) - 1) if len(q) > 1 else 0.0
    rho = lowest + (1 - lowest) * (np.arange(count) + 0.5) / count
    shape = np.array([q @ (np.eye(len(q)) * (1 - r) + np.full((len(q), len(q)), r)) @ q for r in rho])
    wanted = np.sqrt(np.maximum(shape, 0)) * steps.spreads[:, None] / (1 - np.prod(1 - q))
    at = np.log(np.clip(wanted, grid.spreads[0], grid.spreads[-1])).ravel()
    known = at_each_spread(d, n, grid, grid.spreads)
    ln_evidence, *moments = (np.interp(at, np.log(grid.spreads), each) for each in (known[0], *known[1]))
    by_rho = np.exp(ln_evidence.reshape(wanted.shape) - ln_evidence.reshape(wanted.shape).max(axis=1, keepdims=True))
    mass = steps.weights[:, None] * by_rho / by_rho.sum(axis=1, keepdims=True)
    first, second = (float((mass * each.reshape(wanted.shape)).sum()) for each in moments)
    shared = float((mass * steps.spreads[:, None] ** 2 * rho).sum())
    return Beliefs(np.array([first]), np.array([second - first**2])), shared
