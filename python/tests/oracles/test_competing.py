"""A loss competes: the lead stays at risk as long as it could have been seen, and is never censored at the loss."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="the oracles run in their own environment: requirements-oracles.txt")

from lifelines import KaplanMeierFitter
from worlds import NEVER, World, incidence, rows, world


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("delayed", [False, True])
def test_a_loss_is_censored_at_its_administrative_age(seed: int, delayed: bool) -> None:
    drawn = world(seed, leads=800, loss=0.8, delayed=delayed)
    kept = drawn.where(drawn.known)
    lost = ~kept.converted & (kept.lost_after <= kept.age)
    assert lost.sum() > 100
    for horizon in (10, 50, 150):
        row = rows(drawn.read().rates(horizon_days=horizon))[None]
        assert row["lost"] == lost.sum()
        assert abs(row["estimate"] - incidence(drawn.fitted(), [horizon])[0]) <= 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_the_day_of_a_loss_does_not_matter(seed: int) -> None:
    """Without delayed observation only who was lost counts, not when."""
    drawn = world(seed, loss=0.7)
    lost = ~drawn.converted & (drawn.lost_after <= drawn.age)
    sooner = World(
        entered=drawn.entered,
        converts_after=np.where(lost, NEVER, drawn.converts_after),
        lost_after=np.where(lost, 0, NEVER),
        seen_from=drawn.seen_from,
        segment=drawn.segment,
        as_of=drawn.as_of,
    )
    assert sooner.read().rates().to_dict() == drawn.read().rates().to_dict()


def test_censoring_at_the_loss_would_be_far_too_high() -> None:
    drawn = world(1, leads=4_000, rate=0.1, loss=0.9)
    end = np.where(drawn.converted, drawn.duration, np.minimum(drawn.lost_after, drawn.age))
    wrong = incidence(KaplanMeierFitter().fit(end, drawn.converted), [150])[0]
    estimate = rows(drawn.read().rates(horizon_days=150))[None]["estimate"]
    assert wrong > 1.4 * estimate
