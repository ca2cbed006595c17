import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConflictOutcome, RowDiff, SyncReport } from "@sync/model";
import { diffPage, runPage, writePage } from "@sync/report";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { NO_BROWSER, brokenRules, findBrowser, openPage, startBrowser } from "./browser.ts";
import type { OpenPage } from "./browser.ts";
import { HOSTILE, reportOf } from "./differences.ts";

// A browser takes its time on a busy machine.
vi.setConfig({
  testTimeout: 120_000,
  hookTimeout: 120_000,
});

const executable = findBrowser();
const folder = mkdtempSync(join(tmpdir(), "sync-report-"));
const SMALL = join(folder, "small.html");
const LARGE = join(folder, "large.html");
const MIDDLE = join(folder, "middle.html");
const EQUAL = join(folder, "equal.html");
const RUN = join(folder, "run.html");
const LARGE_ROWS = 100_000;
const MIDDLE_ROWS = 6000;

/** How long to wait for what a page does; it ends as soon as that is there. */
const PATIENT = { timeout: 60_000 };

let browser: Browser | null = null;

beforeAll(async () => {
  if (executable === null) return;
  await writePage(SMALL, diffPage(reportOf(SMALL_ROWS, "laptop.db", "desktop.db"), SMALL_ROWS));
  await writePage(LARGE, diffPage(largeReport(LARGE_ROWS), largeRows(LARGE_ROWS)));
  await writePage(MIDDLE, diffPage(largeReport(MIDDLE_ROWS), largeRows(MIDDLE_ROWS)));
  await writePage(EQUAL, diffPage(reportOf([], "laptop.db", "desktop.db"), []));
  await writePage(RUN, runPage(runReport(), OUTCOMES, { a: "laptop.db", b: "desktop.db" }));
  browser = await startBrowser(executable);
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every kind of value and of table. */
const SMALL_ROWS: readonly RowDiff[] = [
  ...HOSTILE.map((text, index): RowDiff => {
    const id = BigInt(index);
    return {
      table: "texts",
      key: { id },
      a: { id, name: "Ada", text },
      b: { id, name: "Ada", text: `${text} and more` },
      changed: ["text"],
    };
  }),
  { table: "wide", key: { id: 1n }, a: wideRow(), b: null, changed: [] },
  { table: "wide", key: { id: 2n }, a: null, b: wideRow(), changed: [] },
  {
    table: "values",
    key: { k: "x", n: 1n },
    a: { k: "x", n: 1n, any: 1n, long: "word ".repeat(900), blob: new Uint8Array(900), n2: null },
    b: {
      k: "x",
      n: 1n,
      any: 1,
      long: `${"word ".repeat(450)}other ${"word ".repeat(449)}`,
      blob: new Uint8Array(901),
      n2: Number.POSITIVE_INFINITY,
    },
    changed: ["any", "long", "blob", "n2"],
  },
  { table: "bag", key: { line: "started" }, a: { line: "started" }, b: null, changed: [] },
];

function wideRow(): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`column ${index}`, `value ${index}`]),
  );
}

function* largeRows(size: number): Generator<RowDiff> {
  for (let number = 1; number <= size; number += 1) {
    const id = BigInt(number);
    const a = { id, name: `Customer ${number}`, city: "Rome", note: "a & b <c>" };
    const table = number <= size / 2 ? "customers" : "invoices";
    if (number % 10 === 0) yield { table, key: { id }, a, b: null, changed: [] };
    else yield { table, key: { id }, a, b: { ...a, city: "Oslo" }, changed: ["city"] };
  }
}

function largeReport(size: number): ReturnType<typeof reportOf> {
  const rows = size / 2;
  const tables = ["customers", "invoices"].map((table) => ({
    table,
    onlyInA: rows / 10,
    onlyInB: 0,
    changed: rows - rows / 10,
    same: 0,
  }));
  return { ...reportOf([], "laptop.db", "desktop.db"), same: false, tables };
}

const OUTCOMES: readonly ConflictOutcome[] = (["skip", "parked", "resolved"] as const).map(
  (outcome, index) => ({
    table: "products",
    key: { id: BigInt(index) },
    kind: "update/update",
    disputed: ["price", "name"],
    policy: "last-write-wins",
    outcome,
    winner: outcome === "skip" ? "b" : null,
    reason: "side b has the later time",
  }),
);

