import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SYNC_ERRORS } from "@sync/model";
import { createDesk, SHOP } from "./desk.ts";

const version = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  }
).version;

describe("dbsync", () => {
  it("prints its version", async () => {
    expect(await createDesk().dbsync(["--version"])).toEqual({
      exitCode: 0,
      stdout: version,
      stderr: "",
    });
  });

  it.each([
    ["", ["--help"]],
    ["diff", ["diff", "--help"]],
    ["sync", ["sync", "--help"]],
    ["validate", ["help", "validate"]],
    ["explain", ["explain", "-h"]],
    ["log", ["log", "--help"]],
    ["config print", ["config", "print", "--help"]],
    ["init", ["init", "--help"]],
  ])("prints help with examples: %s", async (command, args) => {
    const { exitCode, stdout, stderr } = await createDesk().dbsync(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("Examples:");
    expect(stdout).toContain(`dbsync ${command}`);
  });

  it("shows the help on stderr and exits 2 when no command is given", async () => {
    const { exitCode, stdout, stderr } = await createDesk().dbsync([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("Usage: dbsync");
    expect(stderr).toContain("dbsync: SYNC_USAGE: No command was given.");
  });

  it.each([
    [["dif", "a.db", "b.db"], "Unknown command 'dif'. Did you mean diff?"],
    [["diff", "a.db"], 'No pair is named "a.db". No config names pairs.'],
    [["sync"], "There is no config that names pairs."],
    [["validate"], "Missing required argument 'databases'."],
    [["diff", "a.db", "b.db", "c.db"], "a pair of the config, or two databases"],
    [["sync", "a.db", "b.db", "c.db"], 'No pair is named "a.db".'],
    [["log", "--event", "sync_eror"], 'No event is named "sync_eror".'],
    [["log", "--since", "soonish"], "is no time"],
    [["init", "a.db", "--yes"], "A pair is two databases."],
    [["init"], "A pair is two databases."],
    [["--config", "none.yaml", "diff", "a.db", "b.db"], "There is no config at"],
    [["diff", "a.db", "b.db", "--row"], "Unknown option '--row'. Did you mean --rows?"],
    [["diff", "a.db", "b.db", "--table"], "argument missing"],
    [["diff", "a.db", "b.db", "--sql", "--json"], "'--sql' cannot be used with option '--json'"],
    [["diff", "a.db", "b.db", "--sql", "--rows"], "'--sql' cannot be used with option '--rows'"],
    [["diff", "a.db", "b.db", "--sql", "--ndjson"], "'--sql' cannot be used with"],
    [["diff", "a.db", "b.db", "--json", "--ndjson"], "'--json' cannot be used with"],
    [["diff", "a.db", "b.db", "--json", "--rows"], "'--json' cannot be used with"],
    [["diff", "a.db", "b.db", "--ndjson", "--rows"], "'--ndjson' cannot be used with"],
    [["sync", "a.db", "b.db", "--quiet", "--json"], "'--quiet' cannot be used with"],
    [["sync", "a.db", "b.db", "--out", "c.db", "--dry-run"], "'--dry-run' cannot be used with"],
    [["sync", "a.db", "b.db", "--create", "--base", "c.db"], "'--create' cannot be used with"],
    [["sync", "a.db", "b.db", "--create", "--out", "c.db"], "'--create' cannot be used with"],
    [["sync", "a.db", "b.db", "--lineage", "accept", "--base", "c.db"], "'--lineage <choice>'"],
    [["sync", "a.db", "b.db", "--lineage", "sideways"], "restored, accept, forget"],
    [["sync", "a.db", "b.db", "--progress", "dots"], "auto, ndjson, none"],
    [["sync", "a.db", "b.db", "--max-delete", "101"], "a number from 0 to 100"],
    [["sync", "a.db", "b.db", "--max-delete=-1"], "a number from 0 to 100"],
    [["sync", "a.db", "b.db", "--max-delete", "half"], "a number from 0 to 100"],
    [["explain", "SYNC_NOTHING"], 'There is no error code "SYNC_NOTHING".'],
  ])("refuses %j", async (args, message) => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", "");
    const before = desk.digests();
    const { exitCode, stderr } = await desk.dbsync(args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^dbsync: SYNC_USAGE: /);
    expect(stderr).toContain(message);
    expect(stderr.split("\n")).toHaveLength(2);
    expect(desk.digests()).toEqual(before);
  });

  it("prints a usage error as a document, too, where --json is asked for", async () => {
    const { exitCode, stdout } = await createDesk().dbsync(["diff", "--json", "--sql", "x", "y"]);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      command: "diff",
      error: { code: "SYNC_USAGE", next: expect.any(String), details: {} },
    });
  });
});

describe("dbsync explain", () => {
  it.each(["SYNC_LOCKED", "sync_locked", "locked"])("explains %s", async (code) => {
    const { exitCode, stdout } = await createDesk().dbsync(["explain", code]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^SYNC_LOCKED\n {2}Another process .*\n {2}This run changed nothing\.\n {2}Close the other/,
    );
  });

  it("lists every code when none is given", async () => {
    const { exitCode, stdout } = await createDesk().dbsync(["explain"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("SYNC_USAGE");
    expect(stdout).toContain("SYNC_INTERNAL");
  });

  it("says of every code what it means, what happened to the data, and what to do", () => {
    for (const [code, { cause, data, next }] of Object.entries(SYNC_ERRORS)) {
      for (const text of [cause, data, next]) {
        expect({ code, text }).toEqual({ code, text: expect.stringMatching(/^[A-Z`].{15,}\.$/) });
      }
      expect(new Set([cause, data, next]).size).toBe(3);
    }
  });
});
