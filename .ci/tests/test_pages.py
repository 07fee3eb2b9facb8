"""ARCHITECTURE.md and the pages beside it say where things are, and there they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHANGES = re.findall(r"^\| (.+?) \| `(.+?)` \| `(.+?)` \|$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
LIMITS = re.findall(r"^\| (.+?) \| (.+?) \| `(.+?)` \| `(.+?)` \|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
PAGES = ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "README.md"]


def test_ten_changes_are_listed() -> None:
    assert len(CHANGES) == 10


@pytest.mark.parametrize(("change", "file", "there"), CHANGES)
def test_a_change_begins_where_the_page_says(change: str, file: str, there: str) -> None:
    path = ROOT / file
    assert path.is_file(), f"{change}: no file {file}"
    assert there in path.read_text(), f"{change}: no `{there}` in {file}"


@pytest.mark.parametrize("page", PAGES)
def test_folders_and_files_that_a_page_names_exist(page: str) -> None:
    named = re.findall(r"`((?:\.?[\w-]+/)+[\w.-]*|\.ci)`", (ROOT / page).read_text())
    made = ("target", "bindings/node_modules", "leads.csv")
    missing = [name for name in named if not name.startswith(made) and not (ROOT / name).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_verbs_that_a_page_names_exist(page: str) -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = (ROOT / page).read_text()
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) | set(re.findall(r"`(test-[a-z]+)`", text))
    assert named <= verbs


def test_the_rooms_of_the_page_are_those_of_the_core() -> None:
    (line,) = re.findall(r"^`\w+` → .*$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
    listed = set(re.findall(r"`(\w+)`", line))
    assert listed <= {folder.name for folder in (ROOT / "crates/backcast/src").iterdir()}
    assert listed >= {folder.name for folder in (ROOT / "crates/backcast/src").iterdir() if folder.is_dir()}


@pytest.mark.parametrize(("what", "most", "file", "constant"), LIMITS)
def test_a_limit_is_the_one_that_the_core_enforces(what: str, most: str, file: str, constant: str) -> None:
    text = (ROOT / file).read_text()
    found = re.search(rf"const {constant}: \w+ = (.+?);", text)
    assert found, f"{what}: no `{constant}` in {file}"
    said = most.replace("2^53 − 1", "(1 << 53) - 1").replace(",", "")
    assert eval(said) == eval(found[1].replace("_", "")), what


def test_the_limits_are_listed() -> None:
    assert len(LIMITS) >= 6
