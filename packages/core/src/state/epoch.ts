import type Database from "better-sqlite3";

/**
 * Where a state stands: which state it is, and how many runs it has remembered. A backup notes it, so
 * that after a restore it can be told which rows were settled since. Counted, not timed: clocks never
 * decide what changed (DESIGN §3.10).
 */
export interface StateMark {
  /** Chosen when the state was made; one that was forgotten and begun anew is another. */
  readonly state: string;
  readonly epoch: number;
}

/** The epoch of the run that is being remembered, as SQL. */
export const NEXT_EPOCH =
  "(SELECT ifnull(max(value), 0) + 1 FROM state.sync_meta WHERE name = 'epoch')";

/** Gives a state its own id, once. */
export function nameState(db: Database.Database): void {
  db.exec(
    "INSERT OR IGNORE INTO state.sync_meta VALUES ('id', lower(hex(randomblob(16)))), ('epoch', 0)",
  );
}

/** One more run is remembered; part of the transaction that does so. */
export function countEpoch(db: Database.Database): void {
  db.exec(
    "INSERT INTO state.sync_meta VALUES ('epoch', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
  );
}

/** Reads where a state stands; `null` before its first run is done. Attached as `schema`. */
export function readMark(db: Database.Database, schema = "state"): StateMark | null {
  const read = (name: string): unknown =>
    db.prepare(`SELECT value FROM ${schema}.sync_meta WHERE name = ?`).pluck().get(name);
  const [state, epoch] = [read("id"), read("epoch")];
  return typeof state === "string" && typeof epoch === "number" ? { state, epoch } : null;
}

/** Former values of a table's rows were dropped: of this run and those before it, not all are on record. */
export function noteEvidenceLost(db: Database.Database, table: string): void {
  db.prepare(`INSERT OR REPLACE INTO state.sync_meta VALUES (?, ${NEXT_EPOCH})`).run(
    `evidence:${table}`,
  );
}

/** Every row of the table that a run settled after an epoch is on record. */
export function hasEvidenceSince(db: Database.Database, table: string, epoch: number): boolean {
  const lost = db
    .prepare("SELECT value FROM state.sync_meta WHERE name = ?")
    .pluck()
    .get(`evidence:${table}`) as number | undefined;
  return lost === undefined || lost <= epoch;
}
