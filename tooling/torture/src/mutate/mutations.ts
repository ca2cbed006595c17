import { APPLY_MUTATIONS } from "./apply-mutations.ts";
import { DECIDE_MUTATIONS } from "./decide-mutations.ts";
import { FOLLOW_MUTATIONS } from "./follow-mutations.ts";
import { KEEP_MUTATIONS } from "./keep-mutations.ts";
import type { Mutation } from "./mutation.ts";
import { PAGE_MUTATIONS } from "./page-mutations.ts";
import { READ_MUTATIONS } from "./read-mutations.ts";
import { VIEW_MUTATIONS } from "./view-mutations.ts";

/** Every breakage, in the order of a run. A new one is an entry in the file of its kind. */
export const MUTATIONS: readonly Mutation[] = [
  ...READ_MUTATIONS,
  ...DECIDE_MUTATIONS,
  ...APPLY_MUTATIONS,
  ...PAGE_MUTATIONS,
  ...FOLLOW_MUTATIONS,
  ...VIEW_MUTATIONS,
  ...KEEP_MUTATIONS,
];
