"""The size of deals: laws against SciPy and statsmodels, weights against lifelines, intervals against known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")
pytest.importorskip("statsmodels", reason="the oracles run in their own environment: requirements-oracles.txt")

from lifelines import KaplanMeierFitter
from scipy import stats
from statsmodels.stats.diagnostic import lilliefors
from worlds import days

import backcast as bc

AS_OF = 20_000
Numbers = np.ndarray[Any, np.dtype[Any]]


def rates(amounts: Numbers, channel: Numbers | None = None) -> bc.Rates:
    """Learn from won deals alone; amounts in whole cents."""
    start = np.full(len(amounts), AS_OF - 100)
    table = pa.table({
        "lead": days(start),
        "won": days(start + 10),
        "amount": pa.array(amounts),
        "channel": pa.array([f"c{number}" for number in (channel if channel is not None else amounts * 0)]),
    })  # fmt: skip
    return bc.read_leads(
        table,
        stages=["lead", "won"],
        amount="amount",
        currency="EUR",
        segment=() if channel is None else "channel",
        as_of=str(np.datetime64(AS_OF, "D")),
    ).rates()


def drawn(seed: int, deals: int) -> Numbers:
    """Draw deals of one of three laws, in whole cents."""
    dice = np.random.default_rng(seed)
    laws = [
        dice.lognormal(9, dice.uniform(0.3, 1.5), deals),
        dice.gamma(dice.uniform(0.4, 4), 9_000, deals),
        dice.choice([1_000.0, 2_500.0, 20_000.0], deals) * dice.choice([1, 1, 1.1], deals),
    ]
    amounts: Numbers = np.maximum(np.round(laws[seed % 3], 2), 0.01)
    return amounts


@pytest.mark.parametrize("deals", [5, 12, 60, 199, 400])
def test_law_mean_and_interval(deals: int) -> None:
    """Decide as documented from SciPy's fits and statsmodels' test, and compare every figure."""
    seen = set()
    for seed in range(30):
        x = drawn(1000 * deals + seed, deals)
        row = rates(x).deal_sizes("pandas").iloc[0]
        mean, cv = x.mean(), x.std(ddof=1) / x.mean()
        s, _, scale = stats.lognorm.fit(x, floc=0)
        k, _, theta = stats.gamma.fit(x, floc=0)
        better = 2 * (stats.gamma.logpdf(x, k, 0, theta).sum() - stats.lognorm.logpdf(x, s, 0, scale).sum())
        distance = stats.kstest(x, stats.gamma(k, 0, theta).cdf).statistic
        if row["family"] == "gamma":
            assert better > 4 - 1e-6
            assert deals < 200
            expected = (mean, stats.gamma.median(k, 0, theta), k**-0.5, 1 / k / deals)
        elif row["family"] == "log-normal":
            p = lilliefors(np.log(x), pvalmethod="approx")[1]
            assert p > 0.05
            assert deals < 200
            assert better < 4 + 1e-6 or distance > 0.8 / np.sqrt(deals)
            v = s**2 * deals / (deals - 1)
            expected = (scale * np.exp(v / 2), scale, np.sqrt(np.expm1(v)), v / deals + v**2 / (2 * (deals - 1)))
        else:
            assert row["family"] == "empirical"
            assert deals >= 200 or lilliefors(np.log(x), pvalmethod="approx")[1] <= 0.05
            expected = (mean, np.median(x), cv, cv**2 / deals)
        seen.add(row["family"])
        assert [row["mean"], row["median"], row["cv"]] == pytest.approx(expected[:3], rel=1e-6)
        sd, t = np.sqrt(expected[3]), stats.t.ppf(0.9, deals - 1)
        ends = [expected[0] * np.exp(-expected[3] / 2 + sign * t * sd) for sign in (-1, 1)]
        assert [row["low"], row["high"]] == pytest.approx(ends, rel=1e-6)
    assert len(seen) == (1 if deals >= 200 else 3 if deals > 12 else len(seen))


@pytest.mark.parametrize("sigma", [0.5, 1.0])
@pytest.mark.parametrize("deals", [8, 40, 300])
def test_intervals_cover_the_true_mean(sigma: float, deals: int) -> None:
    """Of 300 histories with known mean, about 80 % of the 80 % intervals hold it: within 3.5 standard errors."""
    dice = np.random.default_rng([int(10 * sigma), deals])
    truth = np.exp(9 + sigma**2 / 2)
    rows = [rates(np.round(dice.lognormal(9, sigma, deals), 2)).deal_sizes("pandas").iloc[0] for _ in range(300)]
    covered = np.mean([row["low"] <= truth <= row["high"] for row in rows])
    assert abs(covered - 0.8) < 3.5 * np.sqrt(0.8 * 0.2 / 300), covered


def test_pooled_intervals_cover_the_true_means_of_segments() -> None:
    """Sixty worlds of eight segments, 2 to 40 deals each: 80 % of the intervals hold, and pooling errs less."""
    dice = np.random.default_rng(5)
    hits, pooled, alone = [], [], []
    for _ in range(60):
        sizes = dice.integers(2, 41, 8)
        levels = dice.normal(9, 0.4, 8)
        channel = np.repeat(np.arange(8), sizes)
        amounts = np.round(np.exp(dice.normal(levels[channel], 0.9)), 2)
        table = rates(amounts, channel).deal_sizes("pandas")
        for number, level in enumerate(levels):
            row = table[table["segment"] == f"c{number}"].iloc[0]
            truth = np.exp(level + 0.9**2 / 2)
            hits.append(row["low"] <= truth <= row["high"])
            pooled.append(np.log(row["mean"] / truth) ** 2)
            alone.append(np.log(amounts[channel == number].mean() / truth) ** 2)
    assert abs(np.mean(hits) - 0.8) < 3.5 * np.sqrt(0.8 * 0.2 / len(hits)), np.mean(hits)
    assert np.mean(pooled) < 0.7 * np.mean(alone)


def buckets(values: Numbers, bits: int) -> Numbers:
    """Bucket whole numbers as documented: 2^bits·s + floor(m / 2^s)."""
    shift = np.array([max(int(value).bit_length() - bits - 1, 0) for value in values])
    found: Numbers = (shift << bits) + (values >> shift)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_large_deals_that_close_later(seed: int) -> None:
    """Weight each bucket of lags by lifelines' Kaplan-Meier mass per conversion, at most five times the smallest."""
    dice = np.random.default_rng(seed)
    leads = 4_000
    start = AS_OF - dice.integers(0, 500, leads)
    z = dice.normal(size=(2, leads))
    lag = np.exp(4.2 + 0.7 * z[0]).astype(int)
    minor = np.round(1e6 * np.exp(0.8 * ([0.6, 0.1, -0.6][seed % 3] * z[0] + 0.8 * z[1]))).astype("int64")
    wins = dice.random(leads) < 0.3
    won = wins & (start + lag <= AS_OF)
    table = pa.table({
        "lead": days(start),
        "won": days(start + lag, ~won),
        "amount": pa.array(minor / 100, mask=~won),
    })  # fmt: skip
    history = bc.read_leads(
        table, stages=["lead", "won"], amount="amount", currency="EUR", as_of=str(np.datetime64(AS_OF, "D"))
    )
    learned = history.rates()
    row = learned.deal_sizes("pandas").iloc[0]
    lag_of, size_of = buckets(lag[won], 3), buckets(minor[won], 2)
    rho, p = stats.spearmanr(lag_of, size_of)
    if p >= 0.05 or abs(rho) <= 0.2:
        assert row["corrected"] != row["corrected"]
        assert not any("large deals close" in note for note in learned.deal_notes)
        assert seed % 3 == 1
        return
    curve = KaplanMeierFitter().fit(np.where(won, lag, AS_OF - start), won)
    within = 1 - curve.survival_function_at_times(np.arange(-1, lag[won].max() + 1)).to_numpy()
    jump = np.diff(within)
    days_of = buckets(np.arange(len(jump)), 3)
    weight = np.array([jump[days_of == b].sum() / (lag_of == b).sum() for b in lag_of])
    weight = np.minimum(weight, 5 * weight.min())
    assert row["corrected"] == pytest.approx((weight * minor[won]).sum() / weight.sum() / 100, rel=1e-9)
    said = [note for note in learned.deal_notes if "large deals close" in note]
    assert len(said) == 1
    assert f"rank correlation {rho:.2f} over {won.sum():,} won deals" in said[0]
    truth, late = minor[wins].mean() / 100, "later" if rho > 0 else "sooner"
    assert f"large deals close {late}" in said[0]
    assert abs(row["corrected"] - truth) < abs(minor[won].mean() / 100 - truth)
