"""Tables as the data frames that people use: missing numbers stay missing in every kind.

>>> from backcast.frames import frame
>>> frame({"stage": ["lead"], "needed": [None]}, {"needed": "whole"}, "pandas")["needed"].isna().tolist()
[True]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import narwhals.stable.v2 as nw
import pandas as pd

Kind = Literal["pandas", "polars", "pyarrow"]
"""The kinds of data frame that tables come as."""

Holds = Literal["text", "number", "whole", "flag"]

_PANDAS: dict[Holds, Any] = {"text": "object", "number": "float64", "whole": "Int64", "flag": "boolean"}
_NARWHALS: dict[Holds, Any] = {"text": nw.String, "number": nw.Float64, "whole": nw.Int64, "flag": nw.Boolean}


def frame(columns: Mapping[str, Sequence[Any]], holds: Mapping[str, Holds], kind: Kind) -> Any:
    """Build a data frame; columns that `holds` does not name hold text.

    In pandas whole numbers and flags that may be missing have the nullable types `Int64` and `boolean`; whole numbers
    that are all known are plain `int64`.
    """
    if kind == "pandas":
        series = {}
        for name, values in columns.items():
            held = holds.get(name, "text")
            known = held == "whole" and None not in values
            series[name] = pd.Series(list(values), dtype="int64" if known else _PANDAS[held])
        return pd.DataFrame(series)
    schema = {name: _NARWHALS[holds.get(name, "text")] for name in columns}
    return nw.from_dict(dict(columns), schema=schema, backend=kind).to_native()
