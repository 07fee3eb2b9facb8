"""Write `src/backcast/results.py`, the typed results, from the JSON Schema of the core's types.

`python scripts/results.py` writes the file; a test compares it with what this gives.
"""

from __future__ import annotations

import json
import keyword
import re
import subprocess
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "crates" / "backcast" / "schema" / "answer.json"
WRITTEN = ROOT / "python" / "src" / "backcast" / "results.py"
APART = ROOT / "python" / "src" / "backcast" / "_attributes.py"

RENAMED = {"Plan": "PlanData"}
"""Names that the package has for something else."""
METHODS = {
    *("channels", "departments", "distribution", "explain", "pipeline", "schedule", "sensitivity", "uncertainty"),
    *("chart", "save", "load", "stage", "to_dict", "from_dict", "to_frame", "to_html"),
}
"""Names that `Plan` has for methods: their data stand in `Plan.data` alone."""
DAYS = {"start", "by", "last_useful_day", "as_of", "from", "until", "day"}
"""Texts that are days of the calendar."""
ALSO = {("StagePlan", "checkpoint"): "needed"}
"""Second names, as the field has them."""
_WIDTH = 120

PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}

OPENING = '''"""What a plan is made of: a class per part, with the units of what it holds.

Written by `scripts/results.py` from the schema of the core's types; changes belong there.

>>> import backcast as bc
>>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
>>> plan.stages[0].needed, plan.data.stages == plan.stages
(2789, True)
"""

from __future__ import annotations

__MAPPING__from dataclasses import dataclass
__DATE__from typing import Any, Literal

from backcast._record import Record
'''


ATTRIBUTES = '''"""The parts of a plan as its attributes; their classes, which take a while, are made when asked for.

Written by `scripts/results.py` from the schema of the core's types; changes belong there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
'''


def written(schema: dict[str, Any]) -> str:
    """Give the text of the module."""
    defs = schema["$defs"]
    used = _used("Plan", defs)
    classes = [_class(name, defs) for name in used if _is_class(defs[name])]
    body = "\n\n\n".join(classes)
    opening = OPENING.replace("__DATE__", "from datetime import date\n" if re.search(r"\bdate\b", body) else "")
    mapping = "from collections.abc import Mapping\n" if "Mapping[" in body else ""
    opening = opening.replace("__MAPPING__", mapping)
    opening = opening.replace("Any, Literal", ", ".join(n for n in ("Any", "Literal") if re.search(rf"\b{n}\b", body)))
    opening = opening.replace("from typing import \n", "")
    return "\n".join(line.rstrip() for line in f"{opening}\n\n{body}\n".split("\n"))


def attributes(schema: dict[str, Any]) -> str:
    """Give the text of the module with the attributes of a plan."""
    defs = schema["$defs"]
    body = _attributes(defs)
    named = [name for name in _used("Plan", defs) if _is_class(defs[name]) and re.search(rf"\b{_name(name)}\b", body)]
    days = "    from datetime import date\n\n" if re.search(r"\bdate\b", body) else ""
    names = ", ".join(sorted(_name(name) for name in named))
    return f"{ATTRIBUTES}{days}    from backcast.results import {names}\n\n\n{body}\n"


def _used(root: str, defs: dict[str, Any]) -> list[str]:
    """Name what a definition is made of, in the order in which a reader meets it."""
    found = [root]
    for name in found:
        for inner in re.findall(r'"#/\$defs/(\w+)"', json.dumps(defs[name])):
            if inner not in found:
                found.append(inner)
    return found


def _is_class(shape: dict[str, Any]) -> bool:
    return shape.get("type") == "object" and "properties" in shape


def _name(name: str) -> str:
    return RENAMED.get(name, name)


def _type(shape: Any, defs: dict[str, Any]) -> str:  # noqa: PLR0911  (a case per form of a schema)
    if not isinstance(shape, dict):
        return "Any"
    if "$ref" in shape:
        name = shape["$ref"].rpartition("/")[2]
        return _name(name) if _is_class(defs[name]) else _type(defs[name], defs)
    for key in ("enum", "const"):
        if key in shape:
            values = shape[key] if key == "enum" else [shape[key]]
            literals = ", ".join(json.dumps(value) for value in values if value is not None)
            return f"Literal[{literals}]" + (" | None" if None in values else "")
    for key in ("anyOf", "oneOf"):
        if key in shape:
            parts = [_type(part, defs) for part in shape[key]]
            if any(isinstance(part, dict) and "properties" in part for part in shape[key]):
                return "dict[str, Any]"
            return _union(parts)
    kind = shape.get("type")
    if isinstance(kind, list):
        return _union([_type(shape | {"type": each}, defs) if each != "null" else "None" for each in kind])
    if kind == "array":
        if "prefixItems" in shape:
            return f"tuple[{', '.join(_type(part, defs) for part in shape['prefixItems'])}]"
        return f"tuple[{_type(shape.get('items'), defs)}, ...]"
    if kind == "object":
        return f"Mapping[str, {_type(shape.get('additionalProperties'), defs)}]"
    return "date" if shape.get("format") == "date" else PLAIN.get(str(kind), "Any")


