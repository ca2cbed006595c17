import { afterEach, describe, expect, it } from "vitest";
import { SyncError } from "@sync/model";
import type { Conflict } from "@sync/model";
import type { TableOptions } from "../src/reconcile/merge.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const PEOPLE = `CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT, street TEXT, zip TEXT, updated_at TEXT);
  INSERT INTO person VALUES ('x', 'Ada', 'Old St', '1000', '2023-01-01')`;
const ADDRESS = [{ table: "person", groups: [["Street", "zip"]] }];

async function conflictsOf(
  edits: readonly [string, string],
  tableOptions: readonly TableOptions[],
): Promise<Conflict[]> {
  pair = makePair(PEOPLE);
  await pair.sync();
  pair.edit("a", edits[0]);
  pair.edit("b", edits[1]);
  const seen: Conflict[] = [];
  const policy = policyOf((conflict) => {
    seen.push(conflict);
    return { type: "take", side: "b" };
  });
  await pair.sync({ policy, tableOptions });
  return seen;
}

const person = (side: "a" | "b"): unknown =>
  pair.rows(side, "SELECT name, street, zip FROM person")[0];

describe("an address is not merged from two halves", () => {
  const halves = [
    "UPDATE person SET street = 'New St', name = 'Ada L.'",
    "UPDATE person SET zip = '2000'",
  ] as const;

  it("columns of a group are in dispute together; the others still merge", async () => {
    const [conflict] = await conflictsOf(halves, ADDRESS);
    expect(conflict?.disputed).toEqual(["street", "zip"]);
    for (const side of ["a", "b"] as const)
      expect(person(side)).toEqual({ name: "Ada L.", street: "Old St", zip: "2000" });
  });

  it("without a group both halves are taken", async () => {
    expect(await conflictsOf(halves, [])).toEqual([]);
    expect(person("a")).toEqual({ name: "Ada L.", street: "New St", zip: "2000" });
  });

  it("a group that both changed to the same is not in dispute", async () => {
    const both = "UPDATE person SET street = 'New St', zip = '2000'";
    expect(await conflictsOf([`${both}, name = 'A'`, both], ADDRESS)).toEqual([]);
  });

  it("a group that one side left alone is not in dispute", async () => {
    const edits = [
      "UPDATE person SET street = 'New St', zip = '2000'",
      "UPDATE person SET name = 'B'",
    ] as const;
    expect(await conflictsOf(edits, ADDRESS)).toEqual([]);
    expect(person("b")).toEqual({ name: "B", street: "New St", zip: "2000" });
  });
});

it("a row may be in dispute as a whole; its timestamp still is not", async () => {
  const edits = [
    "UPDATE person SET name = 'A', updated_at = '2023-01-02'",
    "UPDATE person SET zip = '2000', updated_at = '2023-01-03'",
  ] as const;
  const [conflict] = await conflictsOf(edits, [{ table: "person", merge: "row" }]);
  expect(conflict?.disputed).toEqual(["id", "name", "street", "zip"]);
  expect(person("a")).toEqual({ name: "Ada", street: "Old St", zip: "2000" });
});

it.each([
  [{ table: "persons", groups: [["zip"]] }, /persons/],
  [{ table: "person", groups: [["zip", "town"]] }, /town/],
  [{ table: "person", timestamp: "changed" }, /changed/],
])("an unknown name in %j is refused", async (option, message) => {
  pair = makePair(PEOPLE);
  const run = pair.sync({ tableOptions: [option] });
  await expect(run).rejects.toThrow(SyncError);
  await expect(run).rejects.toThrow(message);
});
