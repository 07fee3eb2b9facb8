"""The plan that the README shows: the first lines of what its Python example prints. `make readme` writes them."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
# A closing fence stands alone: without one nothing is found, and nothing after it is lost.
SHOWN = re.compile(r"(?<=writes them -->\n```text\n)((?:(?!```).*\n)*)(?=```$)", re.MULTILINE)
LINES = 20


def shown(page: str) -> str:
    """Give the lines that a page shows."""
    (lines,) = SHOWN.findall(page)
    return str(lines)


def printed(page: str) -> str:
    """Run the page's Python and give the first lines of its plan."""
    names: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        with redirect_stdout(StringIO()):
            exec(compile(block, "README.md", "exec"), names)
    lines = [line.rstrip() for line in str(names["plan"]).splitlines()[:LINES]]
    return "\n".join([*lines, "…"]) + "\n"


def main() -> None:
    """Write them anew."""
    page = README.read_text(encoding="utf-8")
    README.write_text(SHOWN.sub(lambda _: printed(page), page), encoding="utf-8")


if __name__ == "__main__":
    main()
