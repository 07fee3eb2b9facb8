// The example of the README, typed: `tsc` reads it against the packed package and Node runs what it becomes.
import { type Answer, answer, type Request } from "backcast";

const request: Request = {
  goal: { revenue: "500000 USD", confidence: 0.8 },
  funnel: ["lead", "customer"],
  rates: [{ converted: 20, entered: 1000 }],
  deal_size: { mean: "10000" },
};
const { plan, error }: Answer = answer(request);
console.log(JSON.stringify({ stages: plan?.stages, message: error?.message }));

// @ts-expect-error: a misspelt key is found before it runs.
answer({ ...request, roundings: "ceil" });
