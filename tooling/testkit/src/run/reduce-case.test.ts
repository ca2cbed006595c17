import { expect, test } from "vitest";
import type { Case } from "../generate/case.ts";
import { reduceCase } from "./reduce-case.ts";

test("what a failure does not need is left out", async () => {
  const edit = (sql: string): Case["editsA"][number] => ({
    kind: "update",
    table: "t",
    sql: [sql],
  });
  const whole: Case = {
    schema: ["one", "two", "three"],
    rows: ["r1", "r2", "r3", "r4"],
    setupA: ["wal"],
    setupB: [],
    editsA: [edit("x"), edit("y")],
    editsB: [edit("z")],
    features: ["kept"],
  };
  const reduced = await reduceCase(whole, async ({ schema, rows, editsA }) =>
    Promise.resolve(
      schema.includes("two") && rows.includes("r3") && editsA.some(({ sql }) => sql[0] === "y"),
    ),
  );
  expect(reduced).toEqual({
    ...whole,
    schema: ["two"],
    rows: ["r3"],
    setupA: [],
    editsA: [edit("y")],
    editsB: [],
  });
});
