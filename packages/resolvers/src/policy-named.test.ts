import { SyncError } from "@sync/model";
import { expect, test } from "vitest";
import { NOW_MS, noteConflict } from "../test/conflicts.ts";
import { policyNamed } from "./policy-named.ts";
import { POLICY_NAMES } from "./policy-names.ts";

test("every listed policy is found under its own name", () => {
  expect(POLICY_NAMES[0]).toBe("last-write-wins");
  expect(POLICY_NAMES).toHaveLength(11);
  expect(POLICY_NAMES.map((name) => policyNamed(name).name)).toEqual(POLICY_NAMES);
});

test.each(["last_write_wins", "", "toString", "__proto__"])(
  "an unknown name is refused with the known ones: %s",
  (name) => {
    const error = errorOf(() => policyNamed(name));
    expect(error.code).toBe("SYNC_UNKNOWN_POLICY");
    for (const known of POLICY_NAMES) expect(error.message).toContain(known);
    expect(error.details).toEqual({ name, known: POLICY_NAMES });
  },
);

test.each([
  ["last-wirte-wins", "last-write-wins"],
  ["LastWriteWins", "last-write-wins"],
  ["rekeys", "rekey"],
  ["summ", "sum"],
])("%s is answered with %s", (typed, meant) => {
  expect(errorOf(() => policyNamed(typed)).next).toBe(`Did you mean ${meant}?`);
});

test("a name that is near none gets the general advice", () => {
  expect(errorOf(() => policyNamed("coin-toss")).next).not.toContain("Did you mean");
});

test("several names make a chain, with or without spaces", async () => {
  const policy = policyNamed("rekey, last-write-wins");
  expect(policy.name).toBe("rekey,last-write-wins");
  expect(await policy.decide(noteConflict(), { nowMs: NOW_MS })).toMatchObject({ side: "b" });
  expect(errorOf(() => policyNamed("rekey,,manual")).code).toBe("SYNC_UNKNOWN_POLICY");
  expect(errorOf(() => policyNamed("rekey,last-wirte-wins")).next).toContain("last-write-wins");
});

test("options are handed on, and refused where there are none", () => {
  const options = { allowedSkewMs: 1 };
  expect(policyNamed("first-write-wins", options).version).toContain(" 1 ms");
  expect(errorOf(() => policyNamed("last-write-wins", { allowedSkew: 1 }))).toMatchObject({
    code: "SYNC_USAGE",
    next: "Did you mean allowedSkewMs?",
  });
  expect(errorOf(() => policyNamed("max", options)).code).toBe("SYNC_USAGE");
  expect(errorOf(() => policyNamed("rekey,last-write-wins", options)).code).toBe("SYNC_USAGE");
  const asText = { allowedSkewMs: "5 minutes" };
  expect(errorOf(() => policyNamed("last-write-wins", asText)).code).toBe("SYNC_USAGE");
});

test("what adds up, makes a new key or names a side needs pairs that form a tree", () => {
  const needing = POLICY_NAMES.filter((name) => policyNamed(name).needsTree === true);
  expect(needing).toEqual(["prefer-a", "prefer-b", "rekey", "sum"]);
  expect(policyNamed("rekey,last-write-wins").needsTree).toBe(true);
  expect(policyNamed("max,last-write-wins").needsTree).toBe(false);
});

function errorOf(call: () => unknown): SyncError {
  try {
    call();
  } catch (error) {
    if (error instanceof SyncError) return error;
  }
  throw new Error("expected a SyncError");
}
