"""The Kaplan-Meier column of docs/olist.md, by lifelines."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd
import pytest

lifelines = pytest.importorskip(
    "lifelines", reason="the oracles run in their own environment: requirements-oracles.txt"
)

PROJECT = Path(__file__).resolve().parents[3]
OLIST = Path(os.environ.get("BACKCAST_OLIST", PROJECT.parent / "shared" / "data"))
PAGE = (PROJECT / "docs" / "olist.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not OLIST.is_dir(), reason=f"the Olist files are not at {OLIST}; they may not be copied")
@pytest.mark.parametrize(("as_of", "lag"), [("2018-01-31", 30), ("2018-02-28", 58), ("2018-04-30", 119)])
def test_the_column_of_lifelines(as_of: str, lag: int) -> None:
    qualified = pd.read_csv(OLIST / "olist_marketing_qualified_leads.csv")
    both = qualified.merge(pd.read_csv(OLIST / "olist_closed_deals.csv"), on="mql_id", how="left")
    entered = pd.to_datetime(both["first_contact_date"], format="%d-%m-%Y")
    won = pd.to_datetime(both["won_date"]).dt.normalize()
    day = pd.Timestamp(as_of)
    known = entered.between(pd.Timestamp("2018-01-01"), day)
    event = (won <= day)[known]
    end = won.where(won <= day, day)[known]
    days = (end - entered[known]).dt.days.clip(lower=0)
    fitted = lifelines.KaplanMeierFitter().fit(days, event)
    column = f"{100 * (1 - float(fitted.survival_function_at_times(lag).iloc[0])):.2f} %"
    (row,) = re.findall(rf"^\| {as_of} \|.*days \|.*$", PAGE, re.MULTILINE)
    cells = [cell.strip() for cell in row.split("|")]
    assert (cells[8], cells[6]) == (column, column)
