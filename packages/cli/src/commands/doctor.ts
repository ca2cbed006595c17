import type { DoctorReport, Finding } from "@sync/manager/doctor";
import type { Outcome } from "../exit-codes.ts";
import type { GivenPair } from "../operands.ts";
import { jsonText } from "../output/json.ts";
import type { Terminal } from "../output/terminal.ts";
import { count, printableName, wrap } from "../output/text.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** `dbsync doctor`: whatever stands in the way is a finding. */
export async function doctor(
  session: Session,
  pairs: readonly GivenPair[],
  { json }: { readonly json?: true },
): Promise<Outcome> {
  const { examine } = await import("@sync/manager/doctor");
  const report = await withManager(session, async (manager) => examine(manager, pairs));
  const { terminal } = session;
  await terminal.print(json === true ? jsonText(report, 2) : doctorText(report, terminal));
  return report.ok ? "clean" : "findings";
}

function doctorText(report: DoctorReport, terminal: Terminal): string {
  const { databases, checks, findings } = report;
  const looked = `Looked at ${count(databases.length, "database")}, ${count(checks.length, "check")}: ${checks.join(", ")}.`;
  return [
    ...findings.map((finding) => findingText(finding, terminal)),
    wrap(looked, terminal.width),
    verdict(report, terminal),
  ].join("\n\n");
}

function findingText(
  { severity, subject, message, cure }: Finding,
  { colors, width }: Terminal,
): string {
  const word = severity === "problem" ? colors.red("problem") : colors.yellow("warning");
  const head = subject === null ? word : `${word}  ${printableName(subject)}`;
  return [
    head,
    wrap(printableName(message), width, "   "),
    wrap(`→ ${printableName(cure)}`, width, "   ", "     "),
  ].join("\n");
}

function verdict({ findings, ok }: DoctorReport, { colors, width }: Terminal): string {
  if (ok) return colors.green("All is well.");
  const problems = findings.filter(({ severity }) => severity === "problem").length;
  const warnings = findings.length - problems;
  return wrap(`${count(problems, "problem")} and ${count(warnings, "warning")}.`, width);
}
