import type { Outcome } from "../exit-codes.ts";
import { jsonText } from "../output/json.ts";
import { validateText } from "../output/validate-text.ts";
import { createProgressReporter } from "../progress.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** As the command line names them. */
export interface ValidateCommandOptions {
  readonly json?: true;
  readonly table?: readonly string[];
}

/** `dbsync validate A [B]`: damage, rows without their parent and differences are findings. */
export async function validate(
  session: Session,
  databases: readonly [string] | readonly [string, string],
  options: ValidateCommandOptions,
): Promise<Outcome> {
  const progress = createProgressReporter("auto", session.terminal);
  try {
    const report = await withManager(session, async (manager) =>
      manager.validate(databases, {
        signal: session.signal,
        onProgress: progress.onProgress,
        ...(options.table === undefined ? {} : { tables: options.table }),
      }),
    );
    progress.stop();
    const text =
      options.json === true
        ? jsonText(report, 2)
        : await validateText(report, databases, session.terminal);
    await session.terminal.print(text);
    return report.ok && report.differences.length === 0 ? "clean" : "findings";
  } finally {
    progress.stop();
  }
}
