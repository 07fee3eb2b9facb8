// The façade: it converts, calls and converts, and loses nothing on the way.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { answer } from "backcast";
import { describe, expect, test } from "vitest";

const folder = join(import.meta.dirname, "../../../crates/backcast/tests/vectors");
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const vectors = files.flatMap((file) => JSON.parse(readFileSync(join(folder, file), "utf8")).map((vector) => ({ file, ...vector })));

test("there are golden vectors", () => expect(vectors.length).toBeGreaterThan(0));

// `toStrictEqual` compares numbers by `Object.is`: equal to the bit.
describe("golden vectors", () => {
  test.each(vectors)("$file: $name", ({ request, answer: expected }) => expect(answer(request)).toStrictEqual(expected));
});

const request = {
  goal: { revenue: "500000 USD", confidence: 0.8 },
  funnel: ["lead", "customer"],
  rates: [{ rate: "2%" }],
  deal_size: { mean: "10000" },
};

test("a number that JSON lacks reaches the core, which names it", () => {
  for (const rate of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const { error } = answer({ ...request, rates: [{ rate }] });
    expect(error.message).toContain(String(rate));
  }
});

test("a BigInt is its decimal text", () => {
  const text = answer({ ...request, deal_size: { mean: "10000" } });
  expect(answer({ ...request, deal_size: { mean: 10_000n } })).toStrictEqual(text);
});

test("whatever is given, the answer is an answer", () => {
  for (const anything of [undefined, null, 5, "text", [], {}, { goal: {} }, "\ud800"]) {
    expect(answer(anything).error.message).toBeTypeOf("string");
  }
});

test("the request is left as it was", () => {
  const copy = structuredClone(request);
  answer(request);
  expect(request).toStrictEqual(copy);
});
