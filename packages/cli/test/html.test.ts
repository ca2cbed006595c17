import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, it } from "vitest";
import { SHOP, createDesk, createPair } from "./desk.ts";
import type { Desk } from "./desk.ts";

function createDifferent(): Desk {
  const desk = createDesk();
  desk.database("a.db", SHOP);
  desk.database(
    "b.db",
    `${SHOP} UPDATE items SET name = '<b>mug</b>' WHERE id = 1; DELETE FROM items WHERE id = 3;
     INSERT INTO notes VALUES ('closed')`,
  );
  return desk;
}

function page(desk: Desk, name: string): string {
  return readFileSync(desk.path(name), "utf8");
}

describe("dbsync diff --html", () => {
  it("writes a page with each row beside the usual answer, and changes nothing else", async () => {
    const desk = createDifferent();
    const before = desk.digests();
    const { exitCode, stdout, stderr } = await desk.dbsync([
      "diff",
      "a.db",
      "b.db",
      "--html",
      "diff.html",
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    expect(stdout).toContain("The page is in diff.html.");
    const text = page(desk, "diff.html");
    expect(text).toContain("They differ: 1 row changed, 1 row only in a and 1 row only in b.");
    expect(text).toContain("&lt;b&gt;mug&lt;/b&gt;");
    expect(text).toContain("jug");
    expect(text.trimEnd().endsWith("</html>")).toBe(true);
    const { "diff.html": _, ...rest } = desk.digests();
    expect(rest).toEqual(before);
  });

  it("replaces an earlier page, also behind a link, and leaves no draft", async () => {
    const desk = createDifferent();
    writeFileSync(desk.path("old.html"), "an earlier page");
    symlinkSync(desk.path("old.html"), desk.path("link.html"));
    expect((await desk.dbsync(["diff", "a.db", "b.db", "--html", "link.html"])).exitCode).toBe(1);
    expect(page(desk, "old.html")).toContain("They differ");
    expect(readdirSync(desk.folder).filter((name) => name.startsWith(".old"))).toEqual([]);
  });

  it("prints the page alone with -", async () => {
    const desk = createDifferent();
    const { exitCode, stdout, stderr } = await desk.dbsync(["diff", "a.db", "b.db", "--html", "-"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    expect(stdout.startsWith("<!doctype html>")).toBe(true);
    expect(stdout.endsWith("</html>")).toBe(true);
  });

  it("leaves stdout to one document with --json, and to the rows with --rows", async () => {
    const desk = createDifferent();
    const json = await desk.dbsync(["diff", "a.db", "b.db", "--html", "diff.html", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ same: false });
    const rows = await desk.dbsync(["diff", "a.db", "b.db", "--html", "diff.html", "--rows"]);
    expect(rows.stdout).toContain("name: 'cup' → '<b>mug</b>'");
  });

  it("shows only the tables that --table names", async () => {
    const desk = createDifferent();
    await desk.dbsync(["diff", "a.db", "b.db", "--html", "diff.html", "--table", "notes"]);
    expect(page(desk, "diff.html")).toContain("closed");
    expect(page(desk, "diff.html")).not.toContain("mug");
  });

  it("says so where nothing differs", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", SHOP);
    expect((await desk.dbsync(["diff", "a.db", "b.db", "--html", "diff.html"])).exitCode).toBe(0);
    expect(page(desk, "diff.html")).toContain(
      "No difference: both hold the same rows (3 tables, 5 rows).",
    );
  });

  it.each([
    ["a database", "b.db", 2, "SYNC_USAGE"],
    ["another name", "diff.txt", 2, "SYNC_USAGE"],
    ["a link to a database", "link.html", 2, "SYNC_USAGE"],
    ["a folder", "folder.html", 3, "SYNC_NOT_A_FILE"],
    ["a folder that is not there", "nowhere/diff.html", 2, "SYNC_USAGE"],
    ["below a file", "a.db/diff.html", 3, "SYNC_NOT_A_FILE"],
  ])("refuses %s before it reads a row", async (_, file, code, error) => {
    const desk = createDifferent();
    mkdirSync(desk.path("folder.html"));
    symlinkSync(desk.path("b.db"), desk.path("link.html"));
    const before = desk.digests();
    const { exitCode, stdout, stderr } = await desk.dbsync([
      "diff",
      "a.db",
      "b.db",
      "--html",
      file,
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "" });
    expect(stderr).toContain(error);
    expect(desk.digests()).toEqual(before);
  });

  it.each([["--sql"], ["--ndjson"], ["--json"], ["--rows"]])(
    "does not print a page and %s",
    async (option) => {
      const desk = createDifferent();
      const { exitCode, stdout } = await desk.dbsync([
        "diff",
        "a.db",
        "b.db",
        "--html",
        "-",
        option,
      ]);
      expect(exitCode).toBe(2);
      expect(stdout).not.toContain("<!doctype");
    },
  );
});

describe("dbsync sync --html", () => {
  async function createConflict(): Promise<Desk> {
    const desk = createDesk();
    await createPair(desk);
    desk.database(
      "a.db",
      "UPDATE settings SET value = '8 to 16'; UPDATE items SET pieces = 1, updated_at = '2025-02-01 00:00:00' WHERE id = 1",
    );
    desk.database(
      "b.db",
      "UPDATE settings SET value = '10 to 18'; UPDATE items SET pieces = 2, updated_at = '2025-02-02 00:00:00' WHERE id = 1",
    );
    return desk;
  }

  it("writes a page with what happened, each conflict and why it ended so", async () => {
    const desk = await createConflict();
    const { exitCode, stdout } = await desk.dbsync(["sync", "a.db", "b.db", "--html", "run.html"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("The page is in run.html.");
    const text = page(desk, "run.html");
    expect(text).toContain("Both sides are equal, except for 1 row that waits for a decision.");
    expect(text).toContain("The table has no timestamp column");
    expect(text).toContain("Side b has the later time");
    expect(text).not.toContain("were counted");
  });

  it("says what a dry run would do, and prints it with -", async () => {
    const desk = await createConflict();
    const before = desk.digests();
    const { stdout } = await desk.dbsync(["sync", "a.db", "b.db", "--dry-run", "--html", "-"]);
    expect(stdout).toContain("Dry run: nothing was written. This is what a run would do.");
    expect(desk.digests()).toEqual(before);
  });

  it("is quiet about the page with --quiet, and --json stays one document", async () => {
    const desk = await createConflict();
    const json = await desk.dbsync(["sync", "a.db", "b.db", "--html", "run.html", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ command: "sync", conflicts: { parked: 1 } });
    const quiet = await desk.dbsync(["sync", "a.db", "b.db", "--html", "run.html", "--quiet"]);
    expect(quiet.stdout).not.toContain("run.html");
    expect(statSync(desk.path("run.html")).size).toBeGreaterThan(1000);
    expect(page(desk, "run.html")).not.toContain("were counted");
  });

  it("does not run where the page cannot be written, and not for several pairs", async () => {
    const desk = await createConflict();
    const before = desk.digests();
    expect(
      (await desk.dbsync(["sync", "a.db", "b.db", "--html", "nowhere/run.html"])).exitCode,
    ).toBe(2);
    writeFileSync(desk.path("sync.config.yaml"), "pairs: { shop: { a: a.db, b: b.db } }");
    expect((await desk.dbsync(["sync", "--html", "run.html"])).exitCode).toBe(2);
    expect(existsSync(desk.path("run.html"))).toBe(false);
    const { "sync.config.yaml": _, ...rest } = desk.digests();
    expect(rest).toEqual(before);
  });
});
