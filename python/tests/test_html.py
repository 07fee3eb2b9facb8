"""The page: self-contained, escaped, numbers to the right."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest

import backcast as bc
from given import read, typed

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Tags with their attributes, cells by table, and whether all tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.cells: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"td", "th"}:
            attributes = next(found for tag, found in reversed(self.tags) if tag == self.open[-1])
            self.cells.append((data, attributes.get("style") or ""))


@pytest.fixture(scope="module", params=["history", "stated", "expected value"])
def page(request: pytest.FixtureRequest) -> str:
    stages = ["lead", "customer"]
    if request.param == "stated":
        return bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=stages, confidence=0.8).to_html()
    if request.param == "expected value":
        return bc.plan(revenue="1000 EUR", deal_size=10, rates=[{"rate": "2 %"}], stages=stages).to_html()
    table = typed(*[("2026-01-01", "2026-02-01" if n % 4 == 0 else None) for n in range(400)])
    channels = pa.array(["e-mail & web", "<b>fair</b>", None, "x"] * 100)
    rates = read(table.append_column("channel", channels), segment="channel").rates()
    return bc.plan(revenue="1_000_000 EUR", rates=rates, deal_size="10000", confidence=0.8).to_html()


def test_the_page_is_self_contained(page: str) -> None:
    parsed = Page(page)
    assert not parsed.open
    assert page.startswith("<!doctype html>")
    assert {"script", "link", "img", "iframe", "object", "embed", "base", "form"}.isdisjoint(
        tag for tag, _ in parsed.tags
    )
    for tag, attributes in parsed.tags:
        assert {"src", "href", "srcset", "action", "data", "xlink:href"}.isdisjoint(attributes), tag
        assert not any(name.startswith("on") for name in attributes), tag
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page)


def test_numbers_stand_to_the_right(page: str) -> None:
    cells = Page(page).cells
    numbers = [(text, style) for text, style in cells if re.fullmatch(r"[\d,.]+( %| days)?|[\d.]+ to [\d.]+ %", text)]
    assert len(numbers) >= 3
    assert all("text-align:right" in style for _, style in numbers)
    assert any("text-align:left" in style for _, style in cells)


def test_the_page_has_language_title_and_encoding(page: str) -> None:
    assert '<html lang="en">' in page
    assert '<meta charset="utf-8">' in page
    assert re.search(r"<title>[^<]+</title>", page)
    assert re.search(r'<svg [^>]*role="img" aria-label="[^"]+"', page)


def test_names_are_escaped() -> None:
    stages = ["<i>lead</i>", 'a "deal" & more']
    made = bc.plan(customers=5, rates=[{"rate": "2 %"}], stages=stages, confidence=0.8)
    for text in (made.to_html(), made._repr_html_()):
        assert "<i>" not in text
        assert "&lt;i&gt;lead" in text
        assert not Page(text).open


LONG = ["Marketing-qualified lead with a budget, a need and a date, checked by sales", "顧客" * 30, "W" * 40, "deal"]


def test_long_names_stay_inside_the_drawing() -> None:
    made = bc.plan(customers=9 * 10**12, rates=[{"rate": "50 %"}] * 3, stages=LONG).to_html()
    drawing = made[made.index("<svg") : made.index("</svg>")]
    names = re.findall(r'<text x="(\d+)" y="\d+" text-anchor="end">(?:<title>(.*?)</title>)?(.*?)</text>', drawing)
    assert len(names) == len(LONG)
    for (x, title, name), stage in zip(names, LONG, strict=True):
        assert (title or name) == stage
        assert name == stage or (name.endswith("…") and stage.startswith(name[:-1]))
        # No sign at 15 px is wider than its square; letters are mostly half as wide.
        wide = sum(15 if ord(sign) > 0x2E80 or sign == "W" else 8 for sign in name)
        assert wide <= int(x) < 400, name
    counts = re.findall(r'<text x="([\d.]+)" y="\d+">([\d,]+)</text>', drawing)
    assert counts[0][1] == "72,000,000,000,000"
    assert all(float(x) + 9 * len(count) <= 900 for x, count in counts)


def test_short_names_are_not_cut() -> None:
    made = bc.plan(customers=5, rates=[{"rate": "2 %"}], stages=["lead", "customer"]).to_html()
    assert ">lead</text>" in made
    assert "…" not in made


def test_nothing_converted_yet_still_makes_a_page() -> None:
    made = bc.plan(customers=1, rates=[{"converted": 0, "entered": 60}], stages=["lead", "customer"])
    assert not Page(made.to_html()).open
    assert "None" not in made.to_html()


def test_the_page_is_written_where_it_should(tmp_path: Path) -> None:
    plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
    for path in (tmp_path / "plan.html", str(tmp_path / "other.html")):
        assert plan.to_html(path) == Path(path).read_text(encoding="utf-8")
