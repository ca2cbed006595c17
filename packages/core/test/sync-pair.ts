import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Conflict, Decision, Policy, Progress } from "@sync/model";
import { askHere } from "../src/engine/ask.ts";
import type { RunFacilities } from "../src/engine/facilities.ts";
import { createHeldPairs } from "../src/engine/live/held-pairs.ts";
import type { HeldPairs } from "../src/engine/live/held-pairs.ts";
import { callSync } from "../src/engine/sync.ts";
import type { SyncCall } from "../src/engine/prepare.ts";
import type { RunResult } from "../src/engine/request.ts";
import type { Step } from "../src/engine/steps.ts";

/** Two real database files and a state folder of their own, for tests. */
export interface TestPair {
  readonly a: string;
  readonly b: string;
  readonly stateDir: string;
  /** Opens a side as its user would; closed with the pair. */
  open(side: "a" | "b"): Database.Database;
  /** Runs statements on a side in a connection of their own. */
  edit(side: "a" | "b", sql: string): void;
  rows(side: "a" | "b", sql: string): unknown[];
  /** @param facilities - of a held pair; else as `SYNC_TEST_HELD` says */
  sync(options?: TestSyncOptions, facilities?: RunFacilities): Promise<RunResult>;
  /** Closes the files where they are held: before a test does to them what no program does to open ones. */
  release(): Promise<void>;
  remove(): void;
}

export interface TestSyncOptions extends Partial<Omit<SyncCall, "policy">> {
  readonly policy?: Policy;
  readonly onStep?: (step: Step) => void;
  readonly onProgress?: (progress: Progress) => void;
}

export const PREFER_A: Policy = { name: "prefer-a", decide: () => ({ type: "take", side: "a" }) };

/** A policy from a function, for tests. */
export function policyOf(decide: (conflict: Conflict) => Decision | undefined): Policy {
  return { name: "test", decide };
}

const PARK: Policy = {
  name: "manual",
  decide: () => ({ type: "park", reason: "a person decides" }),
};

/** Makes two equal databases from SQL, in WAL mode unless the SQL says otherwise. */
export function makePair(sql: string, journalMode = "wal"): TestPair {
  return makePairOf({ a: sql, b: sql }, journalMode);
}

/** Makes two databases, each from its own SQL. */
export function makePairOf(
  sql: Readonly<Record<"a" | "b", string>>,
  journalMode = "wal",
): TestPair {
  const folder = mkdtempSync(join(tmpdir(), "sync-test-"));
  const paths = { a: join(folder, "a.db"), b: join(folder, "b.db") };
  for (const side of ["a", "b"] as const) {
    const db = new Database(paths[side]);
    db.pragma(`journal_mode = ${journalMode}`);
    db.exec(sql[side]);
    db.close();
  }
  const opened: Database.Database[] = [];
  let held: HeldPairs | null = null;
  const release = async (): Promise<void> => {
    const before = held;
    held = null;
    await before?.close();
  };
  const stateDir = join(folder, "state");
  return {
    ...paths,
    stateDir,
    open: (side) => {
      const db = new Database(paths[side]);
      opened.push(db);
      return db;
    },
    edit: (side, statements) => {
      const db = new Database(paths[side]);
      try {
        db.exec(statements);
      } finally {
        db.close();
      }
    },
    rows: (side, query) => {
      const db = new Database(paths[side], { readonly: true });
      try {
        return db.prepare(query).safeIntegers().all();
      } finally {
        db.close();
      }
    },
    sync: async ({ policy = PARK, onStep, onProgress, ...call } = {}, facilities) =>
      callHeld(
        () => (held ??= createHeldPairs({ idleMs: 0 })),
        {
          pair: { a: paths.a, b: paths.b },
          stateDir,
          tables: null,
          dryRun: false,
          maxDeletePercent: 50,
          create: false,
          lineage: null,
          base: null,
          out: null,
          busyTimeoutMs: 1000,
          startedMs: 1_700_000_000_000,
          policy: { name: policy.name, version: policy.version ?? null },
          ...call,
        },
        {
          onProgress: onProgress ?? (() => undefined),
          throwIfCancelled: () => undefined,
          onStep: onStep ?? (() => undefined),
        },
        askHere(policy, 1_700_000_000_000),
        facilities,
      ),
    release,
    remove: () => {
      release().catch(() => undefined);
      for (const db of opened) db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * With `SYNC_TEST_HELD` the files of a pair stay open between its runs, as those of a pair that is kept in
 * step: all that is promised holds there, too (see held-*.test.ts).
 */
async function callHeld(
  held: () => HeldPairs,
  ...[call, hooks, ask, facilities]: Parameters<typeof callSync>
): Promise<RunResult> {
  const isPlain = call.base === null && call.out === null && !call.dryRun && !call.create;
  const isHeld = process.env["SYNC_TEST_HELD"] === "1" && isPlain && call.lineage !== "forget";
  if (facilities !== undefined || !isHeld) return callSync(call, hooks, ask, facilities);
  return held().run({ pair: call.pair, scope: "" }, async (own) => callSync(call, hooks, ask, own));
}
