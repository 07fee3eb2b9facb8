// Chromium for the tests: found, or named plainly when it is missing; never skipped.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { preview } from "vite";

const root = join(import.meta.dirname, "../../..");
const screens = join(resolve(root, process.env.CARGO_TARGET_DIR ?? "target"), "screens");

const USUAL_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

function chromiumPath(): string {
  const places = process.env.CHROMIUM ? [process.env.CHROMIUM] : USUAL_PLACES;
  const found = places.find((place) => existsSync(place));
  if (found) return found;
  throw new Error(
    `no Chromium at ${places.join(", ")}: install it (Debian: \`apt-get install chromium\`) or name it in the variable CHROMIUM`,
  );
}

/** The built page, served on a free port, in a browser that has never been used. */
export async function open() {
  const executablePath = chromiumPath();
  const server = await preview({
    root: join(import.meta.dirname, ".."),
    preview: { port: 0, host: "127.0.0.1" },
    logLevel: "error",
  });
  const address = server.resolvedUrls?.local[0];
  if (!address) throw new Error("the preview server has no address");
  const profile = mkdtempSync(join(tmpdir(), "backcast-chromium-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1280, height: 860 },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const close = async () => {
    await browser.close();
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { address, browser, close };
}

/** A new page that remembers what went wrong in it and whom it called. */
export async function visit(browser: BrowserContext, address: string) {
  const page = await browser.newPage();
  const faults: string[] = [];
  const calls: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => calls.push(request.url()));
  await page.goto(address);
  return { page, faults, calls };
}

/** A picture for people to look at. */
export async function photograph(page: Page, name: string) {
  mkdirSync(screens, { recursive: true });
  await page.screenshot({ path: join(screens, `calculator-${name}.png`), fullPage: true });
}
