"""The cheapest mix of many channels: never dearer by more than 0.1 % than SciPy finds on the exact probability."""

from __future__ import annotations

import json

import mixes
import numpy as np
import pytest

import backcast as bc

BOUNDS = json.loads(mixes.FILE.read_text())


@pytest.mark.parametrize(("channels", "seed"), mixes.WORLDS)
@pytest.mark.parametrize("confidence", mixes.CONFIDENCES)
def test_never_dearer_than_slsqp(channels: int, seed: int, confidence: float) -> None:
    world = mixes.World(channels, customers=4 * channels, seed=seed)
    mix = bc.answer(world.request(confidence))["plan"]["channels"]["cheapest"]
    leads = np.array([row["leads"] for row in mix["leads"]], dtype=float)
    exact = world.probability(leads)
    assert exact == pytest.approx(mix["probability"], abs=1e-7)
    assert exact >= confidence - 1e-9
    assert mix["cost"] == pytest.approx(float(world.cost @ leads), rel=1e-12)
    bound = BOUNDS[f"{channels} {seed} {confidence}"]
    assert np.isfinite(bound)
    assert mix["cost"] <= 1.001 * bound


def test_the_script_finds_the_bounds() -> None:
    """One small world; `make oracle-figures` searches them all."""
    channels, seed = mixes.WORLDS[0]
    assert mixes.bound(channels, seed, 0.8) == pytest.approx(BOUNDS[f"{channels} {seed} 0.8"], rel=1e-6)
