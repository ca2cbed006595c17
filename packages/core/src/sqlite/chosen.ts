import type Database from "better-sqlite3";
import { isAbsent, keyList, keyMatches, rowsDiffer } from "./expressions.ts";
import { CONTROL as C, columnDefinitions, workTable } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Columns of a table of chosen rows beside their keys. */
export const CHOSEN = {
  /** The number by which the person named it: an entry of the inbox or of the ledger. */
  pick: '"⟨sync⟩ pick"',
  /** The conflict whose images tell its key. */
  owner: '"⟨sync⟩ owner"',
  /** The image to give back; NULL where a decision says what becomes of the row. */
  image: '"⟨sync⟩ image"',
  /** Why nothing is to be done with it; NULL: go on. */
  status: '"⟨sync⟩ status"',
} as const;

/** `temp."chosen:orders"`: the rows of one table that a run is limited to. */
export function chosenTable({ table }: Shape): string {
  return workTable("temp", "chosen", table.name);
}

/** A row that was chosen: by what number, and whose images tell its key. */
export interface ChosenRow {
  readonly pick: number;
  readonly owner: number;
  readonly image: "a" | "b" | null;
}

/**
 * Lays the keys of chosen rows out, taken from the images of their conflicts: they never pass through
 * JavaScript. Those of which there is no image, or whose conflict does not fulfil a condition on `c`,
 * are left out.
 */
export function fillChosen(
  db: Database.Database,
  shape: Shape,
  rows: readonly ChosenRow[],
  condition: string,
): void {
  const { table } = shape;
  const chosen = chosenTable(shape);
  const kept = workTable("state", "kept", table.name);
  const key = table.key.map(({ name }) => name);
  const keyColumns = { ...table, columns: table.columns.filter(({ name }) => key.includes(name)) };
  db.exec(`DROP TABLE IF EXISTS ${chosen};
    CREATE TABLE ${chosen} (${CHOSEN.pick} INTEGER PRIMARY KEY, ${CHOSEN.owner} INTEGER, ${CHOSEN.image} TEXT,
      ${CHOSEN.status} TEXT, ${columnDefinitions(keyColumns)})`);
  db.prepare(
    `INSERT INTO ${chosen} (${CHOSEN.pick}, ${CHOSEN.owner}, ${CHOSEN.image}, ${keyList(table)})
     SELECT r.pick, r.owner, r.image, ${keyList(table, "k")}
     FROM (SELECT json_extract(value, '$.pick') AS pick, json_extract(value, '$.owner') AS owner,
         json_extract(value, '$.image') AS image FROM json_each(?)) AS r
     CROSS JOIN state.sync_conflict AS c ON c.id = r.owner AND ${condition}
     CROSS JOIN ${kept} AS k ON k.${C.owner} = r.owner AND k.${C.image} = (
       SELECT min(i.${C.image}) FROM ${kept} AS i WHERE i.${C.owner} = r.owner AND i.${C.image} IN ('0', 'a', 'b', 'r'))`,
  ).run(JSON.stringify(rows));
}

/**
 * Puts the chosen rows that are to be gone on with into the plan, as conflicts of their own: what each
 * side did to them since the base, and nothing decided. A variant of `findChanges` that searches by key
 * and looks at no other row.
 */
export function planChosen(db: Database.Database, shape: Shape): void {
  const { table, work } = shape;
  const did = (alias: string): string => `CASE
    WHEN ${isAbsent(table, "o")} THEN CASE WHEN ${isAbsent(table, alias)} THEN '0' ELSE '+' END
    WHEN ${isAbsent(table, alias)} THEN '-' WHEN ${rowsDiffer(table, alias, "o")} THEN '~' ELSE '=' END`;
  // Where everything that changed was looked at, they are there already.
  db.exec(`DELETE FROM ${work.plan} WHERE ${C.n} IN (SELECT p.${C.n} ${plannedChosen(shape)})`);
  db.exec(`INSERT INTO ${work.plan} (${keyList(table)}, ${C.didA}, ${C.didB}, ${C.outcome})
    SELECT ${keyList(table, "c")}, ${did("x")}, ${did("y")}, 'open'
    FROM ${chosenTable(shape)} AS c
    LEFT JOIN ${work.base ?? ""} AS o ON ${keyMatches(table, "o", "c")}
    LEFT JOIN ${shape.a} AS x ON ${keyMatches(table, "x", "c")}
    LEFT JOIN ${shape.b} AS y ON ${keyMatches(table, "y", "c")}
    WHERE c.${CHOSEN.status} IS NULL ON CONFLICT DO NOTHING`);
}

/** Rows of the plan `p` with the chosen one `c` that each stands for; a FROM clause. */
export function plannedChosen(shape: Shape): string {
  return `FROM ${chosenTable(shape)} AS c CROSS JOIN ${shape.work.plan} AS p ON ${keyMatches(shape.table, "p", "c")}`;
}
