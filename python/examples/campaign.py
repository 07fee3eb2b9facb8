"""A campaign planned backward, as an analyst would: `python campaign.py`."""

import backcast as bc

# What last year showed: so many of so many went on.
plan = bc.plan(
    revenue="500000 EUR",
    stages=["lead", "mql", "sql", "customer"],
    rates=[{"converted": 290, "entered": 1000}, {"converted": 100, "entered": 290}, {"converted": 20, "entered": 100}],
    deal_size={"mean": "10000"},
    confidence=0.8,
)
answer = plan.to_dict()
for stage in answer["stages"]:
    print(f"{stage['stage']:<10}{stage['needed']:>6}")
print(f"probability {answer['probability']:.3f}")
