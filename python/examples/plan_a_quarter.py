"""From the records of a CRM to the plan of a quarter, and back: `python plan_a_quarter.py`."""

import backcast as bc

# Records: one row per lead with the day on which it entered each stage. A sample stands in for your own table, which
# may be a CSV, Parquet or Excel file, a data frame, or SQL.
history = bc.read_leads(
    bc.sample_crm(),
    stages=bc.SAMPLE_STAGES,
    id="lead_id",
    lost="lost_on",
    amount="deal_value",
    currency="EUR",
    as_of="2025-12-31",
)
print(history)  # how many rows were read, repaired and refused, and why

# Backward: what must enter each stage this quarter, to be 80 % sure of the target? The rates, the delays and the size
# of deals are learned from the records, and leads that are open today count toward it.
start, by = "2026-01-01", "2026-03-31"
plan = bc.plan("500_000 EUR", history=history, confidence=0.8, start=start, by=by)
print(plan.headline)
print(f"\n{'stage':<10}{'expected':>10}{'needed':>10}")
for stage in plan.stages:
    print(f"{stage.stage:<10}{stage.expected:>10.0f}{stage.needed:>10}")

# Forward: marketing can bring 3,000 leads. What will become of them, beside those that are open?
forward = bc.plan("500_000 EUR", history=history, leads=3000, start=start, by=by)
print(f"\n{forward.headline}")
if revenue := forward.revenue:
    print(
        f"Revenue to expect: {revenue.expected:,.0f} EUR; 80 % interval {revenue.low:,.0f} to {revenue.high:,.0f} EUR."
    )
