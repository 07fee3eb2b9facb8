"""The examples run, and tell what they mean to tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from given import PROJECT

EXAMPLES = sorted((PROJECT / "python/examples").glob("*.py"))


def run(example: Path) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(example.read_text(encoding="utf-8"), example.name, "exec"), names)
    return names


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_it_runs_and_prints_both_headlines(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = run(example)
    printed = capsys.readouterr().out
    for asked in ("plan", "forward"):
        assert names[asked].headline in printed
    # Fewer leads than it takes: the forward question is worth asking.
    assert names["forward"].planned < names["plan"].planned
    assert names["forward"].probability < 0.8 <= names["plan"].probability


def test_the_campaign_prints_what_it_prints_in_rust_and_in_javascript(capsys: pytest.CaptureFixture[str]) -> None:
    run(PROJECT / "python/examples/campaign.py")
    told = (PROJECT / "crates/backcast/examples/campaign.txt").read_text(encoding="utf-8")
    assert capsys.readouterr().out == told