function runReport(): SyncReport {
  const none = { inserted: 0, updated: 0, deleted: 0 };
  return {
    schemaVersion: 1,
    command: "sync",
    runId: "019b2c5e",
    dryRun: false,
    firstRun: false,
    policy: "last-write-wins",
    direction: "two-way",
    tables: [
      {
        table: "products",
        toA: { ...none, updated: 2 },
        toB: none,
        copied: 1,
        agreed: 0,
        merged: 0,
        filtered: 0,
        held: 0,
        conflicts: { resolved: 2, parked: 1 },
      },
    ],
    conflicts: { resolved: 2, parked: 1 },
    durationMs: 12,
    renumbered: [{ table: "products", side: "a", from: { id: 1n }, to: { id: 9n } }],
    scan: { method: "full", pages: 0, candidates: 0, notKnown: [] },
    notices: ["the table log was left out"],
    leftOut: ["log"],
  };
}

/** Opens a page for a test, and closes it when that is over. */
async function withPage(
  file: string,
  options: Parameters<typeof openPage>[2],
  use: (open: OpenPage) => Promise<void>,
): Promise<void> {
  if (browser === null) throw new Error(NO_BROWSER);
  const open = await openPage(browser, file, options);
  try {
    await use(open);
  } finally {
    await open.context.close();
  }
}

async function focusedText(page: Page): Promise<string> {
  return String(await page.evaluate("document.activeElement.textContent"));
}

async function found(page: Page): Promise<string> {
  return (await page.locator("#found").textContent()) ?? "";
}

async function filterFor(page: Page, words: string): Promise<string> {
  await page.fill("#filter", words);
  await expect.poll(() => found(page), PATIENT).not.toMatch(/^Searching/);
  return found(page);
}

if (executable === null) console.warn(`Pages are not tried in a browser: ${NO_BROWSER}.`);

describe.skipIf(executable === null)("a page in Chromium", () => {
  it.each([SMALL, LARGE, EQUAL, RUN])(
    "loads nothing, runs nothing foreign and breaks no policy: %#",
    async (file) => {
      await withPage(file, {}, async ({ page, incidents }) => {
        await page.keyboard.press("End");
        expect(await page.evaluate("'hacked' in globalThis")).toBe(false);
        expect(incidents).toEqual([]);
      });
    },
  );

  it("cannot reach the network even if something in it would try", async () => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests += 1;
      response.end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    // A server that listens on a port has such an address.
    const { port } = server.address() as AddressInfo;
    await withPage(SMALL, {}, async ({ page, incidents }) => {
      await page.evaluate(`
        const image = document.createElement("img");
        image.src = "http://127.0.0.1:${port}/x.png";
        document.body.append(image);
        const script = document.createElement("script");
        script.textContent = "globalThis.hacked = true";
        document.body.append(script);
      `);
      const refused = (): number =>
        incidents.filter((one) => one.includes("Content Security Policy")).length;
      await expect.poll(refused, PATIENT).toBe(2);
      expect(await page.evaluate("'hacked' in globalThis")).toBe(false);
    });
    server.close();
    expect(requests).toBe(0);
  });

  it.each([
    { colorScheme: "light" },
    { colorScheme: "dark" },
    { colorScheme: "light", viewport: { width: 360, height: 700 } },
    { colorScheme: "dark", forcedColors: "active" },
  ] satisfies BrowserContextOptions[])(
    "keeps the rules for screen readers, contrast and keyboard: %o",
    async (options: BrowserContextOptions) => {
      const isUsual = options.viewport === undefined && options.forcedColors === undefined;
      for (const file of isUsual ? [SMALL, EQUAL, RUN] : [SMALL]) {
        await withPage(file, options, async ({ page }) => {
          for (const details of await page.locator("details.legend, details.equal").all()) {
            await details.locator("summary").first().click();
          }
          expect(await brokenRules(page)).toEqual([]);
        });
      }
    },
  );

  it("keeps them with a row marked, a filter set, and the help open", async () => {
    await withPage(SMALL, {}, async ({ page }) => {
      await filterFor(page, "more");
      await page.locator("#next").click();
      expect(await brokenRules(page)).toEqual([]);
      await page.locator("#help").click();
      expect(await brokenRules(page)).toEqual([]);
    });
  });

  it("fits into a narrow window without scrolling sideways", async () => {
    await withPage(SMALL, { viewport: { width: 360, height: 700 } }, async ({ page }) => {
      const width: unknown = await page.evaluate("document.documentElement.scrollWidth");
      expect(width).toBeLessThanOrEqual(360);
    });
  });

  it("goes from row to row by n and p, with the keyboard's focus", async () => {
    await withPage(SMALL, {}, async ({ page }) => {
      await page.keyboard.press("n");
      expect(await focusedText(page)).toBe("id 0 name Ada");
      await page.keyboard.press("n");
      await page.keyboard.press("n");
      expect(await focusedText(page)).toBe("id 2 name Ada");
      expect(await found(page)).toBe(`Row 3 of ${SMALL_ROWS.length}`);
      await page.keyboard.press("p");
      expect(await focusedText(page)).toBe("id 1 name Ada");
      await page.keyboard.press("p");
      await page.keyboard.press("p");
      expect(await found(page)).toBe("No row before this one");
    });
  });

  it("goes only to rows that the filter shows", async () => {
    await withPage(SMALL, {}, async ({ page }) => {
      await page.keyboard.press("/");
      await page.keyboard.type("WIDE value");
      await expect.poll(() => found(page), PATIENT).toBe(`2 of ${SMALL_ROWS.length} rows`);
      await page.keyboard.press("Tab");
      await page.locator("input.kind").nth(1).uncheck();
      await expect.poll(() => found(page), PATIENT).toBe(`1 of ${SMALL_ROWS.length} rows`);
      await page.keyboard.press("n");
      expect(await found(page)).toBe("Row 1 of 1");
      await page.keyboard.press("/");
      await page.keyboard.press("Escape");
      await expect
        .poll(() => found(page))
        .toBe(`${SMALL_ROWS.length - 2} of ${SMALL_ROWS.length} rows`);
    });
  });

  it("leaves letters to the filter, and takes none when they are switched off", async () => {
    await withPage(SMALL, {}, async ({ page }) => {
      await page.keyboard.press("/");
      await page.keyboard.type("n/p?");
      expect(await page.inputValue("#filter")).toBe("n/p?");
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      expect(await page.locator("dialog").isVisible()).toBe(true);
      await page.locator("#use-keys").uncheck();
      await page.keyboard.press("Escape");
      await page.keyboard.press("n");
      expect(await page.locator(".current").count()).toBe(0);
    });
  });

  it("opens long values where they are, with what differs in sight", async () => {
    await withPage(SMALL, {}, async ({ page }) => {
      const cell = page.locator("tr", { hasText: "long" }).last().locator("td").nth(1);
      await cell.scrollIntoViewIfNeeded();
      expect(await cell.locator("ins").isVisible()).toBe(true);
      const before = (await cell.boundingBox())?.height ?? 0;
      await cell.locator("summary").first().click();
      expect((await cell.boundingBox())?.height ?? 0).toBeGreaterThan(before);
    });
  });
});

