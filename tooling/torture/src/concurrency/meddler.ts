import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { dumpDatabase } from "@sync/testkit";
import { synchronize } from "../run/synchronize.ts";
import type { Side } from "../scenario.ts";
import type { Meddle } from "./meddle.ts";
import { answerFile } from "./meddler-order.ts";
import type { MeddlerAnswer, MeddlerOrder } from "./meddler-order.ts";

// A process that does one thing to a pair while a run of it stands still, and waits for no lock: who
// holds it cannot let go meanwhile.

const HOLDER = fileURLToPath(new URL("holder.js", import.meta.url));
const STORMER = fileURLToPath(new URL("stormer.js", import.meta.url));
const NOTHING = { code: null, before: null, after: null, holder: null };

// An order is what the harness wrote, in the same version.
const order = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as MeddlerOrder;
/** The how-manieth time the run is met. */
const time = Number(process.argv[3]);
const answer = await meddleSafely(order);
writeFileSync(answerFile(order, time), JSON.stringify(answer));
process.exit();

async function meddleSafely(given: MeddlerOrder): Promise<MeddlerAnswer> {
  try {
    return await perform(given, given.meddle);
  } catch (error) {
    const code = error instanceof Database.SqliteError ? error.code : String(error);
    const isRefusal = /^SQLITE_(BUSY|LOCKED|CONSTRAINT|MISMATCH|FULL|ERROR)/.test(code);
    return { ...NOTHING, type: isRefusal ? "refused" : "failed", code };
  }
}

async function perform(given: MeddlerOrder, meddle: Meddle): Promise<MeddlerAnswer> {
  switch (meddle.type) {
    case "edit":
      return inDatabase(given.files[meddle.side], (db) => edit(db, meddle.sql));
    case "maintain":
    case "alter":
      return inDatabase(given.files[meddle.side], (db) => {
        db.exec(meddle.sql);
        return { ...NOTHING, type: "done" };
      });
    case "writers": {
      const next = meddle.edits[time];
      if (next === undefined) return { ...NOTHING, type: "refused", code: "nothing more to do" };
      return inDatabase(given.files[next.side], (db) => edit(db, next.sql));
    }
    case "lock":
      return holdLock([given.files[meddle.side], meddle.sql]);
    case "storm":
      return holdLock([...Object.values(given.files), String(meddle.lastsMs), String(meddle.seed)]);
    case "run": {
      const ending = await synchronize({ ...given, busyTimeoutMs: 0 }, given.step, null);
      return answerOf(ending);
    }
    case "other pair":
      return runOtherPair(given, meddle.side, meddle.sql);
  }
}

function inDatabase<Result>(path: string, use: (db: Database.Database) => Result): Result {
  const db = new Database(path, { timeout: 0, fileMustExist: true });
  try {
    db.pragma("foreign_keys = ON");
    db.pragma("recursive_triggers = ON");
    return use(db);
  } finally {
    db.close();
  }
}

/** What it replaces it has seen, in the same transaction. */
function edit(db: Database.Database, sql: readonly string[]): MeddlerAnswer {
  db.exec("BEGIN IMMEDIATE");
  try {
    const before = dumpDatabase(db);
    for (const statement of sql) db.exec(statement);
    if (db.pragma("foreign_key_check", { simple: true }) !== undefined) {
      db.exec("ROLLBACK");
      return { ...NOTHING, type: "refused", code: "it would leave orphans" };
    }
    const after = dumpDatabase(db);
    db.exec("COMMIT");
    return { ...NOTHING, type: "done", before, after };
  } finally {
    if (db.inTransaction) db.exec("ROLLBACK");
  }
}

async function holdLock(args: readonly string[]): Promise<MeddlerAnswer> {
  const child = spawn(process.execPath, [args.length === 2 ? HOLDER : STORMER, ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  // It says one word, once it has the lock or could not get it.
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const code = said.toString().trim();
  child.unref();
  return code === "held"
    ? { ...NOTHING, type: "done", holder: child.pid ?? null }
    : { ...NOTHING, type: "refused", code };
}

/** First both come to the same, then what a third user does goes to the side that both pairs share. */
async function runOtherPair(
  given: MeddlerOrder,
  side: Side,
  sql: readonly string[],
): Promise<MeddlerAnswer> {
  const { file, stateDir } = given.other;
  if (!(await copyDatabase(given.files[side], file))) {
    return { ...NOTHING, type: "refused", code: "SQLITE_BUSY" };
  }
  const place = { files: { a: file, b: given.files[side] }, stateDir, busyTimeoutMs: 0 };
  const first = answerOf(await synchronize(place, given.step, null));
  if (first.type !== "done") return first;
  const before = dumpDatabase(given.files[side]);
  inDatabase(file, (db) => edit(db, sql));
  const second = answerOf(await synchronize(place, given.step, null));
  return { ...second, before, after: dumpDatabase(given.files[side]) };
}

/** @returns false where a lock kept it from being read: the driver takes that for the end of an empty database */
async function copyDatabase(from: string, to: string): Promise<boolean> {
  const db = new Database(from, { timeout: 0, readonly: true });
  try {
    const { totalPages } = await db.backup(to);
    return totalPages > 0;
  } finally {
    db.close();
  }
}

function answerOf(ending: Awaited<ReturnType<typeof synchronize>>): MeddlerAnswer {
  return ending.type === "done"
    ? { ...NOTHING, type: "done" }
    : { ...NOTHING, type: "refused", code: ending.code };
}
