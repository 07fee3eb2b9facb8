"""Histograms of leads by segment, step, outcome and days, by data-frame tools; compared before they are timed."""

import os
import sys
import time
from itertools import pairwise
from pathlib import Path

THREADS = "2"
os.environ["POLARS_MAX_THREADS"] = THREADS

import duckdb  # noqa: E402
import numpy as np  # noqa: E402
import polars as pl  # noqa: E402
import pyarrow as pa  # noqa: E402
from lifelines import KaplanMeierFitter  # noqa: E402

AS_OF = 20_726
MISSING = np.iinfo(np.int32).min
STAGES = ["lead", "mql", "sql", "customer"]
STEPS = list(enumerate(pairwise(STAGES)))
WHOLE_WAY = (3, ("lead", "customer"))
LONGEST = 1024

folder, runs = Path(sys.argv[1]), int(sys.argv[2])
columns = {name: np.fromfile(folder / f"{name}.bin", np.int32) for name in [*STAGES, "lost", "segment"]}
tally = np.fromfile(folder / "expected.bin", np.int32).reshape(-1, 6)  # segment, step, outcome, month, days, leads
cells = tally[(tally[:, 1] < len(STEPS)) & (tally[:, 2] < 3)]  # each step, and each lead once in it
arrow = pa.table({name: pa.array(days, mask=days == MISSING) for name, days in columns.items()})
frame = pl.from_arrow(arrow).rechunk()


def without_months():
    """Add the cells up over the months."""
    keys, place = np.unique(cells[:, [0, 1, 2, 4]], axis=0, return_inverse=True)
    return np.column_stack([keys, np.bincount(place.ravel(), cells[:, 5]).astype(np.int64)])


expected = without_months()


def polars_plan(step, start, end):
    ended = pl.coalesce(end, "lost", pl.lit(AS_OF, pl.Int32))
    outcome = pl.when(pl.col(end).is_not_null()).then(0).when(pl.col("lost").is_not_null()).then(1).otherwise(2)
    entered = pl.col(start).cast(pl.Date)
    month = (entered.dt.year() * 12 + entered.dt.month().cast(pl.Int32) - 1).alias("month")
    return (
        frame.lazy()
        .filter(pl.col(start).is_not_null())
        .select(
            "segment",
            pl.lit(step).alias("step"),
            outcome.cast(pl.Int32).alias("outcome"),
            month,
            days=ended - pl.col(start),
        )
    )


CELL = ["segment", "step", "outcome", "month", "days"]


def polars_by_month():
    """With months, but neither the whole way nor losses by age."""
    plans = [polars_plan(step, *stages).group_by(CELL).len() for step, stages in STEPS]
    return pl.concat(pl.collect_all(plans)).select(*CELL, "len")


def polars_tally():
    """All cells of the tally."""
    plans = []
    for step, (start, end) in [*STEPS, WHOLE_WAY]:
        plans.append(polars_plan(step, start, end).group_by(CELL).len())
        entered = pl.col(start).cast(pl.Date)
        month = (entered.dt.year() * 12 + entered.dt.month().cast(pl.Int32) - 1).alias("month")
        lost = pl.col(start).is_not_null() & pl.col(end).is_null() & pl.col("lost").is_not_null()
        keys = [pl.lit(step).alias("step"), pl.lit(3, pl.Int32).alias("outcome"), month]
        by_age = frame.lazy().filter(lost).select("segment", *keys, days=AS_OF - pl.col(start))
        plans.append(by_age.group_by(CELL).len())
    return pl.concat(pl.collect_all(plans)).select(*CELL, "len")


def polars_by_columns():
    """Three group-bys over three keys."""
    plans = []
    for step, (start, end) in STEPS:
        ended = pl.coalesce(end, "lost", pl.lit(AS_OF, pl.Int32))
        outcome = pl.when(pl.col(end).is_not_null()).then(0).when(pl.col("lost").is_not_null()).then(1).otherwise(2)
        keys = ["segment", outcome.cast(pl.Int32).alias("outcome"), (ended - pl.col(start)).alias("days")]
        plans.append(frame.lazy().filter(pl.col(start).is_not_null()).group_by(keys).len().with_columns(step=step))
    return pl.concat(pl.collect_all(plans)).select("segment", "step", "outcome", "days", "len")


