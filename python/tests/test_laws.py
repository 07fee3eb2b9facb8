"""Laws of the estimators: what must hold whatever the records are."""

from __future__ import annotations

import struct
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import assume, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

import backcast as bc
from given import read, refusal, rows_of

Days = np.ndarray[Any, np.dtype[np.int64]]
AS_OF = int(np.datetime64("2025-12-31", "D").astype(int))
OPTIONS: dict[str, Any] = {
    "stages": ["lead", "mql", "customer"],
    "lost": "lost",
    "observed_from": "seen",
    "segment": ["channel", "persona"],
    "as_of": "2025-12-31",
}
COUNTS = st.tuples(st.integers(0, 60), st.integers(1, 60)).map(sorted)


def dated(days: Days, missing: Any) -> pa.Array:
    return pa.array(np.where(missing, 0, days).astype("int32"), pa.int32(), mask=np.asarray(missing)).cast(pa.date32())


def world(seed: int, leads: int) -> pa.Table:
    """Draw leads over two years, of 4 channels and 3 personas, with losses, delayed observation and rates that move."""
    dice = np.random.default_rng(seed)
    lead = AS_OF - dice.integers(0, 730, leads)
    channel, persona = dice.integers(0, 4, leads), dice.integers(0, 3, leads)
    rate = 1 / (1 + np.exp(1.2 - 0.5 * channel + 0.4 * persona - 0.3 * np.sin(lead / 91)))
    mql, first = lead + dice.geometric(0.1, leads) - 1, dice.random(leads) < rate
    customer, second = mql + dice.geometric(0.05, leads) - 1, first & (dice.random(leads) < 0.4)
    lost = np.where(first, mql, lead) + dice.geometric(0.05, leads)
    seen = np.minimum(lead + np.where(dice.random(leads) < 0.2, dice.integers(0, 30, leads), 0), AS_OF)
    return pa.table({
        "lead": dated(lead, np.zeros(leads, bool)),
        "mql": dated(mql, ~first | (mql > AS_OF)),
        "customer": dated(customer, ~second | (customer > AS_OF)),
        "lost": dated(lost, second | (dice.random(leads) < 0.5) | (lost > AS_OF)),
        "seen": dated(seen, seen == lead),
        "channel": pa.array([f"c{value}" for value in channel]),
        "persona": pa.array([f"p{value}" for value in persona]),
    })  # fmt: skip


def bits(history: bc.History) -> Any:
    """Give every number of the table and of the posteriors by its bits."""
    rates = history.rates()

    def cell(value: Any) -> Any:
        return struct.pack("<d", value) if isinstance(value, float) else value

    posteriors = [each and {name: cell(value) for name, value in each.items()} for each in rates.posteriors()]
    return [{name: cell(value) for name, value in row.items()} for row in rows_of(rates)], posteriors, rates.warnings


# --- order and parts --------------------------------------------------------------------------------------------------


@settings(max_examples=12)
@hypothesis_given(st.integers(0, 10**6), st.integers(300, 1_200), st.data())
def test_rates_are_the_same_to_the_bit_for_any_order_and_any_parts(seed: int, leads: int, data: st.DataObject) -> None:
    table = world(seed, leads)
    whole = read(table, **OPTIONS)
    expected = bits(whole)
    shuffled = table.take(np.random.default_rng(seed).permutation(leads))
    assert bits(read(shuffled, **OPTIONS)) == expected
    cuts = sorted(data.draw(st.lists(st.integers(1, leads - 1), min_size=3, max_size=3, unique=True)))
    parts = [
        read(shuffled.slice(start, end - start), **OPTIONS)
        for start, end in zip([0, *cuts], [*cuts, leads], strict=True)
    ]
    a, b, c, d = data.draw(st.permutations(parts))
    for merged in (reduce(bc.History.merge, [a, b, c, d]), a.merge(b).merge(c.merge(d)), a.merge(b.merge(c.merge(d)))):
        assert merged == whole
        assert bits(merged) == expected


@hypothesis_given(st.integers(0, 1_000), st.integers(1, 400))
def test_tallies_of_different_days_are_never_merged(seed: int, days: int) -> None:
    table = world(seed, 50)
    earlier = str(np.datetime64(AS_OF - days, "D"))
    with refusal("different_as_of", f"tallies of different days cannot be merged: 2025-12-31 and {earlier}"):
        read(table, **OPTIONS).merge(read(table, **(OPTIONS | {"as_of": earlier})))


