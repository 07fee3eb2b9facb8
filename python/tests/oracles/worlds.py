"""Worlds for the oracles: leads with whole-day lags, losses and delayed observation, as records and as durations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from lifelines import KaplanMeierFitter

import backcast as bc

NEVER = np.iinfo(np.int64).max
Days = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class World:
    """One step: the day each lead entered, its lags to conversion and loss (or NEVER), its age when first seen."""

    entered: Days
    converts_after: Days
    lost_after: Days
    seen_from: Days
    segment: Days
    as_of: int

    @property
    def age(self) -> Days:
        """Days from entry to `as_of`."""
        return self.as_of - self.entered

    @property
    def converted(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether the conversion is known by `as_of`; a lead that was lost before never converts."""
        return (self.converts_after <= self.age) & (self.converts_after <= self.lost_after)

    @property
    def duration(self) -> Days:
        """The lag to the conversion, or the age at which a lead is censored, lost ones where they would have been."""
        return np.where(self.converted, self.converts_after, self.age)

    @property
    def known(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether a lead came under observation before it was over."""
        lost = ~self.converted & (self.lost_after <= self.age)
        over = np.where(self.converted, self.converts_after, np.where(lost, self.lost_after, NEVER))
        return over >= self.seen_from

    def where(self, kept: np.ndarray[Any, np.dtype[np.bool_]]) -> World:
        """Only some leads."""
        columns = (self.entered, self.converts_after, self.lost_after, self.seen_from, self.segment)
        entered, converts_after, lost_after, seen_from, segment = (column[kept] for column in columns)
        return World(entered, converts_after, lost_after, seen_from, segment, self.as_of)

    def table(self) -> pa.Table:
        """Give the records as a CRM holds them."""
        lost = ~self.converted & (self.lost_after <= self.age)
        return pa.table({
            "lead": days(self.entered),
            "customer": days(self.entered + self.duration, ~self.converted),
            "lost": days(self.entered + np.where(lost, self.lost_after, 0), ~lost),
            "seen": days(self.entered + self.seen_from, self.seen_from == 0),
            "segment": pa.array([f"s{number}" for number in self.segment]),
        })  # fmt: skip

    def read(self, **options: Any) -> bc.History:
        """Read the records."""
        as_of = str(np.datetime64(self.as_of, "D"))
        facts = {
            "stages": ["lead", "customer"],
            "lost": "lost",
            "observed_from": "seen",
            "segment": "segment",
            "as_of": as_of,
        }
        return bc.read_leads(self.table(), **(facts | options))

    def fitted(self) -> KaplanMeierFitter:
        """Fit lifelines to the same leads."""
        kept = self.where(self.known)
        fitter = KaplanMeierFitter()
        return fitter.fit(kept.duration, kept.converted, entry=kept.seen_from if kept.seen_from.any() else None)


def days(numbers: Days, missing: Any = None) -> pa.Array:
    """Typed days since 1970-01-01."""
    return pa.array(numbers.astype("int32"), pa.int32(), mask=missing).cast(pa.date32())


def world(
    seed: int, leads: int = 600, *, rate: float = 0.3, loss: float = 0.4, delayed: bool = False, segments: int = 4
) -> World:
    """Draw a world with many ties; delayed leads are seen from even ages on and convert at odd lags, so never tie."""
    dice = np.random.default_rng(seed)
    lags = dice.geometric(0.06, leads) - 1
    lags = 2 * (lags // 2) + 1 if delayed else lags
    drawn = World(
        entered=20_000 + dice.integers(0, 240, leads),
        converts_after=np.where(dice.random(leads) < rate, lags, NEVER),
        lost_after=np.where(dice.random(leads) < loss, dice.geometric(0.04, leads), NEVER),
        seen_from=np.where(dice.random(leads) < 0.4, 2 * dice.integers(0, 25, leads), 0)
        if delayed
        else np.zeros(leads, "int64"),
        segment=dice.integers(0, segments, leads) if segments else np.zeros(leads, "int64"),
        as_of=20_240,
    )
    # A lead is recorded only from the day on which it is seen.
    return drawn.where(drawn.seen_from < drawn.duration.clip(1))


def rows(rates: bc.Rates) -> dict[str | None, dict[str, Any]]:
    """Give the table of a single step by segment; None: all leads."""
    columns = rates.to_dict()
    table = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {row["segment"]: row for row in table}


def incidence(fitter: KaplanMeierFitter, lags: Sequence[int] | Days) -> Any:
    """F at these lags."""
    return 1 - fitter.survival_function_at_times(list(lags)).to_numpy()
