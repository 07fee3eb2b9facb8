"""A campaign planned backward, and looked at forward, from stated numbers: `python campaign.py`."""

import backcast as bc

# What last year showed, step by step: so many of so many went on. Counts, not percentages: 20 of 100 is known less well
# than 2,000 of 10,000, and the plan allows for that.
stages = ["lead", "mql", "sql", "customer"]
rates = [{"converted": 290, "entered": 1000}, {"converted": 100, "entered": 290}, {"converted": 20, "entered": 100}]
# Every deal brings 10,000 EUR; where deals differ, `{"mean": "10000", "cv": 0.9}` says by how much.
deal_size = "10000"

# Backward: what does it take to be 80 % sure? Beside it plain division, which is right about half of the time.
plan = bc.plan("500000 EUR", stages=stages, rates=rates, deal_size=deal_size, confidence=0.8)
print(plan.headline)
print(f"{'stage':<10}{'division':>10}{'needed':>10}")
for stage in plan.stages:
    print(f"{stage.stage:<10}{stage.exact:>10.0f}{stage.needed:>10}")

# Forward: the budget pays for 2,800 leads. What will become of them?
forward = bc.plan("500000 EUR", stages=stages, rates=rates, deal_size=deal_size, leads=2800)
print(forward.headline)
if revenue := forward.revenue:
    print(f"revenue {revenue.expected:.0f} EUR, 80 % interval {revenue.low:.0f} to {revenue.high:.0f}")
