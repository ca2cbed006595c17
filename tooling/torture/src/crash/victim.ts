import { readFileSync } from "node:fs";
import { synchronize } from "../run/synchronize.ts";
import type { SyncStep } from "../scenario.ts";
import { openUsers } from "./open-users.ts";
import type { UsersOrder } from "./open-users.ts";

/** What a process under the shim is told. */
export interface VictimOrder extends UsersOrder {
  readonly stateDir: string;
  readonly step: SyncStep;
  readonly tables: readonly string[] | null;
  /** How long the run waits for others; the product's own without it. */
  readonly busyTimeoutMs?: number;
  /** The shim's counter: its value when the run begins is printed. */
  readonly counter: string;
}

// An order is what the harness wrote, in the same version.
const order = JSON.parse(process.argv[2] ?? "{}") as VictimOrder;

// They stay open through the run.
const users = openUsers(order);
const begin = readFileSync(order.counter).readBigInt64LE();
const ending = await synchronize(order, order.step, order.tables);
for (const db of Object.values(users)) db.close();
process.stdout.write(JSON.stringify({ begin: Number(begin), ending: asPlain(ending) }));

function asPlain(made: Awaited<ReturnType<typeof synchronize>>): object {
  return made.type === "done" ? { type: "done" } : made;
}
