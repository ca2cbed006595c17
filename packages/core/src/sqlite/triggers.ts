import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { sqliteCode } from "./errors.ts";
import { isSameName, quoteName } from "./identifier.ts";
import { isKeyword, isPunctuation } from "./schema/tokens.ts";
import { statementErrorMessage } from "./schema/statement-error.ts";
import { tokenize } from "./schema/tokenizer.ts";
import type { DerivedTable, Schema, Table, Trigger } from "./schema/types.ts";

/** The user's triggers of one side, held back while we write; put back before commit. */
export interface HeldTriggers {
  /** Derived indexes whose triggers were held back, to be rebuilt. */
  readonly stale: readonly DerivedTable[];
  /** Puts every trigger back, in the order in which it stood. */
  restore(): void;
}

/**
 * Holds back the triggers of the tables about to be written, but for those that only feed derived
 * indexes: the effects of the others are rows that are synced themselves, and would come twice.
 *
 * There is no switch for triggers, so they are dropped and created again inside the transaction. A
 * trigger re-created alone would change its firing order for good, so all of a table's are, in the
 * order of `sqlite_schema` (SQLITE_NOTES 17).
 *
 * @param side - the attached schema; a write transaction on it must be open
 */
export function holdTriggers(
  db: Database.Database,
  side: "a" | "b",
  schema: Schema,
  tables: readonly Table[],
): HeldTriggers {
  const affected = tables.filter((table) =>
    table.triggers.some((trigger) => !onlyFeedsIndexes(trigger, schema)),
  );
  const held = affected.flatMap((table) =>
    table.triggers.filter((trigger) => !onlyFeedsIndexes(trigger, schema)),
  );
  const all = affected.flatMap((table) => table.triggers);
  const drop = (trigger: Trigger): void =>
    void db.exec(`DROP TRIGGER ${side}.${quoteName(trigger.name)}`);
  held.forEach(drop);
  return {
    stale: staleIndexes(schema, tables, held),
    restore: () => {
      all.filter((trigger) => !held.includes(trigger)).forEach(drop);
      for (const trigger of all) createTrigger(db, side, trigger);
    },
  };
}

/** Brings derived indexes up to date that nothing else keeps so. */
export function rebuildIndexes(
  db: Database.Database,
  side: "a" | "b",
  stale: readonly DerivedTable[],
): void {
  for (const { name } of stale) {
    const index = quoteName(name);
    db.exec(`INSERT INTO ${side}.${index} (${index}) VALUES ('rebuild')`);
  }
}

/** Writes to nothing but derived indexes, so that it must fire or they would go stale. */
export function onlyFeedsIndexes(trigger: Trigger, schema: Schema): boolean {
  return (
    trigger.writes.length > 0 &&
    trigger.writes.every((name) => derivedNamed(schema, name) !== undefined)
  );
}

/**
 * Indexes that would go stale for good: a trigger that also does something else feeds them, so that it is
 * held back, and they cannot be rebuilt from what they index.
 */
export function lostIndexes(schema: Schema, tables: readonly Table[]): string[] {
  const held = tables.flatMap(({ triggers }) =>
    triggers.filter((trigger) => !onlyFeedsIndexes(trigger, schema)),
  );
  return schema.derived
    .filter(
      ({ canRebuild, name }) =>
        !canRebuild && held.some(({ writes }) => writes.some((one) => isSameName(one, name))),
    )
    .map(({ name }) => name);
}

/** Indexes over a written table that no firing trigger feeds: held back ones, and those without triggers. */
export function staleIndexes(
  schema: Schema,
  tables: readonly Table[],
  held: readonly Trigger[],
): DerivedTable[] {
  return schema.derived.filter((index) => {
    if (!index.canRebuild) return false;
    if (held.some((trigger) => trigger.writes.some((name) => isSameName(name, index.name))))
      return true;
    return (
      !index.fedByTriggers &&
      tables.some((table) => index.content !== null && isSameName(table.name, index.content))
    );
  });
}

function derivedNamed(schema: Schema, name: string): DerivedTable | undefined {
  return schema.derived.find((index) => isSameName(index.name, name));
}

function createTrigger(db: Database.Database, side: "a" | "b", trigger: Trigger): void {
  try {
    db.exec(qualifyTrigger(trigger.sql, side));
  } catch (cause) {
    // A disk or a lock that is in the way says nothing about the trigger.
    if (sqliteCode(cause) !== "" && statementErrorMessage(cause) === null) throw cause;
    throw new SyncError(
      "SYNC_UNSUPPORTED",
      `The trigger \`${trigger.name}\` must be held back during a run and cannot be put back: ${String(cause)}`,
      { cause },
    );
  }
}

/**
 * A stored CREATE TRIGGER for an attached schema: the name gets it, and `ON main.t` loses its own,
 * which would not compile there.
 */
export function qualifyTrigger(sql: string, schema: string): string {
  const tokens = tokenize(sql);
  let at = tokens.findIndex((token) => isKeyword(token, "trigger")) + 1;
  if (isKeyword(tokens[at], "if")) at += 3;
  const nameAt = isPunctuation(tokens[at + 1], ".") ? at + 2 : at;
  const on = tokens.findIndex((token, index) => index > nameAt && isKeyword(token, "on"));
  const tableAt = isPunctuation(tokens[on + 2], ".") ? on + 3 : on + 1;
  const start = tokens[at]?.start ?? 0;
  const name = tokens[nameAt]?.start ?? 0;
  const [onEnd, table] = [tokens[on]?.end ?? 0, tokens[tableAt]?.start ?? 0];
  return `${sql.slice(0, start)}${quoteName(schema)}.${sql.slice(name, onEnd)} ${sql.slice(table)}`;
}