@settings(max_examples=30)
@hypothesis_given(st.integers(0, 10**6), st.integers(1, 60))
def test_segments_are_those_that_leads_have(seed: int, leads: int) -> None:
    """A segment without leads does not exist: neither from leads that came later, nor from a part merged in."""
    table = world(seed, leads)
    late = table.set_column(0, "lead", pa.array([AS_OF + 1] * leads, pa.int32()).cast(pa.date32()))
    late = late.set_column(5, "channel", pa.array(["late"] * leads))
    history = read(pa.concat_tables([table, late]), **OPTIONS)
    assert history.counts()["reasons"]["after_as_of"] == leads
    assume(history.counts()["used"] > 0)
    nothing = read(late, **OPTIONS)
    assert history.merge(nothing).rates().to_dict() == history.rates().to_dict()
    rows = [row for row in rows_of(history.rates()) if row["segment"] is not None]
    assert not any("late" in row["segment"] for row in rows)
    # A lead that was first seen as an MQL was never seen as a lead: only of the whole way must each segment have leads.
    assert all(row["entered"] > 0 for row in rows if row["step"] == "lead->customer")


# --- one step ---------------------------------------------------------------------------------------------------------


def one_step(lags: list[int | None], ages: list[int], segments: list[str] | None = None) -> bc.History:
    """One lead per lag: days to the conversion, or None while it is open at its age."""
    entered = AS_OF - np.array(ages)
    won = np.array([-1 if lag is None or lag > age else lag for lag, age in zip(lags, ages, strict=True)])
    table = pa.table({
        "lead": dated(entered, np.zeros(len(ages), bool)),
        "customer": dated(entered + won, won < 0),
        "segment": pa.array(segments or ["one"] * len(ages)),
    })  # fmt: skip
    return read(table, as_of="2025-12-31", segment="segment")


LEADS = st.lists(st.tuples(st.none() | st.integers(0, 50), st.integers(0, 60)), min_size=2, max_size=60)


@settings(max_examples=100)
@hypothesis_given(LEADS, st.integers(0, 60), st.data())
def test_one_more_conversion_never_lowers_the_estimate_of_all_leads(
    leads: list[tuple[int | None, int]], horizon: int, data: st.DataObject
) -> None:
    """Within a fixed horizon: one more event, and fewer at risk at every later one."""
    lags, ages = [lag for lag, _ in leads], [age for _, age in leads]
    open_leads = [at for at, (lag, age) in enumerate(leads) if lag is None or lag > age]
    assume(open_leads)
    at = data.draw(st.sampled_from(open_leads))
    more = [*lags]
    more[at] = data.draw(st.integers(0, ages[at]))
    before, after = (rows_of(one_step(each, ages).rates(horizon_days=horizon))[0] for each in (lags, more))
    assert (after["estimate"] or 0) >= (before["estimate"] or 0) - 1e-15


@settings(max_examples=100)
@hypothesis_given(LEADS)
def test_a_longer_horizon_never_lowers_the_estimate_of_all_leads(leads: list[tuple[int | None, int]]) -> None:
    history = one_step([lag for lag, _ in leads], [age for _, age in leads])
    estimates = [rows_of(history.rates(horizon_days=days))[0]["estimate"] or 0 for days in range(0, 64, 3)]
    assert estimates == sorted(estimates)


@settings(max_examples=100)
@hypothesis_given(LEADS, st.integers(0, 60))
def test_the_interval_holds_the_estimate(leads: list[tuple[int | None, int]], horizon: int) -> None:
    """F lies between the quantiles of Beta(F·n + ½, (1 − F)·n + ½) wherever both F·n and (1 − F)·n are 0.01 at least.

    (Computed with SciPy over all n: the quantile at which F lies is then between 10.7 % and 89.3 %; with less, as for
    F = 1, half a lead on either side moves both ends past it.)
    """
    row = rows_of(one_step([lag for lag, _ in leads], [age for _, age in leads]).rates(horizon_days=horizon))[0]
    if row["estimate"] is None:
        return
    assert 0 <= row["low"] < row["high"] <= 1
    converted, others = row["estimate"] * row["effective_leads"], (1 - row["estimate"]) * row["effective_leads"]
    if min(converted, others) >= 0.01:
        assert row["low"] <= row["estimate"] <= row["high"]
    assert row["next_low"] <= row["next"] <= row["next_high"]


