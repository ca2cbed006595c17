export { keyToText, sameRow, sameValue, storageClassOf, valueToText } from "./values.ts";
export type { Key, Row, SqlValue, StorageClass } from "./values.ts";
export { otherSide } from "./conflict.ts";
export type {
  Answer,
  BrokenConstraint,
  Conflict,
  ConflictKind,
  Decision,
  ParkCause,
  Policy,
  PolicyContext,
  Rival,
  Side,
} from "./conflict.ts";
export { TIMESTAMP_COLUMNS, timestampFormat, timestampToMs } from "./timestamp.ts";
export type { TimestampFormat } from "./timestamp.ts";
export type {
  ConflictCounts,
  DatabaseRow,
  DiffReport,
  ScanReport,
  Direction,
  ForeignKeyViolations,
  Renumbered,
  RowDiff,
  SchemaApplied,
  SchemaFinding,
  SchemaReport,
  SchemaStep,
  SyncReport,
  TableDiff,
  TableSync,
  ValidateReport,
  ValidatedSide,
  ValidatedTable,
  WriteCounts,
} from "./report.ts";
export { BY_DIRECTION, EVENT_NAMES } from "./events.ts";
export type { ConflictOutcome, EventLevel, EventName, Progress, SyncEvent } from "./events.ts";
export { pathForShell } from "./path-for-shell.ts";
export { nearestNames } from "./nearest-names.ts";
export { SYNC_ERRORS, SyncError, isSyncError } from "./errors.ts";
export type { ErrorText, SyncErrorCode, SyncErrorDetails, SyncErrorOptions } from "./errors.ts";
