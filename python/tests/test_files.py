"""Files that are not what they seem: each gets a named refusal, and trouble in a row never stops a read."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import backcast as bc
from given import outcome, read, refusal

GOOD = "lead,customer\n2026-01-05,2026-01-20\n2026-01-06,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


def test_no_such_file(file: Path) -> None:
    with refusal("source_not_found", f"there is no file `{file}`", "the path of a CSV, Parquet or Excel file"):
        read(file)
    with refusal("source_not_found", f"there is no file `{file.parent}`"):
        read(file.parent)
    with refusal(
        "source_not_found",
        "there is no file `selct * from leads`",
        "SQL that starts with `select`, `with`, `from` or `pivot`",
    ):
        read("selct * from leads")


@pytest.mark.parametrize("content", [b"", b"\n", b"\n\n", b"\xef\xbb\xbf", b"  \n"])
def test_an_empty_file(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with refusal("empty_source", f"`{file}` is empty", "a table with a header"):
        read(file)


@pytest.mark.parametrize(
    "first", ["2026-01-05,2026-01-20", "L-1,05.01.2026", "1/5/2026 10:00 AM,,", '"2026-01-05",email']
)
def test_a_file_without_header(file: Path, first: str) -> None:
    file.write_text(f"{first}\n{first.replace('5', '6')}\n")
    with refusal(
        "no_header",
        f"`{file}` has no header: its first line reads like data",
        "a first line with the names of the columns",
    ):
        read(file)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_header_without_leads(file: Path, ending: str) -> None:
    file.write_text(f"lead,customer{ending}", newline="")
    assert read(file).counts() | {"read": 0, "used": 0, "refused": 0} == read(file).counts()
    with refusal("no_leads", "no lead is known as of any day: the table has no dates"):
        read(file, as_of=None)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-be", "utf-8-sig"])
def test_encodings_that_show_what_they_are(file: Path, encoding: str) -> None:
    text = "lead,customer,café\n" + "2026-01-05,,x\n" * 30_000 + "2026-01-05,,Zürich – “Süd” €\n"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    file.write_bytes((mark + text).encode(encoding))
    history = read(file, segment="café")
    assert outcome(history, "lead->customer", "Zürich – “Süd” €") == (1, 0, 0, 1)
    said = [note for note in history.notes if "Windows-1252" in note]
    assert bool(said) == (encoding == "cp1252")
    assert read(file, segment="café", encoding=encoding.removesuffix("-be")).counts()["read"] == 30_001


@pytest.mark.parametrize(
    "content",
    [
        "lead,customer,channel\n2026-01-05,,Białystok\n".encode("cp1250"),
        "lead,customer,channel\n2026-01-05,,Zürich\n".encode("utf-16-le"),
        b"lead,customer,channel\n2026-01-05,,\x81\n",
        b"lead,customer,caf\xe9\n2026-01-05,\x00,x\n",
    ],
    ids=["another code page", "utf-16 without a mark", "no letter", "a zero byte"],
)
def test_encodings_that_do_not_show_what_they_are(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with refusal("not_utf8", f"`{file}` is not UTF-8 text", "`encoding` with the name of the encoding that it has"):
        read(file, segment="channel")


def test_an_encoding_that_is_named(file: Path) -> None:
    file.write_bytes("lead,customer,channel\n2026-01-05,,Białystok\n".encode("cp1250"))
    assert outcome(read(file, segment="channel", encoding="cp1250"), "lead->customer", "Białystok") == (1, 0, 0, 1)
    with refusal("unknown_encoding", "`klingon` is not an encoding", "`cp1252`"):
        read(file, encoding="klingon")
    with refusal("not_utf8", f"`{file}` is not UTF-8 text", "which is not `utf-8`"):
        read(file, encoding="utf-8")


def test_a_byte_order_mark_is_no_trouble(file: Path) -> None:
    file.write_text("\ufeff" + GOOD, encoding="utf-8")
    assert read(file).counts()["used"] == 2


@pytest.mark.parametrize("column", ["customer", "channel"])
def test_a_field_above_one_mebibyte(file: Path, column: str) -> None:
    names = ["lead", "customer", "channel", "never read"]
    row = ["2026-01-06" if name != column else "x" * ((1 << 20) + 1) for name in names]
    file.write_text(",".join(names) + "\n2026-01-05,2026-01-20,email,\n" + ",".join(row) + "\n")
    with pytest.raises(bc.BackcastError) as caught:
        read(file, segment="channel")
    assert caught.value.kind == "field_too_long"
    assert caught.value.message.endswith("has a field above 1 MiB")


def test_a_field_above_one_mebibyte_in_a_frame() -> None:
    table = pa.table({"lead": ["2026-01-05", "2026-01-06"], "customer": ["x" * ((1 << 20) + 1), None]})
    with refusal("field_too_long", "`customer` has a field above 1 MiB", "fields of at most 1 MiB"):
        read(table)


def test_a_field_of_half_a_mebibyte_is_just_text(file: Path) -> None:
    file.write_text("lead,customer,note\n2026-01-05,,\n2026-01-06,," + "x" * (1 << 19) + "\n")
    assert read(file, segment="note").counts()["used"] == 2


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators(file: Path, mark: str) -> None:
    file.write_text(GOOD.replace(",", mark))
    assert outcome(read(file), "lead->customer") == (2, 1, 0, 1)


def test_quoted_fields(file: Path) -> None:
    file.write_text(
        '"lead","customer","channel"\r\n"2026-01-05","","a, b"\r\n"2026-01-06","2026-01-09","say ""hi""\nthere"\r\n',
        newline="",
    )
    history = read(file, segment="channel")
    assert outcome(history, "lead->customer", "a, b") == (1, 0, 0, 1)
    assert outcome(history, "lead->customer", 'say "hi"\nthere') == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("bad", "read_rows"),
    [("2026-01-07", 3), ("2026-01-07,,email,more,and more", 3), ('2026-01-07,"2026-01-08', 3), ("", 2), (",,", 3)],
    ids=["too few fields", "too many fields", "open quote", "blank line", "no values"],
)
@pytest.mark.parametrize("rows_before", [1, 30_000])
def test_trouble_in_a_row_does_not_stop_the_read(file: Path, bad: str, read_rows: int, rows_before: int) -> None:
    file.write_text(
        "lead,customer,channel\n" + "2026-01-05,2026-01-20,email\n" * rows_before + f"{bad}\n2026-01-06,,fair\n"
    )
    counts = read(file, segment="channel").counts()
    assert counts["read"] == counts["used"] + counts["refused"] >= rows_before - 1 + read_rows
    assert counts["used"] >= rows_before


@pytest.mark.parametrize("rows_before", [1, 30_000])
def test_a_value_of_another_kind_far_down_is_only_that_rows_trouble(file: Path, rows_before: int) -> None:
    file.write_text(
        "lead,customer,amount\n" + "2026-01-05,2026-01-20,100\n" * rows_before + "soon,,\n2026-01-06,2026-02-01,a lot\n"
    )
    history = read(file, amount="amount")
    assert history.counts()["reasons"] == {"unreadable_date": 1}
    assert history.counts()["repairs"] == {"unreadable_amount": 1}


def test_a_column_that_is_empty_from_top_to_bottom(file: Path) -> None:
    file.write_text("lead,customer,lost\n2026-01-05,,\n2026-01-06,,\n")
    assert outcome(read(file, lost="lost"), "lead->customer") == (2, 0, 0, 2)


def test_a_broken_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "leads.parquet"
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(bc.BackcastError) as caught:
        read(path)
    assert caught.value.kind == "source_failed"
    assert "\n" not in caught.value.message


def test_parquet_with_other_types(tmp_path: Path) -> None:
    table = pa.table({
        "lead": pa.array([1767571200000], pa.timestamp("ms")),
        "customer": pa.array(["2026-02-01"], pa.string()),
        "amount": pa.array(["12.5"]).cast(pa.decimal128(10, 2)),
        "id": pa.array([7]),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "leads.parquet")
    history = read(tmp_path / "leads.parquet", amount="amount", id="id")
    assert bc.plan(revenue="100 EUR", rates=history.rates()).to_dict()["deal_size"] == 12.5


def test_file_names_are_names_not_patterns(tmp_path: Path) -> None:
    path = tmp_path / "leads [final] *'2026'.csv"
    path.write_text(GOOD)
    assert read(path).counts()["used"] == 2


def test_several_files_of_one_shape(tmp_path: Path) -> None:
    (tmp_path / "leads-1.csv").write_text(GOOD)
    (tmp_path / "leads-2.csv").write_text("customer;lead;extra\n;2026-01-07;1\n2026-02-01;2026-01-08\n")
    history = read(tmp_path / "leads-*.csv")
    assert history.counts() | {"read": 4, "used": 3, "reasons": {"malformed_row": 1}} == history.counts()
    with refusal("source_not_found", f"there is no file `{tmp_path / 'deals-*.csv'}`"):
        read(tmp_path / "deals-*.csv")


def test_standard_input_and_compressed_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert read("-").counts()["used"] == 2
    (tmp_path / "leads.csv.gz").write_bytes(gzip.compress(GOOD.encode()))
    assert read(tmp_path / "leads.csv.gz").counts()["used"] == 2
    (tmp_path / "broken.csv.gz").write_bytes(b"\x1f\x8bnot really")
    with pytest.raises(bc.BackcastError):
        read(tmp_path / "broken.csv.gz")
