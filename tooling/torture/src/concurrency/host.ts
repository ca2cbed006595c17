import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DatabaseSynchronizationEngine } from "@sync/core";
import { isSyncError } from "@sync/model";
import type Database from "better-sqlite3";
import { openUsers } from "../crash/open-users.ts";
import type { UsersOrder } from "../crash/open-users.ts";
import { performCall } from "../fuzz/perform-call.ts";
import type { Call } from "../fuzz/question.ts";
import type { PolicyName } from "../policies.ts";
import { NOW_MS } from "../run/synchronize.ts";
import { SIDES } from "../scenario.ts";
import type { Side } from "../scenario.ts";

// An application that has us embedded, with connections and open transactions of its own.

/** A transaction of the application's that is open meanwhile. */
export type Held = "read" | "write" | "nothing";

export interface HostOrder extends UsersOrder {
  readonly stateDir: string;
  readonly policy: PolicyName;
  readonly held: Readonly<Record<Side, Held>>;
  readonly calls: readonly Call[];
  /** Runs in a thread of its own, or in the application's. */
  readonly worker: boolean;
}

/** How each call ended, and which transaction another process could break into after it. */
export interface HostAnswer {
  readonly endings: readonly string[];
  readonly lost: readonly string[];
}

const PROBER = fileURLToPath(new URL("prober.js", import.meta.url));
/** What the application holds, it holds until we gave up. */
const BUSY_TIMEOUT_MS = 20;

// An order is what the harness wrote, in the same version.
const order = JSON.parse(process.argv[2] ?? "{}") as HostOrder;
const users = openUsers(order);
for (const side of SIDES) hold(users[side], order.held[side]);
const engine = new DatabaseSynchronizationEngine({
  worker: order.worker,
  stateDir: order.stateDir,
  busyTimeoutMs: BUSY_TIMEOUT_MS,
  now: () => NOW_MS,
});
const answer: { endings: string[]; lost: string[] } = { endings: [], lost: [] };
for (const call of order.calls) {
  answer.endings.push(`${call}: ${await endingOf(call)}`);
  answer.lost.push(...lostAfter(call));
}
await engine.close();
answer.lost.push(...lostAfter("closing the engine"));
for (const side of SIDES) {
  const db = users[side];
  // What nobody broke into can be ended, and means what it said.
  if (order.held[side] === "write") db.pragma("user_version = 7");
  if (db.inTransaction) db.exec("COMMIT");
  db.close();
}
process.stdout.write(JSON.stringify(answer satisfies HostAnswer));

function hold(db: Database.Database, held: Held): void {
  if (held === "nothing") return;
  // So that the log has something that is read: else cutting it off would be nobody's loss.
  if (held === "read") db.pragma("user_version = 1");
  db.exec(held === "write" ? "BEGIN IMMEDIATE" : "BEGIN");
  db.prepare("SELECT count(*) FROM sqlite_schema").get();
}

async function endingOf(call: Call): Promise<string> {
  try {
    await performCall(engine, { call, files: order.files, policy: order.policy });
    return "done";
  } catch (error) {
    return isSyncError(error) ? error.code : String(error);
  }
}

function lostAfter(what: string): string[] {
  return SIDES.filter((side) => order.held[side] !== "nothing").flatMap((side) => {
    const held = order.held[side];
    const said = execFileSync(process.execPath, [PROBER, order.files[side], held]);
    return String(said) === "kept"
      ? []
      : [`another process broke into the ${held} transaction on side ${side} after ${what}`];
  });
}
