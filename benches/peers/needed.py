"""The smallest number of leads that brings 50 customers with probability 0.8: bisection over 100,000 simulated campaigns."""

import sys
import time

import numpy as np

DRAWS = 100_000


def needed(steps, seed):
    dice = np.random.default_rng(seed)
    rates = np.ones(DRAWS)
    for converted, entered in steps:
        rates *= dice.beta(converted + 0.5, entered - converted + 0.5, DRAWS)
    low, high = 50, 100_000
    while low < high:
        leads = (low + high) // 2
        if (dice.binomial(leads, rates) >= 50).mean() >= 0.8:
            high = leads
        else:
            low = leads + 1
    return low


numbers = [int(text) for text in sys.argv[1:]]
steps = list(zip(numbers[::2], numbers[1::2], strict=True))
print(f"answer\t{np.mean([needed(steps, seed) for seed in range(5)])}")
times = []
for seed in range(3):
    start = time.perf_counter()
    needed(steps, seed)
    times.append(time.perf_counter() - start)
print(f"NumPy Monte Carlo, 1e5 draws, bisection\t{min(times)}")
