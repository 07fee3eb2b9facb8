"""What the tests are given: small tables of leads, and the refusal that a call must end in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import settings

import backcast as bc

# Readers warm up on their first call: a deadline would measure that.
settings.register_profile("backcast", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("backcast")

PROJECT = Path(__file__).resolve().parents[2]
OLIST = Path(os.environ.get("BACKCAST_OLIST", PROJECT.parent / "shared" / "data"))
"""The folder with the Olist files; they may not be copied into the project."""
STAGES = ["lead", "customer"]


def day(text: str | None) -> date | None:
    """Read an ISO day; None stays None."""
    return None if text is None else date.fromisoformat(text)


def days(texts: Sequence[str | None]) -> pa.Array:
    """Give typed days."""
    return pa.array([day(text) for text in texts], pa.date32())


def typed(*rows: Sequence[str | None], names: Sequence[str] = STAGES) -> pa.Table:
    """Give a table of typed days, row by row."""
    return pa.table({name: days(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)})


def text(*rows: Sequence[str | None], names: Sequence[str] = STAGES) -> pa.Table:
    """Give a table of text, row by row."""
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    )


def read(source: Any, **options: Any) -> bc.History:
    """Read lead and customer, as of the end of 2026 unless said otherwise."""
    return bc.read_leads(source, **({"stages": STAGES, "as_of": "2026-12-31"} | options))


def rows_of(rates: bc.Rates) -> list[dict[str, Any]]:
    """Give the table of rates row by row."""
    columns = rates.to_dict()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def outcome(history: bc.History, step: str, segment: str | None = None) -> tuple[int, int, int, int]:
    """Give entered, converted, lost, open of one step."""
    found = [row for row in rows_of(history.rates()) if (row["step"], row["segment"]) == (step, segment)]
    assert len(found) == 1
    return tuple(found[0][key] for key in ("entered", "converted", "lost", "open"))


@contextmanager
def refusal(kind: str, message: str, allowed: str | None = None) -> Iterator[None]:
    """Expect this refusal, word for word; `allowed` need only be part of what is allowed."""
    with pytest.raises(bc.BackcastError) as caught:
        yield
    error = caught.value
    assert (error.kind, error.message) == (kind, message)
    assert error.allowed
    assert str(error) == f"{error.message}; allowed: {error.allowed}"
    assert allowed is None or allowed in error.allowed
