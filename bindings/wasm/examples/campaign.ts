// A campaign planned backward, and looked at forward, as a page or a server would. In JavaScript it is the same without the types.
import { type Answer, answer, type Request } from "backcast";

// What last year showed, step by step: so many of so many went on. Counts, not percentages: 20 of 100 is known less well than
// 2,000 of 10,000, and the plan allows for that.
const known: Request = {
  goal: { revenue: "500000 EUR" },
  funnel: ["lead", "mql", "sql", "customer"],
  rates: [
    { converted: 290, entered: 1000 },
    { converted: 100, entered: 290 },
    { converted: 20, entered: 100 },
  ],
  // Every deal brings 10,000 EUR; where deals differ, `cv` says by how much.
  deal_size: { mean: "10000" },
};

// Backward: what does it take to be 80 % sure? Beside it plain division, which is right about half of the time.
const { plan, error }: Answer = answer({ ...known, goal: { ...known.goal, confidence: 0.8 } });
if (!plan) throw new Error(error?.message);
console.log(plan.headline);
const row = (...[stage, division, needed]: string[]) => console.log(stage.padEnd(10) + division.padStart(10) + needed.padStart(10));
row("stage", "division", "needed");
for (const { stage, exact, needed } of plan.stages) row(stage, exact?.toFixed(0) ?? "", String(needed));

// Forward: the budget pays for 2,800 leads. What will become of them?
const forward = answer({ ...known, leads: 2800 }).plan;
const revenue = forward?.revenue;
console.log(forward?.headline);
if (revenue)
  console.log(`revenue ${revenue.expected.toFixed(0)} EUR, 80 % interval ${revenue.low.toFixed(0)} to ${revenue.high.toFixed(0)}`);

// @ts-expect-error: a misspelt key is found before it runs.
answer({ ...known, roundings: "ceil" });
