"""The front door: one request in, one answer out, the same as in Rust, TypeScript and on the shell.

>>> import backcast as bc
>>> request = {"goal": {"customers": 50, "confidence": 0.8}, "funnel": ["lead", "customer"], "rates": [{"rate": "2 %"}]}
>>> bc.answer(request)["plan"]["stages"][0]["needed"]
2789
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backcast import _native


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a request with a plan or a refusal.

    Parameters
    ----------
    request
        `goal`, `funnel`, `rates` and, where wanted, `deal_size`, `lags`, `pipeline`, `rounding`. Numbers may be
        numbers, `Decimal` or text; days may be `date` or ISO text.

    Returns
    -------
    dict
        `{"plan": …}`, or `{"error": {"kind", "message", "given", "allowed", "at"}}`; nothing is raised.
    """
    return _native.answer(request)
