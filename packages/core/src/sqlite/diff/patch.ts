import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { isSameName, quoteName, quoteText } from "../identifier.ts";
import type { DerivedTable, Schema, Table, Trigger } from "../schema/types.ts";
import { isMapped } from "../projection/views.ts";
import { onlyFeedsIndexes, staleIndexes } from "../triggers.ts";
import { hasBag, hasKey } from "./compared.ts";
import type { Compared } from "./compared.ts";
import { literalWriter } from "./exact-value.ts";
import { patchTables } from "./patch-table.ts";
import { planPatch } from "./plan-patch.ts";
import { sequenceStatements } from "./patch-sequence.ts";

/** What a patch is made from. */
export interface PatchSource {
  /** Tables whose differences are noted. */
  readonly compared: readonly Compared[];
  /** The schema of `a`, to which the patch is applied. */
  readonly schema: Schema;
  /** The names of both databases, for the comment. */
  readonly names: { readonly a: string; readonly b: string };
}

/**
 * SQL that brings a copy of `a` to what `b` holds, value for value and class for class, as statements
 * that each end in `;`. Any SQLite shell can apply it. Nothing but a comment where nothing differs.
 *
 * Triggers whose effects are in the patch themselves are dropped and created again, all of a table's in
 * their order, or their firing order would change (SQLITE_NOTES 17).
 */
export function* patchLines(db: Database.Database, source: PatchSource): Generator<string> {
  const { compared, schema, names } = source;
  refuseMapped(compared);
  const written = compared.filter((one) => isNoted(db, one));
  const sequence = sequenceStatements(
    db,
    compared.map(({ table }) => table),
  );
  if (written.length === 0 && sequence.length === 0) {
    yield `-- ${commentText(names.a)} and ${commentText(names.b)} hold the same rows: nothing to do.`;
    return;
  }
  const triggers = patchTriggers(
    schema,
    written.map(({ table }) => table),
  );
  yield* headerLines(names, triggers.notRebuilt);
  yield* triggers.before;
  for (const one of written) planPatch(db, one);
  yield* patchTables(db, written, literalWriter(schema.encoding));
  yield* triggers.after;
  yield* sequence;
  yield "COMMIT;";
}

/** A row that is deleted and inserted again would lose what only its side has. */
function refuseMapped(compared: readonly Compared[]): void {
  const found = compared.find(
    ({ both }) => isMapped(both) || both.a.stored.name !== both.a.seen.name,
  );
  if (found === undefined) return;
  throw new SyncError(
    "SYNC_UNSUPPORTED",
    `Table \`${found.table.name}\` is mapped: a patch cannot be written for it.`,
    { next: "Leave the table out with --table, or let `dbsync sync` bring the rows over." },
  );
}

function* headerLines(
  names: PatchSource["names"],
  notRebuilt: readonly string[],
): Generator<string> {
  yield `-- Brings ${commentText(names.a)} to what ${commentText(names.b)} holds. Apply it to a copy first, and stop at the first`;
  yield "-- error, so that all of it or nothing takes effect: sqlite3 -bail FILE < PATCH";
  for (const name of notRebuilt) {
    yield `-- The index ${commentText(name)} cannot be rebuilt by SQL: its triggers do more than feed it, so they do not fire.`;
  }
  yield "PRAGMA foreign_keys = OFF;";
  yield "BEGIN IMMEDIATE;";
}

interface PatchTriggers {
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Indexes that go stale, since only suppressed triggers feed them and nothing can rebuild them. */
  readonly notRebuilt: readonly string[];
}

/** Which triggers go, and what brings them and the indexes they feed back. */
function patchTriggers(schema: Schema, tables: readonly Table[]): PatchTriggers {
  const acts = (trigger: Trigger): boolean => !onlyFeedsIndexes(trigger, schema);
  const affected = tables.filter(({ triggers }) => triggers.some(acts));
  const all = affected.flatMap(({ triggers }) => triggers);
  const held = all.filter(acts);
  const drop = ({ name }: Trigger): string => `DROP TRIGGER ${quoteName(name)};`;
  const stale = staleIndexes(schema, tables, held);
  return {
    before: held.map(drop),
    after: [
      ...stale.map(rebuild),
      ...all.filter((trigger) => !acts(trigger)).map(drop),
      ...all.map(({ sql }) => `${sql};`),
    ],
    notRebuilt: schema.derived
      .filter((index) => !index.canRebuild && held.some((trigger) => feeds(trigger, index)))
      .map(({ name }) => name),
  };
}

function feeds(trigger: Trigger, index: DerivedTable): boolean {
  return trigger.writes.some((name) => isSameName(name, index.name));
}

function rebuild({ name }: DerivedTable): string {
  return `INSERT INTO ${quoteName(name)} (${quoteName(name)}) VALUES (${quoteText("rebuild")});`;
}

function isNoted(db: Database.Database, compared: Compared): boolean {
  const sources = [
    ...(hasKey(compared) ? [compared.keys] : []),
    ...(hasBag(compared) ? [compared.bag] : []),
  ];
  return sources.some(
    (source) => db.prepare(`SELECT 1 FROM ${source} LIMIT 1`).get() !== undefined,
  );
}

/** A name in a comment cannot end the comment's line. */
function commentText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
