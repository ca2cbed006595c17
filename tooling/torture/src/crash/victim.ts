import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { synchronize } from "../run/synchronize.ts";
import type { Side, SyncStep } from "../scenario.ts";

/** What a process under the shim is told. */
export interface VictimOrder {
  readonly files: Readonly<Record<Side, string>>;
  readonly stateDir: string;
  readonly edits: readonly { readonly side: Side; readonly sql: readonly string[] }[];
  readonly step: SyncStep;
  /** Statements of the scenario's setup, of which the journal mode is a connection's own. */
  readonly setup: Readonly<Record<Side, readonly string[]>>;
  readonly tables: readonly string[] | null;
  /** The shim's counter: its value when the run begins is printed. */
  readonly counter: string;
}

// An order is what the harness wrote, in the same version.
const order = JSON.parse(process.argv[2] ?? "{}") as VictimOrder;

/** Two applications with the usual settings: in WAL mode a commit is not synced. They stay open through the run. */
const users = { a: new Database(order.files.a), b: new Database(order.files.b) };
for (const side of ["a", "b"] as const) {
  const db = users[side];
  for (const sql of order.setup[side].filter((one) => one.includes("journal_mode"))) db.exec(sql);
  const isWal = db.pragma("journal_mode", { simple: true }) === "wal";
  db.pragma(`synchronous = ${isWal ? "NORMAL" : "FULL"}`);
  db.pragma("foreign_keys = ON");
  db.pragma("recursive_triggers = ON");
}
for (const { side, sql } of order.edits) {
  users[side].exec("BEGIN");
  for (const statement of sql) users[side].exec(statement);
  users[side].exec("COMMIT");
}
const begin = readFileSync(order.counter).readBigInt64LE();
const ending = await synchronize(order, order.step, order.tables);
for (const db of Object.values(users)) db.close();
process.stdout.write(JSON.stringify({ begin: Number(begin), ending: asPlain(ending) }));

function asPlain(made: Awaited<ReturnType<typeof synchronize>>): object {
  return made.type === "done" ? { type: "done" } : made;
}
