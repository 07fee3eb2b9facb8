// The example of the README, typed: `tsc` reads it against the packed package and Node runs what it becomes.
import { type Answer, answer, type Request } from "backcast";

const request: Request = {
  goal: { revenue: "500000 USD", confidence: 0.8 },
  funnel: ["lead", "customer"],
  rates: [{ converted: 20, entered: 1000 }],
  deal_size: { mean: "10000" },
};
const answered: Answer = answer(request);
const { plan, error } = answered;
console.log(JSON.stringify(error ? { message: error.message } : { stages: plan.stages }));

// @ts-expect-error: a misspelt key is found before it runs.
answer({ ...request, roundings: "ceil" });
