import type { DoctorFacts } from "./facts.ts";
import type { Finding, Rule } from "./finding.ts";
import { clock } from "./rules/clock.ts";
import { content } from "./rules/content.ts";
import { copied } from "./rules/copied.ts";
import { files } from "./rules/files.ts";
import { journals } from "./rules/journals.ts";
import { locks } from "./rules/locks.ts";
import { network } from "./rules/network.ts";
import { program } from "./rules/program.ts";
import { space } from "./rules/space.ts";
import { watching } from "./rules/watching.ts";

/** Every rule, in the order in which findings are told. */
export const RULES: readonly Rule[] = [
  program,
  files,
  locks,
  journals,
  content,
  copied,
  network,
  space,
  clock,
  watching,
];

/** What a person should know, problems first. Pure. */
export function judge(facts: DoctorFacts): Finding[] {
  const findings = RULES.flatMap((rule) =>
    rule.find(facts).map(({ severity, subject, message, cure }) => ({
      check: rule.check,
      severity,
      subject,
      message,
      cure,
    })),
  );
  return findings.toSorted((one, other) => rank(one) - rank(other));
}

function rank({ severity }: Finding): number {
  return severity === "problem" ? 0 : 1;
}
