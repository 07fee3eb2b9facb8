"""Plan a campaign backward from a revenue target, with rates that history supports.

>>> import backcast as bc
>>> history = bc.read_leads(bc.sample_crm(), stages=bc.SAMPLE_STAGES, id="lead_id", lost="lost_on",
...                         amount="deal_value", currency="EUR", as_of="2025-12-31")
>>> plan = bc.plan(revenue="1_000_000 EUR", rates=history.rates(), confidence=0.8)
>>> plan.stage("lead").needed > plan.stage("customer").needed
True
"""

from types import ModuleType as _Module

from backcast._answer import answer
from backcast._ask import plan
from backcast._backtest import Backtest
from backcast._history import History, read_leads
from backcast._native import BackcastError, __version__
from backcast._plan import Plan
from backcast._rates import Rates
from backcast._sample import SAMPLE_STAGES, sample_crm

__all__ = [
    "SAMPLE_STAGES",
    "BackcastError",
    "Backtest",
    "History",
    "Plan",
    "Rates",
    "__version__",
    "answer",
    "plan",
    "read_leads",
    "sample_crm",
]


def __getattr__(name: str) -> _Module:
    """Give `backcast.results`, whose classes are made when they are first asked for."""
    if name == "results":
        import importlib

        return importlib.import_module("backcast.results")
    message = f"module `backcast` has no attribute `{name}`"
    raise AttributeError(message)
