"""The outlook without open leads: exact oracles, the computed probability within its own stated error."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import outcomes
import pytest
from asking import Rate, asked
from outcomes import World
from scipy.signal import fftconvolve
from scipy.special import betaln, gammaincc, gammaln, roots_jacobi
from scipy.stats import betabinom, binom

import backcast as bc

Numbers = np.ndarray[Any, np.dtype[Any]]
CONFIDENCES = [0.1, 0.8, 0.97]
ONE: list[Rate] = [{"rate": "0.06"}]
TWO: list[Rate] = [{"mean": 0.2, "ess": 100}, {"mean": 0.3, "ess": 40}]
THREE: list[Rate] = [{"mean": 0.3, "ess": 800}, {"mean": 0.4, "ess": 240}, {"mean": 0.3, "ess": 90}]
LEARNED: list[Rate] = [{"converted": 12, "entered": 150}]


def check(request: dict[str, Any], largest_bound: float, *, slack: float = 1e-9, stages: int = 4) -> dict[str, Any]:
    """Check the probability by its stated error, and that at the first stages one less does not meet the confidence."""
    plan: dict[str, Any] = bc.answer(request)["plan"]
    world = World(request)
    exact = world.at_least(world.target, plan["planned"])
    bound = plan["probability_error"]
    assert abs(plan["probability"] - exact) <= bound + slack, (plan["probability"], exact, bound)
    assert bound <= largest_bound
    confidence = request["goal"].get("confidence")
    for at, stage in enumerate(plan["stages"][:stages] if confidence else []):
        needed = stage["needed"]
        margin = bound + slack
        assert world.at_least(world.target, needed, at) >= confidence - margin, stage
        if needed:
            assert world.at_least(world.target, needed - 1, at) < confidence + margin, stage
    return plan


def check_ranges(request: dict[str, Any], plan: dict[str, Any], tolerance: float) -> None:
    """Check means, and the smallest amounts with cumulative probability of at least 0.1 and 0.9."""
    world = World(request)
    for name, money in [("customers", False), ("revenue", True)]:
        said = plan[name]
        if said is None:
            continue
        for p, amount in [(0.1, said["low"]), (0.9, said["high"])]:
            above = world.at_least(amount * (1 + 1e-6) + 1e-6, plan["planned"], in_money=money)
            assert above <= 1 - p + tolerance, (name, p, amount, above)
            if amount > 0:
                reached = world.at_least(amount * (1 - 1e-6), plan["planned"], in_money=money)
                assert reached >= 1 - p - tolerance, (name, p, amount, reached)
        values, pmf = world.joint(plan["planned"], in_money=money)
        deal = world.deals.mean if money else 1.0
        mean = float((pmf.sum(axis=1) * values).sum() + deal * (pmf.sum(axis=0) * np.arange(pmf.shape[1])).sum())
        assert said["expected"] == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize(
    ("target", "rates", "cv"),
    [("60000", THREE, 0.6), ("220000", ONE, 0.767), ("90000", LEARNED, 1.3), ("999", TWO, 0.9)],
)
def test_gamma_deals(target: str, rates: list[Rate], cv: float, confidence: float) -> None:
    request = asked(target, rates, {"mean": "12000", "cv": cv, "family": "gamma"}, confidence)
    check_ranges(request, check(request, 2e-6), 5e-5)


def test_gamma_deals_of_the_reference_file() -> None:
    """300 leads, p = .06, shape 1.7, scale 9,000: the oracle gives the file's value, and the library the oracle's."""
    world = World(asked("220000", ONE, {"mean": "15300", "cv": 1.7**-0.5, "family": "gamma"}))
    assert world.at_least(220000, 300) == pytest.approx(0.7435874736896829, abs=1e-12)
    k = np.arange(1, 301)
    by_hand = float((binom.pmf(k, 300, 0.06) * gammaincc(1.7 * k, 220 / 9)).sum())
    assert world.at_least(220000, 300) == pytest.approx(by_hand, abs=1e-12)


def test_log_normal_deals_of_the_reference_file() -> None:
    world = World(asked("400000", ONE, {"mean": "20000", "cv": 1}))
    assert world.at_least(400000, 300) == pytest.approx(0.3317606758155154, abs=2e-6)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize(
    ("target", "rates", "cv"),
    [("60000", THREE, 0.8), ("100000", TWO, 2.9), ("50000", TWO, 0.05), ("240000", LEARNED, 1.0), ("400000", ONE, 1.0)],
)
def test_log_normal_deals(target: str, rates: list[Rate], cv: float, confidence: float) -> None:
    request = asked(target, rates, {"mean": "10000", "cv": cv}, confidence)
    check(request, 5e-6, slack=2e-9)


def test_ranges_of_log_normal_deals() -> None:
    request = asked("60000", LEARNED, {"mean": "10000", "cv": 1.0})
    check_ranges(request, check(request, 1e-6, stages=1), 5e-5)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize(("rates", "target"), [(ONE, "250000"), (TWO, "80000"), (LEARNED, "5000"), (THREE, "62500")])
def test_price_lists(rates: list[Rate], target: str, confidence: float) -> None:
    request = asked(target, rates, {"amounts": ["5000", "5000", "10000", "25000"]}, confidence)
    check_ranges(request, check(request, 1e-6), 1e-7)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize("rates", [ONE, TWO, THREE, LEARNED])
@pytest.mark.parametrize("deals", [{"mean": "10000", "cv": 0}, None])
def test_equal_deals_are_counted(rates: list[Rate], deals: Rate | None, confidence: float) -> None:
    request = asked("145000" if deals else "14", rates, deals, confidence)
    check_ranges(request, check(request, 1e-8), 1e-8)


@pytest.mark.parametrize("leads", [3, 40, 700])
def test_the_oracle_counts_as_scipy_does(leads: int) -> None:
    learned = World(asked("2", LEARNED, None))
    stated = World(asked("2", ONE, None))
    k = np.arange(4)
    assert stated.joint(leads)[1][0, :4] == pytest.approx(binom.pmf(k, leads, 0.06), abs=1e-13)
    assert learned.joint(leads)[1][0, :4] == pytest.approx(betabinom.pmf(k, leads, 12.5, 138.5), abs=1e-13)


def test_the_oracle_multiplies_rates_as_a_chain_of_beta_binomials_does() -> None:
    pmf = np.zeros(121)
    pmf[120] = 1.0
    for rate in THREE:
        a, b = rate["mean"] * rate["ess"], (1 - rate["mean"]) * rate["ess"]
        pmf = pmf @ np.array([betabinom.pmf(np.arange(121), n, a, b) for n in range(121)])
    assert World(asked("2", THREE, None)).joint(120)[1][0, :20] == pytest.approx(pmf[:20], abs=1e-12)


@pytest.mark.parametrize("deals", [{"cv": 0.8, "deals": 8}, {"cv": 1.2, "deals": 30}, {"cv": 0.5, "deals": 3}])
def test_doubt_about_the_mean_of_few_deals(deals: Rate) -> None:
    check(asked("60000", TWO, {"mean": "10000"} | deals, 0.6), 5e-6, slack=5e-8, stages=1)


@pytest.mark.parametrize("confidence", [0.2, 0.8])
@pytest.mark.parametrize("deals", [{"cv": 0.8, "deals": 8}, {"cv": 0.5, "deals": 40}])
def test_doubt_about_the_mean_of_many_deals(deals: Rate, confidence: float) -> None:
    check(asked("600000", TWO, {"mean": "10000", "family": "gamma"} | deals, confidence), 1e-6, slack=5e-8)


WIDE = [
    ([{"mean": 0.02, "ess": 60}], "1000000", 0.5),
    ([{"mean": 0.1, "ess": 60}], "1000000", 0.5),
    ([{"mean": 0.02, "ess": 60}], "100000", 1.5),
    ([{"mean": 0.02, "ess": 3000}], "1500000", 0.8),
    ([{"mean": 0.05, "ess": 600}], "4000000", 1.2),
    ([{"converted": 0, "entered": 60}], "50000", 0.5),
]


@pytest.mark.parametrize("confidence", [0.2, 0.8])
@pytest.mark.parametrize(("rates", "target", "cv"), WIDE)
def test_rates_much_wider_than_counting_noise(rates: list[Rate], target: str, cv: float, confidence: float) -> None:
    """Beta-binomial counts and gamma deals in closed form: where the rate is wide, what follows is taken as normal."""
    request = asked(target, rates, {"mean": "1000", "cv": cv, "family": "gamma"}, confidence)
    plan: dict[str, Any] = bc.answer(request)["plan"]
    a, b = outcomes.posterior(rates[0])  # type: ignore[misc]

    def reached(leads: int) -> float:
        k = np.arange(1, leads + 1.0)
        log = gammaln(leads + 1) - gammaln(k + 1) - gammaln(leads - k + 1) + betaln(k + a, leads - k + b) - betaln(a, b)
        return float((np.exp(log) * gammaincc(k / cv**2, float(target) / 1000 / cv**2)).sum())

    bound = plan["probability_error"]
    assert abs(plan["probability"] - reached(plan["planned"])) <= bound + 1e-9
    assert bound <= (1e-5 if float(target) >= 1_000_000 else 1e-2)
    assert reached(plan["planned"] - 1) < confidence + bound


def test_a_wide_rate_and_doubt_about_the_mean_deal() -> None:
    """The factor is log-normal, not normal, and as wide as the rate."""
    deals = {"mean": "1000", "cv": 0.5, "family": "gamma", "deals": 5}
    check(asked("100000", [{"mean": 0.02, "ess": 60}], deals), 1e-3, stages=1)
    check(asked("2000000", [{"mean": 0.1, "ess": 400}], deals), 1e-5, stages=1)


@pytest.mark.parametrize("target", ["24033.33", "250000"])
def test_few_amounts_without_a_common_unit(target: str) -> None:
    """Sums of a few amounts are not smooth: all combinations are counted."""
    check(asked(target, [{"rate": "5%"}], {"amounts": ["5170.03", "8011.11", "23000.07"]}), 1e-8, stages=1)


def test_ranges_with_doubt_about_the_mean_of_many_deals() -> None:
    """The doubt about the mean deal is wide beside 3,000 deals."""
    deals = {"mean": "1000", "cv": 1.0, "family": "gamma", "deals": 5}
    request = asked("3000000", [{"mean": 0.05, "ess": 1000000}], deals, 0.5)
    check_ranges(request, check(request, 1e-5, slack=5e-8, stages=1), 1e-3)


@cache
def too_little(amounts: tuple[int, ...], target: int) -> Numbers:
    """P(k deals bring less than the target), k = 0, 1, …: by convolution, in units of ten."""
    pmf = np.bincount([amount // 10 for amount in amounts if amount < target], minlength=target // 10) / len(amounts)
    sums, below = np.eye(1, target // 10)[0], [1.0]
    while below[-1] > 1e-13:
        sums = fftconvolve(sums, pmf)[: target // 10].clip(0)
        below.append(float(sums.sum()))
    return np.array(below)


def products(rates: list[Rate], nodes: int = 300) -> tuple[Numbers, Numbers]:
    """Values of the product of all rates with their weights: the Gauss rule of each Beta."""
    values, weights = np.ones(1), np.ones(1)
    for rate in rates:
        if "rate" in rate:
            values = values * float(str(rate["rate"]))
            continue
        mean, ess = float(str(rate["mean"])), float(str(rate["ess"]))
        x, w = roots_jacobi(nodes, ess * (1 - mean) - 1, ess * mean - 1)
        values, weights = np.outer(values, (1 + x) / 2).ravel(), np.outer(weights, w / w.sum()).ravel()
    return values, weights


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize(
    "rates", [ONE, TWO, [{"mean": 0.2, "ess": 9}], [{"mean": 0.3, "ess": 26}, {"mean": 0.3, "ess": 22}]]
)
@pytest.mark.parametrize(
    ("deals", "spread", "target"), [(40, 0.7, 90_010), (90, 1.3, 123_450), (60, 1.0, 301_230), (40, 0.7, 500_010)]
)
def test_the_deals_of_a_history(deals: int, spread: float, target: int, rates: list[Rate], confidence: float) -> None:
    """As many prices as deals: neither smooth nor on a lattice of a few steps, whatever the rate."""
    dice = np.random.default_rng(deals)
    amounts = tuple(10 * int(size) for size in np.exp(dice.normal(6.7, spread, deals)))
    plan = bc.answer(asked(str(target), rates, {"amounts": list(map(str, amounts))}, confidence))["plan"]
    below, (values, weights) = too_little(amounts, target), products(rates)

    def reached(leads: int) -> float:
        chances = binom.sf(np.arange(len(below)) - 1, leads, values[:, None])
        return float(weights @ chances @ -np.diff(below, prepend=1.0, append=0.0)[: len(below)])

    bound = plan["probability_error"]
    assert bound <= 1e-4
    assert abs(plan["probability"] - reached(plan["planned"])) <= bound + 1e-8
    assert plan["probability"] >= confidence - 1e-12
    assert reached(plan["planned"] - 1) < confidence + bound + 1e-8


def test_many_deals_of_prices_with_a_unit() -> None:
    """Hundreds of thousands of deals of 1 or 2: as good as smooth, but for the unit of all sums."""
    request = {
        "funnel": ["lead", "customer"],
        "rates": [{"rate": "2 %"}],
        "deal_size": {"amounts": [1, 2]},
        "goal": {"revenue": "500000 EUR"},
    }
    plan = bc.answer(request)["plan"]
    leads, target = plan["planned"], 500_000
    won = np.arange(int(0.02 * leads - 8_000), int(0.02 * leads + 8_000))
    exact = float(binom.pmf(won, leads, 0.02) @ binom.sf(target - won - 1, won, 0.5))
    assert plan["probability_error"] <= 1e-6
    assert abs(plan["probability"] - exact) <= plan["probability_error"] + 1e-9
