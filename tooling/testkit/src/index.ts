export { canonicalValue, parseCanonical } from "./dump/canonical.ts";
export type { CanonicalValue, ParsedValue, RawValue } from "./dump/canonical.ts";
export { dumpDatabase, dumpTable, withDatabase } from "./dump/dump.ts";
export type { CanonicalRow, DatabaseDump, Target } from "./dump/dump.ts";
export { integrityOf } from "./dump/integrity.ts";
export type { Integrity } from "./dump/integrity.ts";
export { caseSpecs, cases, sidedEdits } from "./generate/arbitraries.ts";
export type { CaseLimits } from "./generate/arbitraries.ts";
export { renderCase, renderEdits } from "./generate/case.ts";
export type { Case } from "./generate/case.ts";
export type { Edit } from "./generate/edits.ts";
export type { CaseSpec, SidedEdit } from "./generate/spec.ts";
export { applyEdits, buildPair, buildSides } from "./run/build-pair.ts";
export type { CaseFiles } from "./run/build-pair.ts";
export { reduceCase } from "./run/reduce-case.ts";
export { describeTables } from "./reference/describe.ts";
export type { KeyColumn, TableDescription } from "./reference/describe.ts";
export { contentOf, expectedOutcome, expectedTable } from "./reference/expected.ts";
export type {
  Before,
  Content,
  Contents,
  Counts,
  ExpectedCount,
  ExpectedRow,
  ExpectedTable,
} from "./reference/expected.ts";
export { identityOf } from "./reference/identity.ts";
export { MODEL_POLICIES, byTime } from "./reference/policies.ts";
export type {
  Maybe,
  ModelConflict,
  ModelDecision,
  ModelPolicy,
  ModelSide,
  ReferencePolicy,
} from "./reference/policies.ts";
export { isSame, judgeRow } from "./reference/row-rule.ts";
export type { Direction, RuleContext, Three, Verdict } from "./reference/row-rule.ts";
export { quoteName, quoteNames } from "./quote.ts";
export { unexplained } from "./reference/unexplained.ts";
export type { After } from "./reference/unexplained.ts";
