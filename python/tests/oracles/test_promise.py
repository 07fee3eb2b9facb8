"""The stated error is a promise: random requests over every regime, against figures that were drawn once.

`promises.json` holds P(goal) for each request, worked out anew (`promise.py`), with its standard error. The long form,
`make promise N=100000`, draws others and works each out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import promise_hunt
import promises
import pytest
from promise import World

import backcast as bc

FIGURES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "promises.json").read_text())


@pytest.mark.parametrize("figure", FIGURES, ids=[f"{each['number']} {each['regime']}" for each in FIGURES])
def test_the_stated_probability_is_right_within_its_error(figure: dict[str, Any]) -> None:
    request = promises.request(figure["number"])
    assert request == figure["request"], "the figures are of other requests: make promise-figures"
    plan: dict[str, Any] = bc.answer(request)["plan"]
    leads, values = figure["leads"], figure["values"]
    planned, stated, bound = plan["planned"], plan["probability"], plan["probability_error"]
    # A lead more or less, where leads are many: a straight line between the two volumes of the figure.
    assert abs(planned - leads[0]) <= (0.002 * leads[0] if len(leads) > 1 else 0), (
        "another plan: make promise-figures, and look why"
    )
    exact = values[0]
    if planned != leads[0]:
        exact += (planned - leads[0]) * (values[1] - values[0]) / (leads[1] - leads[0])
    assert bound <= 1e-4
    assert abs(stated - exact) <= bound + 4 * figure["error"] + 1e-9
    confidence = request["goal"].get("confidence")
    if confidence and "fewer" in figure and planned == leads[0]:
        assert stated >= confidence - 1e-12
        assert figure["fewer"] < confidence + bound + 4 * figure["error"]


def test_the_script_draws_the_figures() -> None:
    """One of the quickest; `make promise-figures` draws them all."""
    figure = min(FIGURES, key=lambda each: (each["error"] > 1e-6, each["leads"][0]))
    again = World(figure["request"]).at_least(figure["leads"][0], effort=promise_hunt.EFFORT)
    assert again.value == pytest.approx(figure["values"][0], abs=1e-9)