def polars_by_one_key():
    """Three group-bys over one whole number that holds the three keys."""
    plans = []
    for step, (start, end) in STEPS:
        ended = pl.coalesce(end, "lost", pl.lit(AS_OF, pl.Int32))
        outcome = pl.when(pl.col(end).is_not_null()).then(0).when(pl.col("lost").is_not_null()).then(1).otherwise(2)
        key = (pl.col("segment") * 3 + outcome.cast(pl.Int32)) * LONGEST + ended - pl.col(start)
        plans.append(
            frame.lazy().filter(pl.col(start).is_not_null()).group_by(key.alias("key")).len().with_columns(step=step)
        )
    found = pl.concat(pl.collect_all(plans))
    segment, rest = pl.col("key") // (3 * LONGEST), pl.col("key") % (3 * LONGEST)
    return found.select(segment, "step", outcome=rest // LONGEST, days=rest % LONGEST, len="len")


duck = duckdb.connect(config={"threads": int(THREADS)})
duck.register("arrow_leads", arrow)
duck.execute("create table leads as select * from arrow_leads")


def duckdb_sql(table, key):
    return " union all ".join(
        f"select {key[0]}, {step}, count(*) from (select segment, case when {end} is not null then 0 "
        f"when lost is not null then 1 else 2 end as outcome, coalesce({end}, lost, {AS_OF}) - {start} as days "
        f"from {table} where {start} is not null) group by {key[1]}"
        for step, (start, end) in STEPS
    )


def duckdb_by_columns(table="leads"):
    return duck.execute(duckdb_sql(table, ("segment, outcome, days", "segment, outcome, days"))).fetchnumpy()


def duckdb_by_one_key(table="leads"):
    key = f"(segment * 3 + outcome) * {LONGEST} + days"
    return duck.execute(duckdb_sql(table, (f"{key} as key", "key"))).fetchnumpy()


def duckdb_by_month():
    month = "year(entered) * 12 + month(entered) - 1"
    return duck.execute(
        " union all ".join(
            f"select segment, {step} as step, outcome, {month} as month, days, count(*) from ("
            f"select segment, case when {end} is not null then 0 when lost is not null then 1 else 2 end as outcome, "
            f"date '1970-01-01' + {start} as entered, coalesce({end}, lost, {AS_OF}) - {start} as days "
            f"from leads where {start} is not null) group by segment, outcome, month, days"
            for step, (start, end) in STEPS
        )
    ).fetchnumpy()


def numpy_bincount():
    counts = []
    for _, (here, there) in STEPS:
        entered = columns[here] != MISSING
        start, end = columns[here][entered], columns[there][entered]
        lost, segment = columns["lost"][entered], columns["segment"][entered]
        converted, has_loss = end != MISSING, lost != MISSING
        ended = np.where(converted, end, np.where(has_loss, lost, AS_OF))
        outcome = np.where(converted, 0, np.where(has_loss, 1, 2)).astype(np.int32)
        counts.append(np.bincount((segment * 3 + outcome) * LONGEST + ended - start, minlength=20 * 3 * LONGEST))
    return np.stack(counts)


def lifelines_three_steps():
    """All leads together, without segments: conversions at their lags, open and lost leads censored at their ages."""
    fits = []
    for _, (here, there) in STEPS:
        entered = columns[here] != MISSING
        start, end = columns[here][entered], columns[there][entered]
        converted = end != MISSING
        fits.append(KaplanMeierFitter().fit(np.where(converted, end, AS_OF) - start, converted))
    return fits


def same(rows, expected=expected):
    def ordered(rows):
        return rows[np.lexsort(rows[:, -2::-1].T)]

    rows = np.stack([np.asarray(column).astype(np.int64) for column in rows], axis=1)
    assert np.array_equal(ordered(rows), ordered(expected)), "the histograms differ"


def unpacked(key, step, count):
    key = np.asarray(key)
    same([key // (3 * LONGEST), step, key // LONGEST % 3, key % LONGEST, count])


def check():
    same(polars_tally().to_numpy().T, tally)
    same(polars_by_month().to_numpy().T, cells)
    same(duckdb_by_month().values(), cells)
    same(polars_by_columns().to_numpy().T)
    same(polars_by_one_key().to_numpy().T)
    for table in ["leads", "arrow_leads"]:
        segment, outcome, days, step, count = duckdb_by_columns(table).values()
        same([segment, step, outcome, days, count])
        unpacked(*duckdb_by_one_key(table).values())
    counts = numpy_bincount()
    step, key = np.nonzero(counts)
    unpacked(key, step, counts[step, key])
    for (step, _), fit in zip(STEPS, lifelines_three_steps(), strict=True):
        converted = expected[(expected[:, 1] == step) & (expected[:, 2] == 0)]
        observed = np.bincount(converted[:, 3], converted[:, 4])
        table = fit.event_table["observed"]
        table = table[table > 0]
        assert np.array_equal(table.index, np.flatnonzero(observed)), "lifelines' lags differ"
        assert np.array_equal(table, observed[observed > 0]), "lifelines' conversions differ"


def report(name, *jobs):
    """Print the fastest run of the fastest way: a peer is shown at its best."""
    best = float("inf")
    for job in jobs:
        for _ in range(runs):
            start = time.perf_counter()
            job()
            best = min(best, time.perf_counter() - start)
    print(f"{name}\t{best}")


check()
plain, with_months = "segment × step × outcome × days", "segment × step × month × outcome × days"
report(f"Polars, 2 threads: {plain}", polars_by_columns, polars_by_one_key)
report(f"Polars, 2 threads: {with_months}", polars_by_month)
report("Polars, 2 threads: tally without first days", polars_tally)
report(f"DuckDB on its own table, 2 threads: {plain}", duckdb_by_columns, duckdb_by_one_key)
report(f"DuckDB on its own table, 2 threads: {with_months}", duckdb_by_month)
report(
    f"DuckDB on Arrow, 2 threads: {plain}",
    lambda: duckdb_by_columns("arrow_leads"),
    lambda: duckdb_by_one_key("arrow_leads"),
)
report(f"NumPy bincount, 1 thread: {plain}", numpy_bincount)
report("lifelines, Kaplan–Meier: step × days, converted or not", lifelines_three_steps)
