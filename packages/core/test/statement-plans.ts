import Database from "better-sqlite3";
import { vi } from "vitest";

/** One loop of a statement's plan: what it scans or searches, and whether it runs once per row of another. */
export interface PlanStep {
  readonly sql: string;
  readonly detail: string;
  /** Not the first loop of its query, or inside a subquery that runs for every row. */
  readonly inner: boolean;
}

interface ExplainRow {
  readonly id: number;
  readonly parent: number;
  readonly detail: string;
}

/** The step reads a table of a side or a base: those are as large as the user's data. */
export function readsLargeTable({ sql, detail }: PlanStep): boolean {
  const name = /^(?:SCAN|SEARCH) (\S+)/.exec(detail)?.[1] ?? "";
  if (/^[ab]\./.test(name)) return !name.endsWith(".sqlite_schema");
  return new RegExp(`(\\b[ab]\\."[^"]+"|"base:[^"]+") AS ${name}\\b`).test(sql);
}

/** Collects the query plans of all statements that any connection prepares or executes while `act` runs. */
export async function plansDuring(act: () => Promise<unknown>): Promise<PlanStep[]> {
  const steps: PlanStep[] = [];
  const prototype = Database.prototype;
  // oxlint-disable-next-line typescript/unbound-method -- both are called with their connection as `this`
  const { prepare, exec } = prototype;
  const note = (db: Database.Database, sql: string): void => {
    for (const statement of statementsOf(sql)) {
      if (/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE TEMP TABLE)/i.test(statement))
        steps.push(...explain(db, prepare, statement));
    }
  };
  const spies = [
    vi.spyOn(prototype, "prepare").mockImplementation(function (
      this: Database.Database,
      sql: string,
    ) {
      note(this, sql);
      return prepare.call(this, sql);
    }),
    vi.spyOn(prototype, "exec").mockImplementation(function (this: Database.Database, sql: string) {
      // One at a time: a statement compiles only when those before it have run.
      for (const statement of statementsOf(sql)) {
        note(this, statement);
        exec.call(this, statement);
      }
      return this;
    }),
  ];
  try {
    await act();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return steps;
}

/** Statements of a text whose literals hold no semicolon; a trigger's body is kept whole. */
function statementsOf(sql: string): string[] {
  if (/^\s*CREATE (TEMP )?TRIGGER/i.test(sql)) return [sql];
  return sql.split(";").filter((statement) => statement.trim() !== "");
}

function explain(
  db: Database.Database,
  prepare: typeof Database.prototype.prepare,
  sql: string,
): PlanStep[] {
  const explained: Database.Statement = prepare.call(db, `EXPLAIN QUERY PLAN ${sql}`);
  const withoutTexts = sql.replaceAll(/'[^']*'|"[^"]*"/g, "");
  const binds = Array.from({ length: (withoutTexts.match(/\?/g) ?? []).length }, () => 1);
  const named = Object.fromEntries([...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name ?? "", 1]));
  // EXPLAIN QUERY PLAN has these columns.
  const rows = explained.all(
    ...binds,
    ...(Object.keys(named).length > 0 ? [named] : []),
  ) as ExplainRow[];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const isLoop = ({ detail }: ExplainRow): boolean => /^(SCAN|SEARCH)/.test(detail);
  return rows.filter(isLoop).map((row) => {
    const first = rows.find((one) => isLoop(one) && one.parent === row.parent);
    return { sql, detail: row.detail, inner: first !== row || isPerRow(row, byId) };
  });
}

/** Somewhere above is a subquery that SQLite runs again for each row. */
function isPerRow(row: ExplainRow, byId: ReadonlyMap<number, ExplainRow>): boolean {
  for (let above = byId.get(row.parent); above !== undefined; above = byId.get(above.parent)) {
    if (above.detail.startsWith("CORRELATED")) return true;
  }
  return false;
}
