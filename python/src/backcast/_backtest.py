"""The backtest on one's own history: what a plan would have said at past origins, and what came.

>>> import backcast as bc
>>> history = bc.read_leads(bc.sample_crm(), stages=bc.SAMPLE_STAGES, id="lead_id", lost="lost_on", as_of="2025-12-31")
>>> backtest = history.backtest(every="quarter", horizon_days=120)
>>> backtest.summary()["method"].tolist()
['backcast', 'all_history', 'last_two_quarters', 'matured']
"""

from __future__ import annotations

import copy
from typing import Any

from backcast import _show as show
from backcast._frames import Holds, Kind, frame, kind_of

_WHOLE = ("entered", "actual", "median", "promised", "known", "known_won", "followed_days", "cohorts", "independent")
_TEXT = ("origin", "from", "until", "method")
_LEVELS = ("05", "10", "20", "50", "80", "90", "95")
_SHARES = ("50", "80", "95")


class Backtest:
    """Predictions as they would have been made at past origins, beside what came, and how well each method did."""

    __slots__ = ("_kind", "_test")

    def __init__(self, test: dict[str, Any], kind: str | None) -> None:
        self._test = test
        self._kind = kind

    def to_dict(self) -> dict[str, Any]:
        """Give everything as a dict of its own: `cohorts`, `summary`, `reliability`, `notes` and what was asked."""
        return copy.deepcopy(self._test)

    @property
    def horizon_days(self) -> int:
        """Days after entering the first stage within which a customer counts."""
        days: int = self._test["horizon_days"]
        return days

    @property
    def notes(self) -> list[str]:
        """What was counted, which cohorts were left out, and how little the rest proves, in sentences."""
        return list(self._test["notes"])

    @property
    def warnings(self) -> dict[str, list[str]]:
        """What the library said of its rates at each origin."""
        return {cohort["origin"]: list(cohort["warnings"]) for cohort in self._test["cohorts"]}

    def to_frame(self, kind: Kind | None = None) -> Any:
        """Give a row per origin and method.

        Parameters
        ----------
        kind
            `pandas`, `polars` or `pyarrow`. None: the kind that was read, pandas for files and SQL.

        Returns
        -------
        data frame
            `origin` (the day on which the prediction would have been made), the cohort's days `from` and `until`,
            `method`, `entered` and `actual` (leads of the cohort, and those won within the horizon), the prediction
            (`expected`, `median`, `low_80` and `high_80` and likewise for 50 and 95 %), `pit` and whether each interval
            held (`in_80`), `crps` and `pinball_05` … `pinball_95` (in customers), what an 80 % plan would have
            `promised` and whether that was `kept`; `known` leads at the origin and `known_won`, `followed_days`, and
            `in_horizon`, the share of the rates' customers that the delays put within the horizon.
        """
        return _frame([row for cohort in self._test["cohorts"] for row in _cohort_rows(cohort)], kind, self._kind)

    def summary(self, kind: Kind | None = None) -> Any:
        """Give a row per method.

        Returns
        -------
        data frame
            `method`, `cohorts`, `independent` (calendar quarters in which they lie), `bias` (predicted ÷ actual),
            `coverage_80` with its own 95 % interval `coverage_80_low` to `coverage_80_high` (likewise 50 and 95 %),
            `promises` (share of 80 % plans kept) with its interval, `crps`, `skill` (1 − the library's CRPS ÷ this
            method's), `pinball_05` … `pinball_95`.
        """
        return _frame([_score_row(score) for score in self._test["summary"]], kind, self._kind)

    def reliability(self, kind: Kind | None = None) -> Any:
        """Give the data of a reliability chart.

        Returns
        -------
        data frame
            Per `method` the `nominal` level of a quantile and the `observed` share of cohorts that did not exceed it,
            with the 95 % interval `low` to `high`.
        """
        points = [{"method": point["method"], **point["coverage"]} for point in self._test["reliability"]]
        return _frame(points, kind, self._kind)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Backtest) and self._test == other._test

    __hash__ = None  # type: ignore[assignment]

    def _blocks(self) -> list[show.Block]:
        return show.backtest_blocks(self._test)

    def __repr__(self) -> str:
        return show.as_text(self._blocks())

    def _repr_html_(self) -> str:
        return show.as_html(self._blocks())


def _cohort_rows(cohort: dict[str, Any]) -> list[dict[str, Any]]:
    given = {key: cohort[key] for key in ("origin", "from", "until")}
    came = {key: cohort[key] for key in ("entered", "actual")}
    known = {key: cohort[key] for key in ("known", "known_won", "followed_days", "in_horizon")}
    return [
        {
            **given,
            "method": made["method"],
            **came,
            "expected": made["expected"],
            "median": made["median"],
            **{
                f"{end}_{share}": interval[end]
                for share, interval in zip(_SHARES, made["intervals"], strict=True)
                for end in ("low", "high")
            },
            "pit": made["pit"],
            **{f"in_{share}": interval["holds"] for share, interval in zip(_SHARES, made["intervals"], strict=True)},
            "crps": made["crps"],
            **_pinball(made["pinball"]),
            "promised": made["promised"],
            "kept": made["kept"],
            **known,
        }
        for made in cohort["predictions"]
    ]


def _score_row(score: dict[str, Any]) -> dict[str, Any]:
    named = {f"coverage_{share}": held for share, held in zip(_SHARES, score["coverage"], strict=True)}
    named["promises"] = score["promises"]
    intervals = {
        f"{name}{end}": held[part]
        for name, held in named.items()
        for end, part in (("", "observed"), ("_low", "low"), ("_high", "high"))
    }
    return {
        **{key: score[key] for key in ("method", "cohorts", "independent", "bias")},
        **intervals,
        **{key: score[key] for key in ("crps", "skill")},
        **_pinball(score["pinball"]),
    }


def _pinball(losses: list[float]) -> dict[str, float]:
    return {f"pinball_{level}": loss for level, loss in zip(_LEVELS, losses, strict=True)}


def _holds(name: str) -> Holds:
    if name in _TEXT:
        return "text"
    if name in _WHOLE or name.startswith(("low_", "high_")):
        return "whole"
    return "flag" if name == "kept" or (name.startswith("in_") and name != "in_horizon") else "number"


def _frame(rows: list[dict[str, Any]], kind: Kind | None, read: str | None) -> Any:
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return frame(columns, {name: _holds(name) for name in columns}, kind_of(kind, read))
