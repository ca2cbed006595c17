import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import Database from "better-sqlite3";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { createDesk, createPair, PROGRAM, SHOP } from "./desk.ts";
import type { Desk, RunOptions } from "./desk.ts";

/**
 * How to run as somebody whom permissions bind: they do not bind root, so as root the process runs as
 * nobody. Null where nobody cannot even reach the program, as in root's own home.
 */
const boundUser = await findBoundUser();

async function findBoundUser(): Promise<RunOptions | null> {
  if (process.getuid?.() !== 0) return {};
  const nobody = { uid: 65_534 };
  const { failed } = await execa(process.execPath, [PROGRAM, "--version"], {
    ...nobody,
    reject: false,
  });
  return failed ? null : nobody;
}

const asBoundUser = boundUser ?? {};
const UNREACHABLE = "root is not bound by permissions, and nobody cannot reach the program";

interface Expected {
  readonly code: string;
  readonly exitCode: number;
  /** A part of the message, or of what to do. */
  readonly says?: string;
}

/** One clear message with its code and what to do, the right exit code, and nothing changed. */
async function expectRefused(
  desk: Desk,
  args: readonly string[],
  expected: Expected,
  options: RunOptions = {},
): Promise<void> {
  const before = contents(desk);
  const { exitCode, stdout, stderr } = await desk.dbsync(args, options);
  expect({ exitCode, stdout }).toEqual({ exitCode: expected.exitCode, stdout: "" });
  expect(stderr).toMatch(new RegExp(`^dbsync: ${expected.code}: \\S.*\\n(.*\\n)*  \\S`));
  expect(stderr).not.toMatch(/\n\s+at /);
  if (expected.says !== undefined) expect(stderr).toContain(expected.says);
  const json = await desk.dbsync([...args, "--json"], options);
  expect(json.exitCode).toBe(expected.exitCode);
  expect(JSON.parse(json.stdout)).toMatchObject({
    schemaVersion: 1,
    command: args[0],
    error: { code: expected.code, message: expect.any(String), next: expect.any(String) },
  });
  expect(contents(desk)).toEqual(before);
}

/** Names and digests, so that a file which should not have been made shows, too. */
function contents(desk: Desk): unknown {
  return [desk.digests(), readdirSync(desk.folder).filter((name) => name !== ".state")];
}

const COMMANDS = [
  ["diff", "a.db", "b.db"],
  ["sync", "a.db", "b.db"],
  ["validate", "a.db", "b.db"],
];

describe.each(COMMANDS.map((args) => [args[0] ?? "", args] as const))("dbsync %s", (_, args) => {
  const expectRefusal = (desk: Desk, expected: Expected, options?: RunOptions): Promise<void> =>
    expectRefused(desk, args, expected, options);

  it("refuses a missing file, and does not make it", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    await expectRefusal(desk, { code: "SYNC_DB_MISSING", exitCode: 10, says: "b.db" });
  });

  it("refuses a file that is not a database", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    writeFileSync(desk.path("b.db"), "id,name\n1,cup\n".repeat(500));
    await expectRefusal(desk, { code: "SYNC_NOT_A_DATABASE", exitCode: 3, says: "b.db" });
  });

  it("refuses a directory", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    mkdirSync(desk.path("b.db"));
    await expectRefusal(desk, {
      code: "SYNC_NOT_A_FILE",
      exitCode: 3,
      says: "b.db is a directory",
    });
  });

  it.each(["the same path", "a symbolic link", "a hard link"])("refuses %s twice", async (how) => {
    const desk = createDesk();
    const path = desk.database("a.db", SHOP);
    if (how === "a symbolic link") symlinkSync(path, desk.path("b.db"));
    if (how === "a hard link") linkSync(path, desk.path("b.db"));
    const same = how === "the same path" ? [args[0] ?? "", "a.db", "./a.db"] : args;
    await expectRefused(desk, same, { code: "SYNC_SAME_FILE", exitCode: 2 });
  });

  it("refuses an unknown table, and names those there are", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", SHOP);
    const wanted = [...args, "--table", "item"];
    await expectRefused(desk, wanted, { code: "SYNC_UNKNOWN_TABLE", exitCode: 2, says: "items" });
  });

  it("refuses a file that may not be read", async ({ skip }) => {
    skip(boundUser === null, UNREACHABLE);
    const desk = createDesk();
    chmodSync(desk.folder, 0o777);
    chmodSync(desk.database("a.db", SHOP), 0o666);
    chmodSync(desk.database("b.db", SHOP), 0o200);
    await expectRefusal(desk, { code: "SYNC_PERMISSION", exitCode: 3, says: "b.db" }, asBoundUser);
  });
});

