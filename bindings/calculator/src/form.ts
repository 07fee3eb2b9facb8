// What a person typed: kept as text, turned into a request, and kept in an address so that it can be shared.
import type { Request } from "backcast";

export type Step = { stage: string; rate: string };

export type Form = {
  goal: "revenue" | "customers";
  target: string;
  currency: string;
  deal: string;
  /** First stage first. The rate is the one that leads into the stage, so the first stage has none. */
  steps: Step[];
  /** Percent, or nothing for the expected-value plan alone. */
  confidence: string;
  rounding: string;
};

/** An example to start from, so that the page shows what it does before anything is typed. */
export const EXAMPLE: Form = {
  goal: "revenue",
  target: "500000",
  currency: "EUR",
  deal: "10000",
  steps: [
    { stage: "Lead", rate: "" },
    { stage: "MQL", rate: "300 of 1200" },
    { stage: "SQL", rate: "90 of 300" },
    { stage: "Customer", rate: "24 of 90" },
  ],
  confidence: "80",
  rounding: "ceil",
};

/** The request in the shape of the core. Whatever is not a plain number goes on as it was typed: the core judges, and says why. */
export function toRequest(form: Form): Request {
  const isRevenue = form.goal === "revenue";
  const request = {
    goal: {
      ...(isRevenue ? { revenue: `${form.target.trim()} ${form.currency.trim()}`.trim() } : { customers: count(form.target) }),
      ...(form.confidence && { confidence: Number(form.confidence) / 100 }),
    },
    funnel: form.steps.map(({ stage }) => stage.trim()),
    rates: form.steps.slice(1).map(({ rate }) => toRate(rate)),
    ...(isRevenue && { deal_size: { mean: form.deal.trim() } }),
    rounding: form.rounding,
  };
  return request as Request;
}

function toRate(text: string) {
  const counts = /^(.+?)\s*(?:\bof\b|\/)\s*(.+)$/i.exec(text.trim());
  return counts ? { converted: count(counts[1] ?? ""), entered: count(counts[2] ?? "") } : { rate: text.trim() };
}

function count(text: string): number | string {
  const digits = text.trim().replace(/(?<=\d)[ _](?=\d)/g, "");
  return /^\d+$/.test(digits) ? Number(digits) : text.trim();
}

/** The form as the part of an address behind `#`. */
export function toHash(form: Form): string {
  const { steps, ...fields } = form;
  const search = new URLSearchParams(fields);
  for (const { stage, rate } of steps) {
    search.append("stage", stage);
    search.append("rate", rate);
  }
  return search.toString();
}

/** The form of an address, or nothing when the address carries none. */
export function fromHash(hash: string): Form | undefined {
  const search = new URLSearchParams(hash.replace(/^#/, ""));
  const stages = search.getAll("stage");
  if (stages.length === 0) return undefined;
  const rates = search.getAll("rate");
  const read = (name: Exclude<keyof Form, "steps">) => search.get(name) ?? "";
  return {
    goal: read("goal") === "customers" ? "customers" : "revenue",
    target: read("target"),
    currency: read("currency"),
    deal: read("deal"),
    steps: stages.map((stage, index) => ({ stage, rate: rates[index] ?? "" })),
    confidence: read("confidence"),
    rounding: read("rounding"),
  };
}
