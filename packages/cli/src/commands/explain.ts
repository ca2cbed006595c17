import { SYNC_ERRORS, SyncError } from "@sync/model";
import type { SyncErrorCode } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { wrap } from "../output/text.ts";
import type { Session } from "../session.ts";

// `Object.keys` gives string[]; the record has no other keys.
const CODES = Object.keys(SYNC_ERRORS) as readonly SyncErrorCode[];

/**
 * `dbsync explain CODE`: what a code means and what to do; without a code, all of them.
 *
 * @throws SyncError SYNC_USAGE for an unknown code
 */
export async function explain(session: Session, given: string | undefined): Promise<Outcome> {
  const codes = given === undefined ? CODES : [codeNamed(given)];
  const { colors, width } = session.terminal;
  const texts = codes.map((code) => {
    const { cause, next } = SYNC_ERRORS[code];
    return [colors.bold(code), wrap(cause, width, "  "), wrap(next, width, "  ")].join("\n");
  });
  await session.terminal.print(texts.join("\n\n"));
  return "clean";
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
