"""Leads at a confidence, one step: equal to a linear search on SciPy's binomial and beta-binomial."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import betaln
from scipy.stats import betabinom, binom

import backcast as bc

Numbers = np.ndarray[Any, Any]
CONFIDENCES = [0.05, 0.5, 0.8, 0.95, 0.999]


def needed(rate: dict[str, object], customers: int, confidence: float) -> tuple[int, float]:
    request = {
        "goal": {"customers": customers, "confidence": confidence},
        "funnel": ["lead", "customer"],
        "rates": [rate],
    }
    plan = bc.answer(request)["plan"]
    return plan["stages"][0]["needed"], plan["probability"]


def reached_binomial(leads: Numbers, customers: int, rate: float) -> Numbers:
    return np.asarray(binom.sf(customers - 1, leads, rate))


def reached_beta_binomial(leads: Numbers, customers: int, a: float, b: float) -> Numbers:
    short = np.arange(customers)[:, None]
    return np.asarray(1 - np.exp(betabinom.logpmf(short, leads[None, :], a, b)).sum(axis=0))


def check(  # noqa: PLR0917
    found: int, probability: float, leads: Numbers, reached: Numbers, confidence: float, tolerance: float
) -> None:
    """Compare with the first that meets the confidence, searched one by one; a tie within 1e-9 may fall either way."""
    assert reached[-1] > confidence, "the search range is too short"
    first = int(leads[np.argmax(reached >= confidence)])
    at = dict(zip(leads.tolist(), reached.tolist(), strict=True))
    if found != first:
        assert all(abs(at[number] - confidence) < 1e-9 for number in range(min(found, first), max(found, first)))
    assert probability == pytest.approx(at[found], abs=tolerance)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize("rate", ["0.005", "0.02", "0.1", "0.35", "0.9", "1"])
@pytest.mark.parametrize("customers", [1, 2, 7, 64, 300])
def test_stated(customers: int, rate: str, confidence: float) -> None:
    leads = np.arange(customers, int((customers + 8 * customers**0.5 + 20) / float(rate)) + 10)
    found, probability = needed({"rate": rate}, customers, confidence)
    check(found, probability, leads, reached_binomial(leads, customers, float(rate)), confidence, 1e-9)


@pytest.mark.parametrize("confidence", [0.05, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("counts", [(20, 1000), (2, 30), (7, 20), (150, 400), (9, 10), (50, 50)])
@pytest.mark.parametrize("customers", [1, 5, 40])
def test_learned(customers: int, counts: tuple[int, int], confidence: float) -> None:
    converted, entered = counts
    a, b = converted + 0.5, entered - converted + 0.5
    found, probability = needed({"converted": converted, "entered": entered}, customers, confidence)
    leads = np.arange(customers, max(found + 50, 2 * customers))
    check(found, probability, leads, reached_beta_binomial(leads, customers, a, b), confidence, 1e-8)


@pytest.mark.parametrize("confidence", [0.5, 0.8])
@pytest.mark.parametrize(("mean", "ess"), [(0.02, 1000.0), (0.0207, 333.3), (0.5, 3.7), (0.31, 25.0)])
def test_estimated(mean: float, ess: float, confidence: float) -> None:
    found, probability = needed({"mean": mean, "ess": ess}, 12, confidence)
    leads = np.arange(12, found + 50)
    check(found, probability, leads, reached_beta_binomial(leads, 12, mean * ess, (1 - mean) * ess), confidence, 1e-8)


def test_nothing_learned_yet() -> None:
    found, _ = needed({"converted": 0, "entered": 60}, 1, 0.8)
    leads = np.arange(1, found + 2)
    assert leads[np.argmax(reached_beta_binomial(leads, 1, 0.5, 60.5) >= 0.8)] == found


@pytest.mark.parametrize(("steps", "confidence"), [(1, 0.99999), (2, 0.99)])
def test_no_number_is_enough(steps: int, confidence: float) -> None:
    """Over two steps of which 0 of 5 converted: the binomial, integrated over both rates on a grid of logits."""
    rates = [{"converted": 0, "entered": 5}] * steps
    request = {
        "goal": {"customers": 5, "confidence": confidence},
        "funnel": ["lead", "mql", "customer"][-1 - steps :],
        "rates": rates,
    }
    found = bc.answer(request)["plan"]["unreachable"]
    assert found["entrants"] == 10**8
    logits = np.linspace(-70, 40, 1500)
    log_rates = -np.logaddexp(0, -logits)
    weights = np.exp(0.5 * log_rates - 5.5 * np.logaddexp(0, logits) - betaln(0.5, 5.5)) * (logits[1] - logits[0])
    if steps == 1:
        short = weights @ binom.cdf(4, 10**8, np.exp(log_rates))
    else:
        short = weights @ binom.cdf(4, 10**8, np.exp(log_rates[:, None] + log_rates[None, :])) @ weights
    assert found["probability"] == pytest.approx(1 - short, abs=1e-9)
    assert found["probability"] < confidence


def test_the_published_figures() -> None:
    assert needed({"rate": "2 %"}, 50, 0.8)[0] == 2789
    assert needed({"converted": 20, "entered": 1000}, 50, 0.8)[0] == 3081
