"""Every block of Python in the README and in the pages of docs runs.

A page that needs data which may not lie in the project says `<!-- needs: NAME -->`, and finds them in a folder NAME.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import readme
from given import OLIST

ROOT = Path(__file__).parents[2]
NEEDED = {"olist": OLIST}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"^<!-- needs: (\w+) -->$", text, re.MULTILINE):
        if not NEEDED[name].is_dir():
            pytest.skip(f"the {name} files are not at {NEEDED[name]}; they may not be copied into the project")
        (tmp_path / name).symlink_to(NEEDED[name], target_is_directory=True)
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks, "a page without a block that runs proves nothing"
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)


def test_the_readme_shows_what_its_example_prints() -> None:
    page = readme.README.read_text(encoding="utf-8")
    assert readme.shown(page) == readme.printed(page), "make readme"


def test_the_readme_is_the_page_of_every_package() -> None:
    """On other sites a path inside the repository leads nowhere."""
    page = readme.README.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]*)\)", page) + re.findall(r"(?:src|href)=\"([^\"]*)\"", page)
    assert targets
    assert [target for target in targets if not target.startswith("https://")] == []
    for path in re.findall(r"https://github.com/backcast/backcast/blob/main/([^)]+)", page):
        assert (ROOT / path).is_file(), path