# --- segments ---------------------------------------------------------------------------------------------------------


def mature(counts: list[list[int]]) -> list[dict[str, Any]]:
    """Segments whose leads are all old enough: `converted` of `entered`, in this order."""
    lags = [0 if n < converted else None for converted, entered in counts for n in range(entered)]
    names = [f"s{at:02}" for at, (_, entered) in enumerate(counts) for _ in range(entered)]
    return rows_of(one_step(lags, [400] * len(lags), names).rates(horizon_days=0))[1:]


def ends_of_the_centres(counts: list[list[int]]) -> tuple[float, float]:
    """± 6 standard errors around the common rate, on the logit, as docs/method.md's grid has it."""
    d, n = np.array(counts, float).T
    mean = (d.sum() + 0.5) / (n.sum() + 1)
    error = np.sqrt(1 / (n.sum() * mean * (1 - mean) + 1) + 0.25 / len(d))
    ends = np.log(mean / (1 - mean)) + np.array([-6, 6]) * error
    low, high = 1 / (1 + np.exp(-ends))
    return float(low), float(high)


@settings(max_examples=100)
@hypothesis_given(st.lists(COUNTS, min_size=2, max_size=12))
def test_pooling_moves_a_segment_from_its_own_rate_towards_the_crowd(counts: list[list[int]]) -> None:
    """The pooled rate averages (D + μM)/(n + M) over the crowd's centres μ: it lies between own rate and centres.

    The centres, not the common rate converted ÷ entered: that weighs segments by leads, the crowd counts each segment.
    """
    assume(any(converted for converted, _ in counts))
    low, high = ends_of_the_centres(counts)
    for row, (converted, entered) in zip(mature(counts), counts, strict=True):
        own = converted / entered
        assert min(own, low) - 1e-9 <= row["estimate"] <= max(own, high) + 1e-9
        assert 0 <= row["shrinkage"] <= 1
        assert row["low"] <= row["high"]


@settings(max_examples=100)
@hypothesis_given(st.integers(1, 60), st.data())
def test_among_segments_of_one_size_pooling_keeps_the_order(entered: int, data: st.DataObject) -> None:
    """Given the crowd, a posterior mean rises with the conversions (monotone likelihood ratio), whatever the prior."""
    converted = data.draw(st.lists(st.integers(0, entered), min_size=2, max_size=12))
    assume(any(converted))
    rows = mature([[d, entered] for d in converted])
    for one in rows:
        for other in rows:
            if one["own"] > other["own"]:
                assert one["estimate"] >= other["estimate"] - 1e-12
            if one["own"] == other["own"]:
                assert one["estimate"] == other["estimate"]


@settings(max_examples=100)
@hypothesis_given(st.lists(COUNTS, min_size=2, max_size=8), st.data())
def test_one_more_conversion_in_a_segment_never_lowers_its_estimate(
    counts: list[list[int]], data: st.DataObject
) -> None:
    """Among mature leads. The grid of centres moves along, by less than a hundred-thousandth of the rate."""
    assume(any(converted for converted, _ in counts))
    able = [at for at, (converted, entered) in enumerate(counts) if converted < entered]
    assume(able)
    at = data.draw(st.sampled_from(able))
    more = [[converted + (index == at), entered] for index, (converted, entered) in enumerate(counts)]
    assert mature(more)[at]["estimate"] >= mature(counts)[at]["estimate"] * (1 - 1e-5)


@settings(max_examples=60)
@hypothesis_given(st.lists(COUNTS, min_size=2, max_size=8), st.permutations(range(8)))
def test_the_names_of_segments_do_not_matter(counts: list[list[int]], order: list[int]) -> None:
    """Up to the order in which floating-point numbers are added."""
    assume(any(converted for converted, _ in counts))
    order = [at for at in order if at < len(counts)]
    straight, moved = mature(counts), mature([counts[at] for at in order])
    for place, at in enumerate(order):
        assert abs(moved[place]["estimate"] - straight[at]["estimate"]) <= 1e-9
