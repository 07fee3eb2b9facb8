"""The outlook without open leads: exact oracles, the computed probability within its own stated error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from outcomes import World
from scipy.special import gammaincc
from scipy.stats import betabinom, binom

import backcast as bc

Rate = dict[str, Any]
FUNNEL = ["lead", "mql", "sql", "customer"]
CONFIDENCES = [0.1, 0.8, 0.97]
ONE: list[Rate] = [{"rate": "0.06"}]
TWO: list[Rate] = [{"mean": 0.2, "ess": 100}, {"mean": 0.3, "ess": 40}]
THREE: list[Rate] = [{"mean": 0.3, "ess": 800}, {"mean": 0.4, "ess": 240}, {"mean": 0.3, "ess": 90}]
LEARNED: list[Rate] = [{"converted": 12, "entered": 150}]


def asked(target: str, rates: list[Rate], deals: Rate | None, confidence: float | None = 0.8) -> dict[str, Any]:
    goal: dict[str, Any] = {"revenue": f"{target} EUR"} if deals else {"customers": int(target)}
    if confidence is not None:
        goal["confidence"] = confidence
    request = {"goal": goal, "funnel": [*FUNNEL[: len(rates)], "customer"], "rates": rates}
    return request | ({"deal_size": deals} if deals else {})


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


@pytest.mark.parametrize("confidence", [0.2, 0.8])
@pytest.mark.parametrize(
    ("rates", "target"),
    [
        ([{"mean": 0.02, "ess": 60}], "1000000"),
        ([{"mean": 0.1, "ess": 60}], "1000000"),
    ],
)
def test_rates_much_wider_than_counting_noise(rates: list[Rate], target: str, confidence: float) -> None:
    """Beyond a ratio of 8 what follows is taken as normal given the rate: 5e-5 where the target takes many deals."""
    plan = check(asked(target, rates, {"mean": "1000", "cv": 0.5, "family": "gamma"}, confidence), 5e-5, stages=1)
    assert plan["probability_error"] == 5e-5


WRONG = pytest.mark.xfail(strict=True, raises=AssertionError, reason="found wrong by more than its stated error")


@WRONG
def test_a_wide_rate_near_nothing_and_few_deals() -> None:
    """0 of 60: the target takes 50 deals where the mean is 80. Off by 2.9e-4, stated 5e-5."""
    rates = [{"converted": 0, "entered": 60}]
    check(asked("50000", rates, {"mean": "10000", "cv": 0.5, "family": "gamma"}, 0.8), 5e-5, stages=1)


@WRONG
def test_a_wide_rate_and_doubt_about_the_mean_deal() -> None:
    """The factor is log-normal, not normal, and as wide as the rate. Off by 1.7e-3, stated 5e-5."""
    deals = {"mean": "1000", "cv": 0.5, "family": "gamma", "deals": 5}
    check(asked("100000", [{"mean": 0.02, "ess": 60}], deals), 5e-5, stages=1)


@WRONG
@pytest.mark.parametrize("target", ["24033.33", "250000"])
def test_few_amounts_without_a_common_unit(target: str) -> None:
    """Sums of a few amounts are not smooth. Off by 3.3e-3 and 3.1e-4, stated 8.5e-5 and 2.2e-5."""
    check(asked(target, [{"rate": "5%"}], {"amounts": ["5170.03", "8011.11", "23000.07"]}), 1e-2, stages=1)


@WRONG
def test_ranges_with_doubt_about_the_mean_of_many_deals() -> None:
    """Nine nodes for the doubt are too few beside 3,000 deals: P(revenue > low) is 0.857, not 0.9."""
    deals = {"mean": "1000", "cv": 1.0, "family": "gamma", "deals": 5}
    request = asked("3000000", [{"mean": 0.05, "ess": 1000000}], deals, 0.5)
    check_ranges(request, check(request, 1e-6, slack=5e-8, stages=1), 1e-3)
