/**
 * The numbered steps of apply at which a run can be interrupted; what the crash tests kill at.
 * In the order in which they are passed.
 */
export const STEPS = [
  "drafted",
  "decided",
  "planned",
  "locked",
  "held-triggers",
  "written",
  "verified",
  "committed",
  "durable",
  "remembering",
  "remembered",
] as const;

export type Step = (typeof STEPS)[number];
