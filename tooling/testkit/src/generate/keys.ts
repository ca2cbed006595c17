import { quoteName, quoteNames } from "../quote.ts";
import type { ConflictClause, KeyKind } from "./spec.ts";
import type { Column } from "./table.ts";
import type { Pool } from "./values.ts";

/** A table's key: its columns, and what stands at the table's end for it. */
export interface KeyPart {
  readonly columns: readonly Column[];
  /** A table constraint, or empty. */
  readonly constraint: string;
  readonly withoutRowid: boolean;
  /** Other tables can point at it with a plain foreign key. */
  readonly referable: boolean;
}

interface KeyColumn {
  readonly name: string;
  readonly type: string;
  readonly rest: string;
  readonly pool: Pool;
  readonly nullable?: boolean;
}

/** Builds a key of the kind. STRICT tables know fewer types. */
export function keyPart(kind: KeyKind, strict: boolean, onConflict: ConflictClause): KeyPart {
  const clause = onConflict === "" ? "" : ` ON CONFLICT ${onConflict}`;
  const text = { name: "id", type: "TEXT", pool: "text-key" } as const;
  const primary = `PRIMARY KEY${clause}`;
  switch (kind) {
    case "integer":
      return single({ name: "id", type: "INTEGER", rest: primary, pool: "auto-key" });
    case "autoincrement":
      return single({
        name: "id",
        type: "INTEGER",
        rest: `${primary} AUTOINCREMENT`,
        pool: "auto-key",
      });
    case "integer-desc":
      return single({
        name: "id",
        type: "INTEGER",
        rest: `PRIMARY KEY DESC${clause}`,
        pool: "integer-key",
      });
    case "text":
      return single({ ...text, rest: primary, nullable: true });
    case "nocase-column":
      return single({ ...text, rest: `COLLATE NOCASE ${primary}`, nullable: true });
    case "rtrim-column":
      return single({ ...text, rest: `COLLATE RTRIM ${primary}`, nullable: true });
    case "unique-not-null":
      return single({ ...text, rest: `NOT NULL UNIQUE${clause}` });
    case "any":
      return single({
        name: "id",
        type: strict ? "ANY" : "",
        rest: primary,
        pool: "any-key",
        nullable: true,
      });
    case "real":
      return single({ name: "id", type: "REAL", rest: primary, pool: "real-key", nullable: true });
    case "without-rowid":
      return { ...single({ ...text, rest: primary }), withoutRowid: true };
    case "nocase-index":
      return byNocaseIndex({ ...text, rest: "", nullable: true }, clause);
    case "without-rowid-nocase":
      return { ...byNocaseIndex({ ...text, rest: "" }, clause), withoutRowid: true };
    case "composite":
      return composite(" NOT NULL", clause);
    case "composite-nullable":
      return composite("", clause);
    case "without-rowid-composite":
      return { ...composite("", clause), withoutRowid: true };
    case "keyless":
      return { columns: [], constraint: "", withoutRowid: false, referable: false };
  }
}

function single(column: KeyColumn): KeyPart {
  return { columns: [keyColumn(column)], constraint: "", withoutRowid: false, referable: true };
}

/** The key's index collates in another way than its column: no plain foreign key can point at it. */
function byNocaseIndex(column: KeyColumn, clause: string): KeyPart {
  return {
    columns: [keyColumn(column)],
    constraint: `PRIMARY KEY (${quoteName(column.name)} COLLATE NOCASE)${clause}`,
    withoutRowid: false,
    referable: false,
  };
}

function composite(notNull: string, clause: string): KeyPart {
  const nullable = notNull === "";
  const columns = [
    keyColumn({ name: "k1", type: "INTEGER", rest: notNull, pool: "integer-key", nullable }),
    keyColumn({ name: "k2", type: "TEXT", rest: notNull, pool: "text-key", nullable }),
  ];
  const names = columns.map((column) => column.name).toReversed();
  return {
    columns,
    // In another order than the columns, as many real keys are.
    constraint: `PRIMARY KEY (${quoteNames(names)})${clause}`,
    withoutRowid: false,
    referable: true,
  };
}

function keyColumn({ name, type, rest, pool, nullable = false }: KeyColumn): Column {
  const definition = [type, rest.trim()].filter((part) => part !== "").join(" ");
  return { name, definition, pool, role: "key", type, nullable, unique: false };
}
