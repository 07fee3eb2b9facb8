"""Where records come from: CSV as it was written, other files and SQL through DuckDB, data frames as they are.

>>> from backcast._source import open_table
>>> table = open_table("select 1 as id, date '2026-01-05' as lead_on")
>>> table.columns
['id', 'lead_on']
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backcast import _native

Source = Any
"""A path (CSV, Parquet, Excel; `*` for several files, `-` for standard input), SQL, a data frame that speaks Arrow, a
DuckDB relation."""

_SQL = re.compile(
    r"(\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with|from|pivot|unpivot|summarize|values)(?![\w.])", re.I | re.S
)
_PARQUET, _EXCEL = {".parquet", ".pq"}, {".xlsx", ".xlsm"}
_GLOB = re.compile(r"[*?\[]")
_UTF8, _UTF16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SIGN_IN_A_WORD = re.compile(r"[^\W\d_][\xa1-\xbf\xd7\xf7][^\W\d_]")
"""`³` between letters is `ł` of another code page."""


@dataclass(frozen=True)
class Taken:
    """Some columns as Arrow; records that fit no row (number, line, why); what to know of the reading."""

    data: Any
    misfits: list[tuple[int, int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """A source that is open: its columns, the kind of frame it came as, and a way to take some columns as Arrow."""

    columns: list[str]
    kind: str | None
    take: Callable[[Sequence[str]], Taken]


def open_table(source: Source, encoding: str | None = None) -> Table:
    """Open a source; `encoding` is that of a CSV, None decides between UTF-8, UTF-16 and Windows-1252.

    Raises
    ------
    BackcastError
        `source_not_found`, `empty_source`, `no_header`, `not_utf8`, `unknown_encoding`, `field_too_long`,
        `source_failed` or `unknown_source`.
    """
    if isinstance(source, str) and _SQL.match(source) and not _is_file(source):
        import duckdb

        return _relation(_run(lambda: duckdb.connect().sql(source), "the query"), "the query")
    if isinstance(source, str | os.PathLike):
        return _files(str(source), encoding)
    loaded = sys.modules.get("duckdb")
    if loaded is not None and isinstance(source, loaded.DuckDBPyRelation):
        return _relation(source, "the relation")
    return _frame(source)


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def _files(name: str, encoding: str | None) -> Table:
    if name == "-":
        return _csv(sys.stdin.buffer.read(), "standard input", encoding)
    if not _is_file(name) and _GLOB.search(name):
        import glob

        found = sorted(glob.glob(name, recursive=True))
        if found:
            return _together([_file(Path(each), encoding) for each in found])
    return _file(Path(name), encoding)


def _together(tables: list[Table]) -> Table:
    """Several files as one table: each must have the columns that are wanted."""
    common = [column for column in tables[0].columns if all(column in table.columns for table in tables)]

    def take(columns: Sequence[str]) -> Taken:
        import pyarrow as pa

        taken = [table.take(columns) for table in tables]
        parts = [pa.table(each.data) for each in taken]
        whole = _run(lambda: pa.concat_tables(parts, promote_options="permissive"), "the files")
        before = [0]
        for part, each in zip(parts, taken, strict=True):
            before.append(before[-1] + part.num_rows + len(each.misfits))
        misfits = [
            (start + number, line, why)
            for start, each in zip(before, taken, strict=False)
            for number, line, why in each.misfits
        ]
        return Taken(whole, misfits, [note for each in taken for note in each.notes])

    return Table(common, None, take)


def _file(path: Path, encoding: str | None) -> Table:
    name, suffix = str(path), path.suffix.lower()
    try:
        if not path.is_file():
            raise _native.refuse("source_not_found", name)
        if suffix in _PARQUET:
            if not path.stat().st_size:
                raise _native.refuse("empty_source", name)
            return _parquet(name)
        if suffix in _EXCEL:
            return _excel(path)
        data = path.read_bytes()
        if suffix == ".gz":
            import gzip

            data = gzip.decompress(data)
    except (OSError, EOFError, ValueError) as error:
        if isinstance(error, _native.BackcastError):
            raise
        # No file has so long a name; others are there, but not for us.
        if not isinstance(error, OSError) or error.errno in {errno.ENAMETOOLONG, errno.EINVAL}:
            raise _native.refuse("source_not_found", name) from error
        raise _native.refuse("source_failed", f"`{name}`: {error.strerror or error}") from error
    return _csv(data, name, encoding)


def _parquet(name: str) -> Table:
    import duckdb

    connection = duckdb.connect()
    # Brackets and stars in a name are part of it.
    literal = re.sub(r"([*?\[])", r"[\1]", name)
    return _relation(_run(lambda: connection.read_parquet(literal), name), name)


def _csv(data: bytes, name: str, encoding: str | None) -> Table:
    """Read CSV by RFC 4180; nothing is guessed from a sample but the delimiter, which the header shows."""
    text, notes = _decoded(data, name, encoding)
    if not text.removeprefix(_UTF8).strip():
        raise _native.refuse("empty_source", name)
    columns = _native.csv_columns(text)
    if any(_native.is_day(column) for column in columns):
        raise _native.refuse("no_header", name)

    def take(wanted: Sequence[str]) -> Taken:
        table, misfits = _native.csv_read(text, list(wanted))
        return Taken(table, misfits, notes)

    return Table(columns, None, take)


def _decoded(data: bytes, name: str, encoding: str | None) -> tuple[bytes, list[str]]:
    """Give the text as UTF-8, and what to know of how it was read."""
    if encoding is None and not data.startswith(_UTF16):
        if _native.is_utf8(data):
            return data, []
        return _western(data, name)
    stated = encoding or "utf-16"
    try:
        return data.decode(stated).encode(), []
    except LookupError as error:
        raise _native.refuse("unknown_encoding", stated) from error
    except ValueError as error:
        raise _native.refuse(
            "not_utf8", name, f"the encoding in which it was saved, which is not `{stated}`"
        ) from error


def _western(data: bytes, name: str) -> tuple[bytes, list[str]]:
    """Take what is not UTF-8 for Windows-1252, unless its signs say that it is something else."""
    try:
        text = "" if _CONTROL.search(data) else data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    if not text or _SIGN_IN_A_WORD.search(text):
        raise _native.refuse("not_utf8", name)
    return text.encode(), [
        f"`{name}` is not UTF-8; it was read as Windows-1252 (Western European); pass `encoding` if it is another"
    ]


def _excel(path: Path) -> Table:
    """Read the first sheet of a workbook."""
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise _native.refuse("source_failed", f"`{path}`: Excel files need the package `openpyxl`") from error
    book = _run(lambda: load_workbook(path, read_only=True, data_only=True), str(path))
    rows = [row for row in book.worksheets[0].iter_rows(values_only=True) if any(cell is not None for cell in row)]
    if not rows:
        raise _native.refuse("empty_source", str(path))
    columns = ["" if cell is None else str(cell) for cell in rows[0]]
    if any(_native.is_day(column) for column in columns):
        raise _native.refuse("no_header", str(path))

    def take(wanted: Sequence[str]) -> Taken:
        import pyarrow as pa

        at = [columns.index(column) for column in wanted]
        cells = [[None if row[place] is None else str(row[place]) for row in rows[1:]] for place in at]
        return Taken(
            pa.table({name: pa.array(column, pa.string()) for name, column in zip(wanted, cells, strict=True)})
        )

    return Table(columns, None, take)


def _relation(relation: Any, name: str) -> Table:
    def take(columns: Sequence[str]) -> Taken:
        quoted = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
        return Taken(_run(lambda: relation.project(quoted).to_arrow_table(), name))

    return Table(list(relation.columns), None, take)


def _frame(source: Any) -> Table:
    import narwhals.stable.v2 as nw

    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(source, pandas.DataFrame) and not source.columns.is_unique:
        twice = str(source.columns[source.columns.duplicated()][0])
        raise _native.refuse("same_column", twice, "a table whose columns all have different names")
    frame = nw.from_native(source, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, nw.DataFrame):
        kind = frame.implementation.value

        def take(columns: Sequence[str]) -> Taken:
            return Taken(_run(lambda: frame.select(*columns).to_arrow(), f"the {kind} frame"))

        return Table([str(column) for column in frame.columns], str(kind), take)
    if hasattr(source, "__arrow_c_stream__"):
        import pyarrow as pa

        table = _run(lambda: pa.table(source), "the stream")
        return Table(list(table.column_names), "pyarrow", lambda columns: Taken(table.select(columns)))
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
        raise _native.refuse("source_failed", says.splitlines()[0] if says else name) from error
