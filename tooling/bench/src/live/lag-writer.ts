import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";

/** What the program is told, as JSON in its first argument. */
export interface LagOrders {
  readonly pairs: readonly { readonly a: string; readonly b: string }[];
  readonly edits: number;
  /** No edit begins later: on large pairs, and slow machines, fewer have to do. */
  readonly limitMs: number;
}

// A program of its own: commits a small edit on one side and waits until the other side shows it.
// Says how long that took each time, as a JSON array of milliseconds.
const { pairs, edits, limitMs } = JSON.parse(process.argv[2] ?? "{}") as LagOrders;
const open = pairs.map(({ a, b }) => ({ a: new Database(a), b: new Database(b) }));
const lagsMs: number[] = [];
const startedMs = performance.now();
for (let n = 1; n <= edits && performance.now() - startedMs < limitMs; n += 1) {
  const pair = open[n % open.length];
  if (pair === undefined) break;
  const [from, to] = n % 2 === 0 ? [pair.a, pair.b] : [pair.b, pair.a];
  const look = to.prepare("SELECT v FROM edit WHERE id = 1").pluck();
  from.prepare("UPDATE edit SET v = ? WHERE id = 1").run(n);
  const beganMs = performance.now();
  while (look.get() !== n) await sleep(1);
  lagsMs.push(performance.now() - beganMs);
  // Not in step with the loop that looks for it.
  await sleep(Math.random() * 100);
}
for (const { a, b } of open) {
  a.close();
  b.close();
}
process.stdout.write(JSON.stringify(lagsMs));
