"""Real records: the Olist marketing funnel, read where it lies; see ../shared/data/README.md."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import pytest

import backcast as bc
from given import OLIST as DATA
from given import PROJECT

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the Olist files are not at {DATA}; they may not be copied into the project"
)
STAGES = {"lead": "first_contact_date", "customer": "won_date"}
FILES = {"dmy": "olist_marketing_qualified_leads.csv", "mdy": "olist_marketing_qualified_leads_us_dates.csv"}
# As of, leads, won so far, naive in percent, longest lag, Kaplan-Meier in percent: the README's table.
ROWS = [
    ("2018-01-31", 1_141, 64, 5.61, 30, 9.14),
    ("2018-02-28", 2_169, 172, 7.93, 58, 10.82),
    ("2018-04-30", 4_695, 515, 10.97, 119, 13.68),
]


def sql(order: str = "dmy", since: str | None = None) -> str:
    """Leads with their deal, dates as they are written; `since` keeps the leads created from that day on."""
    leads, deals = DATA / FILES[order], DATA / "olist_closed_deals.csv"
    written = "%d-%m-%Y" if order == "dmy" else "%m/%d/%Y"
    wanted = f"where strptime(first_contact_date, '{written}') >= date '{since}'" if since else ""
    return f"""
        select mql_id, first_contact_date, origin, won_date
        from read_csv('{leads}', all_varchar = true) as leads
        left join read_csv('{deals}', all_varchar = true) as deals using (mql_id) {wanted}"""


@cache
def read(order: str, as_of: str, since: str | None = "2018-01-01") -> bc.History:
    return bc.read_leads(sql(order, since), stages=STAGES, id="mql_id", segment="origin", as_of=as_of)


@pytest.mark.parametrize("order", FILES)
@pytest.mark.parametrize(("as_of", "leads", "won", "naive", "lag", "estimate"), ROWS)
def test_the_three_rows(  # noqa: PLR0917
    order: str, as_of: str, leads: int, won: int, naive: float, lag: int, estimate: float
) -> None:
    rates = read(order, as_of).rates(horizon_days=lag).to_frame()
    row = rates[rates["segment"].isna()].iloc[0]
    assert (row["entered"], row["converted"], row["lost"], row["open"]) == (leads, won, 0, leads - won)
    assert abs(row["naive"] - won / leads) <= 1e-12
    assert round(100 * row["naive"], 2) == naive
    assert row["horizon_days"] == lag
    assert round(100 * row["estimate"], 2) == estimate
    assert row["low"] < row["estimate"] < row["high"]
    assert row["estimate"] > row["naive"]


@pytest.mark.parametrize("order", FILES)
def test_both_date_orders_are_decided_and_agree(order: str) -> None:
    history = read(order, "2018-11-30", None)
    assert history.counts() | {"read": 8_000, "used": 8_000, "refused": 0} == history.counts()
    assert history == read("dmy", "2018-11-30", None)


def test_the_one_disordered_deal_is_reported() -> None:
    whole = read("dmy", "2018-11-30", None)
    assert whole.counts()["repairs"] == {"clamped": 1}
    assert whole.counts()["repaired"] == 1
    strict = bc.read_leads(sql(), stages=STAGES, as_of="2018-11-30", max_disorder_days=1)
    assert strict.counts()["reasons"] == {"stage_order": 1}
    assert strict.counts()["refused"] == 1
    assert "clamped" in repr(whole)


def test_all_wins_and_the_blank_origin() -> None:
    rates = read("dmy", "2018-11-30", None).rates().to_frame().set_index("segment")
    assert rates["converted"].iloc[0] == 842
    assert rates["naive"].iloc[0] == 842 / 8_000
    assert rates.loc["(blank)", "entered"] == 60
    assert rates.loc["(blank)", "naive"] == rates["naive"].max()


def test_as_of_is_the_last_win_unless_it_is_named() -> None:
    history = bc.read_leads(sql(), stages=STAGES)
    assert history.as_of == date(2018, 11, 14)
    assert any("as of 2018-11-14, the latest day in the table" in note for note in history.notes)


def test_the_missing_first_half_year_is_noticed() -> None:
    warnings = read("dmy", "2018-04-30", None).rates().warnings
    assert any("none converts before 2017-12-05" in line and "observed_from" in line for line in warnings)
    assert any("the rate has been rising" in line for line in warnings)
    later = read("dmy", "2018-11-30", None).rates().warnings
    sizes = re.compile(r"the rate has changed: ([\d.]+) % of those that entered before 2018-01-01, ([\d.]+) %")
    (found,) = [match for match in map(sizes.search, later) if match]
    assert float(found[1]) < 5
    assert 12 < float(found[2]) < 16
    seen = bc.read_leads(sql(), stages=STAGES, as_of="2018-04-30", observed_from="2017-12-05")
    assert not any("observed_from" in line for line in seen.rates().warnings)


@pytest.mark.parametrize("file", FILES.values())
def test_the_files_alone_are_refused_for_want_of_a_stage(file: str) -> None:
    with pytest.raises(bc.BackcastError) as caught:
        bc.read_leads(DATA / file, stages=["first_contact_date", "won_date"])
    assert caught.value.kind == "missing_column"


def test_a_relation_of_ones_own_connection() -> None:
    connection = duckdb.connect()
    history = bc.read_leads(
        connection.sql(sql(since="2018-01-01")), stages=STAGES, id="mql_id", segment="origin", as_of="2018-01-31"
    )
    assert history == read("dmy", "2018-01-31")


def test_a_plan_for_300_wins() -> None:
    rates = read("dmy", "2018-04-30").rates()
    plan = bc.plan(customers=300, rates=rates, confidence=0.8)
    lead = plan.stage("lead")
    assert lead.rate is not None
    assert lead.needed is not None
    assert isinstance(lead.whole, int)
    assert lead.exact == pytest.approx(300 / lead.rate, rel=1e-12)
    assert lead.needed > lead.whole
    assert plan.probability is not None
    assert 0.8 <= plan.probability < 0.801


def test_the_files_were_not_copied_into_the_project() -> None:
    first = (DATA / FILES["dmy"]).read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    folders = ["crates", "bindings", "python", "docs", "benches"]
    files = [
        file
        for folder in folders
        for file in (PROJECT / folder).rglob("*")
        if file.suffix in {".csv", ".json", ".md", ".parquet"}
    ]
    assert not [file for file in files if "node_modules" not in file.parts and contains(file, first)]


def contains(file: Path, text: str) -> bool:
    return file.is_file() and text.encode() in file.read_bytes()
