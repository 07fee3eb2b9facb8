"""What must be true for a goal.

>>> import backcast as bc
>>> plan = bc.plan(revenue="500000 USD", rates=[{"converted": 20, "entered": 1000}], deal_size="10000", confidence=0.8,
...                stages=["lead", "customer"])
>>> plan.stage("lead").needed
3081
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from backcast import _native
from backcast import _sections as sections
from backcast import _show as show
from backcast._attributes import PlanAttributes
from backcast._chart import Chart
from backcast._frames import Holds, Kind, frame, kind_of
from backcast._page import page
from backcast._rates import Rates
from backcast._refusals import choice

if TYPE_CHECKING:
    from backcast.results import PlanData, StagePlan

_HOLDS: dict[str, Holds] = {
    "exact": "number",
    "whole": "whole",
    "needed": "whole",
    "rate": "number",
    "on_time": "number",
    "rate_by_deadline": "number",
    "expected": "number",
    "expected_new": "number",
    "expected_open": "number",
    "chance_kept": "number",
}
_PIPELINE: dict[str, Holds] = {
    "age_days": "whole",
    "count": "whole",
    "chance": "number",
    "customers": "number",
    "low": "number",
    "high": "number",
    "revenue": "number",
    "beyond_history": "flag",
}
_EXPECTED: dict[str, Holds] = {"new": "number", "open": "number", "expected": "number"}

_FORMAT, _VERSION = "backcast-plan", 1
"""What a saved plan says of itself; releases read all versions up to their own."""

Division = Literal["week", "month", "quarter"]
"""What a plan is divided into."""


class Plan(PlanAttributes):
    """What must be true for a goal: how many must enter each stage, with what probability, and why."""

    __slots__ = ("_data", "_kind", "_plan", "_rates")

    def __init__(self, plan: dict[str, Any], rates: Rates | None = None, kind: str | None = None) -> None:
        self._kind = kind
        self._data: PlanData | None = None
        self._plan = plan
        self._rates = rates

    @property
    def data(self) -> PlanData:
        """All parts of the plan, typed: `plan.data.schedule.months[0].entries`; most are attributes of the plan too."""
        if self._data is None:
            self._data = _typed(self._plan)
        return self._data

    def to_dict(self) -> dict[str, Any]:
        """Give the answer's `plan` as a dict of its own."""
        return copy.deepcopy(self._plan)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Plan:
        """Give the plan that `to_dict` has written.

        Raises
        ------
        BackcastError
            `damaged` for what is no plan.
        """
        _typed(document)
        return cls(copy.deepcopy(dict(document)))

    def save(self, path: str | Path) -> None:
        """Write the plan to a file, from which `load` gives it back: JSON with a format and a version."""
        text = json.dumps({"format": _FORMAT, "version": _VERSION, "plan": self._plan}, ensure_ascii=False, indent=1)
        Path(path).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Plan:
        """Give the plan that `save` has written; the rates behind it are not in the file.

        Raises
        ------
        BackcastError
            `source_not_found`, `unknown_format`, `unknown_version` or `damaged`.
        """
        try:
            saved = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise _native.refuse("source_not_found", str(path), "the path of a plan that `save` has written") from error
        except ValueError as error:
            raise _native.refuse("damaged", f"`{path}` is not JSON: {error}") from error
        if not isinstance(saved, dict) or saved.get("format") != _FORMAT:
            found = saved.get("format") if isinstance(saved, dict) else type(saved).__name__
            raise _native.refuse("unknown_format", str(found), f"a document of the format `{_FORMAT}`")
        if saved.get("version") != _VERSION:
            raise _native.refuse("unknown_version", str(saved.get("version")))
        return cls.from_dict(saved.get("plan") or {})

    def stage(self, name: str) -> StagePlan:
        """Give a stage: `exact`, `whole`, `needed`, `rate`, `on_time` and more.

        Raises
        ------
        BackcastError
            `unknown_stage`.
        """
        for stage in self.data.stages:
            if stage.stage == name:
                return stage
        names = ", ".join(f"`{stage['stage']}`" for stage in self._plan["stages"])
        raise _native.refuse("unknown_stage", name, f"one of {names}")

    def to_frame(self, kind: Kind | None = None) -> Any:
        """Give the stages as a data frame: `pandas`, `polars` or `pyarrow`; None: the kind that the records came as.

        `expected_new` times `rate_by_deadline` is the `expected_new` of the next stage; with `expected_open`, what
        follows from what is in flight, it is `expected`. `chance_kept` is that of `needed` if the stage before delivers
        exactly its own.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
        >>> plan.to_frame()[["stage", "needed", "expected", "chance_kept"]].round(2).values.tolist()
        [['lead', 2789, 2789.0, nan], ['customer', 50, 55.78, 0.8]]
        """
        columns = {name: [stage[name] for stage in self._plan["stages"]] for name in ["stage", *_HOLDS]}
        whole: Holds = "number" if self._plan["rounding"] == "exact" else "whole"
        return frame(columns, {**_HOLDS, "whole": whole}, kind_of(kind, self._kind))

    def schedule(self, by: Division = "week", kind: Kind | None = None) -> Any:
        """Give how many must enter each stage when, as a data frame with a row per week, month or quarter.

        Weeks are ISO weeks, Monday first. All divisions sum to the plan's numbers. `start` and `by` are a row's first
        and last day; then comes a column per stage, and the won deals that are expected.

        Raises
        ------
        BackcastError
            `schedule_period` for a plan without both days.
        """
        parts = self._parts(by)
        columns: dict[str, list[Any]] = {
            by: [part["name"] for part in parts],
            "start": [part["start"] for part in parts],
            "by": [part["by"] for part in parts],
        }
        holds: dict[str, Holds] = {"expected_wins": "number", "start": "day", "by": "day"}
        taken = {*columns, *holds}
        for at, stage in enumerate(self._plan["stages"]):
            name = f"{stage['stage']} (stage)" if stage["stage"] in taken else stage["stage"]
            columns[name] = [part["entries"][at] for part in parts]
            holds[name] = "whole"
        columns["expected_wins"] = [part["expected_wins"] for part in parts]
        return frame(columns, holds, kind_of(kind, self._kind))

    def expected(self, by: Division = "week", kind: Kind | None = None) -> Any:
        """Give how many are expected to enter each stage when, as a data frame with a row per period and stage.

        `period` is a week, month or quarter, `start` and `by` its first and last day; `new` follow from the planned
        leads, `open` from what is in flight (before its first day: in the first row), `expected` are both together.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=50, start="2026-01-01", by="2026-03-31", rates=[{"rate": "2 %"}],
        ...                stages=["lead", "customer"], confidence=0.8)
        >>> plan.expected("quarter")[["period", "stage", "expected"]].round(2).values.tolist()
        [['2026-Q1', 'lead', 2789.0], ['2026-Q1', 'customer', 55.78]]

        Raises
        ------
        BackcastError
            `schedule_period` for a plan without both days.
        """
        stages = [stage["stage"] for stage in self._plan["stages"]]
        rows = [
            (part["name"], part["start"], part["by"], stage, new, open_, new + open_)
            for part in self._parts(by)
            for stage, new, open_ in zip(
                stages, part["expected_new"], part["expected_open"] or [0.0] * len(stages), strict=True
            )
        ]
        names = ("period", "start", "by", "stage", *_EXPECTED)
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        return frame(columns, {**_EXPECTED, "start": "day", "by": "day"}, kind_of(kind, self._kind))

    def departments(self, by: Division | None = None, kind: Kind | None = None) -> Any:
        """Give each department's goals as a data frame, a row per stage, or per stage and week, month or quarter.

        Without `by`: `department`, `stage`, `total` and `worth`, the revenue that is expected of one newcomer. With it:
        `department`, `stage`, `source` (missing where none are told apart), the week, month or quarter, its first and
        last day, and `entries`, which sum to the plan.

        Raises
        ------
        BackcastError
            `schedule_period` with `by` for a plan without both days.
        """
        goals = self._plan["departments"]["goals"]
        if by is None:
            totals = {name: [goal[name] for goal in goals] for name in ("department", "stage", "total", "worth")}
            return frame(totals, {"total": "whole", "worth": "number"}, kind_of(kind, self._kind))
        parts = self._parts(by)
        sources = self._plan["schedule"]["sources"]
        rows = [
            (goal["department"], goal["stage"], source, part["name"], part["start"], part["by"], entries[at])
            for at, goal in enumerate(goals)
            for part in parts
            for source, entries in (
                zip(sources, part["sources"], strict=True) if sources else [(None, part["entries"])]
            )
        ]
        names = ("department", "stage", "source", by, "start", "by", "entries")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        return frame(columns, {"entries": "whole", "start": "day", "by": "day"}, kind_of(kind, self._kind))

    def pipeline(self, kind: Kind | None = None) -> Any:
        """Give what open leads are worth by the deadline as a data frame, a row per stage and age.

        `chance` is that of each to be won in time, from 0 to 1; `customers` are expected, with their 80 % interval;
        `revenue` is expected, in units of the currency. A row with `beyond_history` is older than any lead that moved
        on from its stage: it counts as nothing. No rows without `pipeline`.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=5, rates=[{"rate": "10 %"}], stages=["lead", "customer"],
        ...                pipeline=[{"stage": "lead", "age_days": 9, "count": 30}])
        >>> plan.pipeline()[["count", "chance", "customers"]].values.tolist()
        [[30.0, 0.1, 3.0]]
        """
        rows = [] if self._plan["pipeline"] is None else self._plan["pipeline"]["rows"]
        columns: dict[str, list[Any]] = {
            name: [row[name] for row in rows] for name in ("stage", "age_days", "count", "chance")
        }
        columns["customers"] = [row["customers"]["expected"] for row in rows]
        columns |= {end: [row["customers"][end] for row in rows] for end in ("low", "high")}
        columns |= {name: [row[name] for row in rows] for name in ("revenue", "beyond_history")}
        return frame(columns, _PIPELINE, kind_of(kind, self._kind))

    def sensitivity(self, kind: Kind | None = None) -> Any:
        """Give which single change helps most as a data frame, a row per change.

        `factor` on what changes; `needed` leads after it; `gain`, the expected revenue (customers without a deal size)
        that it adds to the planned number; `probability` of the goal with it; `goal_seek`, how far this alone (a rate,
        the mean deal, a factor on delays, leads) would have to go for plain division's number of leads to meet the
        goal.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
        >>> plan.sensitivity()[["what", "needed"]].values.tolist()
        [['rate', 2535], ['leads', 2789]]

        Raises
        ------
        BackcastError
            `missing_key` for a plan with `detail=False`.
        """
        holds: dict[str, Holds] = {"factor": "number", "needed": "whole"}
        holds |= dict.fromkeys(("gain", "probability", "goal_seek"), "number")
        return self._detail("sensitivity", ["what", "step", "change", *holds], holds, kind)

    def uncertainty(self, kind: Kind | None = None) -> Any:
        """Give what makes the outcome uncertain as a data frame: `source`, and the `share` of the variance it causes.

        A share, from 0 to 1, is what would go away with perfect knowledge of the source. Sources act together, so the
        shares need not sum to 1.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=50, rates=[{"converted": 20, "entered": 1000}], stages=["lead", "customer"])
        >>> bool(plan.uncertainty()["share"].between(0, 1).all())
        True

        Raises
        ------
        BackcastError
            `missing_key` for a plan with `detail=False`.
        """
        return self._detail("uncertainty", ["source", "share"], {"share": "number"}, kind)

    def distribution(self, kind: Kind | None = None) -> Any:
        """Give the distribution of revenue (of customers without a deal size) as a data frame.

        `at` is an amount, `probability` that of at most so much.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
        >>> bool(plan.distribution()["probability"].is_monotonic_increasing)
        True

        Raises
        ------
        BackcastError
            `missing_key` for a plan with `detail=False`.
        """
        return self._detail("distribution", ["at", "probability"], {"at": "number", "probability": "number"}, kind)

    def chart(self) -> Chart:
        """Draw the distribution with the target and the 80 % interval, as SVG: shown in a notebook, and a string.

        >>> import backcast as bc
        >>> plan = bc.plan(customers=50, rates=[{"rate": "2 %"}], stages=["lead", "customer"], confidence=0.8)
        >>> plan.chart().startswith("<svg ")
        True

        Raises
        ------
        BackcastError
            `missing_key` for a plan with `detail=False`, or in which no number could be planned.
        """
        drawn = sections.chart(self._plan)
        if drawn is None:
            raise _native.refuse("missing_key", "distribution", "a plan with `detail=True` and a number of leads")
        return drawn

    def _detail(self, key: str, names: Sequence[str], holds: Mapping[str, Holds], kind: Kind | None) -> Any:
        rows = self._plan[key]
        if rows is None and self._plan["planned"] is not None:
            raise _native.refuse("missing_key", key, "a plan with `detail=True`")
        return frame({name: [row[name] for row in rows or []] for name in names}, holds, kind_of(kind, self._kind))

    def _parts(self, by: Division) -> list[dict[str, Any]]:
        if by not in get_args(Division):
            raise choice("by", by, get_args(Division))
        schedule = self._plan["schedule"]
        if schedule is None:
            raise _native.refuse("schedule_period", "`start` and `by`")
        parts: list[dict[str, Any]] = schedule[f"{by}s"]
        return parts

    def channels(self, kind: Kind | None = None) -> Any:
        """Give the choice between channels as a data frame, a row per channel.

        `stated`, `cheapest`, `cheapest_in_expectation`, `today`, `best_for_budget` and `best_reachable` hold whole
        leads, missing where there is no such mix; then come what a lead is worth and what it costs.

        Raises
        ------
        BackcastError
            `no_channels` for a plan without channels.
        """
        found = self._plan["channels"]
        if found is None:
            raise _native.refuse("no_channels", "this data frame")
        rows = found["channels"]
        columns: dict[str, list[Any]] = {"channel": [row["channel"] for row in rows]}
        holds: dict[str, Holds] = {}
        for name in ("stated", "cheapest", "cheapest_in_expectation", "today", "best_for_budget", "best_reachable"):
            mix = found[name]
            columns[name] = [part["leads"] for part in mix["leads"]] if mix else [None] * len(rows)
            holds[name] = "whole"
        for name in ("won", "value_per_lead", "next_lead", "cost_per_customer", "cost_per_percent"):
            columns[name] = [row[name] for row in rows]
            holds[name] = "number"
        return frame(columns, holds, kind_of(kind, self._kind))

    def explain(self) -> str:
        """Give the arithmetic, line by line."""
        return "\n".join(self._plan["explain"])

    def to_html(self, path: str | Path | None = None) -> str:
        """Give the plan as one self-contained page, and write it to `path` where one is named."""
        html = page(self._plan, self._rates)
        if path is not None:
            Path(path).write_text(html, encoding="utf-8")
        return html

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and self._plan == other._plan

    def __hash__(self) -> int:
        return hash(self.data)

    def _blocks(self) -> list[show.Block]:
        return sections.blocks(self._plan)

    def __repr__(self) -> str:
        return show.as_text(self._blocks())

    def _repr_html_(self) -> str:
        return show.as_html(self._blocks())


def _typed(document: Mapping[str, Any]) -> PlanData:
    from backcast.results import PlanData

    return PlanData.from_dict(document)
