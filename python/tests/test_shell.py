"""The installed `backcast` command: exit code 0 when done, 2 with one line when the input can't be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import backcast as bc

COMMAND = Path(sys.executable).with_name("backcast")
REQUEST = {"goal": {"customers": 50, "confidence": 0.8}, "funnel": ["lead", "customer"], "rates": [{"rate": "2 %"}]}


def run(*arguments: str | Path, given: bytes | str = b"", **environment: str) -> subprocess.CompletedProcess[str]:
    given = given.encode() if isinstance(given, str) else given
    made = subprocess.run(
        [COMMAND, *arguments], input=given, capture_output=True, timeout=120, check=False, env=os.environ | environment
    )
    return subprocess.CompletedProcess(made.args, made.returncode, made.stdout.decode(), made.stderr.decode())


def done(*arguments: str | Path, **options: Any) -> str:
    made = run(*arguments, **options)
    assert (made.returncode, made.stderr) == (0, ""), made.stderr
    return made.stdout


def unusable(*arguments: str | Path, **options: Any) -> str:
    """Expect exit code 2, nothing on standard output and one line on standard error."""
    made = run(*arguments, **options)
    assert (made.returncode, made.stdout) == (2, ""), made
    assert made.stderr.count("\n") == 1, made.stderr
    assert made.stderr.startswith("backcast: ")
    return made.stderr


@pytest.fixture(scope="module")
def leads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shell") / "leads.csv"
    rows = [
        f"{n},2025-01-{1 + n % 28:02},{'2025-03-05' if n % 4 == 0 else ''},{'2025-04-01' if n % 4 == 1 else ''},"
        f"{'1000' if n % 4 == 0 else ''},{'email' if n % 2 else 'fair'}"
        for n in range(200)
    ]
    path.write_text("id,lead,customer,lost,value,channel\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def reading(leads: Path) -> list[str]:
    return [str(leads), "--stages", "lead,customer", "--as-of", "2025-12-31"]


def test_rates_as_text(reading: list[str]) -> None:
    said = done("rates", *reading, "--segment", "channel", "--id", "id", "--lost", "lost")
    assert "lead → customer" in said
    assert "email" in said
    assert "25.0 %" in said
    assert "read" in said


def test_rates_as_json(reading: list[str], leads: Path) -> None:
    found = json.loads(
        done("rates", *reading, "--segment", "channel", "--lost", "lost", "--json", "--horizon-days", "90")
    )
    history = bc.read_leads(leads, stages=["lead", "customer"], as_of="2025-12-31", lost="lost", segment="channel")
    assert found["counts"] == history.counts()
    assert found["rates"] == history.rates(horizon_days=90).to_frame("polars").to_dicts()


@pytest.mark.parametrize(
    ("goal", "target"),
    [
        (["--revenue", "10000 EUR"], "10,000 EUR"),
        (["--customers", "10"], "10 customers"),
        (["--growth-percent", "25", "--baseline", "8000 EUR"], "10,000 EUR"),
    ],
)
def test_plans(reading: list[str], goal: list[str], target: str) -> None:
    options = [*reading, *goal, "--amount", "value", "--currency", "EUR", "--confidence", "0.8"]
    plan = json.loads(done("plan", *options, "--json"))["plan"]
    assert plan["target"] == target
    assert plan["stages"][-1]["whole"] == 10
    assert plan["stages"][0]["needed"] > plan["stages"][0]["whole"]
    said = done("plan", *options)
    assert target in said
    assert f"{plan['stages'][0]['needed']:,}" in said


def test_all_options(reading: list[str], tmp_path: Path) -> None:
    page = tmp_path / "plan.html"
    options = [
        *("--revenue", "10000 EUR", "--deal-size", "500", "--start", "2026-01-01", "--by", "2026-12-31", "--id", "id"),
        *(
            "--lost",
            "lost",
            "--segment",
            "channel",
            "--observed-from",
            "2025-01-01",
            "--date-order",
            "ymd",
            "--html",
            str(page),
        ),
    ]
    plan = json.loads(done("plan", *reading, *options, "--json"))["plan"]
    assert (plan["deal_size"], plan["start"], plan["by"], plan["confidence"]) == (500, "2026-01-01", "2026-12-31", None)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_tables_own_open_leads_count(reading: list[str], leads: Path) -> None:
    goal = ["--customers", "30", "--by", "2026-12-31", "--confidence", "0.8"]
    alone = json.loads(done("plan", *reading, *goal, "--no-pipeline", "--json"))["plan"]
    plan = json.loads(done("plan", *reading, *goal, "--json"))["plan"]
    history = bc.read_leads(leads, stages=["lead", "customer"], as_of="2025-12-31")
    assert alone["pipeline"] is None
    assert plan["pipeline"]["open"] == sum(row["count"] for row in history.pipeline()) == 150
    assert "\nIn flight\n" in done("plan", *reading, *goal)
    assert "\nIn flight\n" not in done("plan", *reading, *goal, "--no-pipeline")


def test_the_answer_comes_first_and_fits_the_terminal(reading: list[str]) -> None:
    goal = ["--customers", "30", "--by", "2026-12-31", "--confidence", "0.8"]
    lines = done("plan", *reading, *goal).splitlines()
    assert " leads by 31 Dec 2026 (" in lines[2]
    for columns in (50, 80):
        said = done("plan", *reading, *goal, COLUMNS=str(columns))
        assert max(map(len, said.splitlines())) <= columns


def test_leads_may_be_stated(reading: list[str]) -> None:
    goal = ["--customers", "30", "--leads", "200"]
    plan = json.loads(done("plan", *reading, *goal, "--json"))["plan"]
    assert (plan["planned"], plan["leads_stated"]) == (200, True)
    assert "30 customers, with the stated number of leads" in done("plan", *reading, *goal)
    assert "`many` is not a whole number" in unusable("plan", *reading, "--customers", "30", "--leads", "many")


def test_deals_may_differ(reading: list[str]) -> None:
    goal = ["--revenue", "10000 EUR", "--confidence", "0.8", "--deal-size", "500"]
    plan = json.loads(done("plan", *reading, *goal, "--deal-cv", "1.5", "--json"))["plan"]
    assert plan["deal_cv"] == pytest.approx(1.5)
    assert plan["planned"] > json.loads(done("plan", *reading, *goal, "--json"))["plan"]["planned"]
    assert "`--deal-size` is missing" in unusable("plan", *reading, *goal[:4], "--deal-cv", "1.5")


def test_sql_is_a_source(leads: Path) -> None:
    sql = f"select lead, customer from '{leads}' where channel = 'email'"
    found = json.loads(done("rates", sql, "--stages", "lead,customer", "--as-of", "2025-12-31", "--json"))
    assert found["counts"]["read"] == 100


def test_requests(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(REQUEST))
    expected = bc.answer(REQUEST)
    assert json.loads(done("plan", "--request", file)) == expected
    assert json.loads(done("plan", "--request", "-", given=json.dumps(REQUEST))) == expected
    assert expected["plan"]["stages"][0]["needed"] == 2789


@pytest.mark.parametrize(
    ("request_text", "kind"),
    [
        (json.dumps(REQUEST | {"rates": [{"rate": 5}]}), "ambiguous_rate"),
        (json.dumps(REQUEST | {"rates": [{"rate": float("nan")}]}), "not_a_rate"),
        ("{", "malformed_request"),
        ("", "malformed_request"),
        ("[]", "malformed_request"),
        ("null", "malformed_request"),
        ("{}", "missing_key"),
        ("[" * 100_000, "malformed_request"),
        ("[" * 500 + "]" * 500, "malformed_request"),
        (b"\xff\xfe", "not_utf8"),
    ],
    ids=["rate", "NaN", "open", "nothing", "list", "null", "no keys", "very deep", "deep", "not UTF-8"],
)
def test_a_refused_request_is_an_answer_too(request_text: str | bytes, kind: str) -> None:
    made = run("plan", "--request", "-", given=request_text)
    assert made.returncode == 2, made.stderr[-300:]
    assert "Traceback" not in made.stderr
    assert json.loads(made.stdout)["error"]["kind"] == kind


def test_requests_that_are_no_files(tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere.json", tmp_path):
        made = run("plan", "--request", place)
        assert made.returncode == 2
        assert "Traceback" not in made.stderr
        assert json.loads(made.stdout)["error"]["kind"] == "source_not_found"


def test_what_cannot_be_used_is_said_in_one_line(reading: list[str], leads: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.csv"
    assert unusable("rates", nowhere, "--stages", "a,b").startswith(
        f"backcast: there is no file `{nowhere}`; allowed: "
    )
    assert "did you mean `customer`?" in unusable("rates", leads, "--stages", "lead,custmer")
    assert "a funnel cannot have 1 stages" in unusable("rates", leads, "--stages", "lead")
    assert "`EURO` is not a currency" in unusable("plan", *reading, "--revenue", "5 EURO")
    assert "exactly one measure, not none" in unusable("plan", *reading)
    assert "`many` is not a whole number" in unusable("plan", *reading, "--customers", "many")
    assert "--stages" in unusable("plan", leads, "--customers", "5")
    assert "no lead is known" in unusable("rates", leads, "--stages", "lead,customer", "--as-of", "2020-01-01")


def test_sql_errors_are_one_line(leads: Path) -> None:
    assert "nowhere" in unusable("rates", "select * from nowhere\nwhere true", "--stages", "lead,customer")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["plans"],
        ["rates"],
        ["rates", "x.csv"],
        ["rates", "x.csv", "--stage", "a,b"],
        ["rates", "x.csv", "--horizon-days", "x"],
    ],
)
def test_a_wrong_command_line_is_said_in_one_line(arguments: list[str]) -> None:
    made = run(*arguments)
    assert (made.returncode, made.stdout) == (2, "")
    assert made.stderr.count("\n") == 1, made.stderr


def test_half_a_growth_names_the_other_half(reading: list[str]) -> None:
    assert "`--baseline` is missing" in unusable("plan", *reading, "--growth-percent", "10")
    assert "`--growth-percent` is missing" in unusable("plan", *reading, "--baseline", "1000000 EUR")


def test_names_may_be_listed_with_spaces(leads: Path) -> None:
    listed = done("rates", leads, "--stages", " lead, customer", "--segment", "channel , id", "--json")
    assert listed == done("rates", leads, "--stages", "lead,customer", "--segment", "channel,id", "--json")


def test_a_byte_order_mark_is_no_part_of_a_request(tmp_path: Path) -> None:
    marked = b"\xef\xbb\xbf" + json.dumps(REQUEST).encode()
    path = tmp_path / "request.json"
    path.write_bytes(marked)
    for answered in (done("plan", "--request", path), done("plan", "--request", "-", given=marked)):
        assert json.loads(answered) == bc.answer(REQUEST)


@pytest.mark.parametrize("name", ["x" * 5000, "x/" * 5000, "x" * 300 + ".csv"])
def test_no_file_has_so_long_a_name(name: str, reading: list[str]) -> None:
    assert "there is no file `x" in unusable("rates", name, "--stages", "lead,customer")
    made = run("plan", "--request", name)
    assert (made.returncode, json.loads(made.stdout)["error"]["kind"]) == (2, "source_not_found")
    assert "cannot be written" in unusable("plan", *reading, "--customers", "5", "--html", name + "/plan.html")


def test_impossible_horizons(reading: list[str]) -> None:
    assert "-1" in unusable("rates", *reading, "--horizon-days", "-1")


def test_a_page_that_cannot_be_written(reading: list[str], tmp_path: Path) -> None:
    page = tmp_path / "nowhere" / "plan.html"
    assert str(page) in unusable("plan", *reading, "--customers", "5", "--html", page)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_old_terminals_get_text_too(reading: list[str], encoding: str) -> None:
    made = subprocess.run(
        [COMMAND, "rates", *reading],
        capture_output=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )
    assert made.returncode == 0, made.stderr[-200:]


def test_help() -> None:
    for arguments in (["--help"], ["plan", "--help"], ["rates", "--help"]):
        assert "usage: backcast" in done(*arguments)


def test_the_module_runs_too(reading: list[str]) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "backcast", "rates", *reading], capture_output=True, timeout=60, check=False
    )
    assert made.returncode == 0, made.stderr


def test_a_backtest(leads: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = [f"{2024 + n // 12}-{1 + n % 12:02}-{1 + k:02}" for n in range(20) for k in range(28)]
    won = [f"{day[:8]}28" if at % 5 == 0 else "" for at, day in enumerate(rows)]
    path.write_text("lead,customer\n" + "\n".join(f"{day},{win}" for day, win in zip(rows, won, strict=True)) + "\n")
    asked = ["backtest", str(path), "--stages", "lead,customer", "--as-of", "2025-12-31", "--horizon-days", "40"]
    assert "Backtest by month: customers within 40 days" in done(*asked)
    found = json.loads(done(*asked, "--every", "quarter", "--origins", "2", "--json"))["backtest"]
    history = bc.read_leads(path, stages=["lead", "customer"], as_of="2025-12-31")
    assert found == history.backtest(every="quarter", horizon_days=40, origins=2).to_dict()
    assert "`week` is not a length of cohorts" in unusable(*asked, "--every", "week")
    assert "no past cohort can be tested" in unusable("backtest", leads, "--stages", "lead,customer", "--origins", "0")


def test_the_version() -> None:
    assert done("--version") == f"backcast {bc.__version__}\n"


def test_stages_and_owners_have_names(leads: Path) -> None:
    named = [str(leads), "--stages", "inquiry=lead,won=customer", "--as-of", "2025-12-31"]
    found = json.loads(done("rates", *named, "--json"))
    assert [row["step"] for row in found["rates"]] == ["inquiry->won"]
    goal = ["--customers", "10", "--owners", "inquiry=agency,won=shop"]
    plan = json.loads(done("plan", *named, *goal, "--json"))["plan"]
    assert [goal["department"] for goal in plan["departments"]["goals"]] == ["agency", "shop"]
    assert "`--stages customer=…` is missing" in unusable("rates", leads, "--stages", "inquiry=lead,customer")
    assert "the stage `a` is named twice" in unusable("rates", leads, "--stages", "a=lead,a=customer")


def test_a_reader_that_has_read_enough_is_no_fault(reading: list[str]) -> None:
    for arguments in (["plan", *reading, "--customers", "30"], ["rates", *reading, "--json"]):
        running = subprocess.Popen([COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        said = running.stderr.read()
        running.stderr.close()
        assert (running.wait(60), said) == (0, b"")