describe("a damaged database", () => {
  function createDamaged(): Desk {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    const path = desk.database(
      "b.db",
      `${SHOP} WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n LIMIT 2000)
       INSERT INTO items SELECT i, hex(randomblob(50)), i, NULL FROM n`,
    );
    const bytes = readFileSync(path);
    bytes.fill(0xff, 3 * 4096, 30 * 4096);
    writeFileSync(path, bytes);
    return desk;
  }

  it.each(["diff", "sync"])("is refused by %s", async (command) => {
    const expected = { code: "SYNC_CORRUPT", exitCode: 3, says: "dbsync validate" };
    await expectRefused(createDamaged(), [command, "a.db", "b.db"], expected);
  });

  it("is a finding of validate", async () => {
    const desk = createDamaged();
    const before = desk.digests();
    const { exitCode, stdout } = await desk.dbsync(["validate", "b.db"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("damaged");
    const json = await desk.dbsync(["validate", "b.db", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false });
    expect(desk.digests()).toEqual(before);
  });
});

describe("dbsync sync", () => {
  const args = ["sync", "a.db", "b.db"];

  it("refuses a file that may not be written", async ({ skip }) => {
    skip(boundUser === null, UNREACHABLE);
    const desk = createDesk();
    chmodSync(desk.folder, 0o777);
    chmodSync(desk.database("a.db", SHOP), 0o666);
    chmodSync(desk.database("b.db", SHOP), 0o444);
    const expected = { code: "SYNC_PERMISSION", exitCode: 3, says: "b.db may not be written" };
    await expectRefused(desk, args, expected, asBoundUser);
  });

  it("refuses a folder in which no journal can be made", async ({ skip }) => {
    skip(boundUser === null, UNREACHABLE);
    const desk = createDesk();
    chmodSync(desk.database("a.db", SHOP), 0o666);
    chmodSync(desk.database("b.db", SHOP), 0o666);
    chmodSync(desk.folder, 0o555);
    const expected = { code: "SYNC_PERMISSION", exitCode: 3, says: "folder" };
    // The log would say first that it cannot be written, either.
    const env = { SYNC_LOG_FILE: "/dev/null" };
    await expectRefused(desk, args, expected, { ...asBoundUser, env });
    chmodSync(desk.folder, 0o755);
  });

  it("refuses an unknown policy, and names those there are", async () => {
    const desk = createDesk();
    await createPair(desk);
    const expected = { code: "SYNC_UNKNOWN_POLICY", exitCode: 2, says: "last-write-wins" };
    await expectRefused(desk, [...args, "--policy", "coin-toss"], expected);
  });

  it("refuses a missing base", async () => {
    const desk = createDesk();
    await createPair(desk);
    const expected = { code: "SYNC_DB_MISSING", exitCode: 10, says: "old.db" };
    await expectRefused(desk, [...args, "--base", "old.db"], expected);
  });

  it("does not make two databases out of nothing", async () => {
    await expectRefused(createDesk(), [...args, "--create"], {
      code: "SYNC_DB_MISSING",
      exitCode: 10,
    });
  });

  it("refuses tables of different shapes", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", `${SHOP} ALTER TABLE items ADD colour TEXT`);
    const expected = { code: "SYNC_SCHEMA_MISMATCH", exitCode: 12, says: "colour" };
    await expectRefused(desk, args, expected);
  });

  it("refuses a state that is copied between machines", async () => {
    const desk = createDesk();
    desk.database("a.db", SHOP);
    desk.database("b.db", SHOP);
    mkdirSync(desk.path("Share/.stfolder"), { recursive: true });
    const env = { SYNC_STATE_DIR: desk.path("Share/state") };
    const expected = { code: "SYNC_STATE_IN_SYNCED_FOLDER", exitCode: 2, says: "SYNC_STATE_DIR" };
    await expectRefused(desk, args, expected, { env });
    expect(readdirSync(desk.path("Share"))).toEqual([".stfolder"]);
  });

  it("gives up on a database that stays locked", async () => {
    const desk = createDesk();
    await createPair(desk);
    desk.database("a.db", "UPDATE items SET pieces = 99 WHERE id = 1");
    const before = desk.digests();
    const other = new Database(desk.path("b.db"));
    other.exec("BEGIN EXCLUSIVE");
    const { exitCode, stdout, stderr } = await desk.dbsync(args);
    other.exec("ROLLBACK");
    other.close();
    expect({ exitCode, stdout }).toEqual({ exitCode: 11, stdout: "" });
    expect(stderr).toMatch(/^dbsync: SYNC_LOCKED: .*b\.db.*\n {2}\S/);
    expect(desk.digests()).toEqual(before);
  });
});

it("keeps its state from other users", async () => {
  const desk = createDesk();
  await createPair(desk);
  const [pair] = readdirSync(desk.path(".state"));
  expect(statSync(desk.path(`.state/${pair ?? ""}`)).mode & 0o777).toBe(0o700);
});
