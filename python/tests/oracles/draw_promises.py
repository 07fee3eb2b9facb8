"""Draw the figures of `promises.json`: `draw_promises.py NUMBER…`; figures of other numbers are kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import promise_hunt
import promises
from promise import Known, World

FILE = Path(__file__).parent / "promises.json"


def main() -> None:
    kept = {each["number"]: each for each in json.loads(FILE.read_text())} if FILE.exists() else {}
    for number in map(int, sys.argv[1:]) if len(sys.argv) > 1 else list(kept):
        request = promises.request(number)
        plan = promise_hunt.ask(request)[0].get("plan")
        if plan is None or not plan["planned"] or plan["probability_error"] is None:
            print(number, "has no plan")
            continue
        planned, world = plan["planned"], World(request)
        # Where leads are many, one more or less is no other plan.
        leads = [planned, planned + planned // 100][: 1 + (planned > 1_000)]
        found: list[Known] = [world.at_least(n, effort=promise_hunt.EFFORT) for n in leads]
        figure = {"number": number, "regime": promises.regime(request), "leads": leads}
        figure |= {"values": [each.value for each in found], "error": max(each.error for each in found), "seed": 1}
        if plan["stages"][0]["needed"] == planned < 1_000:
            figure["fewer"] = world.at_least(planned - 1, effort=promise_hunt.EFFORT).value
        kept[number] = figure | {"request": request}
        print(
            number, figure["regime"], plan["probability"], plan["probability_error"], figure["values"], figure["error"]
        )
        rows = [json.dumps(kept[at]) for at in sorted(kept)]
        FILE.write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