describe.skipIf(executable === null)("a page of 100,000 rows in Chromium", () => {
  it("renders no rows that nobody looks at, and the last ones when somebody does", async () => {
    await withPage(LARGE, {}, async ({ page }) => {
      expect(await page.locator(".r").count()).toBeLessThan(LARGE_ROWS / 20);
      await page.keyboard.press("End");
      await page.locator("tr", { hasText: `id ${LARGE_ROWS - 1} ` }).waitFor();
      expect(await page.locator(".r").count()).toBeLessThan(LARGE_ROWS / 20);
    });
  });

  it("finds rows that are not rendered, as if they were", async () => {
    await withPage(LARGE, {}, async ({ page }) => {
      expect(await filterFor(page, "Oslo 77777")).toBe("1 of 100,000 rows");
      expect(await filterFor(page, "b <c> 77770")).toBe("1 of 100,000 rows");
      expect(await filterFor(page, "Rome Oslo")).toBe("90,000 of 100,000 rows");
      expect(await filterFor(page, "customers")).toBe("50,000 of 100,000 rows");
      expect(await filterFor(page, "invoices 99999")).toBe("1 of 100,000 rows");
      await page.locator("#next").click();
      expect(await focusedText(page)).toBe("id 99999 name Customer 99999");
    });
  });

  it("goes on to what is not rendered yet", async () => {
    await withPage(LARGE, {}, async ({ page }) => {
      await page.evaluate("[...document.querySelectorAll('.chunk')].at(-2).scrollIntoView()");
      await page.keyboard.press("n");
      expect(await found(page)).toMatch(/^Row 99,\d\d\d of 100,000$/);
      await page.keyboard.press("p");
      await page.keyboard.press("p");
      expect(await found(page)).toMatch(/^Row 99,\d\d\d of 100,000$/);
    });
  });

  it("says everything without a script", async () => {
    await withPage(MIDDLE, { javaScriptEnabled: false }, async ({ page }) => {
      expect(await page.locator(".r").count()).toBe(MIDDLE_ROWS);
      expect(await page.locator(".tools").isVisible()).toBe(false);
    });
  });

  it("prints what the filter shows, rendered or not", async () => {
    await withPage(LARGE, {}, async ({ page }) => {
      await filterFor(page, "customer 7777");
      await page.pdf({ format: "A4" });
      const shown = page.locator(".r:not([hidden])");
      expect(await shown.count()).toBe(19);
    });
  });
});
