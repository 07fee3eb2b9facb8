"""The demonstration behind `make demo`: the sample CRM, its rates, a plan, and the plan as a page."""

from __future__ import annotations

import backcast as bc


def main() -> None:
    """Read the sample CRM, print rates and the plan as a person reads them, and write `plan.html`."""
    leads = bc.sample_crm()
    history = bc.read_leads(
        leads,
        stages=bc.SAMPLE_STAGES,
        id="lead_id",
        lost="lost_on",
        amount="deal_value",
        currency="EUR",
        segment="channel",
        as_of=leads.attrs["as_of"],
    )
    rates = history.rates()
    plan = bc.plan(revenue="1_000_000 EUR", by="2026-12-31", rates=rates, confidence=0.8, pipeline=history)
    plan.to_html("plan.html")
    explained = "\n".join(f"  {line}" for line in plan.explain().splitlines())
    print(history, rates, plan, f"How the numbers come about\n\n{explained}", "plan.html is written.", sep="\n\n\n")


if __name__ == "__main__":
    main()
