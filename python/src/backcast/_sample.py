"""The project's own sample CRM: about 20,000 leads over two years, drawn from a seed and dirty as real exports are.

>>> import backcast as bc
>>> list(bc.sample_crm().columns)[:3]
['lead_id', 'channel', 'persona']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backcast import _native

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_STAGES = {"lead": "lead_on", "mql": "mql_on", "sql": "sql_on", "customer": "customer_on"}
"""The stages of the sample CRM and the columns with the day each was entered."""


def sample_crm(seed: int = 1) -> pd.DataFrame:
    """Draw the sample CRM.

    Parameters
    ----------
    seed
        The same seed gives the same rows, on every machine.

    Returns
    -------
    pandas.DataFrame
        One row per record, all columns text as in a CSV export; complete up to 2025-12-31, in `attrs["as_of"]`.
    """
    import pandas as pd

    columns, as_of = _native.sample_crm(seed)
    frame = pd.DataFrame(columns)
    frame.attrs["as_of"] = as_of
    return frame
