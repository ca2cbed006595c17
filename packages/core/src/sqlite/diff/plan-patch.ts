import type Database from "better-sqlite3";
import { keyMatches, qualified, uniqueValuesDiffer } from "../expressions.ts";
import { quoteName } from "../identifier.ts";
import { NOTED, hasBag, hasKey } from "./compared.ts";
import type { Compared } from "./compared.ts";

/**
 * Decides how a patch writes the noted rows: which changed rows must be deleted and inserted again,
 * because a unique value of theirs may move to another row, and which rowid a new row gets where the
 * rowid is not the key: the one it has in `b` if nothing is left there in `a`, else any.
 */
export function planPatch(db: Database.Database, compared: Compared): void {
  if (hasKey(compared)) {
    db.exec(markReplaced(compared));
    if (compared.table.rowidName !== null)
      db.exec(placeNewRows(compared, compared.table.rowidName));
  }
  if (hasBag(compared) && compared.table.rowidName !== null) {
    db.exec(placeNewContents(compared, compared.table.rowidName));
  }
}

/** A replaced row keeps its rowid. */
export function markReplaced({ table, a, b, keys }: Compared): string {
  const place =
    table.rowidName === null ? "" : `, ${NOTED.place} = ${qualified(table.rowidName, "x")}`;
  return `UPDATE ${keys} AS d SET ${NOTED.replaced} = 1${place}
    FROM ${a} AS x CROSS JOIN ${b} AS y
    WHERE d.${NOTED.how} = '~' AND ${keyMatches(table, "x", "d")} AND ${keyMatches(table, "y", "d")}
      AND ${uniqueValuesDiffer(table, "x", "y")}`;
}

export function placeNewRows({ table, a, b, keys }: Compared, rowidName: string): string {
  const rowid = quoteName(rowidName);
  return `UPDATE ${keys} AS d SET ${NOTED.place} = y.${rowid} FROM ${b} AS y
    WHERE d.${NOTED.how} = '+' AND ${keyMatches(table, "y", "d")}
      AND NOT EXISTS (SELECT 1 FROM ${a} AS x WHERE x.${rowid} = y.${rowid}
        AND NOT EXISTS (SELECT 1 FROM ${keys} AS g WHERE ${keyMatches(table, "g", "x")} AND g.${NOTED.how} = '-'))`;
}

/** A surplus content loses the noted rowid first, so that one becomes free. */
export function placeNewContents({ a, bag }: Compared, rowidName: string): string {
  return `UPDATE ${bag} AS d SET ${NOTED.place} = d.${NOTED.rowidB}
    WHERE d.${NOTED.countB} = d.${NOTED.countA} + 1
      AND NOT EXISTS (SELECT 1 FROM ${a} AS x WHERE x.${quoteName(rowidName)} = d.${NOTED.rowidB}
        AND NOT EXISTS (SELECT 1 FROM ${bag} AS g WHERE g.${NOTED.rowidA} = d.${NOTED.rowidB}
          AND g.${NOTED.countA} > g.${NOTED.countB}))`;
}
