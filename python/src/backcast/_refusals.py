"""Arguments that Python alone can get wrong, refused as the core refuses: what was given, and what is allowed.

>>> from backcast._refusals import choice
>>> print(choice("by", "months", ("week", "month", "quarter")))
`by` cannot be `months`; allowed: one of `week`, `month`, `quarter` (did you mean `month`?)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backcast import _native


def choice(name: str, given: Any, allowed: Sequence[str]) -> _native.BackcastError:
    """Refuse what is none of a few words."""
    from difflib import get_close_matches

    near = get_close_matches(str(given), allowed, n=1)
    hint = f" (did you mean `{near[0]}`?)" if near else ""
    return argument(name, f"`{given}`", "one of " + ", ".join(f"`{word}`" for word in allowed) + hint, str(given))


def kind(name: str, given: Any, allowed: str) -> _native.BackcastError:
    """Refuse what is of another type than is allowed."""
    return argument(name, f"a `{type(given).__name__}`", allowed, type(given).__name__)


def argument(name: str, what: str, allowed: str, given: str) -> _native.BackcastError:
    """Refuse an argument."""
    said = {"kind": "wrong_argument", "message": f"`{name}` cannot be {what}", "given": given, "allowed": allowed}
    return _native.refused(said | {"at": name})
