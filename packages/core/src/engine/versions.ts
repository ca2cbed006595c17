import { SyncError } from "@sync/model";
import type { Pace } from "../sqlite/slices.ts";
import type { Workspace } from "./workspace.ts";

/** `data_version` moves with other connections' commits, `schema_version` with the schema. */
export interface Versions {
  readonly data: number;
  readonly schema: number;
}

/** Of both sides. */
export type SeenVersions = Readonly<Record<"a" | "b", Versions>>;

/** Reads the versions of both sides inside the present transaction. */
export function readSeen(space: Workspace): SeenVersions {
  return { a: readVersions(space, "a"), b: readVersions(space, "b") };
}

/** A column or trigger that came since the schema was read would be passed over. */
export function refuseOtherSchema({ cookies }: Workspace, versions: SeenVersions): void {
  if (cookies === null) return;
  if (cookies.a === versions.a.schema && cookies.b === versions.b.schema) return;
  throw new SyncError("SYNC_LOCKED", "The schema of a side was changed during the run.", {
    next: "Run again.",
  });
}

/** Reads a side's versions inside the present transaction. */
export function readVersions({ db }: Workspace, side: "a" | "b"): Versions {
  db.prepare(`SELECT 1 FROM ${side}.sqlite_schema LIMIT 1`).get();
  return {
    data: db.pragma(`${side}.data_version`, { simple: true }) as number,
    schema: db.pragma(`${side}.schema_version`, { simple: true }) as number,
  };
}

/** How long reading tells of its progress, and hears of cancelling. */
export function readPace({ settings }: Workspace): Pace {
  return {
    phase: "read",
    onProgress: settings.onProgress,
    throwIfCancelled: settings.throwIfCancelled,
  };
}
