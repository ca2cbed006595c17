import type { DatabaseSynchronizationEngine } from "@sync/core";
import type { SchemaFinding } from "@sync/model";
import type { Copies } from "./versions.ts";

/**
 * Gives each version the tables, columns, indexes, views and triggers that the other side added, so that their
 * rows can be merged. What was dropped or changed since the ancestor is a person's to decide.
 *
 * @returns what differs in another way, in words; nothing was changed then
 */
export async function levelSchemas(
  engine: DatabaseSynchronizationEngine,
  { ancestor, ours, theirs }: Copies,
): Promise<string[]> {
  const { same, differences } = await engine.schema({ a: ours, b: theirs });
  if (!same) {
    const lost =
      ancestor === null ? [] : [ours, theirs].map(async (b) => lostSince(engine, ancestor, b));
    const wrong = [...differences.filter(isChanged), ...(await Promise.all(lost)).flat()];
    if (wrong.length > 0) return [...new Set(wrong.map(inWords))];
    await engine.applySchema({ a: ours, b: theirs }, "b");
    await engine.applySchema({ a: theirs, b: ours }, "b");
  }
  // The rows of the ancestor get the defaults of new columns: what differs from those is an edit.
  if (ancestor !== null) await engine.applySchema({ a: ours, b: ancestor }, "b");
  const left = await engine.schema({ a: ours, b: theirs });
  return left.differences.map(inWords);
}

async function lostSince(
  engine: DatabaseSynchronizationEngine,
  ancestor: string,
  side: string,
): Promise<readonly SchemaFinding[]> {
  const { differences } = await engine.schema({ a: ancestor, b: side });
  return differences.filter(({ onlyIn }) => onlyIn !== "b");
}

function isChanged({ onlyIn }: SchemaFinding): boolean {
  return onlyIn === null;
}

function inWords({ message }: SchemaFinding): string {
  return `the schemas differ: ${message}`;
}
