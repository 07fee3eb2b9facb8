"""ARCHITECTURE.md and the pages beside it say where things are, and there they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "crates/backcast/src"
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()
CHANGES = re.findall(r"^\| (.+?) \| `(.+?)` \| `(.+?)` \|$", ARCHITECTURE, re.MULTILINE)
FOLDERS = [
    (room, folder)
    for room, folder in re.findall(r"^\| `(\w+)/(\w+)` \| .+ \|$", ARCHITECTURE, re.MULTILINE)
    if (CORE / room).is_dir()
]
LIMITS = re.findall(r"^\| (.+?) \| (.+?) \| `(.+?)` \| `(.+?)` \|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
PAGES = ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "README.md"]


def test_ten_changes_are_listed() -> None:
    assert len(CHANGES) == 10


@pytest.mark.parametrize(("change", "file", "there"), CHANGES)
def test_a_change_begins_where_the_page_says(change: str, file: str, there: str) -> None:
    path = ROOT / file
    assert path.is_file(), f"{change}: no file {file}"
    # A definition, not a mention: whoever opens the file is to find the thing itself.
    defined = rf"^ *(?:pub(?:\([\w: ]+\))? )?{there}\b"
    assert re.match(r"(?:const|fn|enum|struct|def) \w+$", there), f"{change}: `{there}` names no definition"
    assert re.search(defined, path.read_text(), re.MULTILINE), f"{change}: no `{there}` in {file}"


@pytest.mark.parametrize("page", PAGES)
def test_folders_and_files_that_a_page_names_exist(page: str) -> None:
    named = re.findall(r"`((?:\.?[\w-]+/)+[\w.-]*|\.ci)`", (ROOT / page).read_text())
    made = ("target", "bindings/node_modules", "leads.csv")
    known = [name for name in named if not name.startswith(made)]
    missing = [name for name in known if not (ROOT / name).exists() and not (CORE / name).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_verbs_that_a_page_names_exist(page: str) -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = (ROOT / page).read_text()
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) | set(re.findall(r"`(test-[a-z]+)`", text))
    assert named <= verbs


@pytest.mark.parametrize(
    "page", [*PAGES, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
)
def test_every_fence_is_closed(page: str) -> None:
    """An open one swallows what follows: the next example is text and is not executed."""
    fences = re.findall(r"^```(.*)$", (ROOT / page).read_text(), re.MULTILINE)
    assert all(fences[::2]), "a fence without a language"
    assert not any(fences[1::2]), "a fence that opens inside another"
    assert len(fences) % 2 == 0


def test_the_rooms_of_the_page_are_those_of_the_core() -> None:
    (line,) = re.findall(r"^`\w+` → .*$", ARCHITECTURE, re.MULTILINE)
    (order,) = re.findall(
        r"^const ROOMS: &\[&str\] = &\[(.*?)\];", (CORE / "../tests/rooms.rs").read_text(), re.DOTALL | re.MULTILINE
    )
    rooms = [room for room in re.findall(r"\w+", order) if (CORE / room).is_dir()]
    assert re.findall(r"`(\w+)`", line) == rooms
    assert {folder.name for folder in CORE.iterdir() if folder.is_dir()} == set(rooms)
    assert re.findall(r"^\| `(\w+)` \| (?:.* )?\| .* \|$", ARCHITECTURE, re.MULTILINE) == rooms


def test_the_folders_of_the_page_are_those_of_the_rooms() -> None:
    assert {f"{room}/{folder}" for room, folder in FOLDERS} == {
        str(door.parent.relative_to(CORE)) for door in CORE.glob("*/*/mod.rs")
    }


@pytest.mark.parametrize(("room", "folder"), FOLDERS)
def test_a_folder_uses_only_those_above_it(room: str, folder: str) -> None:
    of_room = [name for other, name in FOLDERS if other == room]
    below = of_room[of_room.index(folder) + 1 :]
    for file in (CORE / room / folder).glob("**/*.rs"):
        code = re.sub(r"//.*", "", file.read_text().partition("#[cfg(test)]")[0])
        used = re.findall(rf"crate::{room}::(?:\{{([^}}]*)\}}|(\w+))", code)
        names = {name for group in used for part in group for name in re.findall(r"\w+", part)}
        assert names.isdisjoint(below), f"{file.relative_to(CORE)} uses {names & set(below)}"


@pytest.mark.parametrize(("what", "most", "file", "constant"), LIMITS)
def test_a_limit_is_the_one_that_the_core_enforces(what: str, most: str, file: str, constant: str) -> None:
    text = (ROOT / file).read_text()
    found = re.search(rf"const {constant}: [\w:<>]+ = (.+?);", text)
    assert found, f"{what}: no `{constant}` in {file}"
    assert _number(most) == _number(found[1]), what


def _number(text: str) -> list[float]:
    """Read `3,653`, `3_653`, `10^15`, `1e8`, `(1 << 53) - 1` and both ends of `2 to 12` or `2..=12`."""
    plain = re.sub(r"[,_ ]", "", text.replace(" to ", "..=").replace("−", "-"))
    plain = re.sub(r"\(?1<<(\d+)\)?", r"2^\1", plain).replace("^", "**")
    return [float(eval(end)) for end in plain.split("..=")]


def test_the_limits_are_listed() -> None:
    assert len(LIMITS) >= 14
