// Turns the JSON Schema of the core's request and answer into the TypeScript types that the façade exports.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { compile } from "json-schema-to-typescript";

const here = dirname(dirname(fileURLToPath(import.meta.url)));

/** Writes the types of the present core to `file`. */
export async function writeTypes(file) {
  const text = execFileSync("cargo", ["run", "--quiet", "--package", "backcast", "--features", "schema", "--example", "schema"], {
    cwd: join(here, "../.."),
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  mkdirSync(dirname(file), { recursive: true });
  // A description is the doc comment of the Rust type; its Rust example would mislead whoever writes TypeScript.
  const schema = JSON.parse(text, (key, value) => (key === "description" && typeof value === "string" ? value.split("\n\n# ")[0] : value));
  writeFileSync(file, await typesOf(schema));
}

/** The types as text: `Request` and `Answer`, and a named type for each definition that they use. */
export async function typesOf({ request, answer }) {
  // One document for both, so that a type which both use is written once.
  const { $defs: ofRequest = {}, ...Request } = request;
  const { $defs: ofAnswer = {}, ...Answer } = answer;
  for (const name of Object.keys(ofRequest))
    if (name in ofAnswer && !isDeepStrictEqual(ofRequest[name], ofAnswer[name]))
      throw new Error(`the schemas of request and answer define \`${name}\` differently`);
  const merged = {
    title: "Exchange",
    description: "What goes in and what comes out.",
    type: "object",
    properties: { request: { $ref: "#/$defs/Request" }, answer: { $ref: "#/$defs/Answer" } },
    required: ["request", "answer"],
    additionalProperties: false,
    $defs: { ...ofRequest, ...ofAnswer, Request: { ...Request, title: "Request" }, Answer: { ...Answer, title: "Answer" } },
  };
  return compile(merged, "Exchange", {
    additionalProperties: false,
    bannerComment: "/* Generated from the JSON Schema of the core by `npm run types`. */",
    format: false,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeTypes(join(here, "pkg/types.d.ts"));
