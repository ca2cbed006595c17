/**
 * Why this Node version cannot be used, as one sentence with the way out; undefined if it can.
 *
 * The set is what the dependencies accept together: vitest and oxlint leave out odd-numbered lines
 * below 24, and better-sqlite3 ends at 26.
 *
 * @param {string} version such as "20.19.4"
 * @returns {string | undefined}
 */
export function unsupportedNodeProblem(version) {
  const parts = version.split(".").map(Number);
  const major = parts[0];
  const minor = parts[1];
  const supported =
    (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || (major >= 24 && major <= 26);
  if (supported) return undefined;
  return (
    "Node " +
    version +
    " is not supported: install Node 20.19 or later of that line, 22.12 or later of that line, " +
    "or 24 to 26, and run the command again."
  );
}
