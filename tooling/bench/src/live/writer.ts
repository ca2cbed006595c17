import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import type { WriterAccount, WriterOrders } from "./orders.ts";

// A program of its own: an application that commits small transactions at a steady rate.
// Its orders are a JSON object in the first argument, see orders.ts.
const orders = JSON.parse(process.argv[2] ?? "{}") as WriterOrders;
process.stdout.write(JSON.stringify(await write(orders)));

async function write({
  path,
  side,
  seconds,
  rate,
  busyTimeoutMs,
}: WriterOrders): Promise<WriterAccount> {
  const db = new Database(path, { timeout: busyTimeoutMs });
  const edit = createEditor(db, side);
  const other = db.prepare("SELECT at_ms FROM pulse WHERE side = ?").pluck();
  const lagsMs: number[] = [];
  const startMs = nowMs();
  let [commits, busy, slowestMs, lookedMs] = [0, 0, 0, 0];
  for (let n = 0; nowMs() - startMs < seconds * 1000;) {
    const due = Math.floor(((nowMs() - startMs) / 1000) * rate);
    for (; n < due; n += 1) {
      const beganMs = nowMs();
      if (edit(n)) commits += 1;
      else busy += 1;
      slowestMs = Math.max(slowestMs, nowMs() - beganMs);
    }
    if (nowMs() - lookedMs >= 20) {
      lookedMs = nowMs();
      const seenMs = other.get(side === "a" ? "b" : "a") as number;
      if (seenMs > 0) lagsMs.push(lookedMs - seenMs);
    }
    await sleep(1);
  }
  const lastMs = nowMs();
  db.close();
  return { commits, busy, slowestMs, lagsMs, lastMs, ...edit.account() };
}

interface Editor {
  /** One committed transaction; `false`: SQLITE_BUSY, nothing was done. */
  (n: number): boolean;
  /** What it wrote, by its own memory and not by the database. */
  account(): Pick<WriterAccount, "items" | "tags">;
}

function createEditor(db: Database.Database, side: "a" | "b"): Editor {
  const items = new Map<number, string>();
  const tags = new Map<number, string>();
  const insert = db.prepare("INSERT INTO item VALUES (?, ?, ?, ?)");
  const update = db.prepare("UPDATE item SET body = ? WHERE id = ?");
  const remove = db.prepare("DELETE FROM item WHERE id = ?");
  const tag = db.prepare("INSERT OR REPLACE INTO tag VALUES (?, ?, ?)");
  const untag = db.prepare("DELETE FROM tag WHERE item = ?");
  const share = db.prepare("UPDATE shared SET v = ? WHERE id = ?");
  const pulse = db.prepare("UPDATE pulse SET n = ?, at_ms = ? WHERE side = ?");
  let [next, oldest] = [side === "a" ? 1 : 2, side === "a" ? 1 : 2];
  const transaction = db.transaction((n: number): (() => void) => {
    const done: (() => void)[] = [];
    const kind = n % 10;
    const body = `${side} ${n}`;
    if (kind < 5) {
      const id = next;
      insert.run(id, side, body, id);
      done.push(
        () => void items.set(id, body),
        () => void (next += 2),
      );
    } else if (kind < 8) {
      const id = oldest + 2 * ((n * 7919) % Math.max(1, (next - oldest) / 2));
      update.run(body, id);
      tag.run(id, side, body);
      if (items.has(id)) done.push(() => void items.set(id, body));
      done.push(() => void tags.set(id, body));
    } else if (kind === 8) {
      const id = oldest;
      remove.run(id);
      untag.run(id);
      done.push(
        () => void items.delete(id),
        () => void tags.delete(id),
        () => void (oldest += 2),
      );
    } else share.run(body, 1 + (n % 20));
    pulse.run(n, nowMs(), side);
    return () => done.forEach((note) => note());
  });
  const edit = (n: number): boolean => {
    try {
      transaction.immediate(n)();
      return true;
    } catch (error) {
      if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY"))
        return false;
      throw error;
    }
  };
  const account = (): Pick<WriterAccount, "items" | "tags"> => ({
    items: [...items].toSorted(([one], [two]) => one - two),
    tags: [...tags].map(([id, v]) => [id, side, v] as const).toSorted(([one], [two]) => one - two),
  });
  return Object.assign(edit, { account });
}

/** Comparable between processes of one machine. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
