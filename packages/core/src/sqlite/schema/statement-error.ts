/**
 * SQLite's message where it refused the statement itself: a name it does not know, a module that is not
 * here. `null` for every other error (locked, damaged, out of memory, a mistake of ours).
 */
export function statementErrorMessage(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  // SQLITE_ERROR and its extended codes, such as SQLITE_ERROR_MISSING_COLLSEQ.
  return /^SQLITE_ERROR(?:_|$)/.test(String(error.code)) ? error.message : null;
}
