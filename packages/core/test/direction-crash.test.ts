import type { Direction } from "@sync/model";
import { integrityOf } from "@sync/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { STEPS } from "../src/engine/steps.ts";
import { runKilled } from "./crash-run.ts";
import { dumpRows } from "./databases.ts";
import { inboxOf, queryState } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const SCHEMA = `CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price);
  CREATE TABLE log (text);
  INSERT INTO item VALUES (1, 'pen', 1), (2, 'ink', 2), (3, 'cap', 3), (4, 'box', 4);
  INSERT INTO log VALUES ('x'), ('x'), ('y')`;

async function prepare(mode: string): Promise<void> {
  pair = makePair(SCHEMA, mode);
  await pair.sync();
  pair.edit(
    "a",
    "UPDATE item SET price = 10 WHERE id IN (1, 2); DELETE FROM item WHERE id = 4; INSERT INTO item VALUES (5, 'new', 5); INSERT INTO log VALUES ('a')",
  );
  pair.edit(
    "b",
    "UPDATE item SET price = 20 WHERE id IN (2, 3); INSERT INTO item VALUES (6, 'own', 6); DELETE FROM log WHERE text = 'y'; INSERT INTO log VALUES ('b')",
  );
}

/** What an entry of the ledger says, apart from its run. */
function ledger(): unknown[] {
  return queryState(
    pair,
    `SELECT l.tbl, l.lost, l.status, ki.price, kl.text FROM sync_ledger AS l
     LEFT JOIN "kept:item" AS ki ON l.tbl = 'item' AND ki."⟨sync⟩ owner" = l.conflict AND ki."⟨sync⟩ image" = l.lost
     LEFT JOIN "kept:log" AS kl ON l.tbl = 'log' AND kl."⟨sync⟩ owner" = l.conflict AND kl."⟨sync⟩ image" = l.lost
     ORDER BY 1, 4, 5`,
  );
}

describe.each(["wal", "delete"])("in %s mode", (mode) => {
  describe.each<Direction>(["a-to-b", "b-to-a", "mirror"])("%s", (direction) => {
    const run = { direction, confirmed: true, maxDeletePercent: 100 } as const;

    it.each([...STEPS])("killed after %s, then run again: as without the crash", async (step) => {
      await prepare(mode);
      await pair.sync(run);
      const expected = [dumpRows(pair.a), dumpRows(pair.b), ledger(), inboxOf(pair)];
      const held = queryState(
        pair,
        "SELECT count(*) AS n FROM sync_conflict WHERE status = 'held'",
      );
      pair.remove();
      await prepare(mode);
      runKilled(pair, { direction, killAt: step, policy: "prefer-b" });
      await pair.sync(run);
      expect([dumpRows(pair.a), dumpRows(pair.b), ledger(), inboxOf(pair)]).toEqual(expected);
      expect(
        queryState(pair, "SELECT count(*) AS n FROM sync_conflict WHERE status = 'held'"),
      ).toEqual(held);
      for (const side of ["a", "b"] as const) expect(integrityOf(pair[side]).problems).toEqual([]);
    });
  });
});
