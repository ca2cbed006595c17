import type Database from "better-sqlite3";
import { rowsDiffer } from "../sqlite/expressions.ts";
import { quoteName } from "../sqlite/identifier.ts";
import { CONTROL as C, SIDES } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";

/**
 * Fills in the values of merged and resolved rows from their images, and what each side needs.
 *
 * @param chosen - a condition on plan `p` that narrows them down
 */
export function composeRows(db: Database.Database, shape: Shape, chosen = "TRUE"): void {
  const decided = `p.${C.outcome} IN ('merge', 'resolve') AND (${chosen})`;
  const stays = `${decided} AND p.${C.gone} = 0`;
  takeWhole(db, shape, stays);
  takeByColumn(db, shape, stays);
  for (const { side, to } of SIDES) {
    const image = `FROM ${shape.work.kept} AS k WHERE k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${side}'`;
    db.exec(`UPDATE ${shape.work.plan} AS p SET ${to} = CASE
        WHEN NOT EXISTS (SELECT 1 ${image}) THEN 1 - ${C.gone}
        WHEN ${C.gone} THEN 3
        WHEN EXISTS (SELECT 1 ${image} AND ${rowsDiffer(shape.table, "p", "k")}) THEN 2 ELSE 0 END
      WHERE ${decided}`);
  }
}

/** All columns come from one image: most decisions take a side. */
function isWhole(): string {
  return `replace(p.${C.sources}, substr(p.${C.sources}, 1, 1), '') = ''`;
}

function takeWhole(db: Database.Database, { table, work }: Shape, condition: string): void {
  const columns = table.columns.map(({ name }) => `${quoteName(name)} = k.${quoteName(name)}`);
  db.exec(`UPDATE ${work.plan} AS p SET ${columns.join(", ")} FROM ${work.kept} AS k
    WHERE ${condition} AND ${isWhole()} AND k.${C.owner} = p.${C.conflict} AND k.${C.image} = substr(p.${C.sources}, 1, 1)`);
}

/** The letter of each column says from which image it comes. */
function takeByColumn(db: Database.Database, { table, work }: Shape, condition: string): void {
  const images = ["a", "b", "0", "w"];
  const values = table.columns.map(({ name }, index) => {
    const cases = images.map((letter) => `WHEN '${letter}' THEN k${letter}.${quoteName(name)}`);
    return `CASE substr(p.${C.sources}, ${index + 1}, 1) ${cases.join(" ")} END AS ${quoteName(name)}`;
  });
  const joins = images.map(
    (letter) =>
      `LEFT JOIN ${work.kept} AS k${letter} ON k${letter}.${C.owner} = p.${C.conflict} AND k${letter}.${C.image} = '${letter}'`,
  );
  const columns = table.columns.map(({ name }) => `${quoteName(name)} = found.${quoteName(name)}`);
  db.exec(`UPDATE ${work.plan} SET ${columns.join(", ")} FROM (
      SELECT p.${C.n} AS "⟨sync⟩ row", ${values.join(", ")} FROM ${work.plan} AS p ${joins.join(" ")}
      WHERE ${condition} AND NOT ${isWhole()}) AS found
    WHERE ${C.n} = found."⟨sync⟩ row"`);
}
