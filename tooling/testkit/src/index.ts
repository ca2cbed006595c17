export { canonicalValue, parseCanonical } from "./dump/canonical.ts";
export type { CanonicalValue, ParsedValue, RawValue } from "./dump/canonical.ts";
export { dumpDatabase } from "./dump/dump.ts";
export type { CanonicalRow, DatabaseDump, Target } from "./dump/dump.ts";
export { integrityOf } from "./dump/integrity.ts";
export type { Integrity } from "./dump/integrity.ts";
