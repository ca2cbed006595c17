/** The names of the built-in policies; the default policy of the manager and the CLI comes first. */
export const POLICY_NAMES = [
  "last-write-wins",
  "first-write-wins",
  "prefer-a",
  "prefer-b",
  "manual",
  "rekey",
  "max",
  "min",
  "sum",
  "union",
  "text",
] as const;

/** The name of a built-in policy. */
export type PolicyName = (typeof POLICY_NAMES)[number];

/** What a config says beside a policy's name, not yet checked. */
export type PolicyOptions = Readonly<Record<string, unknown>>;
