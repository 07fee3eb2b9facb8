// The npm package: the same answer as the native library, then how long it takes.
import { deepStrictEqual } from "node:assert";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const SECONDS = 1;
const [package_, file] = process.argv.slice(2);
const { answer } = await import(pathToFileURL(package_));
const asked = JSON.parse(readFileSync(file, "utf8"));

function seconds() {
  const start = performance.now();
  answer(asked.request);
  return (performance.now() - start) / 1000;
}

const first = seconds();
// Numbers are compared by `Object.is`: equal to the bit.
deepStrictEqual(answer(asked.request), asked.answer);
let best = Number.POSITIVE_INFINITY;
for (const end = performance.now() + 1000 * SECONDS; performance.now() < end; ) best = Math.min(best, seconds());
console.log(`npm package in Node ${process.versions.node}\t${best}`);
console.log(`npm package in Node ${process.versions.node}: the first call, which compiles the engine\t${first}`);
