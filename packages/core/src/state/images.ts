import type Database from "better-sqlite3";
import type { Row } from "@sync/model";
import { columnList, keyMatches } from "../sqlite/expressions.ts";
import { columnNames, readRows } from "../sqlite/rows.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";

/** Keeps what base, a and b hold now for the planned rows that fulfil a condition on `p`. */
export function keepImages(db: Database.Database, shape: Shape, condition: string): void {
  const { table, work } = shape;
  db.exec(
    `DELETE FROM ${work.kept} WHERE ${C.owner} IN (SELECT p.${C.conflict} FROM ${work.plan} AS p WHERE ${condition})`,
  );
  const images = [
    ["a", shape.a],
    ["b", shape.b],
    ...(work.base === null ? [] : [["0", work.base]]),
  ];
  for (const [image, source] of images) {
    db.prepare(
      `INSERT INTO ${work.kept} (${C.owner}, ${C.image}, ${columnList(table)})
       SELECT p.${C.conflict}, ?, ${columnList(table, "x")}
       FROM ${work.plan} AS p CROSS JOIN ${source} AS x ON ${keyMatches(table, "x", "p")} WHERE ${condition}`,
    ).run(image);
  }
}

/** One image of a row in conflict; `null` where there is none. */
export function readImage(
  db: Database.Database,
  { table, work }: Shape,
  owner: number,
  image: string,
): Row | null {
  const from = `FROM ${work.kept} AS k WHERE k.${C.owner} = ? AND k.${C.image} = ?`;
  for (const row of readRows(db, {
    columns: columnNames(table),
    alias: "k",
    from,
    values: [owner, image],
  }))
    return row;
  return null;
}

/** Keeps a row that a policy wrote. */
export function keepWritten(
  db: Database.Database,
  { table, work }: Shape,
  id: number,
  row: Row,
): void {
  const columns = columnNames(table);
  const marks = columns.map(() => "?").join(", ");
  db.prepare(
    `INSERT OR REPLACE INTO ${work.kept} (${C.owner}, ${C.image}, ${columnList(table)}) VALUES (?, 'w', ${marks})`,
  ).run(id, ...columns.map((name) => (Object.hasOwn(row, name) ? (row[name] ?? null) : null)));
}
