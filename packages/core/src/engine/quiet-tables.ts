import { isBag, isKeyed } from "../sqlite/plan-tables.ts";
import { isUnchanged } from "./signed-pages.ts";
import type { SignedPages, SignedTable } from "./signed-pages.ts";
import type { Workspace } from "./workspace.ts";

/** Nothing happened to the table since it was settled, and nothing of it waits: there is nothing to plan. */
export function isQuiet(signed: SignedTable | undefined): boolean {
  if (signed?.known === undefined || signed.known === null) return false;
  const { unsettled, isBagSettled } = signed.known;
  return unsettled === null && isBagSettled && isUnchanged(signed);
}

/** Quiet tables to which no other table's plan brought anything, by name: they are left as they are. */
export function idleTables(
  { db, shapes }: Workspace,
  { signed }: { readonly signed: SignedPages | null },
): ReadonlySet<string> {
  const isEmpty = (plan: string): boolean =>
    db.prepare(`SELECT 1 FROM ${plan} LIMIT 1`).get() === undefined;
  const idle = shapes.filter(
    (shape) =>
      isQuiet(signed?.tables.get(shape.table.name)) &&
      (!isKeyed(shape) || isEmpty(shape.work.plan)) &&
      (!isBag(shape) || isEmpty(shape.work.planBag)),
  );
  return new Set(idle.map(({ table }) => table.name));
}
