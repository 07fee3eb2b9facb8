"""What is published as the Python package: the page and the licences that it carries."""

from __future__ import annotations

from importlib import metadata

import pytest

from readme import README

try:
    PACKAGE = metadata.distribution("backcast")
except metadata.PackageNotFoundError:
    pytest.skip("only from the built wheel", allow_module_level=True)


def test_its_page_is_the_readme() -> None:
    assert PACKAGE.metadata["Description-Content-Type"].startswith("text/markdown")
    page = PACKAGE.metadata.json["description"]
    assert isinstance(page, str)
    assert page.strip() == README.read_text(encoding="utf-8").strip()


def test_it_carries_both_licences() -> None:
    assert PACKAGE.metadata["License-Expression"] == "MIT OR Apache-2.0"
    carried = {path.name: path.read_text() for path in PACKAGE.files or [] if path.name.startswith("LICENSE")}
    assert carried == {name: (README.parent / name).read_text() for name in ["LICENSE-MIT", "LICENSE-APACHE"]}
