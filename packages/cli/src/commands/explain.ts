import { SYNC_ERRORS, SyncError } from "@sync/model";
import type { SyncErrorCode } from "@sync/model";
import { exitCodeOfError } from "../exit-codes.ts";
import type { Outcome } from "../exit-codes.ts";
import { jsonText } from "../output/json.ts";
import type { Terminal } from "../output/terminal.ts";
import { wrap } from "../output/text.ts";
import type { Session } from "../session.ts";

// `Object.keys` gives string[]; the record has no other keys.
const CODES = Object.keys(SYNC_ERRORS) as readonly SyncErrorCode[];

/**
 * `dbsync explain CODE`: what a code means, what happened to the data and what to do; without a code, all of them.
 *
 * @throws SyncError SYNC_USAGE for an unknown code
 */
export async function explain(
  { terminal }: Session,
  given: string | undefined,
  { json }: { readonly json?: true },
): Promise<Outcome> {
  const codes = given === undefined ? CODES : [codeNamed(given)];
  const document = {
    schemaVersion: 1,
    command: "explain",
    codes: codes.map((code) => ({ code, exitCode: exitCodeOfError(code), ...SYNC_ERRORS[code] })),
  };
  const texts = codes.map((code) => codeText(code, terminal));
  await terminal.print(json === true ? jsonText(document, 2) : texts.join("\n\n"));
  return "clean";
}

function codeText(code: SyncErrorCode, { colors, width }: Terminal): string {
  const { cause, data, next } = SYNC_ERRORS[code];
  const lines = [cause, data, next].map((line) => wrap(line, width, "  "));
  return [colors.bold(code), ...lines].join("\n");
}

/** Small letters and a missing `SYNC_` are forgiven: codes are read out on the phone. */
function codeNamed(given: string): SyncErrorCode {
  const wanted = given.toUpperCase().replaceAll("-", "_");
  const code = CODES.find((one) => one === wanted || one === `SYNC_${wanted}`);
  if (code !== undefined) return code;
  throw new SyncError("SYNC_USAGE", `There is no error code ${JSON.stringify(given)}.`, {
    next: "`dbsync explain` without a code lists them all.",
  });
}
