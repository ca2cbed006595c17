import { SyncError } from "@sync/model";
import { expect, test } from "vitest";
import { POLICY_NAMES, policyNamed } from "./policy-named.ts";

test("every listed policy is found under its own name", () => {
  expect(POLICY_NAMES).toEqual(["last-write-wins", "prefer-a", "prefer-b", "manual"]);
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

function errorOf(call: () => unknown): SyncError {
  try {
    call();
  } catch (error) {
    if (error instanceof SyncError) return error;
  }
  throw new Error("expected a SyncError");
}
