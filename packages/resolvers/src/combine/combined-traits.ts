import type { Policy } from "@sync/model";

/**
 * What a policy made of others inherits: their versions, so that what it parked is asked again when one
 * of them changes, and the need for a tree.
 */
export function combinedTraits(
  policies: readonly Policy[],
): Required<Pick<Policy, "version" | "needsTree">> {
  return {
    version: policies.map(({ name, version }) => `${name} ${version ?? "-"}`).join("; "),
    needsTree: policies.some(({ needsTree }) => needsTree === true),
  };
}
