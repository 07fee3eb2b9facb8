// A campaign planned backward, as a page or a server would: `tsc` reads it against the packed package, Node runs what it becomes.
import { type Answer, answer, type Request } from "backcast";

// What last year showed: so many of so many went on.
const request: Request = {
  goal: { revenue: "500000 EUR", confidence: 0.8 },
  funnel: ["lead", "mql", "sql", "customer"],
  rates: [
    { converted: 290, entered: 1000 },
    { converted: 100, entered: 290 },
    { converted: 20, entered: 100 },
  ],
  deal_size: { mean: "10000" },
};
const { plan, error }: Answer = answer(request);
if (!plan) throw new Error(error?.message);
for (const { stage, needed } of plan.stages) console.log(`${stage.padEnd(10)}${String(needed).padStart(6)}`);
console.log(`probability ${plan.probability.toFixed(3)}`);

// @ts-expect-error: a misspelt key is found before it runs.
answer({ ...request, roundings: "ceil" });
