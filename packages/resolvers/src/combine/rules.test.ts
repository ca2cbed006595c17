import { SyncError } from "@sync/model";
import type { Conflict, Decision } from "@sync/model";
import { describe, expect, test } from "vitest";
import { NOW_MS, note, noteConflict } from "../../test/conflicts.ts";
import { manual } from "../manual.ts";
import { preferB } from "../prefer-side.ts";
import { policyFromRules } from "./rules.ts";
import type { Rule } from "./rules.ts";

/** As a config file holds them. */
const RULES = JSON.stringify([
  { table: "stock", column: "pieces", use: "sum" },
  { table: "note*", kind: ["insert/insert", "unique"], use: "rekey,prefer-a" },
  { table: "notes", kind: "update/update", column: "b?dy", use: "text" },
  { table: "notes", use: { policy: "last-write-wins", allowedSkewMs: 0 } },
]);

async function decide(changes: Partial<Conflict>): Promise<Decision | undefined> {
  const policy = policyFromRules(JSON.parse(RULES) as Rule[], { fallback: preferB });
  return policy.decide(noteConflict(changes), { nowMs: NOW_MS });
}

describe("rules out of a config", () => {
  test("decide by table, column and kind; the first that matches counts", async () => {
    const at = "2024-05-01 10:00:00";
    const base = { ...note("a b c", at), pieces: 1n };
    const stock = { table: "stock", base, a: { ...base, pieces: 2n }, b: { ...base, pieces: 3n } };
    expect(await decide({ ...stock, disputed: ["pieces"] })).toMatchObject({ row: { pieces: 4n } });
    const texts = { base, a: note("A b c", at), b: note("a b C", at) };
    expect(await decide(texts)).toMatchObject({ type: "write", row: { body: "A b C" } });
    expect(await decide({ kind: "insert/insert", base: null })).toMatchObject({ type: "rekey" });
    expect(await decide({ kind: "unique", b: null })).toMatchObject({ type: "take", side: "a" });
    expect(await decide({ kind: "update/delete", a: null })).toMatchObject({ side: "b" });
    expect(await decide({ table: "orders" })).toMatchObject({
      side: "b",
      reason: "The policy prefers side b.",
    });
  });

  test("hand options to the policy", async () => {
    const ahead = note("x", new Date(NOW_MS + 1000).toISOString());
    const now = note("y", new Date(NOW_MS).toISOString());
    expect(await decide({ a: ahead, b: now, disputed: ["updated_at"] })).toMatchObject({
      cause: "clock-skew",
    });
  });

  test("without conditions match everything", async () => {
    const policy = policyFromRules([{ use: "prefer-a" }], { fallback: manual });
    expect(await policy.decide(noteConflict(), { nowMs: NOW_MS })).toMatchObject({ side: "a" });
  });

  test("are another version when they say something else", () => {
    const versions = (["max", "min"] as const).map(
      (use) => policyFromRules([{ use }], { fallback: manual }).version,
    );
    expect(versions[0]).not.toBe(versions[1]);
  });

  test("find policies of others where the caller knows them", async () => {
    const policy = policyFromRules([{ use: "./mine.mjs" }], {
      fallback: manual,
      find: () => preferB,
    });
    expect(await policy.decide(noteConflict(), { nowMs: NOW_MS })).toMatchObject({ side: "b" });
  });
});

describe("rules that are none are refused", () => {
  test.each<[string, unknown, string, string]>([
    ["no list", {}, "SYNC_USAGE", "list"],
    ["no object", ["max"], "SYNC_USAGE", "Rule 1 is not an object"],
    ["no policy", [{ use: "max" }, { table: "x" }], "SYNC_USAGE", "Rule 2 does not say"],
    ["a policy that is no word", [{ use: 5 }], "SYNC_USAGE", "Rule 1 does not say"],
    ["an unknown policy", [{ use: "summ" }], "SYNC_UNKNOWN_POLICY", "mean sum"],
    ["an unknown field", [{ tabel: "x", use: "max" }], "SYNC_USAGE", "mean table"],
    ["an unknown kind", [{ kind: "uniq", use: "max" }], "SYNC_USAGE", "mean unique"],
    ["a kind in a list", [{ kind: ["unique", 5], use: "max" }], "SYNC_USAGE", "unknown kind"],
    ["a kind that is no word", [{ kind: {}, use: "max" }], "SYNC_USAGE", "neither a word"],
    ["an empty pattern", [{ table: "", use: "max" }], "SYNC_USAGE", "pattern"],
    ["an unknown option", [{ use: { policy: "max", by: 1 } }], "SYNC_USAGE", "no option"],
  ])("%s", (_name, rules, code, says) => {
    const error = errorOf(() => policyFromRules(rules as Rule[], { fallback: manual }));
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.next}`).toContain(says);
  });
});

function errorOf(call: () => unknown): SyncError {
  try {
    call();
  } catch (error) {
    if (error instanceof SyncError) return error;
  }
  throw new Error("expected a SyncError");
}
