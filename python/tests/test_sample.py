"""The sample CRM: the same seed gives the same rows, and reading it counts exactly the dirt that was planted."""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd
import pytest

import backcast as bc

COLUMNS = [
    "lead_id",
    "channel",
    "persona",
    "country",
    "lead_on",
    "mql_on",
    "sql_on",
    "customer_on",
    "lost_on",
    "deal_value",
]
# Rows by seed, from `simulate::sample_crm(seed).len()`.
ROWS = {1: 19_837, 2: 19_867, 3: 19_643}
# Leads with a day in the last stage.
WON = {1: 332, 2: 349, 3: 326}
# The same for each of these seeds, from `simulate::sample_crm(seed).dirt`.
DIRT = {
    "exact_duplicates": 120,
    "reentries_within_180_days": 60,
    "skipped_stage": 80,
    "clamped": 70,
    "stage_order": 30,
    "no_date": 25,
    "lead_after_as_of": 15,
    "stage_after_as_of": 20,
    "unreadable_date": 20,
    "channel_case": 60,
    "amount_missing": 12,
    "amount_negative": 5,
}


def read(leads: pd.DataFrame, **options: Any) -> bc.History:
    facts = {
        "id": "lead_id",
        "lost": "lost_on",
        "amount": "deal_value",
        "currency": "EUR",
        "as_of": leads.attrs["as_of"],
    }
    return bc.read_leads(leads, **({"stages": bc.SAMPLE_STAGES} | facts | options))


@pytest.mark.parametrize("seed", ROWS)
def test_planted_dirt_is_counted_exactly(seed: int) -> None:
    leads = bc.sample_crm(seed)
    assert len(leads) == ROWS[seed]
    refused = DIRT["stage_order"] + DIRT["no_date"] + DIRT["lead_after_as_of"] + DIRT["unreadable_date"]
    merged = DIRT["exact_duplicates"] + DIRT["reentries_within_180_days"]
    assert read(leads).counts() == {
        "read": ROWS[seed],
        "used": ROWS[seed] - refused,
        "refused": refused,
        "repaired": merged + DIRT["skipped_stage"] + DIRT["clamped"] + DIRT["amount_negative"],
        "repairs": {
            "merged": merged,
            "skipped_stage": DIRT["skipped_stage"],
            "clamped": DIRT["clamped"],
            "negative_amount": DIRT["amount_negative"],
        },
        "reasons": {
            "stage_order": DIRT["stage_order"],
            # Half of the dates that cannot be read are `n/a`, which says that there is none.
            "no_stage": DIRT["no_date"] + DIRT["unreadable_date"] // 2,
            "after_as_of": DIRT["lead_after_as_of"],
            "unreadable_date": DIRT["unreadable_date"] // 2,
        },
        "later_ignored": DIRT["stage_after_as_of"],
        "amounts": {
            "won": WON[seed],
            "used": WON[seed] - DIRT["amount_missing"] - DIRT["amount_negative"],
            "missing": DIRT["amount_missing"],
            "negative": DIRT["amount_negative"],
            "unreadable": 0,
        },
    }


@pytest.mark.parametrize("seed", ROWS)
def test_merged_rows_are_not_leads_and_old_losses_are(seed: int) -> None:
    leads = bc.sample_crm(seed)
    history = read(leads)
    whole_way = history.rates().to_frame().set_index("step").loc["lead->customer"]
    counts = history.counts()
    assert whole_way["entered"] == counts["used"] - counts["repairs"]["merged"]
    without_ids = read(leads, id=None)
    assert without_ids.counts()["repairs"].get("merged", 0) == 0
    assert without_ids.rates().to_dict()["entered"][-1] == counts["used"]


def test_channels_are_trimmed_but_not_respelt() -> None:
    leads = bc.sample_crm()
    rates = read(leads, segment="channel").rates().to_frame()
    clean = {"organic search", "paid search", "paid social", "email", "referral", "events", "partner", "direct"}
    assert set(rates["segment"].dropna()) == clean | {"(blank)", "Email", "Paid Search"}
    respelt = leads["channel"].str.strip().isin(["Email", "Paid Search"])
    assert respelt.sum() == DIRT["channel_case"]


def test_the_mean_deal_leaves_out_missing_and_negative_amounts() -> None:
    leads = bc.sample_crm()
    plan = bc.plan(revenue="1000000 EUR", rates=read(leads).rates()).to_dict()
    # An id that came back is one lead with one deal; drop the copies before dividing.
    won = leads[(leads["customer_on"] != "") & (leads["deal_value"] != "")].drop_duplicates()
    amounts = won["deal_value"].astype(float)
    assert plan["deal_size"] == pytest.approx(amounts[amounts >= 0].mean(), rel=0.01)
    assert plan["currency"] == "EUR"


def test_the_same_seed_gives_the_same_rows() -> None:
    def fingerprint(seed: int) -> str:
        return hashlib.sha256(bc.sample_crm(seed).to_csv(index=False, lineterminator="\n").encode()).hexdigest()

    assert fingerprint(7) == fingerprint(7) != fingerprint(8)
    assert list(bc.sample_crm().columns) == COLUMNS
    assert bc.sample_crm().equals(bc.sample_crm(1))
    assert bc.sample_crm().attrs == {"as_of": "2025-12-31"}


def test_without_as_of_stray_days_are_set_aside_by_name() -> None:
    leads = bc.sample_crm()
    history = read(leads, as_of=None)
    assert history.as_of.isoformat() == leads.attrs["as_of"]
    assert any("entries lie later, up to 2026-" in note and "`as_of`" in note for note in history.notes)
    assert history.rates() == read(leads).rates()


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "1"])
def test_impossible_seeds(seed: Any) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        bc.sample_crm(seed)
