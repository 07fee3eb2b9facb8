"""Tables as the data frames that people use: missing numbers stay missing in every kind.

>>> from backcast._frames import frame
>>> frame({"stage": ["lead"], "needed": [None]}, {"needed": "whole"}, "pandas")["needed"].isna().tolist()
[True]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, get_args

from backcast._refusals import choice

Kind = Literal["pandas", "polars", "pyarrow"]
"""The kinds of data frame that tables come as."""

Holds = Literal["text", "number", "whole", "flag", "day"]

_PANDAS: dict[Holds, str] = {
    "text": "object",
    "number": "float64",
    "whole": "Int64",
    "flag": "boolean",
    "day": "datetime64[s]",
}
_NARWHALS: dict[Holds, str] = {
    "text": "String",
    "number": "Float64",
    "whole": "Int64",
    "flag": "Boolean",
    "day": "Date",
}


def kind_of(kind: str | None, read: str | None) -> Kind:
    """Give the kind that was asked for; without one that which was read, and pandas for what no table was read from.

    Raises
    ------
    BackcastError
        `unknown_choice`.
    """
    known = get_args(Kind)
    if kind is not None and kind not in known:
        raise choice("kind", kind, known)
    found: Kind = kind or (read if read in known else "pandas")  # type: ignore[assignment]
    return found


def frame(columns: Mapping[str, Sequence[Any]], holds: Mapping[str, Holds], kind: Kind) -> Any:
    """Build a data frame; columns that `holds` does not name hold text.

    In pandas whole numbers and flags that may be missing have the nullable types `Int64` and `boolean`; whole numbers
    that are all known are plain `int64`.
    """
    if kind_of(kind, None) == "pandas":
        import pandas as pd

        series = {}
        for name, values in columns.items():
            held = holds.get(name, "text")
            known = held == "whole" and None not in values
            series[name] = pd.Series(list(values), dtype="int64" if known else _PANDAS[held])
        return pd.DataFrame(series)
    import narwhals.stable.v2 as nw

    schema = {name: getattr(nw, _NARWHALS[holds.get(name, "text")]) for name in columns}
    typed = {
        name: [None if value is None else date.fromisoformat(value) for value in values]
        if holds.get(name) == "day"
        else values
        for name, values in columns.items()
    }
    return nw.from_dict(typed, schema=schema, backend=kind).to_native()
