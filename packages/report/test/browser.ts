import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** A browser of this machine, or `null`: `$CHROMIUM_PATH`, else the first of the usual names on the path. */
export function findBrowser(): string | null {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const files = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return files.find((file) => existsSync(file)) ?? null;
}

/** Said where there is none. */
export const NO_BROWSER =
  "there is no Chromium on this machine: apt-get install chromium, or name one in CHROMIUM_PATH";

export async function startBrowser(executablePath: string): Promise<Browser> {
  // Its sandbox does not start for root, as which CI runs; what it opens here is our own.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** An open page, and all that it did besides showing itself. */
export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Requests but that for the file itself; errors; what the policy refused; dialogs. */
  readonly incidents: readonly string[];
}

export async function openPage(
  browser: Browser,
  file: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const incidents: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("file://")) incidents.push(`request: ${request.url()}`);
  });
  page.on("pageerror", (error) => incidents.push(`error: ${error.message}`));
  page.on("console", (message) => incidents.push(`console: ${message.text()}`));
  page.on("dialog", (dialog) => {
    incidents.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(`file://${file}`);
  return { page, context, incidents };
}

/** Rules of WCAG 2.2 A and AA and of good practice that the page breaks, with where. */
export async function brokenRules(page: Page): Promise<string[]> {
  // Evaluated, not added to the page, whose policy would refuse it.
  await page.evaluate(
    readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8"),
  );
  // The shape that axe's manual describes.
  const { violations } = await page.evaluate<{
    readonly violations: readonly { id: string; help: string; nodes: { html: string }[] }[];
  }>("axe.run()");
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html ?? ""}`);
}
