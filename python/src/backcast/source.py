"""Where records come from: files and SQL through DuckDB, data frames and relations as they are.

>>> from backcast.source import open_table
>>> table = open_table("select 1 as id, date '2026-01-05' as lead_on")
>>> table.columns
['id', 'lead_on']
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa

from backcast import _native

Source = Any
"""A path (CSV, Parquet), SQL that starts with `select` or `with`, a data frame that speaks Arrow, a DuckDB relation."""

_LONGEST_FIELD = 1 << 20
_SQL = re.compile(r"\s*(select|with)(?![\w.])", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A source that is open: its columns, the kind of frame it came as, and a way to take some columns as Arrow."""

    columns: list[str]
    kind: str | None
    take: Callable[[Sequence[str]], Any]


def open_table(source: Source) -> Table:
    """Open a source.

    Raises
    ------
    BackcastError
        `source_not_found`, `empty_source`, `no_header`, `not_utf8`, `field_too_long`, `source_failed` or
        `unknown_source`.
    """
    if isinstance(source, str) and _SQL.match(source):
        return _relation(_run(lambda: duckdb.connect().sql(source), "the query"), "the query")
    if isinstance(source, str | os.PathLike):
        return _file(Path(source))
    if isinstance(source, duckdb.DuckDBPyRelation):
        return _relation(source, "the relation")
    return _frame(source)


def _file(path: Path) -> Table:
    name = str(path)
    try:
        if not path.is_file():
            raise _native.refuse("source_not_found", name)
        with path.open("rb") as file:
            start = file.read(1 << 16)
    except OSError as error:
        # No file has so long a name; others are there, but not for us.
        if error.errno in {errno.ENAMETOOLONG, errno.EINVAL}:
            raise _native.refuse("source_not_found", name) from error
        raise _native.refuse("source_failed", f"`{name}`: {error.strerror}") from error
    if not start.removeprefix(b"\xef\xbb\xbf").strip():
        raise _native.refuse("empty_source", name)
    connection = duckdb.connect()
    if path.suffix.lower() in {".parquet", ".pq"}:
        return _relation(_run(lambda: connection.read_parquet(name), name), name)
    # Every field as text: the rules for dates and amounts are the core's, not the reader's. Short lines are filled up.
    options = "header = true, all_varchar = true, null_padding = true, parallel = false, max_line_size = $2"

    def read(more: str = "") -> duckdb.DuckDBPyRelation:
        sql = f"select * from read_csv($1, {options}{more})"
        found: duckdb.DuckDBPyRelation = _run(
            lambda: connection.sql(sql, params=[name, _LONGEST_FIELD + (1 << 16)]), name
        )
        return found

    table = _relation(read(), name)
    if any(_native.is_day(column) for column in table.columns):
        raise _native.refuse("no_header", name)

    def take(columns: Sequence[str]) -> Any:
        try:
            return table.take(columns)
        except _native.BackcastError as error:
            if error.kind != "source_failed":
                raise
            # One line that breaks the rules of CSV must not stop the read of all others.
            return _relation(read(", strict_mode = false"), name).take(columns)

    return Table(table.columns, None, take)


def _relation(relation: duckdb.DuckDBPyRelation, name: str) -> Table:
    def take(columns: Sequence[str]) -> Any:
        quoted = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
        return _run(lambda: relation.project(quoted).to_arrow_table(), name)

    return Table(list(relation.columns), None, take)


def _frame(source: Any) -> Table:
    if isinstance(source, pd.DataFrame) and not source.columns.is_unique:
        twice = str(source.columns[source.columns.duplicated()][0])
        raise _native.refuse("same_column", twice, "a table whose columns all have different names")
    frame = nw.from_native(source, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, nw.DataFrame):
        kind = frame.implementation.value

        def take(columns: Sequence[str]) -> Any:
            return _run(lambda: frame.select(*columns).to_arrow(), f"the {kind} frame")

        return Table([str(column) for column in frame.columns], str(kind), take)
    if hasattr(source, "__arrow_c_stream__"):
        table = _run(lambda: pa.table(source), "the stream")
        return Table(list(table.column_names), "pyarrow", table.select)
    raise _native.refuse("unknown_source", type(source).__name__)


def _run(work: Callable[[], Any], name: str) -> Any:
    """Do what the reader does, and say in our words why it could not."""
    try:
        return work()
    except _native.BackcastError:
        raise
    except Exception as error:
        says = str(error)
        lower = says.lower()
        if "utf-8" in lower or "utf8" in lower or "unicode" in lower:
            raise _native.refuse("not_utf8", name) from error
        if "maximum line size" in lower:
            raise _native.refuse("field_too_long", name) from error
        raise _native.refuse("source_failed", says.splitlines()[0] if says else name) from error
