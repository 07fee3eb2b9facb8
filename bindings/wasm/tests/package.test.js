// What a user gets: the packed tarball, installed into an empty folder, type-checked, then run by Node.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const here = import.meta.dirname;
const tsc = join(here, "../../node_modules/.bin/tsc");
const folder = mkdtempSync(join(tmpdir(), "backcast-package-"));
const run = (program, ...args) => execFileSync(program, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  const [{ filename, files }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: join(here, ".."), encoding: "utf8" }),
  );
  packed = files.map(({ path }) => path).sort();
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }');
  run("npm", "install", "--offline", "--no-audit", "--no-fund", `./${filename}`);
  copyFileSync(join(here, "../examples/campaign.ts"), join(folder, "campaign.ts"));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));
let packed;

test("the tarball holds the package and nothing else", () => {
  expect(packed).toEqual([
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "package.json",
    "pkg/engine.js",
    "pkg/engine_bytes.js",
    "pkg/index.d.ts",
    "pkg/index.js",
    "pkg/types.d.ts",
  ]);
});

test.each([
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
])("the example passes tsc with module %s, resolution %s, and Node runs it", (module, resolution) => {
  run(tsc, "--strict", "--target", "es2022", "--module", module, "--moduleResolution", resolution, "campaign.ts");
  // The same story in Rust and in Python prints the same.
  const told = readFileSync(join(here, "../../../crates/backcast/examples/campaign.txt"), "utf8");
  expect(run(process.execPath, "campaign.js")).toBe(told);
});

test("the example of the page runs and prints what its comment says", () => {
  const [, code] = /```ts\n(.*?)```/s.exec(readFileSync(join(folder, "node_modules/backcast/README.md"), "utf8"));
  const [, expression, comment] = /^(.*); \/\/ (\{.*\})$/m.exec(code);
  const script = `${code}\nconsole.log(JSON.stringify([${expression}, (${comment})]));`;
  writeFileSync(join(folder, "readme.js"), script);
  const [printed, promised] = JSON.parse(run(process.execPath, "readme.js"));
  expect(printed).toMatchObject(promised);
});