def _union(parts: list[str]) -> str:
    literals = [part for part in parts if part.startswith("Literal[")]
    joined = [f"Literal[{', '.join(part[8:-1] for part in literals)}]"] if literals else []
    others = [part for part in parts if not part.startswith("Literal[")]
    ordered = [*joined, *(part for part in others if part != "None"), *(["None"] if "None" in others else [])]
    return " | ".join(dict.fromkeys(ordered))


def _words(shape: Any) -> str:
    """Give a description as Python has it: without links into Rust, its first part alone."""
    text = shape.get("description", "") if isinstance(shape, dict) else ""
    text = re.sub(r"\[(`[^`]+`)\](\([^)]*\))?", r"\1", text.split("\n\n# ")[0])
    return " ".join(text.replace("\\", "\\\\").split())


def _properties(name: str, defs: dict[str, Any]) -> dict[str, Any]:
    """Give the fields, those that are always known first."""
    shape = defs[name]
    first = [key for key in shape.get("required", []) if key in shape["properties"]]
    keys = dict.fromkeys([*first, *shape["properties"]])
    return {key: _day(shape["properties"][key]) if key in DAYS else shape["properties"][key] for key in keys}


def _day(shape: dict[str, Any]) -> dict[str, Any]:
    return shape | {"format": "date"} if "string" in json.dumps(shape.get("type")) else shape


def _attribute(key: str) -> str:
    return f"{key}_" if keyword.iskeyword(key) else key


def _filled(text: str, indent: int) -> str:
    return textwrap.fill(text, 119, initial_indent=" " * indent, subsequent_indent=" " * indent)


def _class(name: str, defs: dict[str, Any]) -> str:
    fields = {_attribute(key): (_type(part, defs), _words(part)) for key, part in _properties(name, defs).items()}
    said = _words(defs[name])
    lines = ["@dataclass(frozen=True, slots=True, kw_only=True)", f"class {_name(name)}(Record):"]
    lines += [f"    {line}" for line in _docstring(said)]
    lines += ["", "    Attributes", "    ----------"]
    for key, (hint, text) in fields.items():
        named = f"    {key} : {hint}"
        lines += [
            named if len(named) <= _WIDTH else re.sub(r"\[.*\]", "[…]", named),
            _filled(text or "As in the schema.", 8),
        ]
    lines += ['    """', ""]
    lines += [_field(key, hint) for key, (hint, _) in fields.items()]
    for (owner, also), key in ALSO.items():
        if owner == name and also not in fields:
            lines += ["", "    @property", f"    def {also}(self) -> {fields[key][0]}:"]
            lines += [f'        """The same as `{key}`."""', f"        return self.{key}"]
    return "\n".join(lines)


def _field(key: str, hint: str) -> str:
    """Annotate a field; what is too wide stands in lines of its own, with the comma that keeps it there."""
    line = f"    {key}: {hint}"
    return line if len(line) <= _WIDTH else line.replace("[", "[\n", 1).replace("]", ",\n    ]")


def _docstring(text: str) -> list[str]:
    """Open a docstring: its first sentence, then the rest."""
    head, stop, rest = text.partition(". ")
    lines = textwrap.wrap(f'"""{head}{stop.strip()}', 110)
    return [*lines, "", *textwrap.wrap(rest, 110)] if rest else lines


def _attributes(defs: dict[str, Any]) -> str:
    """Give the attributes of `Plan`: those of its data, but for the names that it has for methods."""
    lines = ["class PlanAttributes:", '    """The parts of a plan, each as an attribute."""', ""]
    lines += ["    __slots__ = ()", "", "    @property", "    def data(self) -> PlanData:"]
    lines += ['        """All parts, typed."""', "        raise NotImplementedError"]
    for key, part in _properties("Plan", defs).items():
        if key in METHODS:
            continue
        words = _words(part)
        lines += ["", "    @property", f"    def {_attribute(key)}(self) -> {_type(part, defs)}:"]
        opened = _docstring(words)
        if len(opened) == 1:
            lines.append(f'        {opened[0]}"""')
        else:
            lines += [f"        {line}".rstrip() for line in opened] + ['        """']
        lines.append(f"        return self.data.{_attribute(key)}")
    return "\n".join(lines)


def fresh_schema() -> dict[str, Any]:
    """Ask the core for the schema of its answers, and keep it."""
    command = ["cargo", "run", "--quiet", "--package", "backcast", "--features", "schema", "--example", "schema"]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    answer: dict[str, Any] = json.loads(printed)["answer"]
    SCHEMA.write_text(json.dumps(answer, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return answer


if __name__ == "__main__":
    schema = fresh_schema()
    WRITTEN.write_text(written(schema), encoding="utf-8")
    APART.write_text(attributes(schema), encoding="utf-8")
