"""Ways of several steps for the oracles: cohorts whose rates differ by quarter, and plain counts as leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from methods import Flags, Step, Whole
from scipy.special import expit, logit

import backcast as bc

NEVER = np.iinfo(np.int64).max // 2
# The first day of a quarter, in days since 1970-01-01.
FIRST = int(np.datetime64("2022-01-01", "D").astype(int))


@dataclass(frozen=True)
class Way:
    """Leads with the day each stage was entered (or NEVER) and the value of each dimension."""

    entered: list[Whole]
    dimensions: list[Any]
    as_of: int

    @property
    def stages(self) -> list[str]:
        """Names."""
        return [f"stage{number}" for number in range(len(self.entered))]

    def step(self, first: int, last: int, kept: Flags | None = None) -> Step:
        """Give the leads that were seen to enter one stage, until they were seen to enter another."""
        start, end = self.entered[first], self.entered[last]
        here = start <= self.as_of
        here = here if kept is None else here & kept
        won = end[here] <= self.as_of
        duration = np.where(won, end[here], self.as_of) - start[here]
        return Step(duration, won, np.zeros(here.sum(), int), start[here])

    def steps(self) -> list[tuple[int, int]]:
        """Each step, and the whole way last, where there are several."""
        last = len(self.entered) - 1
        return [(stage, stage + 1) for stage in range(last)] + ([(0, last)] if last > 1 else [])

    def name(self, step: tuple[int, int]) -> str:
        """As the table writes it."""
        return f"stage{step[0]}->stage{step[1]}"

    def read(self, **options: Any) -> bc.History:
        """Read the records."""
        columns = {
            name: pa.array(
                np.where(days <= self.as_of, days, 0).astype("int32"), pa.int32(), mask=days > self.as_of
            ).cast(pa.date32())
            for name, days in zip(self.stages, self.entered, strict=True)
        }
        segments = {f"by{number}": pa.array(values) for number, values in enumerate(self.dimensions)}
        facts: dict[str, Any] = {"stages": self.stages, "as_of": str(np.datetime64(self.as_of, "D"))}
        if segments:
            facts["segment"] = list(segments)
        return bc.read_leads(pa.table(columns | segments), **(facts | options))


def way(  # noqa: PLR0917
    seed: int,
    rates: Sequence[float],
    quarters: int,
    per_quarter: int,
    drift: float = 0.0,
    shared: float = 0.0,
    mean_lag: float = 12.0,
) -> Way:
    """Draw leads that enter evenly; each step's logit moves by `drift` per quarter, that of all alike by `shared`."""
    dice = np.random.default_rng(seed)
    last = FIRST + 91 * quarters
    count = quarters * per_quarter
    at = [np.sort(dice.integers(FIRST, last, count))]
    cohort = (at[0] - FIRST) // 91
    common = dice.normal(0, shared, quarters) if shared else np.zeros(quarters)
    for rate in rates:
        p = expit(logit(rate) + common + dice.normal(0, drift, quarters))[cohort]
        lag = dice.geometric(1 / mean_lag, count) - 1
        at.append(np.where((dice.random(count) < p) & (at[-1] < NEVER), at[-1] + lag, NEVER))
    return Way(at, [], last)


def counted(counts: Sequence[tuple[int, int]], dimensions: Sequence[Sequence[str]] | None = None) -> Way:
    """One step, every lead old enough: `converted` of `entered` per cell, all on the day of entry."""
    converted = np.concatenate([np.arange(n) < d for d, n in counts])
    cell = np.repeat(np.arange(len(counts)), [n for _, n in counts])
    names = dimensions or [[f"s{number:03}" for number in range(len(counts))]]
    start = np.full(len(cell), FIRST)
    return Way([start, np.where(converted, start, NEVER)], [np.array(of)[cell] for of in names], FIRST + 400)


def counted_by_quarter(steps: Sequence[tuple[int, int]]) -> Way:
    """One step, one cell per quarter: all convert on the day of entry, and all are old enough."""
    one = counted(steps)
    quarter = np.repeat(np.arange(len(steps)), [n for _, n in steps])
    first_days = np.array([np.datetime64("2022-01", "M") + 3 * number for number in range(len(steps))])
    start = first_days.astype("datetime64[D]").astype(int)[quarter]
    won = one.entered[1] < NEVER
    return Way([start, np.where(won, start, NEVER)], [], int(start.max()) + 400)


def table(rates: bc.Rates) -> dict[tuple[str | None, str], dict[str, Any]]:
    """Rows by segment and step."""
    columns = rates.to_dict()
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {(row["segment"], row["step"]): row for row in rows}
