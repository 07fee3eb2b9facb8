// The calculator as people use it: the built page, the real engine, a real browser.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { open, photograph, visit } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let site: Awaited<ReturnType<typeof open>>;
let tab: Awaited<ReturnType<typeof visit>>;
let page: Page;

beforeAll(async () => {
  site = await open();
}, 30_000);
afterAll(() => site?.close());
beforeEach(async () => {
  await page?.close();
  tab = await visit(site.browser, site.address);
  page = tab.page;
});

const column = (name: string) => page.locator(`td[data-figure=${name}]`).allTextContents();
const sentence = (name: string) => page.locator(`p[data-figure=${name}]`).textContent();
const figure = (name: string) => page.locator(`dd[data-figure=${name}]`).textContent();

/** 500,000 USD in deals of 10,000 through one step. */
async function fillOneStep(rate: string) {
  await page.getByLabel("Target").fill("500000");
  await page.getByLabel("Currency").fill("USD");
  await page.getByLabel("Deal size").fill("10000");
  await page.getByRole("button", { name: "Remove stage SQL" }).click();
  await page.getByRole("button", { name: "Remove stage MQL" }).click();
  await page.getByLabel("Rate from Lead to Customer").fill(rate);
}

test("a stated rate gives the funnel, counts give the one that knows what it does not know", async () => {
  await fillOneStep("2%");
  expect(await page.locator("th[scope=row] .stage").allTextContents()).toEqual(["Lead", "Customer"]);
  expect(await column("whole")).toEqual(["2,500", "50"]);
  expect(await column("needed")).toEqual(["2,789", "50"]);
  // 2,789 × 2 %
  expect(await column("expected")).toEqual(["2,789", "55.8"]);
  expect(await sentence("headline")).toBe("2,789 leads reach 500,000 USD with a probability of 80.1\u00a0%.");
  expect(await sentence("division")).toBe("Plain division: 2,500 leads meet the goal with 51.9\u00a0%.");
  expect(await figure("first")).toBe("2,789");

  await page.getByLabel("Rate from Lead to Customer").fill("20 of 1000");
  expect(await column("whole")).toEqual(["2,500", "50"]);
  expect(await column("needed")).toEqual(["3,081", "50"]);
  expect(await figure("probability")).toMatch(/^80\.\d\u00a0%$/);
  expect(await figure("revenue")).toMatch(/^\d{3},\d{3}\u00a0USD$/);
  await page.getByText("How this was computed").click();
  expect(await page.locator(".explain li").count()).toBeGreaterThan(0);
  await photograph(page, "one-step");
});

test("without a probability there is the plan on average alone", async () => {
  await fillOneStep("20 of 1000");
  await page.getByText("On average", { exact: true }).first().click();
  expect(await figure("first")).toBe("2,500");
  expect(await column("needed")).toEqual([]);
  expect((await column("expected"))[0]).toBe("2,500");
});

test("a goal of customers needs no money", async () => {
  await page.getByText("Customers", { exact: true }).click();
  await page.getByLabel("Number of customers").fill("50");
  expect((await column("whole")).at(-1)).toBe("50");
  expect(await page.locator("dd[data-figure=revenue]").count()).toBe(0);
});

test("what the core refuses is shown in its own words, and goes away when it is put right", async () => {
  await fillOneStep("5");
  expect(await page.locator(".error").textContent()).toContain("5 or 5\u00a0%?");
  expect(await page.locator("[aria-invalid=true]").evaluateAll((inputs) => inputs.map((input) => input.getAttribute("name")))).toEqual([
    "rate",
  ]);
  await photograph(page, "error");
  await page.getByLabel("Rate from Lead to Customer").fill("5 %");
  expect(await page.locator(".error").count()).toBe(0);
  expect(await column("whole")).toEqual(["1,000", "50"]);
});

test("where no number is enough, it says what stands in the way", async () => {
  for (const [from, to] of [
    ["Lead", "MQL"],
    ["MQL", "SQL"],
    ["SQL", "Customer"],
  ])
    await page.getByLabel(`Rate from ${from} to ${to}`).fill("0 of 60");
  await page.getByRole("slider", { name: "Probability" }).fill("95");
  const notice = await page.locator("[data-figure=unreachable]").textContent();
  expect(notice).toContain("The goal cannot be met with 95");
  expect(notice).toContain("is below");
  expect(await figure("first")).toBe("–");
  await photograph(page, "unreachable");
  await page.getByRole("slider", { name: "Probability" }).fill("50");
  expect(await page.locator("[data-figure=unreachable]").count()).toBe(0);
});

test("a link carries the whole form, into a new page and through a reload", async () => {
  await fillOneStep("20 of 1000");
  await page.getByLabel("Name of stage 1").fill("Visit & sign-up");
  await page.getByLabel("Probability of reaching the goal").fill("90");
  await page.getByLabel("Rounding").selectOption("end");
  const before = await page.locator("table").textContent();
  for (const again of [await visit(site.browser, page.url()), tab]) {
    await again.page.reload();
    expect(await again.page.locator("table").textContent()).toBe(before);
    expect(await again.page.getByLabel("Rounding").inputValue()).toBe("end");
    if (again !== tab) await again.page.close();
  }
  expect(before).toContain("Visit & sign-up");
  expect(before).toContain("90\u00a0%");
});

test("the keyboard alone reaches every control, in reading order", async () => {
  const names: string[] = [];
  for (let stop = 0; stop < 30; stop++) {
    await page.keyboard.press("Tab");
    names.push(
      await page.evaluate(() => {
        const focused = document.activeElement?.shadowRoot?.activeElement;
        return focused?.getAttribute("name") ?? focused?.textContent?.trim() ?? "";
      }),
    );
  }
  const first = (name: string) => names.indexOf(name);
  const order = ["goal", "target", "currency", "deal", "stage", "rate", "Add a stage", "certainty", "confidence", "rounding"];
  expect(order.map(first)).toEqual(order.map(first).toSorted((a, b) => a - b));
  expect(order.filter((name) => first(name) < 0)).toEqual([]);
  expect(names).toContain("How this was computed");
  expect(names).toContain("Copy link");
});

test.each(["light", "dark"] as const)("no barrier that axe can find, in %s", async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  await page.getByText("How this was computed").click();
  await photograph(page, colorScheme);
  expect(await barriers()).toEqual([]);
  await page.getByLabel("Rate from Lead to MQL").fill("5");
  expect(await barriers()).toEqual([]);
});

async function barriers() {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe puts itself on the window, untyped.
    const { violations } = await (window as any).axe.run();
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    return violations.map(({ id, nodes }: any) => `${id}: ${nodes.map(({ html }: any) => html).join(" ")}`);
  });
}

test("it fits a telephone", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await photograph(page, "telephone");
});

test("nothing leaves the browser, and nothing goes wrong in it", async () => {
  await fillOneStep("20 of 1000");
  expect(tab.calls.every((url) => url.startsWith(site.address) || url.startsWith("data:"))).toBe(true);
  const escaped = await page.evaluate(() =>
    fetch("http://127.0.0.1:9/").then(
      () => "let out",
      () => "refused",
    ),
  );
  expect(escaped).toBe("refused");
  expect(tab.faults.filter((fault) => !fault.includes("127.0.0.1:9"))).toEqual([]);
});
