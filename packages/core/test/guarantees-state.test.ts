import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it, vi } from "vitest";
import { queryState } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

function stateFile(): string {
  return join(pair.stateDir, readdirSync(pair.stateDir)[0] ?? "", "state.sqlite");
}

const DAMAGES: Readonly<Record<string, (file: string) => void>> = {
  "no database any more": (file) => writeFileSync(file, "garbage ".repeat(2000)),
  "cut short": (file) => writeFileSync(file, readFileSync(file).subarray(0, 6000)),
  "damaged in the middle": (file) => {
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 4096);
    writeFileSync(file, bytes);
  },
};

describe.each(Object.entries(DAMAGES))("a state that is %s", (_, damage) => {
  it("stops the run by its own name, and can be forgotten: nothing is deleted", async () => {
    pair = makePair(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x'), (2, 'y')",
    );
    await pair.sync();
    pair.edit("a", "DELETE FROM t WHERE id = 1");
    damage(stateFile());
    await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_STATE_DAMAGED" });
    await expect(pair.sync({ dryRun: true })).rejects.toMatchObject({ code: "SYNC_STATE_DAMAGED" });
    const { report } = await pair.sync({ lineage: "forget" });
    expect(report).toMatchObject({
      firstRun: true,
      tables: [{ toA: { inserted: 1 }, toB: { deleted: 0 } }],
    });
    expect((await pair.sync()).report.firstRun).toBe(false);
  });
});

it("a state of another version's format is left alone, also by a look", async () => {
  pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
  await pair.sync();
  const db = new Database(stateFile());
  db.exec("UPDATE sync_meta SET value = 99 WHERE name = 'format'");
  db.close();
  const look = (): unknown[] => [
    queryState(pair, "SELECT * FROM sync_table"),
    queryState(pair, `SELECT * FROM "base:t"`),
  ];
  const before = look();
  for (const options of [{}, { dryRun: true }, { lineage: "forget" as const }]) {
    await expect(pair.sync(options)).rejects.toMatchObject({ code: "SYNC_STATE_DAMAGED" });
  }
  expect(look()).toEqual(before);
});
