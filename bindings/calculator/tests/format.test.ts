// Numbers as people read them: what is not certain never reads as certain.
import { expect, test } from "vitest";
import { formatIn } from "../src/format.ts";

const { percent, statedPercent } = formatIn("en");

test.each([
  [1, "100.0\u00a0%"],
  [0, "0.0\u00a0%"],
  [0.8, "80.0\u00a0%"],
  [0.99999, ">\u202f99.9\u00a0%"],
  [1 - 2 ** -53, ">\u202f99.9\u00a0%"],
  [0.0001, "<\u202f0.1\u00a0%"],
  [5e-324, "<\u202f0.1\u00a0%"],
  [null, "–"],
])("the probability %s reads %s", (probability, text) => {
  expect(percent(probability)).toBe(text);
});

test.each([
  ["80", "80\u00a0%"],
  ["99.9", "99.9\u00a0%"],
  ["99.99999", "99.99999\u00a0%"],
  ["0.001", "0.001\u00a0%"],
])("a stated %s reads %s", (stated, text) => {
  expect(statedPercent(stated)).toBe(text);
});
