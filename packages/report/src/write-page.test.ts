import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { checkPageFile, writePage } from "./write-page.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "write-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

// Typed as pages are; there is nothing to await.
async function* pieces(...texts: readonly (string | Error)[]): AsyncGenerator<string> {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield text;
  }
}

describe("writing a page", () => {
  it("puts its pieces into the file", async () => {
    const file = join(folder, "page.html");
    await writePage(file, pieces("<!doctype html>", "Grüße"));
    expect(readFileSync(file, "utf8")).toBe("<!doctype html>Grüße");
    expect(readdirSync(folder)).toEqual(["page.html"]);
  });

  it("leaves the earlier page, and no draft, where making the new one fails", async () => {
    const file = join(folder, "page.html");
    writeFileSync(file, "earlier");
    const failure = new Error("the rows could not be read");
    await expect(writePage(file, pieces("half", failure))).rejects.toBe(failure);
    expect(readFileSync(file, "utf8")).toBe("earlier");
    expect(readdirSync(folder)).toEqual(["page.html"]);
  });

  it("shows the earlier page until the new one is whole", async () => {
    const file = join(folder, "page.html");
    writeFileSync(file, "earlier");
    async function* watching(): AsyncGenerator<string> {
      yield "x".repeat(1_000_000);
      yield await Promise.resolve(readFileSync(file, "utf8"));
    }
    await writePage(file, watching());
    expect(readFileSync(file, "utf8").endsWith("xearlier")).toBe(true);
  });

  it.each(["app.db", "app.db-wal", "page.html.bak", "page"])(
    "refuses the name %s",
    async (name) => {
      const file = join(folder, name);
      await expect(checkPageFile(file)).rejects.toMatchObject({ code: "SYNC_USAGE" });
      await expect(writePage(file, pieces("x"))).rejects.toMatchObject({ code: "SYNC_USAGE" });
      expect(existsSync(file)).toBe(false);
    },
  );

  it("says that a folder is no file", async () => {
    const file = join(folder, "page.html");
    mkdirSync(file);
    await expect(checkPageFile(file)).rejects.toMatchObject({ code: "SYNC_NOT_A_FILE" });
  });

  it("refuses a device, and leaves it one", async () => {
    await expect(checkPageFile("/dev/full")).rejects.toMatchObject({ code: "SYNC_USAGE" });
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });
});
