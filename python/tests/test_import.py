"""What `import backcast` costs: nothing that is heavy is loaded before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys

import backcast as bc

HEAVY = ("pandas", "pyarrow", "polars", "duckdb", "narwhals", "numpy", "openpyxl")
LIMIT_MS = 100
"""Of processor time beyond that of the bare interpreter."""


def loaded(program: str) -> tuple[list[str], float]:
    """Give the heavy libraries that are loaded after a program, and the milliseconds of processor time that it took."""
    end = (
        f"import json, sys, time; print(json.dumps([[m for m in {HEAVY!r} if m in sys.modules], time.process_time()]))"
    )
    made = subprocess.run([sys.executable, "-c", f"{program}\n{end}"], capture_output=True, check=True, timeout=60)
    modules, seconds = json.loads(made.stdout)
    return modules, 1000 * seconds


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    assert loaded("import backcast")[0] == []
    asked = "backcast.plan(customers=5, rates=[{'rate': '2 %'}], stages=['lead', 'customer'], confidence=0.8)"
    assert loaded(f"import backcast\nrepr({asked})\n{asked}.to_html()")[0] == []


def test_the_import_is_quick() -> None:
    """The best of several, in processor time: other programs on the machine do not count."""
    with_it = min(loaded("import backcast")[1] for _ in range(5))
    bare = min(loaded("pass")[1] for _ in range(5))
    assert with_it - bare < LIMIT_MS


def test_what_is_public_is_meant_to_be() -> None:
    public = {name for name in dir(bc) if not name.startswith("_")}
    assert public <= {*bc.__all__, "results"}
    assert bc.__version__.count(".") == 2
