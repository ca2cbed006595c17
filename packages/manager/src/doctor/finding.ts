import type { DoctorFacts } from "./facts.ts";

/** Something that a person should know, and what to do about it. */
export interface Finding {
  /** Which rule found it: `wal`, `network`, `space`, … */
  readonly check: string;
  /** `problem`: a sync cannot work, or is not safe. `warning`: it can, with a risk. */
  readonly severity: "problem" | "warning";
  /** The file, folder or pair; `null`: the whole machine. */
  readonly subject: string | null;
  readonly message: string;
  readonly cure: string;
}

/** Judges facts. Pure; each rule has a file of its own. */
export interface Rule {
  readonly check: string;
  find(facts: DoctorFacts): readonly Omit<Finding, "check">[];
}
