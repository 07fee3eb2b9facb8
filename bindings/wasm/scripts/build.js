// Builds the npm package into pkg/: crate → wasm → glue → wasm-opt → bytes → types → façade → page.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { writeTypes } from "./types.js";

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const root = join(here, "../..");
const pkg = join(here, "pkg");
const TARGET = "wasm32-unknown-unknown";
/** What Rust compiles to, and every engine of the last years runs. `--all-features` would let wasm-opt use types that Node 20 refuses. */
const FEATURES = ["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"];
const LEVEL = "-Oz";

/** Runs one program of the chain; it has said itself what is wrong, so a failure only ends the build. */
function run(program, args, env = process.env) {
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

checkVersion();
rmSync(pkg, { recursive: true, force: true });
mkdirSync(pkg, { recursive: true });

run("cargo", ["run", "--quiet", "--package", "glue", "--", compile(), pkg]);
optimise(join(pkg, "engine_bg.wasm"));
const size = inline(join(pkg, "engine_bg.wasm"), join(pkg, "engine_bytes.js"));
await writeTypes(join(pkg, "types.d.ts"));
run(bin("tsc"), ["--project", join(here, "tsconfig.build.json")]);
// npm packs no links: the page and the licences of the project lie beside the package while it is packed.
for (const name of ["README.md", "LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(join(root, name), join(here, name));
console.log(`wasm: ${size.raw} bytes, ${size.gzip} gzipped, ${size.brotli} with brotli`);
console.log(`in the package, as base64: ${size.base64} bytes, ${size.base64Gzip} gzipped`);

/** One version for the whole workspace: the crate decides, the package must agree. */
function checkVersion() {
  const text = execFileSync("cargo", ["metadata", "--no-deps", "--format-version", "1"], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });
  const crate = JSON.parse(text).packages.find(({ name }) => name === "backcast-wasm").version;
  const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
  if (version !== crate) throw new Error(`bindings/wasm/package.json says version ${version}, the workspace says ${crate}`);
}

/** Compiles the crate and returns the path of the `.wasm` file. */
function compile() {
  // The variables are read back through a shell, which alone knows how to read its own quoting.
  const script = `lines=$("${join(here, "toolchain.sh")}") || exit 1; eval "$lines"; env -0`;
  const printed = execFileSync("sh", ["-c", script], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const env = Object.fromEntries(
    printed
      .split("\0")
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  run("cargo", ["build", "--profile", "web", "--package", "backcast-wasm", "--target", TARGET], env);
  return join(env.CARGO_TARGET_DIR, TARGET, "web", "backcast_wasm.wasm");
}

function optimise(file) {
  const smaller = `${file}.opt`;
  const features = ["--mvp-features", ...FEATURES.map((name) => `--enable-${name}`)];
  const strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
  run(process.execPath, [bin("wasm-opt"), LEVEL, ...features, ...strip, file, "-o", smaller]);
  renameSync(smaller, file);
}

/** Writes the bytes as a JavaScript module and removes the binary file; returns the sizes. */
function inline(file, module) {
  const bytes = readFileSync(file);
  const text = `/** The engine, in base64. */\nexport const bytes = "${bytes.toString("base64")}";\n`;
  writeFileSync(module, text);
  writeFileSync(module.replace(/\.js$/, ".d.ts"), "export const bytes: string;\n");
  rmSync(file);
  rmSync(`${file}.d.ts`, { force: true });
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
    base64: text.length,
    base64Gzip: gzipSync(text, { level: 9 }).length,
  };
}

function bin(name) {
  return join(here, "../node_modules/.bin", name);
}
