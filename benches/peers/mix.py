"""The cheapest mix of channels by SciPy's SLSQP on the exact probability; first our own mix is checked by it."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln
from scipy.stats import norm

asked = json.loads(Path(sys.argv[2]).read_text())
request, mix = asked["request"], asked["answer"]["plan"]["channels"]["cheapest"]
customers, confidence = request["goal"]["customers"], request["goal"]["confidence"]
channels = request["channels"]
entered = np.array([channel["rates"][0]["entered"] for channel in channels], dtype=float)
converted = np.array([channel["rates"][0]["converted"] for channel in channels], dtype=float)
cost = np.array([channel["cost_per_lead"] for channel in channels])
most = np.array([channel["capacity"] for channel in channels], dtype=float)


def probability(leads):
    """P(customers): a convolution of beta-binomial counts."""
    k = np.arange(customers)[None, :]
    n = np.maximum(leads, 0.0)[:, None]
    a, b = (converted + 0.5)[:, None], (entered - converted + 0.5)[:, None]
    # No more than the leads; between whole numbers the next count too, or what is missing would pass for success.
    reached = k < n + 1
    j = np.where(reached, k, 0)
    log = gammaln(n + 1) - gammaln(j + 1) - gammaln(n - j + 1) + betaln(j + a, n - j + b) - betaln(a, b)
    pmf = np.where(reached, np.exp(log), 0.0)
    total = np.zeros(customers)
    total[0] = 1.0
    for row in pmf[leads > 1e-9]:
        total = np.convolve(total, row)[:customers]
    return float(1 - total.sum())


def cheapest(start):
    """SLSQP in units of the capacities, the constraint on the probit scale; the cost."""
    goal, scale = norm.ppf(confidence), float(cost @ most)

    def gap(x):
        return float(norm.ppf(np.clip(probability(x * most), 1e-9, 1 - 1e-9)) - goal)

    found = minimize(
        lambda x: float(cost @ (x * most)) / scale,
        start / most,
        jac=lambda _: cost * most / scale,
        bounds=[(0.0, 1.0)] * len(most),
        constraints={"type": "ineq", "fun": gap},
        method="SLSQP",
        options={"maxiter": 60, "ftol": 1e-9},
    )
    assert gap(found.x) >= -1e-6, f"SLSQP finds no mix: {found.message}"
    return float(cost @ (found.x * most))


ours = np.array([row["leads"] for row in mix["leads"]], dtype=float)
exact = probability(ours)
assert abs(exact - mix["probability"]) < 1e-7, f"the mix reaches the goal with {exact}, not {mix['probability']}"
assert exact >= confidence - 1e-9, f"the mix reaches the goal with {exact}"
assert abs(mix["cost"] / (cost @ ours) - 1) < 1e-12, "the mix costs something else"
for name, start in [("a quarter of what there is", most / 4), ("our mix", ours)]:
    begin = time.perf_counter()
    found = cheapest(start)
    print(f"SciPy SLSQP from {name}: one mix, leads not whole\t{time.perf_counter() - begin}\t{found}\t0")
